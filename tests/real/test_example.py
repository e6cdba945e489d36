"""The example of `make run`, from its first failure to its last proof, in both languages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "broken-shop"


@pytest.mark.parametrize(
    ("lang", "proof"),
    [("en", "a real dlv binds a breakpoint"), ("zh-CN", "真实的 dlv 已绑定")],
)
def test_broken_shop(tmp_path: Path, lang: str, proof: str) -> None:
    shop = tmp_path / "examples" / "broken-shop"
    shutil.copytree(EXAMPLE, shop, ignore=shutil.ignore_patterns(".work", ".tools", "__pycache__"))
    shutil.copytree(EXAMPLE.parent.parent / "requirements", tmp_path / "requirements")
    env = {**os.environ, "GOMEND_LANG": lang, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, str(shop / "run.py")], capture_output=True, text=True, timeout=280, check=False, env=env
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    out = done.stdout
    # It really fails …
    assert "-mod may only be set to readonly or vendor when in workspace mode" in out
    assert "401 Unauthorized" in out
    assert "build constraints exclude all Go files" in out
    assert "could not find file" in out
    # … gomend finds the causes …
    for code in ("GM104", "GM117", "GM205", "GM301", "GM311"):
        assert code in out
    # … and the real tools prove the mend.
    assert "ok  \texample.com/shop/internal/price" in out
    assert out.count("Ada pays 21.39, seal 8a9273cb") == 2
    assert proof in out
    for folder, _, _ in os.walk(shop / ".work"):
        os.chmod(folder, 0o755)
