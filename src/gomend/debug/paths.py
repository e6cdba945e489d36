"""Paths as a debugger compares them: strings, mapped by rules of which the first that matches wins.

Source: Delve, ``pkg/locspec`` SubstitutePath (DAP's substitutePath and ``config substitute-path``). In DAP ``from`` is the
editor's path and ``to`` the one recorded in the binary.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import Final

_WINDOWS: Final = re.compile(r"\\\\|[A-Za-z]:[\\/]|.:[\\/]")
_SEPARATORS: Final = ("/", "\\")


def is_windows(path: str) -> bool:
    """Whether Delve takes ``path`` for an absolute Windows path: a drive letter with a colon, or a UNC share."""
    return _WINDOWS.match(path) is not None


def is_absolute(path: str) -> bool:
    """Absolute on any system."""
    return path.startswith("/") or is_windows(path)


def clean(path: str) -> str:
    """The path without ``.``, ``..``, doubled and trailing slashes, as Go's ``path.Clean``."""
    cleaned = posixpath.normpath(path) if path else path
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def join(folder: str, rest: str) -> str:
    """``folder`` and ``rest`` joined and cleaned; an absolute ``rest`` stands alone."""
    return rest if is_windows(rest) else clean(posixpath.join(folder, rest))


def substitute(path: str, rules: Iterable[tuple[str, str]]) -> str:
    """Map ``path`` as Delve does: first matching prefix at a separator; one Windows rule makes all matching lower-case."""
    known = tuple(rules)
    fold = is_windows(path) or any(is_windows(a) or is_windows(b) for a, b in known)
    for written, to in known:
        source = written
        if path == source:
            return to
        if source == "":
            match, rest = not is_absolute(path), path
        else:
            match = path.lower().startswith(source.lower()) if fold else path.startswith(source)
            if match and fold:
                path, source = path.lower(), source.lower()
            rest = path[len(source) :]
            match = match and (source.endswith(_SEPARATORS) or rest.startswith(_SEPARATORS))
        if match:
            return rest[rest.startswith(_SEPARATORS) :] if to == "" else _join(to, rest)
    return path


def _join(to: str, rest: str) -> str:
    kinds = {c for c in to if c in "/\\"}
    if kinds == {"/"}:
        rest = rest.replace("\\", "/")
    elif kinds == {"\\"}:
        rest = rest.replace("/", "\\")
    separator = "\\" if kinds == {"\\"} else "/"
    if to.endswith(_SEPARATORS) and rest.startswith(_SEPARATORS):
        return to[:-1] + rest
    if to.endswith(_SEPARATORS) or rest.startswith(_SEPARATORS):
        return to + rest
    return f"{to}{separator}{rest}"


def shadowed(rules: Iterable[tuple[str, str]]) -> tuple[tuple[int, int], ...]:
    """Pairs (first, hidden): a rule whose ``from`` lies below that of an earlier one with another outcome never matches."""
    known = tuple(rules)
    found = []
    for i, (later, to) in enumerate(known):
        for j, (earlier, _) in enumerate(known[:i]):
            below = later.startswith(earlier.rstrip("/") + "/") or later == earlier
            if earlier and below and substitute(later, known[j : j + 1]) != to:
                found.append((j, i))
                break
    return tuple(found)
