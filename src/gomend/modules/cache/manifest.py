"""What was found good before: a stamp of every version, so that a second pass reads nothing that did not change.

A stamp covers size, times, inode and mode of each file. The manifest is sealed with this machine's key, so that it cannot be
made up without that key; ``--full`` does not look at it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path
from typing import Final

import msgspec

from gomend.model.base import Thing
from gomend.ports.files import write_whole
from gomend.ports.state import secret

_MAC: Final = 32
_VERSION: Final = 1


Stamp = tuple[int, int, int, int]
"""Size, mtime and ctime (ns), inode of one file."""


class Good(Thing, frozen=True):
    """A version that was good: the stamp of its files, and a digest of what was recorded of it."""

    stamp: bytes
    recorded: bytes


class Answer(Thing, frozen=True):
    """A cached answer of the checksum database whose note was signed: its stamp, its sums, and whether the tree ``proved`` it."""

    stamp: Stamp
    sums: dict[str, str]
    proved: bool


class _Kept(Thing, frozen=True):
    version: int
    root: str
    good: dict[str, Good]
    answers: dict[str, Answer]


class Manifest:
    """The good versions of one cache."""

    def __init__(self, state: Path, root: str) -> None:
        """Kept below ``state``, one file a cache."""
        name = hashlib.sha256(os.path.realpath(root).encode()).hexdigest()[:32]
        self._path = state / "caches" / f"{name}.good"
        self._state = state
        self._root = root
        self.good: dict[str, Good] = {}
        self.answers: dict[str, Answer] = {}
        self.refused = False
        """Whether a manifest was there that this machine did not write."""

    def load(self) -> None:
        """Read it; one that is missing, damaged or not ours is as good as none."""
        try:
            raw = self._path.read_bytes()
        except OSError:
            return
        body = raw[_MAC:]
        if not hmac.compare_digest(raw[:_MAC], self._mac(body)):
            self.refused = True
            return
        try:
            kept = msgspec.msgpack.decode(body, type=_Kept)
        except msgspec.MsgspecError:
            self.refused = True
            return
        if kept.version == _VERSION and kept.root == self._root:
            self.good, self.answers = kept.good, kept.answers

    def save(self) -> None:
        """Write it whole or not at all.

        Raises:
            OSError: the state folder cannot be written to.
        """
        body = msgspec.msgpack.encode(_Kept(version=_VERSION, root=self._root, good=self.good, answers=self.answers))
        write_whole(str(self._path), self._mac(body) + body, 0o600)

    def _mac(self, body: bytes) -> bytes:
        return hashlib.blake2b(body, key=secret(self._state)[:32], digest_size=_MAC, person=b"gomend-cache").digest()
