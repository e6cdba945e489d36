"""One module's vendored files against its zip or folder: every member is unpacked once, hashed and compared.

Source of what is copied: cmd/go, modcmd/vendor.go (vendorPkg, copyMetadata, matchPotentialSourceFile).
"""

from __future__ import annotations

import base64
import mmap
import os
import re
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from gomend.golang.zips import LARGE, Archive, ZipError, refused
from gomend.modules.vendor import native

META: Final = ("AUTHORS", "CONTRIBUTORS", "COPYLEFT", "COPYING", "COPYRIGHT", "LEGAL", "LICENSE", "NOTICE", "PATENTS")
"""Files with these prefixes are kept from the folders above a package too (cmd/go, metaPrefixes)."""
_IGNORE: Final = re.compile(rb"^//(?:go:build|\s*\+build)\b.*\bignore\b", re.MULTILINE)
_PACKAGE: Final = re.compile(rb"^package\s", re.MULTILINE)
_PIECE: Final = 1 << 18


class Job(NamedTuple):
    """What to compare. ``zip`` or ``folder`` is where the module is; ``vendored`` is ``vendor/<module path>``."""

    number: int
    zip: str
    folder: str
    prefix: str
    vendored: str
    files: tuple[str, ...]
    """Files below ``vendored`` that may be this module's."""
    packages: tuple[str, ...]
    """Folders of its listed packages, from the module's root (empty: the root)."""
    no_mod: bool
    """Whether go.mod and go.sum are left out (from go 1.17)."""


class Compared(NamedTuple):
    """What came of it. Lists have paths from the module's root."""

    number: int
    h1: str
    problem: str
    changed: dict[str, tuple[str, str]]
    """What the module and what vendor has: SHA-256 and size in words."""
    foreign: frozenset[str]
    """Files that the module does not have."""
    unreadable: dict[str, str]
    wanted: frozenset[str]
    """Files that go mod vendor copies for certain."""
    names: frozenset[str]
    """Files of the module among those that could be vendored: below its packages and above them."""
    unknown: tuple[str, ...]
    """Listed packages that the module does not have."""
    dropped: tuple[tuple[str, str, str], ...]
    """What cgo needs and vendor has not: who includes it, how, and what."""


def compare(job: Job) -> Compared:
    """Compare one module. Never raises for what is on disk."""
    look = _Look(job)
    try:
        h1 = look.zip() if job.zip else look.folder()
    except ZipError as error:
        return look.failed(str(error))
    except (OSError, ValueError, MemoryError) as error:
        return look.failed(getattr(error, "strerror", "") or str(error) or type(error).__name__)
    return look.done(h1)


class _Look:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.files = frozenset(job.files)
        self.packages = frozenset(job.packages)
        self.above = frozenset(above for p in job.packages for above in _above(p))
        self.tops = tuple(f"{p}/" if p else "" for p in job.packages)
        self.seen: set[str] = set()
        self.names: set[str] = set()
        self.folders: set[str] = set()
        self.changed: dict[str, tuple[str, str]] = {}
        self.unreadable: dict[str, str] = {}
        self.wanted: set[str] = set()
        self.sources: dict[str, bytes] = {}

    def failed(self, problem: str) -> Compared:
        none: frozenset[str] = frozenset()
        return Compared(self.job.number, "", problem, {}, none, {}, none, none, (), ())

    def done(self, h1: str) -> Compared:
        has = frozenset(self.names)
        dropped = tuple(
            (by, how, what)
            for by, how, what in native.needs(self.sources)
            if native.there(what, has) and not os.path.lexists(os.path.join(self.job.vendored, what))
        )
        return Compared(
            self.job.number,
            h1,
            "",
            self.changed,
            self.files - self.seen - self.unreadable.keys(),
            self.unreadable,
            frozenset(self.wanted),
            frozenset(n for n in self.names if n in self.files or self._near(n)),
            tuple(sorted(self.packages - self.folders)),
            dropped,
        )

    def _near(self, name: str) -> bool:
        return name.rpartition("/")[0] in self.above or name.startswith(self.tops)

    def zip(self) -> str:
        handle = os.open(self.job.zip, os.O_RDONLY | os.O_NONBLOCK)
        try:
            size = os.fstat(handle).st_size
            if not size or not stat.S_ISREG(os.fstat(handle).st_mode):
                return self._no_zip()
            archive = Archive(memoryview(mmap.mmap(handle, size, prot=mmap.PROT_READ)))
        finally:
            os.close(handle)
        if why := refused(archive, self.job.prefix):
            raise ZipError("refused", why)
        lines: list[str] = []
        skip = len(self.job.prefix)
        for member in sorted(archive.members):
            if member.size < LARGE:
                data = archive.data(member)
                digest = sha256(data).hexdigest()
            else:
                data, held = None, sha256()
                for piece in archive.pieces(member):
                    held.update(piece)
                digest = held.hexdigest()
            lines.append(f"{digest}  {member.name}\n")
            if member.name[-1:] != "/":
                self._file(member.name[skip:], data, member.size, digest)
        return "h1:" + base64.b64encode(sha256("".join(lines).encode("utf-8", "surrogateescape")).digest()).decode()

    def _no_zip(self) -> str:
        raise ZipError("empty", "0 bytes, or no plain file")

    def folder(self) -> str:
        top = self.job.folder
        if not os.path.isdir(top):
            raise NotADirectoryError(top)
        for above, folders, names in os.walk(top):
            inner = os.path.relpath(above, top).replace(os.sep, "/")
            inner = "" if inner == "." else inner
            folders[:] = [f for f in folders if f != ".git" and not os.path.isfile(f"{above}/{f}/go.mod")]
            for name in names:
                path = f"{above}/{name}"
                if stat.S_ISREG(os.lstat(path).st_mode):
                    rel = f"{inner}/{name}" if inner else name
                    self._from_disk(rel, path)
        return ""

    def _from_disk(self, name: str, path: str) -> None:
        if name in self.files or name.rpartition("/")[0] in self.packages:
            data = Path(path).read_bytes()
            self._file(name, data, len(data), sha256(data).hexdigest())
        else:
            self._file(name, None, 0, "")

    def _file(self, name: str, data: bytes | bytearray | None, size: int, digest: str) -> None:
        """Take in one file of the module."""
        folder, _, last = name.rpartition("/")
        self.names.add(name)
        if folder in self.packages:
            self.folders.add(folder)
            if self._is_copied(last, data):
                self.wanted.add(name)
            if data is not None and native.may_matter(last, data):
                self.sources[name] = bytes(data)
        elif folder in self.above and last.startswith(META):
            self.wanted.add(name)
        if name in self.files:
            self.seen.add(name)
            self._compare(name, data, size, digest)

    def _is_copied(self, name: str, data: bytes | bytearray | None) -> bool:
        """Whether go copies this file of a package for certain (a file that may be tagged ``ignore`` is left to go)."""
        if name.endswith("_test.go") or (self.job.no_mod and name in {"go.mod", "go.sum"}):
            return False
        if not name.endswith(".go") or data is None:
            return True
        start = _PACKAGE.search(data)
        return not _IGNORE.search(data[: start.start()] if start else data)

    def _compare(self, name: str, data: bytes | bytearray | None, size: int, digest: str) -> None:
        path = os.path.join(self.job.vendored, name)
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            self.unreadable[name] = error.strerror or ""
            return
        with open(handle, "rb", closefd=True) as file:
            length = os.fstat(handle).st_size
            if data is not None and length == size and file.read(size + 1) == data:
                return
            file.seek(0)
            held = sha256()
            while piece := file.read(_PIECE):
                held.update(piece)
        if held.hexdigest() != digest:
            self.changed[name] = (f"sha256:{digest} ({size})", f"sha256:{held.hexdigest()} ({length})")


def original(job: Job, name: str) -> bytes | None:
    """The bytes that the module has of one file; None if it has none or it is too large to show."""
    try:
        if not job.zip:
            return Path(job.folder, name).read_bytes()
        archive = Archive(memoryview(Path(job.zip).read_bytes()))
        member = next((m for m in archive.members if m.name == job.prefix + name and m.size < LARGE), None)
        return bytes(archive.data(member)) if member else None
    except (OSError, ZipError):
        return None


def _above(folder: str) -> Iterator[str]:
    """The folder and all above it, to the module's root."""
    yield folder
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder
