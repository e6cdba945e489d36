"""The made-up modules that the lab serves, as data, and what a module proxy answers about them."""

from __future__ import annotations

import functools
import io
import json
import re
import urllib.parse
import zipfile
from collections.abc import Mapping
from typing import Final

from gomend.golang import dirhash, modpath
from gomend.model.base import Thing

TIME: Final = "2024-01-02T03:04:05Z"
"""When every version was made."""
PSEUDO: Final = "v0.0.0-20240102030405-0123456789ab"
"""The only version of the module without tags."""
REVISIONS: Final = ("master", "main", "HEAD", "0123456789ab", "0123456789abcdef0123456789abcdef01234567")
"""Names of the newest commit of every module, besides its version."""


class Release(Thing, frozen=True):
    """One version of one module: its files by name, the go.mod among them. ``listed``: it has a tag."""

    path: str
    version: str
    files: dict[str, str]
    listed: bool = True

    @property
    def mod(self) -> bytes:
        """The go.mod."""
        return self.files["go.mod"].encode()

    @property
    def info(self) -> bytes:
        """What ``.info`` answers."""
        return json.dumps({"Version": self.version, "Time": TIME}).encode()

    @property
    def zip(self) -> bytes:
        """The module zip; the same bytes every time."""
        return make_zip({f"{self.path}@{self.version}/{name}": text.encode() for name, text in self.files.items()})

    @property
    def sums(self) -> tuple[str, str]:
        """The two lines of go.sum."""
        return (
            f"{self.path} {self.version} {dirhash.h1_zip(self.zip)}",
            f"{self.path} {self.version}/go.mod {dirhash.h1_mod(self.mod)}",
        )


def make_zip(files: dict[str, bytes]) -> bytes:
    """A zip with these files, in order of their names and without times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def read_zip(content: bytes) -> dict[str, bytes]:
    """The files of a zip by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in sorted(archive.namelist())}


@functools.cache
def bomb(name: str) -> bytes:
    """A small zip with one file that unpacks to more than go's limit of 500 MB."""
    out = io.BytesIO()
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    block = bytes(1 << 20)
    with zipfile.ZipFile(out, "w") as archive, archive.open(member, "w") as writer:
        for _ in range(502):
            writer.write(block)
    return out.getvalue()


def _release(path: str, version: str, files: dict[str, str], *, mod: str = "", listed: bool = True) -> Release:
    return Release(path=path, version=version, files={"go.mod": mod or _mod(path), **files}, listed=listed)


def _mod(path: str, go: str = "1.21", more: str = "") -> str:
    return f"module {path}\n\ngo {go}\n{more}"


_RETRACTED: Final = "// Deprecated: use example.com/a\n" + _mod("example.com/retr", more="\nretract v1.1.0 // broken\n")

RELEASES: Final = (
    _release("example.com/a", "v1.0.0", {"a.go": 'package a\n\nconst V = "v1.0.0"\n'}),
    _release("example.com/a", "v1.1.0", {"a.go": 'package a\n\nconst V = "v1.1.0"\n'}),
    _release(
        "example.com/b",
        "v1.0.0",
        {"b.go": 'package b\n\nimport _ "example.com/a"\n'},
        mod=_mod("example.com/b", more="\nrequire example.com/a v1.0.0\n"),
    ),
    _release(
        "example.com/multi",
        "v1.0.0",
        {"multi.go": "package multi\n", "in/in.go": "package in\n", "cmd/x/main.go": "package main\n\nfunc main() {}\n"},
    ),
    _release("example.com/multi/sub", "v1.0.0", {"sub.go": "package sub\n"}),
    _release("example.com/notags", PSEUDO, {"notags.go": "package notags\n"}, listed=False),
    _release("example.com/retr", "v1.0.0", {"retr.go": "package retr\n"}),
    _release("example.com/retr", "v1.1.0", {"retr.go": "package retr\n"}, mod=_RETRACTED),
    _release("example.com/v2only/v2", "v2.0.0", {"v2only.go": "package v2only\n"}),
    _release("example.com/v2only/v2", "v2.1.0", {"v2only.go": "package v2only\n"}),
    _release("example.com/newgo", "v1.0.0", {"newgo.go": "package newgo\n"}, mod=_mod("example.com/newgo", "1.99.0")),
    _release("example.com/liar", "v1.0.0", {"liar.go": "package liar\n"}, mod=_mod("example.com/truth")),
    _release("corp.example.com/priv", "v0.1.0", {"priv.go": "package priv\n"}),
    _release("corp.example.com/priv", "v0.2.0", {"priv.go": "package priv\n"}),
    _release("example.com/UP/Case", "v1.0.0", {"case.go": "package Case\n"}),
)
"""Everything that is served."""


_PSEUDO: Final = re.compile(r"-(?:0\.|\w+\.0\.|)\d{14}-[0-9a-f]{12}(?:\+incompatible)?$")


def releases(own: Mapping[str, Mapping[str, Mapping[str, str]]]) -> tuple[Release, ...]:
    """What a scenario serves: the lab's releases, and the scenario's own (module → version → file → text) in their place."""
    kept = tuple(release for release in RELEASES if release.path not in own)
    return kept + tuple(
        _release(path, version, dict(files), listed=not _PSEUDO.search(version))
        for path, versions in own.items()
        for version, files in versions.items()
    )


def versions_of(path: str, among: tuple[Release, ...] = RELEASES) -> tuple[Release, ...]:
    """The releases of one module, oldest first."""
    return tuple(release for release in among if release.path == path)


def find(path: str, version: str, among: tuple[Release, ...] = RELEASES) -> Release | None:
    """One release; a revision's name finds the newest."""
    found = versions_of(path, among)
    if version in REVISIONS and found:
        return found[-1]
    return next((release for release in found if release.version == version), None)


class Request(Thing, frozen=True):
    """What a proxy is asked for: ``kind`` is ``list``, ``latest``, ``info``, ``mod`` or ``zip``."""

    path: str
    kind: str
    version: str = ""


def parse(url_path: str) -> Request | None:
    """Read the path of a proxy request; None if it is none."""
    plain = urllib.parse.unquote(url_path.partition("?")[0]).removeprefix("/")
    if plain.endswith("/@latest"):
        return Request(path=modpath.unescape(plain.removesuffix("/@latest")), kind="latest")
    path, found, name = plain.rpartition("/@v/")
    if not found:
        return None
    if name == "list":
        return Request(path=modpath.unescape(path), kind="list")
    version, _, kind = name.rpartition(".")
    return Request(path=modpath.unescape(path), kind=kind, version=modpath.unescape(version))


def answer(url_path: str, among: tuple[Release, ...] = RELEASES) -> tuple[int, bytes]:
    """The status and body of a healthy proxy."""
    asked = parse(url_path)
    if asked is None:
        return 404, b"not found"
    found = versions_of(asked.path, among)
    if not found:
        return 404, f"not found: module {asked.path}".encode()
    if asked.kind == "list":
        return 200, "".join(f"{release.version}\n" for release in found if release.listed).encode()
    release = found[-1] if asked.kind == "latest" else find(asked.path, asked.version, among)
    if release is None:
        return 404, f"not found: {asked.path}@{asked.version}: invalid version: unknown revision {asked.version}".encode()
    if asked.kind == "zip":
        return 200, release.zip
    return (200, release.mod) if asked.kind == "mod" else (200, release.info)
