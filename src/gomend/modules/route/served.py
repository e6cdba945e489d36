"""The modules that the scenario's servers hold, as data, and the contents they answer with."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
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
class Served:
    """One module: versions in order, its packages (folder → source), and what differs from the plain go.mod."""

    versions: tuple[str, ...]
    packages: Mapping[str, str]
    requires: tuple[str, ...] = ()
    go: str = "1.21"
    says: str = ""
    before: str = ""
    after: Mapping[str, str] = field(default_factory=dict)
    listed: bool = True
    constant: bool = False


_PSEUDO: Final = "v0.0.0-20240102030405-0123456789ab"
MODULES: Final[dict[str, Served]] = {
    "example.com/a": Served(("v1.0.0", "v1.1.0"), {"": "package a\n"}, constant=True),
    "example.com/b": Served(("v1.0.0",), {"": 'package b\n\nimport _ "example.com/a"\n'}, requires=("example.com/a v1.0.0",)),
    "example.com/multi": Served(
        ("v1.0.0",), {"": "package multi\n", "in": "package in\n", "cmd/x": "package main\n\nfunc main() {}\n"}
    ),
    "example.com/multi/sub": Served(("v1.0.0",), {"": "package sub\n"}),
    "example.com/notags": Served((_PSEUDO,), {"": "package notags\n"}, listed=False),
    "example.com/retr": Served(
        ("v1.0.0", "v1.1.0"),
        {"": "package retr\n"},
        before="// Deprecated: use example.com/a\n",
        after={"v1.1.0": _RETRACT},
    ),
    "example.com/v2only/v2": Served(("v2.0.0", "v2.1.0"), {"": "package v2only\n"}),
    "example.com/newgo": Served(("v1.0.0",), {"": "package newgo\n"}, go="1.99.0"),
    "example.com/liar": Served(("v1.0.0",), {"": "package liar\n"}, says="example.com/truth"),
    "corp.example.com/priv": Served(("v0.1.0", "v0.2.0"), {"": "package priv\n"}),
    "example.com/UP/Case": Served(("v1.0.0",), {"": "package Case\n"}),
}
"""Everything that is served."""
_KNOWN: Final = {("example.com/a", "v1.0.0"): "h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI="}
TREE_SIZE: Final = 15
"""Records of the checksum database: one tile, not full."""


@lru_cache(maxsize=64)
def go_mod(path: str, version: str) -> str:
    """The go.mod of a served module."""
    m = MODULES[path]
    before = m.before if version == m.versions[-1] else ""
    text = f"{before}module {m.says or path}\n\ngo {m.go}\n"
    if m.requires:
        text += "\nrequire " + "\nrequire ".join(m.requires) + "\n"
    return text + m.after.get(version, "").removeprefix("\n")


@lru_cache(maxsize=64)
def zip_of(path: str, version: str, *, wrong: bool = False, prefix: bool = False) -> Zip:
    """The zip of a served module; ``wrong`` has other contents, ``prefix`` another top folder."""
    top = f"elsewhere.example.com/x@{version}/" if prefix else f"{path}@{version}/"
    files = {f"{top}go.mod": go_mod(path, version)}
    for folder, source in MODULES[path].packages.items():
        file = "main" if "package main" in source else source.split()[1].lower()
        name = f"{folder}/{file}.go" if folder else f"{file}.go"
        more = f'\nconst V = "{version}"\n' if MODULES[path].constant else ""
        files[top + name] = source + more + ("\n// changed on the way\n" if wrong else "")
    return Zip(files, "" if wrong or prefix else _KNOWN.get((path, version), ""))


def sums(path: str, version: str) -> tuple[str, str]:
    """The two go.sum lines that the checksum database holds."""
    mod = h1({"go.mod": go_mod(path, version)})
    return f"{path} {version} {zip_of(path, version).h1}", f"{path} {version}/go.mod {mod}"


def latest(path: str) -> str:
    """The highest version."""
    return MODULES[path].versions[-1]


REVISIONS: Final = frozenset(("master", "main", "HEAD", "0123456789ab", "0123456789abcdef0123456789abcdef01234567"))
"""Names of the newest commit of every module."""
