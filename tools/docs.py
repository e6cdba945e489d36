"""Write the generated pages: docs/generated/rules.md, one page a rule in both languages, and the schemas."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from gomend.apps import registry
from gomend.apps.cli import base
from gomend.apps.cli.explain import page
from gomend.apps.cli.schema import NAMES, schema

OUT = Path(__file__).parent.parent / "docs" / "generated"


def main() -> None:
    for lang in ("en", "zh-CN"):
        folder = OUT / lang
        folder.mkdir(parents=True, exist_ok=True)
        base.speak(lang)
        rules = registry.select()
        for rule in rules:
            (folder / f"{rule.code}.md").write_text(page(rule), encoding="utf-8")
        words = [sys.executable, "-m", "gomend", "rules", "--format", "markdown", "--lang", lang]
        table = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        (folder / "rules.md").write_text(table, encoding="utf-8")
    (OUT / "schemas").mkdir(exist_ok=True)
    for name in NAMES:
        target = OUT / "schemas" / (name.replace("/", "-") + ".json")
        target.write_text(json.dumps(schema(name), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"wrote {sum(1 for _ in OUT.rglob('*') if _.is_file())} files below docs/generated")


if __name__ == "__main__":
    main()
