"""Digests of what is at a path now: the pre-conditions of steps."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import Protocol

from gomend.model.step import digest_bytes


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


def digest_file(path: str) -> str | None:
    """SHA-256 of a file's bytes, None if there is none."""
    try:
        with open(path, "rb") as handle:
            return digest_bytes(handle.read())
    except (FileNotFoundError, NotADirectoryError):
        return None


def digest_path(path: str) -> str | None:
    """SHA-256 over names, modes, link targets and contents below ``path``; None if nothing is there."""
    if not os.path.lexists(path):
        return None
    total = hashlib.sha256()
    _add(total, path, "")
    return total.hexdigest()


def _add(total: _Digest, path: str, name: str) -> None:
    found = os.lstat(path)
    total.update(f"{name}\0{found.st_mode:o}\0".encode(errors="surrogateescape"))
    if stat.S_ISLNK(found.st_mode):
        total.update(os.readlink(path).encode(errors="surrogateescape"))
    elif stat.S_ISREG(found.st_mode):
        with open(path, "rb") as handle:
            while chunk := handle.read(1 << 20):
                total.update(chunk)
    elif stat.S_ISDIR(found.st_mode):
        for child in sorted(os.listdir(path)):
            _add(total, os.path.join(path, child), f"{name}/{child}")
