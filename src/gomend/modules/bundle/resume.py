"""What an interrupted making has already read and hashed, so that the next one goes on from there.

The notes are sealed with this machine's key: who edits a module and the notes about it is not believed.
"""

from __future__ import annotations

import contextlib
import hmac
import os
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from gomend.golang import ziphash
from gomend.golang.ziphash import Hashes
from gomend.ports.files import write_whole
from gomend.ports.state import secret

Stamp = tuple[int, int, int, int]
_EVERY: Final = 256 << 20
"""Bytes hashed between two savings."""


class Notes:
    """Hashes by path, valid while the file does not change."""

    def __init__(self, path: str, state: Path) -> None:
        """Read what is there."""
        self.path = path
        self._key = secret(state)
        self._known: dict[str, tuple[Stamp, Hashes]] = {}
        self._unsaved = 0
        self.reused = 0
        with contextlib.suppress(OSError, msgspec.DecodeError):
            raw = Path(path).read_bytes()
            if hmac.compare_digest(raw[:32], self._seal(raw[32:])):
                self._known = msgspec.msgpack.decode(raw[32:], type=dict[str, tuple[Stamp, Hashes]])

    def hashes(self, path: str, module: str = "", version: str = "") -> Hashes:
        """The hashes of a file, read now or noted before.

        Raises:
            OSError: it cannot be read.
        """
        now = _stamp(path)
        known = self._known.get(path)
        if known and known[0] == now:
            self.reused += 1
            return known[1]
        found = ziphash.of_file(path, module, version)
        if _stamp(path) == now:
            self._known[path] = now, found
            self._unsaved += found.size
            if self._unsaved > _EVERY:
                self.save()
        return found

    def save(self) -> None:
        """Keep them.

        Raises:
            OSError: no room.
        """
        raw = msgspec.msgpack.encode(self._known)
        write_whole(self.path, self._seal(raw) + raw, 0o600)
        self._unsaved = 0

    def _seal(self, raw: bytes) -> bytes:
        return hmac.new(self._key, b"gomend bundle notes" + raw, sha256).digest()


def _stamp(path: str) -> Stamp:
    info = os.stat(path)
    return info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino
