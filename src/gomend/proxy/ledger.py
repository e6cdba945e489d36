"""The server's own record: what each version hashed to when it first came in. A version never changes.

One append-only file of go.sum lines, ``.gomend/record``, shared by all servers of a store. What comes in while a write is
under way is written together, so that many files cost few syncs.
"""

from __future__ import annotations

import asyncio
import fcntl
import os

from gomend.proxy.content import UntrueError


class Ledger:
    """The record, read once and followed as it grows."""

    def __init__(self, path: str) -> None:
        """Open it, making it if it is not there.

        Raises:
            OSError: it cannot be made or read.
        """
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._known: dict[str, str] = {}
        self._read = 0
        self._waiting: list[tuple[str, str]] = []
        self._writing: asyncio.Task[None] | None = None
        self._write([])

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def known(self, key: str) -> str:
        """The h1 of ``module version`` or ``module version/go.mod``; empty if it was never seen."""
        return self._known.get(key, "")

    def compare(self, key: str, h1: str) -> None:
        """Compare with what was recorded.

        Raises:
            UntrueError: it was something else before.
        """
        before = self._known.get(key, "")
        if before and before != h1:
            raise UntrueError(f"{key} was {before} when it first came in, and now is {h1}: a version never changes")

    async def note(self, key: str, h1: str) -> None:
        """Record what was seen; it is on the disk when this returns.

        Raises:
            UntrueError: it was something else before.
            OSError: it cannot be written.
        """
        if key not in self._known:
            self._waiting.append((key, h1))
            # A write that is under way took its lines already; the next one takes ours.
            while (key, h1) in self._waiting:
                if self._writing is None or self._writing.done():
                    self._writing = asyncio.create_task(self._flush())
                await asyncio.shield(self._writing)
            if self._writing is not None and not self._writing.done():
                await asyncio.shield(self._writing)
        self.compare(key, h1)

    async def _flush(self) -> None:
        lines, self._waiting = self._waiting, []
        await asyncio.to_thread(self._write, lines)

    def _write(self, lines: list[tuple[str, str]]) -> None:
        """Append what nobody recorded meanwhile. One thread at a time comes here; other servers are kept out by the lock."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            self._follow()
            new = dict(reversed([(key, h1) for key, h1 in lines if key not in self._known]))
            if new:
                os.write(self._file, "".join(f"{key} {h1}\n" for key, h1 in new.items()).encode())
                os.fsync(self._file)
                self._follow()
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _follow(self) -> None:
        """Read what was added; a last line that a crash or a full disk cut off is ended, so that the next starts afresh."""
        size = os.fstat(self._file).st_size
        raw = os.pread(self._file, size - self._read, self._read)
        self._read += len(raw)
        if raw and not raw.endswith(b"\n"):
            self._read += os.write(self._file, b" cut\n")
            raw = raw[: raw.rfind(b"\n") + 1]
        for line in raw.decode("utf-8", "replace").splitlines():
            words = line.split(" ")
            if len(words) == 3 and words[2].startswith("h1:"):
                self._known.setdefault(f"{words[0]} {words[1]}", words[2])
