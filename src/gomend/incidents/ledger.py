"""The file of records: one JSON line each, on the disk before anybody is told; several processes may write.

A lock on the file makes reading what others wrote and adding to it one step. A kill can cut off the last line: the next writer starts a new
one, and readers pass over what is no record.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Final

import msgspec

from gomend.incidents.register import Record, Refused, Register

NAME: Final = "incidents.jsonl"
"""Its name in a store."""


class Ledger:
    """The records of a store, and the incidents that they make. ``folder`` None: kept in memory only."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read what is there.

        Raises:
            OSError: it cannot be read.
        """
        self.register = Register()
        self.damaged = 0
        """Lines that are no record, or one that does not fit."""
        self.heard: list[Record] = []
        """What others wrote, until :meth:`drain`."""
        self._path = None if folder is None else folder / NAME
        self._read = 0
        self.catch_up()
        self.heard.clear()

    def drain(self) -> list[Record]:
        """What others wrote since it was last asked.

        Raises:
            OSError: the file cannot be read.
        """
        self.catch_up()
        heard, self.heard = self.heard, []
        return heard

    def catch_up(self) -> None:
        """Take in what others wrote since.

        Raises:
            OSError: the file cannot be read.
        """
        if self._path is None:
            return
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                raw = file.read()
        except FileNotFoundError:
            return
        whole = raw.rfind(b"\n") + 1  # what has no end yet is still being written, or was cut off
        self._read += whole
        self.heard += self._folded(raw[:whole].splitlines())

    def _folded(self, lines: Iterable[bytes]) -> Generator[Record]:
        for line in lines:
            try:
                record = msgspec.json.decode(line, type=Record)
                self.register.apply(record)
            except (msgspec.DecodeError, Refused):
                self.damaged += bool(line.strip())
            else:
                yield record

    def write(self, make: Callable[[Register], Iterable[Record]]) -> list[Record]:
        """Add the records that ``make`` answers for what is known once nobody else can write; answers them when they are on the disk.

        Raises:
            OSError: they could not be written, and are not known here either.
            Refused: ``make`` raised it.
        """
        with self._alone():
            self.catch_up()
            made = list(make(self.register))
            if made and self._path is not None:
                self._append(self._path, made)
            for record in made:
                self.register.apply(record)
            return made

    def _append(self, path: Path, made: list[Record]) -> None:
        body = b"".join(msgspec.json.encode(record) + b"\n" for record in made)
        with path.open("ab", buffering=0) as file:
            size = file.tell()
            if size > self._read:
                body = b"\n" + body  # somebody was killed in the middle of a line
            try:
                left = memoryview(body)
                while left:
                    left = left[file.write(left) :]
                os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(file.fileno(), size)
                raise
            self._read = size + len(body)

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        if self._path is None:
            yield
            return
        handle = os.open(self._path.with_name(f".{NAME}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
