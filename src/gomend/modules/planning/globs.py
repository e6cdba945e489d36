"""Patterns of private modules: which are needed, an example of each, the host behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gomend.golang import patterns


def covers(wide: str, narrow: str) -> bool:
    """Whether every path that ``narrow`` matches is surely matched by ``wide`` (stars only; else only if equal)."""
    if wide.removesuffix("/") == narrow.removesuffix("/"):
        return True
    return not any(c in wide for c in "?[\\") and patterns.matches(wide, narrow.removesuffix("/"))


def least(globs: Iterable[str]) -> tuple[str, ...]:
    """The patterns without those that another one covers, in order."""
    kept: list[str] = []
    for glob in dict.fromkeys(g.strip().removesuffix("/") for g in globs):
        if any(covers(other, glob) for other in kept):
            continue
        kept = [other for other in kept if not covers(glob, other)]
        kept.append(glob)
    return tuple(kept)


def example(glob: str) -> str:
    """A module path that the pattern matches, empty if none is found."""
    first, slash, rest = glob.partition("/")
    whole = first.replace("*", "host.example.org" if "." not in first else "x")
    plain = re.sub(r"\[\^?([^\]])[^\]]*\]", r"\1", (whole + slash + rest.replace("*", "x")).replace("?", "x"))
    path = f"{plain}/module"
    return path if patterns.matches(glob, path) else ""


def host(glob: str) -> str:
    """The host of a pattern, empty if the pattern has a wildcard in it."""
    first = glob.partition("/")[0]
    return "" if any(c in first for c in "*?[\\") else first


def stranger(globs: Iterable[str]) -> str:
    """A module path that no pattern matches, empty if there is none of our examples."""
    value = ",".join(globs)
    tried = ("example.com/public", "public.example.org/a/b", "another.example.net/m", "open.invalid/m")
    return next((path for path in tried if not patterns.matches(value, path)), "")
