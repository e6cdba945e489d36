"""A write-ahead journal of accepted requests: a batch is on the disk before it is answered, and several share one fsync."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path
from typing import Final

_SUFFIX: Final = ".otlp.jsonl"


class Journal:
    """Lines in one file an hour, ``20260131T12.otlp.jsonl`` (UTC), in a folder that ``gomend incidents rank`` reads too."""

    def __init__(self, folder: Path, keep_hours: int = 6) -> None:
        """Use a folder, made if need be.

        Raises:
            OSError: it cannot be made.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._keep = keep_hours
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._busy: asyncio.Task[None] | None = None

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
        hour = time.strftime("%Y%m%dT%H", time.gmtime())
        path = self._folder / f"{hour}{_SUFFIX}"
        new = not path.exists()
        with path.open("ab") as file:
            if file.tell() and not _ends(path):  # cut off by a kill: the next line must not be glued to it
                file.write(b"\n")
            file.writelines(line + b"\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        if new:
            self._forget(hour)

    def _forget(self, hour: str) -> None:
        files = sorted(self._folder.glob(f"*{_SUFFIX}"))
        for old in files[: -self._keep] if len(files) > self._keep else []:
            if old.name < hour:
                with contextlib.suppress(OSError):
                    old.unlink()


def _ends(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
