"""Write docs/systems.md from ``binary/systems.json``: which systems ``gomend binary`` knows, and which the tests really start programs on."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "systems.md"


def page() -> str:
    """The page."""
    data = json.loads((ROOT / "src/gomend/binary/systems.json").read_text())
    lines = [
        "# Systems that `gomend binary` judges for",
        "",
        "Written by `tools/systems.py` from `src/gomend/binary/systems.json`. *Run*: the tests start programs with this release's own loader and libraries",
        "(`tests/binary/test_where.py`; the glibc of the machine that they run on comes on top). The others say where each number can be checked.",
        "",
        "| system | C library | GLIBCXX | CXXABI | run | to be checked at |",
        "|---|---|---|---|---|---|",
    ]
    for family in data["families"]:
        for name, version in family["versions"].items():
            cells = (
                f"{family['family']}:{name}" if name else family["family"],
                f"{family['libc']} {version.get('libc', '')}".strip(),
                version.get("glibcxx", ""),
                version.get("cxxabi", ""),
                "✓" if version.get("proof") == "run" else "",
                family["source"],
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
