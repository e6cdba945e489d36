"""Fill the terminal captures of the READMEs with what gomend really says about the example: ``python tools/readme.py``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = {"README.md": "en", "README.zh-CN.md": "zh-CN"}


def capture(lang: str) -> list[str]:
    """What check and apply say of the shop, with a made-up home folder."""
    with tempfile.TemporaryDirectory() as name:
        shop = Path(name) / "shop"
        shutil.copytree(ROOT / "examples" / "broken-shop" / "shop", shop)
        shutil.copytree(ROOT / "examples" / "broken-shop" / "pay", Path(name) / "pay")
        (shop / "go.work").write_text("go 1.21\n\nuse (\n\t.\n\t./tools\n\t../pay\n)\n")
        kept = {k: os.environ[k] for k in ("PATH", "HOME") if k in os.environ}
        env = {**kept, "GOENV": "off", "GOMEND_STATE": f"{name}/state", "GOMEND_LANG": lang, "GOFLAGS": "-mod=readonly"}
        build = ["go", "build", "-trimpath", "-gcflags=all=-N -l", "-o", "bin/shop", "./cmd/shop"]
        subprocess.run(build, cwd=shop, env=env, check=True)
        said = []
        for words in (["check", "--select", "GM301"], ["apply", "--yes", "--select", "GM301"]):
            done = subprocess.run(
                [sys.executable, "-m", "gomend", *words], cwd=shop, env=env, capture_output=True, text=True, check=False
            )
            text = done.stdout.replace(str(shop), "/home/ada/shop")
            said.append(re.sub(r"\d{8}T\d{6}", "20260701T090000", text).strip())
        return said


def main() -> None:
    for name, lang in PAGES.items():
        page = ROOT / name
        if not page.exists():
            continue
        check, apply = capture(lang)
        text = page.read_text(encoding="utf-8")
        block = f"```console\n$ gomend check --select GM301\n{check}\n$ gomend apply --yes --select GM301\n{apply}\n```"
        head, _, rest = text.partition("```console\n$ gomend check")
        text = head + block + rest.partition("```")[2]
        page.write_text(text, encoding="utf-8")
        print(f"wrote the capture of {name}")


if __name__ == "__main__":
    main()
