"""Which rules exist, found by file name and imported only when asked for.

A rule's file is ``<chapter>/rules/GM104_private_via_public_proxy.py`` and defines ``rule``. Selecting ``GM1`` therefore
imports no file of another chapter.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

from gomend.model.rule import Rule

CHAPTERS: Final = ("sdk", "modules", "cgo", "debug", "slo", "incidents")
"""Rooms that offer rules."""

_FILE: Final = re.compile(r"(GM\d{3})_(\w+)\.py")
_PACKAGE: Final = Path(__file__).parent.parent


class UnknownRule(LookupError):  # noqa: N818 - the name is what people read
    """No rule answers to a selector; ``names`` are close ones."""

    def __init__(self, selector: str, names: list[str]) -> None:
        """Keep what was asked."""
        super().__init__(selector)
        self.selector = selector
        self.names = names


@lru_cache(maxsize=1)
def rule_files() -> dict[str, tuple[str, str]]:
    """Module name and slug-like file name by code, sorted; nothing is imported."""
    found: dict[str, tuple[str, str]] = {}
    for chapter in CHAPTERS:
        for path in sorted((_PACKAGE / chapter / "rules").glob("GM*.py")):
            match = _FILE.fullmatch(path.name)
            if match:
                found[match[1]] = (f"gomend.{chapter}.rules.{path.stem}", match[2].replace("_", "-"))
    return dict(sorted(found.items()))


def load(code: str) -> Rule:
    """The rule with this code.

    Raises:
        UnknownRule: there is none.
    """
    files = rule_files()
    if code not in files:
        import difflib

        raise UnknownRule(code, difflib.get_close_matches(code, files, n=3))
    module = importlib.import_module(files[code][0])
    rule: Rule = module.rule
    return rule


def select(selectors: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[Rule, ...]:
    """Rules whose code starts with, or whose slug is, one of ``selectors`` (all if none), without ``ignore``.

    Raises:
        UnknownRule: a selector matches nothing.
    """
    chosen: set[str] = set()
    files = rule_files()
    for selector in tuple(selectors) or ("GM",):
        chosen |= _matching(selector, files)
    for selector in ignore:
        chosen -= _matching(selector, files)
    return tuple(load(code) for code in sorted(chosen))


def _matching(selector: str, files: dict[str, tuple[str, str]]) -> set[str]:
    if re.fullmatch(r"GM\d{0,3}", selector):
        found = {code for code in files if code.startswith(selector)}
    else:
        found = {code for code, (_, name) in files.items() if name == selector or load(code).slug == selector}
    if not found:
        import difflib

        names = [*files, *(name for _, name in files.values())]
        raise UnknownRule(selector, difflib.get_close_matches(selector, names, n=3, cutoff=0.5))
    return found
