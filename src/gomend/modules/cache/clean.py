"""Which versions of a cache may go: by name, by age, by what projects name, by a budget of bytes. Pure, but for reading go.sum."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gomend.golang import modfile
from gomend.model.base import Thing
from gomend.modules.cache.scan import Entry
from gomend.modules.cache.surroundings import TOOLCHAIN
from gomend.modules.cache.usage import Use

_SKIPPED = frozenset({".git", "node_modules", "vendor", "testdata"})
_FIPS = "golang.org/fips140"
_PLATFORM = re.compile(r"v0\.0\.1-(?P<go>go[\w.]+)\.\w+-\w+")


class Wish(Thing, frozen=True):
    """What should go: all that is asked for must hold. ``modules`` are paths or ``path@version``; ``before`` is a time.

    ``needed`` are the versions that projects name, None if projects do not matter; ``budget`` are bytes that may stay.
    """

    modules: tuple[str, ...] = ()
    before: float | None = None
    needed: frozenset[tuple[str, str]] | None = None
    toolchains: frozenset[str] = frozenset()
    budget: int | None = None


def choose(uses: Sequence[Use], wish: Wish) -> list[Use]:
    """What goes, the least recently used first. What holds nothing but its lock is not touched: go locks through it."""
    found = [u for u in uses if u.size and _asked(u, wish) and (u.entry.unpacked or u.entry.files - {"lock"})]
    found.sort(key=lambda u: (u.last, u.entry.name))
    if wish.budget is None:
        return found
    left = sum(u.size for u in uses)
    chosen: list[Use] = []
    for use in found:
        if left <= wish.budget:
            break
        chosen.append(use)
        left -= use.size
    return chosen


def _asked(use: Use, wish: Wish) -> bool:
    entry = use.entry
    if wish.modules and not {entry.module, entry.name} & set(wish.modules):
        return False
    if wish.before is not None and use.last >= wish.before:
        return False
    return wish.needed is None or not is_needed(entry, wish.needed, wish.toolchains)


def is_needed(entry: Entry, needed: Iterable[tuple[str, str]], toolchains: Iterable[str]) -> bool:
    """Whether a project names this version. A toolchain is named by go.mod; what GOROOT brings along always stays."""
    if entry.module == _FIPS:
        return True
    if entry.module == TOOLCHAIN and (match := _PLATFORM.fullmatch(entry.version)):
        return match["go"] in toolchains
    return (entry.module, entry.version) in needed


def sum_files(folders: Iterable[str]) -> list[str]:
    """All go.sum and go.work.sum files at or below these folders."""
    return [f"{f}/{n}" for f, names in _walk(folders) for n in names if n in {"go.sum", "go.work.sum"}]


def named(paths: Iterable[str]) -> frozenset[tuple[str, str]]:
    """The versions that go.sum files name, whole or by their go.mod alone.

    Raises:
        OSError: a file cannot be read: then nobody can say what is not needed.
    """
    return frozenset((module, version.removesuffix("/go.mod")) for path in paths for module, version in lines(path))


def lines(path: str) -> list[tuple[str, str]]:
    """Module and version (or ``version/go.mod``) of every line of a go.sum; none where there is no such file.

    Raises:
        OSError: it cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [(words[0], words[1]) for line in text.splitlines() if len(words := line.split()) == 3]


def toolchains(folders: Iterable[str]) -> frozenset[str]:
    """The Go versions (``go1.26.1``) that go.mod and go.work files at or below these folders ask for."""
    found: set[str] = set()
    for folder, names in _walk(folders):
        for name in {"go.mod", "go.work"} & set(names):
            parsed = modfile.parse(
                Path(f"{folder}/{name}").read_text(encoding="utf-8", errors="replace"), work=name == "go.work"
            )
            found |= {f"go{parsed.go.value}"} if parsed.go else set()
            found |= {parsed.toolchain.value} if parsed.toolchain else set()
    return frozenset(found)


def projects(folders: Iterable[str]) -> list[str]:
    """Folders with a go.mod at or below these."""
    return sorted({folder for folder, names in _walk(folders) if "go.mod" in names})


def _walk(folders: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    for start in folders:
        for folder, inner, names in os.walk(start):
            inner[:] = sorted(i for i in inner if i not in _SKIPPED)
            yield folder, names
