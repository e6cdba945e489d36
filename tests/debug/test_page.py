"""What the page about breakpoints shows is what the commands say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_shows_what_the_commands_say() -> None:
    """The map of the standard library's folders depends on the Go in use, and is left out."""
    spec = importlib.util.spec_from_file_location("debug_page", ROOT / "tools/debug_page.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    made, kept = (text.split("$ gomend debug map")[0] for text in (tool.page(), (ROOT / "docs/debug.md").read_text()))
    assert made == kept, "run tools/debug_page.py"
