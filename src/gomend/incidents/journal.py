"""A write-ahead journal of accepted requests: a batch is on the disk before it is answered, and several share one fsync."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path
from typing import Final

from gomend.incidents.settings import Retention

SUFFIX: Final = ".otlp.jsonl"
"""How its files end."""
_PARTS: Final = 32
"""A file has this part of all bytes at most: what goes first goes by files."""
_LEAST: Final = 1 << 20


class Journal:
    """Lines in files named by hour and number, ``20260131T12-000.otlp.jsonl`` (UTC), in a folder that ``gomend incidents rank`` reads too."""

    def __init__(self, folder: Path, retention: Retention | None = None) -> None:
        """Use a folder, made if need be.

        Raises:
            OSError: it cannot be made.
        """
        folder.mkdir(parents=True, exist_ok=True)
        kept = retention or Retention()
        self._folder = folder
        self._seconds = kept.hours * 3600
        self._bytes = int(kept.megabytes * 1e6)
        self._part = max(_LEAST, self._bytes // _PARTS)
        self._path: Path | None = None
        self._size = 0
        self._checked = 0.0
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._busy: asyncio.Task[None] | None = None

    def recent(self, seconds: float, most: int) -> list[Path]:
        """The files written to within so many seconds before the newest of them, and of those the newest ``most`` bytes; oldest first.

        Raises:
            OSError: the folder cannot be read.
        """
        found = [(path.stat(), path) for path in sorted(self._folder.glob(f"*{SUFFIX}"))]
        newest = max((status.st_mtime for status, _ in found), default=0.0)
        chosen: list[Path] = []
        for status, path in reversed(found):
            most -= status.st_size
            if status.st_mtime < newest - seconds or (chosen and most < 0):
                break
            chosen.append(path)
        return chosen[::-1]

    async def append(self, line: bytes) -> None:
        """Write one line (without its end) for good.

        Raises:
            OSError: it could not be written; the caller must not say that it was.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, done))
        if self._busy is None or self._busy.done():
            self._busy = asyncio.create_task(self._flush())
        await done

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._write, [line for line, _ in batch])
            except OSError as error:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)

    def _write(self, lines: list[bytes]) -> None:
        path = self._open()
        with path.open("ab", buffering=0) as file:
            begin = file.tell()
            # After a line that a kill cut off, the next one must not be glued to it.
            left = memoryview((b"\n" if begin and not _ends(path) else b"") + b"".join(line + b"\n" for line in lines))
            try:
                while left:
                    left = left[file.write(left) :]
                os.fsync(file.fileno())
            except OSError:  # a full disk: take back what was written by half, it will be sent again
                with contextlib.suppress(OSError):
                    os.ftruncate(file.fileno(), begin)
                raise
            self._size = file.tell()

    def _open(self) -> Path:
        """The file to write to: a new one each hour, and when the last one is large; old ones go then, or once a minute."""
        now = time.time()
        hour = time.strftime("%Y%m%dT%H", time.gmtime(now))
        path = self._path
        fresh = path is None or not path.name.startswith(hour) or self._size >= self._part
        if fresh:
            there = sorted(self._folder.glob(f"{hour}-[0-9][0-9][0-9]{SUFFIX}"))
            last = int(there[-1].name[len(hour) + 1 :].split(".")[0]) if there else -1
            # After a restart the last file is written on, unless it is full.
            again = path is None and there and there[-1].stat().st_size < self._part
            path = there[-1] if again else self._folder / f"{hour}-{last + 1:03d}{SUFFIX}"
            self._path = path
        if fresh or now - self._checked >= 60:
            self._checked = now
            self._forget(now, path)
        assert path is not None  # made above
        return path

    def _forget(self, now: float, current: Path | None) -> None:
        total = 0
        for old in sorted(self._folder.glob(f"*{SUFFIX}"), reverse=True):
            with contextlib.suppress(OSError):
                status = old.stat()
                total += status.st_size
                if old != current and (now - status.st_mtime > self._seconds or total + self._part > self._bytes):
                    old.unlink()


def _ends(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
