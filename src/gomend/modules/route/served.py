"""The modules that the scenario's servers hold, as data, and the contents they answer with."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_RETRACT: Final = "\n\nretract v1.1.0 // broken\n"


@dataclass(frozen=True)
class Zip:
    """A well-formed zip: names with contents. ``known`` is its h1 where the contents here are only alike."""

    files: Mapping[str, str]
    known: str = ""

    @property
    def h1(self) -> str:
        """Its hash as go.sum has it (dirhash.Hash1)."""
        return self.known or h1(self.files)


@dataclass(frozen=True)
class Record:
    """A checksum database's record: the go.sum lines, and which tree it was signed in."""

    lines: tuple[str, ...]
    tree: str = "true"
    signed: bool = True


@dataclass(frozen=True)
class Tile:
    """A tile of the tree with this name."""

    tree: str


Body = str | Zip | Record | Tile
"""What a file or an answer can hold."""


def h1(files: Mapping[str, str]) -> str:
    """dirhash.Hash1."""
    lines = (f"{hashlib.sha256(files[name].encode()).hexdigest()}  {name}\n" for name in sorted(files))
    return "h1:" + base64.b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode()


@dataclass(frozen=True)
class _Fixture:
    """One module: versions in order, its packages (folder → source), and what differs from the plain go.mod."""

    versions: tuple[str, ...]
    packages: Mapping[str, str]
    requires: tuple[str, ...] = ()
    go: str = "1.21"
    says: str = ""
    before: str = ""
    after: Mapping[str, str] = field(default_factory=dict)
    constant: bool = False

    def go_mod(self, path: str, version: str) -> str:
        """The go.mod of a version."""
        before = self.before if version == self.versions[-1] else ""
        text = f"{before}module {self.says or path}\n\ngo {self.go}\n"
        if self.requires:
            text += "\nrequire " + "\nrequire ".join(self.requires) + "\n"
        return text + self.after.get(version, "").removeprefix("\n")

    def files(self, path: str) -> dict[str, dict[str, str]]:
        """Its files by version."""
        found: dict[str, dict[str, str]] = {}
        for version in self.versions:
            found[version] = {"go.mod": self.go_mod(path, version)}
            for folder, source in self.packages.items():
                file = "main" if "package main" in source else source.split()[1].lower()
                name = f"{folder}/{file}.go" if folder else f"{file}.go"
                found[version][name] = source + (f'\nconst V = "{version}"\n' if self.constant else "")
        return found


_PSEUDO: Final = "v0.0.0-20240102030405-0123456789ab"
_FIXTURES: Final[dict[str, _Fixture]] = {
    "example.com/a": _Fixture(("v1.0.0", "v1.1.0"), {"": "package a\n"}, constant=True),
    "example.com/b": _Fixture(("v1.0.0",), {"": 'package b\n\nimport _ "example.com/a"\n'}, requires=("example.com/a v1.0.0",)),
    "example.com/multi": _Fixture(
        ("v1.0.0",), {"": "package multi\n", "in": "package in\n", "cmd/x": "package main\n\nfunc main() {}\n"}
    ),
    "example.com/multi/sub": _Fixture(("v1.0.0",), {"": "package sub\n"}),
    "example.com/notags": _Fixture((_PSEUDO,), {"": "package notags\n"}),
    "example.com/retr": _Fixture(
        ("v1.0.0", "v1.1.0"),
        {"": "package retr\n"},
        before="// Deprecated: use example.com/a\n",
        after={"v1.1.0": _RETRACT},
    ),
    "example.com/v2only/v2": _Fixture(("v2.0.0", "v2.1.0"), {"": "package v2only\n"}),
    "example.com/newgo": _Fixture(("v1.0.0",), {"": "package newgo\n"}, go="1.99.0"),
    "example.com/liar": _Fixture(("v1.0.0",), {"": "package liar\n"}, says="example.com/truth"),
    "corp.example.com/priv": _Fixture(("v0.1.0", "v0.2.0"), {"": "package priv\n"}),
    "example.com/UP/Case": _Fixture(("v1.0.0",), {"": "package Case\n"}),
}
_KNOWN: Final = {("example.com/a", "v1.0.0"): "h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI="}
REVISIONS: Final = frozenset(("master", "main", "HEAD", "0123456789ab", "0123456789abcdef0123456789abcdef01234567"))
"""Names of the newest commit of every module."""
Modules = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Module → version, oldest first → file → text."""
_FILES: Final[Modules] = {path: fixture.files(path) for path, fixture in _FIXTURES.items()}


class Shelf:
    """Everything that a scenario's servers hold: the fixture's modules, and those that the scenario brings."""

    def __init__(self, own: Modules) -> None:
        """A module of ``own`` takes the place of the fixture's of that name; one without a go.mod gets a plain one."""
        self._own = own
        self.modules: dict[str, Mapping[str, Mapping[str, str]]] = {**_FILES}
        for path, versions in own.items():
            plain = {"go.mod": f"module {path}\n\ngo 1.21\n"}
            self.modules[path] = {version: {**plain, **files} for version, files in versions.items()}
        self.answers: dict[str, object] = {}
        """True answers by path, as far as they were asked for."""
        self.size = sum(len(versions) for versions in self.modules.values())
        """Records of the checksum database."""

    def versions(self, path: str) -> list[str]:
        """Its versions, oldest first; none if nobody serves it."""
        return list(self.modules.get(path, ()))

    def find(self, path: str, asked: str) -> str:
        """The version that a version or a revision's name means; empty if there is none."""
        known = self.versions(path)
        if asked in known:
            return asked
        return known[-1] if known and asked in REVISIONS else ""

    def go_mod(self, path: str, version: str) -> str:
        """The go.mod of a version."""
        return self.modules[path][version]["go.mod"]

    def zip_of(self, path: str, version: str, *, wrong: bool = False, prefix: bool = False) -> Zip:
        """The zip of a version; ``wrong`` has other contents, ``prefix`` another top folder."""
        top = f"elsewhere.example.com/x@{version}/" if prefix else f"{path}@{version}/"
        added = "\n// changed on the way\n" if wrong else ""
        files = self.modules[path][version]
        known = "" if wrong or prefix or path in self._own else _KNOWN.get((path, version), "")
        return Zip({top + name: text + (added if name.endswith(".go") else "") for name, text in files.items()}, known)

    def sums(self, path: str, version: str) -> tuple[str, str]:
        """The two go.sum lines that the checksum database holds."""
        mod = h1({"go.mod": self.go_mod(path, version)})
        return f"{path} {version} {self.zip_of(path, version).h1}", f"{path} {version}/go.mod {mod}"


FIXTURE: Final = Shelf({})
"""The modules of every scenario."""


def shelf(own: Modules) -> Shelf:
    """What the servers of a scenario hold."""
    return Shelf(own) if own else FIXTURE
