"""Bytes of binaries: mapped into memory, never read whole, and searched in pieces."""

from __future__ import annotations

import mmap
import os
import stat
from typing import Final

from gomend.ports.files import FileProblem

Raw = bytes | mmap.mmap
"""The bytes of a file."""
_PIECE: Final = 1 << 20


def mapped(path: str) -> Raw:
    """A regular file as a read-only map; a named pipe or device never blocks.

    Raises:
        FileProblem: it does not exist, is no regular file or cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        raise FileProblem(f"{path} does not exist") from None
    except (OSError, ValueError) as error:
        raise FileProblem(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise FileProblem(f"{path} is not a regular file")
        return mmap.mmap(handle, 0, prot=mmap.PROT_READ) if found.st_size else b""
    except (OSError, ValueError) as error:
        raise FileProblem(f"{path} cannot be read: {error}") from None
    finally:
        os.close(handle)


def find(raw: Raw, needle: bytes, start: int, end: int) -> int:
    """``raw.find(needle, start, end)``. The one of a memory map compares byte by byte; that of bytes does not."""
    if isinstance(raw, bytes):
        return raw.find(needle, start, end)
    end = min(end, len(raw))
    while start < end:
        at = raw[start : min(start + _PIECE + len(needle) - 1, end)].find(needle)
        if at >= 0:
            return start + at
        start += _PIECE
    return -1
