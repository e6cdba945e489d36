"""Where a body goes while it comes in: memory for small files, a temporary file for zips."""

from __future__ import annotations

import contextlib
import os
from typing import Protocol

from gomend.proxy.outcomes import FailedError


class Sink(Protocol):
    """Takes a body."""

    size: int

    def write(self, piece: bytes) -> None:
        """Take some bytes.

        Raises:
            FailedError: they are too many (``untrue``), or the disk would not (``local``).
        """
        ...

    def restart(self) -> None:
        """Forget everything: another upstream will be asked."""
        ...


class Memory:
    """Keeps up to ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        """Start empty."""
        self.limit = limit
        self.size = 0
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> None:
        """Keep it."""
        self.size += len(piece)
        if self.size > self.limit:
            raise FailedError("untrue", f"it is larger than {self.limit} bytes")
        self._pieces.append(piece)

    def restart(self) -> None:
        """Forget everything."""
        self.size = 0
        self._pieces.clear()

    @property
    def content(self) -> bytes:
        """All of it."""
        return b"".join(self._pieces)


class Disk:
    """Writes a temporary file of up to ``limit`` bytes."""

    def __init__(self, path: str, limit: int) -> None:
        """Make it.

        Raises:
            OSError: it cannot be made.
        """
        self.path = path
        self.limit = limit
        self.size = 0
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)

    def write(self, piece: bytes) -> None:
        """Append it."""
        self.size += len(piece)
        if self.size > self.limit:
            raise FailedError("untrue", f"it is larger than {self.limit} bytes")
        try:
            left = memoryview(piece)
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            raise FailedError("local", f"the store cannot be written: {error.strerror}") from None

    def restart(self) -> None:
        """Empty the file."""
        self.size = 0
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)

    def close(self) -> None:
        """Close the file, which stays."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def drop(self) -> None:
        """Close and remove the file."""
        self.close()
        with contextlib.suppress(OSError):
            os.unlink(self.path)
