"""A bundle opened for reading: its structure is compared with what its manifest makes it; files are read where they lie."""

from __future__ import annotations

import contextlib
import mmap
import os
import stat
from collections.abc import Generator
from typing import Final, Self

from gomend.model.text import say, text
from gomend.modules.bundle import tar
from gomend.modules.bundle.manifest import MAX_MANIFEST, BundleError, File, Manifest, decoded, digest, shown

_NO_FILE: Final = text("bundle.read.no-file", "{path} cannot be read: {reason}")
_NO_BUNDLE: Final = text("bundle.read.no-bundle", "{path} is no bundle: it does not start with a manifest.")
_OTHER_SIZE: Final = text("bundle.read.other-size", "{path} has {size} bytes; by its manifest it should have {wanted}.")
_OTHER_HEADER: Final = text("bundle.read.other-header", "At byte {at} stands something else than the header of {name}.")
_OTHER_END: Final = text("bundle.read.other-end", "The end of the bundle does not carry its manifest's hash.")


class Bundle:
    """An open bundle. Everything but the files' content has been checked."""

    def __init__(self, path: str) -> None:
        """Open and check.

        Raises:
            BundleError: it cannot be read, or is not byte for byte what its manifest makes it (contents apart).
        """
        self.path = path
        try:
            self._handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise BundleError(say(_NO_FILE, path=path, reason=error.strerror)) from None
        try:
            info = os.fstat(self._handle)
            self.size = info.st_size
            raw = self._manifest() if stat.S_ISREG(info.st_mode) else b""
            self.manifest: Manifest = decoded(raw)
            self.digest = digest(raw)
            self._check(raw)
        except BaseException:
            self.close()
            raise
        self.files: dict[str, File] = {f.path: f for f in self.manifest.files}

    def _manifest(self) -> bytes:
        start = os.pread(self._handle, tar.BLOCK, 0)
        try:
            size = int(start[124:136].rstrip(b"\0 ") or b"x", 8)
        except ValueError:
            size = -1
        if not 0 <= size <= MAX_MANIFEST or start != tar.header(tar.MANIFEST, size):
            raise BundleError(say(_NO_BUNDLE, path=self.path))
        raw = os.pread(self._handle, size, tar.BLOCK)
        if len(raw) != size:
            raise BundleError(say(_NO_BUNDLE, path=self.path))
        return raw

    def _check(self, raw: bytes) -> None:
        self._starts: dict[str, int] = {}
        last, at, size = "", 0, 0
        for last, at, size in tar.places(self.manifest, raw):
            self._starts[last] = at + len(tar.header(last, size))
        end = self._starts[last] + size + len(tar.padding(size))
        if self.size != end + len(tar.END):
            raise BundleError(say(_OTHER_SIZE, path=self.path, size=self.size, wanted=end + len(tar.END)))
        for name, start, length in tar.places(self.manifest, raw):
            head = tar.header(name, length)
            pad = tar.padding(length)
            after = start + len(head) + length
            if os.pread(self._handle, len(head), start) != head or os.pread(self._handle, len(pad), after) != pad:
                raise BundleError(say(_OTHER_HEADER, at=start, name=shown(name)))
        if os.pread(self._handle, size, self._starts[last]) != tar.footer(raw) or os.pread(self._handle, 2048, end) != tar.END:
            raise BundleError(say(_OTHER_END))

    def place(self, path: str) -> tuple[int, int]:
        """Where the bytes of a file start in the archive, and how many they are."""
        return self._starts[path], self.files[path].size

    def piece(self, at: int, length: int) -> bytes:
        """Bytes of the archive."""
        return os.pread(self._handle, length, at)

    def read(self, path: str) -> bytes:
        """A small file whole."""
        at, size = self.place(path)
        return os.pread(self._handle, size, at)

    @contextlib.contextmanager
    def mapped(self, path: str) -> Generator[memoryview]:
        """A file as a view of the archive."""
        at, size = self.place(path)
        if not size:
            yield memoryview(b"")
            return
        start = at - at % mmap.ALLOCATIONGRANULARITY
        yield memoryview(mmap.mmap(self._handle, at + size - start, prot=mmap.PROT_READ, offset=start))[at - start :]

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def __enter__(self) -> Self:
        """The bundle itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
