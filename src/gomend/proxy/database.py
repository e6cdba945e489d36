"""Our own checksum database, for modules that no other one knows: a signed tree of records that only grows.

Clients set GOSUMDB to its key and need no GONOSUMDB. The records lie in one append-only file, and everything else follows from
them: a record is what its module hashed to when it was first asked for. Several servers may share the file; each signs what it has read.

Source: golang.org/x/mod/sumdb (Server), tlog; RFC 6962 section 2.1.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from gomend.golang import signing
from gomend.golang.signing import Signer
from gomend.golang.sumdb import HEIGHT, Tree, node
from gomend.golang.treetiles import EMPTY, WIDE
from gomend.proxy.outcomes import AbsentError

_TILE: Final = re.compile(r"tile/(\d+)/(data|\d+)/((?:x\d{3}/)*\d{3})(?:\.p/(\d+))?")

Sums = Callable[[str, str], Awaitable[tuple[str, str]]]
"""The h1 of the zip and of the go.mod of a module's version; raises AbsentError if there is none."""


class Database:
    """The log in ``path``, signed by ``signers``; the first one's name is the database's."""

    def __init__(self, path: str, signers: tuple[Signer, ...], sums: Sums) -> None:
        """Read the log, making it if it is not there.

        Raises:
            OSError: it cannot be made or read.
        """
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._signers = signers
        self._sums = sums
        self._read = 0
        self._records: list[bytes] = []
        self._numbers: dict[str, int] = {}
        self._levels: list[list[bytes]] = [[]]
        self._follow()

    @property
    def name(self) -> str:
        """What clients know it by."""
        return self._signers[0].name

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def tree(self) -> Tree:
        """All that was read, as one hash."""
        size = len(self._records)
        return Tree(size=size, root=self._root(size, 0) if size else EMPTY)

    async def answer(self, rest: str) -> bytes:
        """What lies below ``/sumdb/NAME/``: supported, latest, lookup/MODULE@VERSION, tile/….

        Raises:
            AbsentError: there is no such thing.
        """
        if rest == "supported":
            return b""
        if rest == "latest":
            self._follow()
            return signing.sign(self.tree(), self._signers)
        if rest.startswith("lookup/"):
            path, _, version = rest.removeprefix("lookup/").rpartition("@")
            return await self._lookup(path, version)
        return self._tile(rest)

    async def _lookup(self, module: str, version: str) -> bytes:
        key = f"{module} {version}"
        self._follow()
        if key not in self._numbers:
            zip_, mod = await self._sums(module, version)
            self._append(key, f"{module} {version} {zip_}\n{module} {version}/go.mod {mod}\n".encode())
        number = self._numbers[key]
        return f"{number}\n".encode() + self._records[number] + b"\n" + signing.sign(self.tree(), self._signers)

    def _tile(self, rest: str) -> bytes:
        match = _TILE.fullmatch(rest)
        if match is None or int(match[1]) != HEIGHT:
            raise AbsentError(f"this database has tiles of height {HEIGHT}")
        number = int(match[3].replace("x", "").replace("/", ""))
        width = int(match[4] or WIDE)
        start, end = number * WIDE, number * WIDE + width
        if match[2] == "data":
            if not 0 < width <= WIDE or end > len(self._records):
                raise AbsentError("the tree has no such tile")
            return b"".join(f"{i}\n".encode() + self._records[i] + b"\n" for i in range(start, end))
        level = int(match[2]) * HEIGHT
        hashes = self._levels[level] if level < len(self._levels) else []
        if not 0 < width <= WIDE or end > len(hashes):
            raise AbsentError("the tree has no such tile")
        return b"".join(hashes[start:end])

    def _append(self, key: str, text: bytes) -> None:
        """Write a record that nobody wrote meanwhile; it is on the disk when this returns.

        Raises:
            OSError: it cannot be written; the log is as it was.
        """
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            self._follow()
            if key in self._numbers:
                return
            before = self._read
            os.ftruncate(self._file, before)  # what a crash left of a record
            try:
                whole = os.write(self._file, text + b"\n") == len(text) + 1
                os.fsync(self._file)
            except OSError:
                os.ftruncate(self._file, before)
                raise
            if not whole:
                os.ftruncate(self._file, before)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._follow()
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _follow(self) -> None:
        """Read whole records that were added; half of one, which a crash left, is never read, and cut off by the next writer."""
        size = os.fstat(self._file).st_size
        raw = os.pread(self._file, size - self._read, self._read)
        whole = raw[: raw.rfind(b"\n\n") + 2] if b"\n\n" in raw else b""
        for text in whole.split(b"\n\n")[:-1]:
            self._grow(text + b"\n")
        self._read += len(whole)

    def _grow(self, text: bytes) -> None:
        path, _, rest = text.decode("utf-8", "replace").partition(" ")
        self._numbers.setdefault(f"{path} {rest.partition(' ')[0]}", len(self._records))
        self._records.append(text)
        found = sha256(b"\x00" + text).digest()
        level = 0
        while True:
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(found)
            if len(self._levels[level]) % 2:
                return
            found = node(*self._levels[level][-2:])
            level += 1

    def _root(self, size: int, start: int) -> bytes:
        """The root of ``size`` records from ``start`` on (RFC 6962, 2.1)."""
        level = size.bit_length() - 1
        half = 1 << level
        left = self._levels[level][start >> level]
        return left if size == half else node(left, self._root(size - half, start + half))
