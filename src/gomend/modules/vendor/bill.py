"""What a bill of materials lists: the main module, every module of the build, how they depend on each other, and their licences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from gomend.golang.zips import LARGE, Archive, ZipError
from gomend.model.base import Thing
from gomend.modules.vendor import licences


class Licence(Thing, frozen=True):
    """One licence file of a module; ``spdx`` is empty where the text is not one of the well-known ones exactly."""

    file: str
    spdx: str = ""


class Part(Thing, frozen=True):
    """One module. ``to`` and ``to_version`` say what really stands in its place; ``h1`` is go.sum's, ``sha256`` the zip's."""

    path: str
    version: str = ""
    to: str = ""
    to_version: str = ""
    h1: str = ""
    sha256: str = ""
    licences: tuple[Licence, ...] = ()
    used: bool = True
    """Whether packages of it are built in, as far as the list can tell."""

    @property
    def key(self) -> str:
        """``path@version`` as go names it; the main module has no version, or ``(devel)``."""
        return f"{self.path}@{self.version}" if self.version else self.path

    @property
    def source(self) -> tuple[str, str]:
        """The module version whose code is used."""
        return (self.to, self.to_version) if self.to_version else (self.path, self.version)


class Bill(Thing, frozen=True):
    """All of it. ``edges`` lists by :attr:`Part.key` what each needs, None if that is not known; ``source`` is where the list is from."""

    name: str
    main: tuple[Part, ...]
    parts: tuple[Part, ...]
    edges: dict[str, tuple[str, ...]] | None
    source: str
    go: str = ""
    package: str = ""
    """Path of the main package below the main module, of a binary."""


def licences_in(zip_path: str, prefix: str) -> tuple[Licence, ...]:
    """Licence files at the root of a module zip; empty where it cannot be read."""
    try:
        archive = Archive(memoryview(Path(zip_path).read_bytes()))
        found = [m for m in archive.members if m.size < LARGE and licences.LICENCE.fullmatch(m.name.removeprefix(prefix))]
        return tuple(_licence(m.name.removeprefix(prefix), bytes(archive.data(m))) for m in sorted(found))
    except (OSError, ZipError):
        return ()


def licences_at(folder: str) -> tuple[Licence, ...]:
    """The same of a folder."""
    top = Path(folder)
    files = sorted(p for p in top.iterdir() if p.is_file() and licences.LICENCE.fullmatch(p.name)) if top.is_dir() else []
    return tuple(_licence(p.name, p.read_bytes()) for p in files)


def _licence(name: str, raw: bytes) -> Licence:
    return Licence(file=name, spdx=licences.spdx(raw.decode("utf-8", "replace")))


def edges(graph: str, parts: Iterable[Part], main: Iterable[Part]) -> dict[str, tuple[str, ...]]:
    """The lines of ``go mod graph`` among the selected versions: who needs whom.

    A line names the version that was asked for; what is used is the version that was selected.
    """
    selected: Mapping[str, str] = {p.path: p.key for p in (*parts, *main)}
    versions = {p.key for p in (*parts, *main)}
    found: dict[str, set[str]] = {key: set() for key in versions}
    for line in graph.splitlines():
        left, _, right = line.partition(" ")
        needed = selected.get(right.partition("@")[0])
        if left in found and needed and needed != left:
            found[left].add(needed)
    return {key: tuple(sorted(needs)) for key, needs in sorted(found.items())}
