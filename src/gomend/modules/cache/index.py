"""The go command's index of a cached module, kept in GOCACHE: go reads it instead of the folder, for ever.

A module whose folder was damaged when it was indexed stays damaged for go after the folder is mended, until the index goes.
Source: cmd/go, modindex/read.go (moduleHash), modindex/write.go (format), cache/hash.go (salt).
"""

from __future__ import annotations

import contextlib
import os
from hashlib import sha256
from pathlib import Path
from struct import Struct
from struct import error as struct_error
from typing import Final

FORMATS: Final = ("go index v2", "go index v1", "go index v0")
"""Versions of the format, the newest first (Go 1.19 wrote v0; v2 is current)."""
_INT: Final = Struct("<I")
_ENTRY_LIMIT: Final = 512


def entry_path(gocache: str, go: str, folder: str, form: str = FORMATS[0]) -> str:
    """The file in GOCACHE that leads to the index of the module unpacked at ``folder``, for one version of go (``go1.26.8``)."""
    salt = go.split(" X:", maxsplit=1)[0].split("-X:", maxsplit=1)[0]
    action = sha256(f"{salt}module index {go} {form} {folder}\n".encode()).hexdigest()
    return f"{gocache}/{action[:2]}/{action}-a"


def entries(gocache: str, go: str, folder: str) -> list[str]:
    """The files that a mend of ``folder`` must take away so that go looks at the files again."""
    return [path for form in FORMATS if os.path.exists(path := entry_path(gocache, go, folder, form))]


def older(gocache: str, go: str, folder: str, changed: int) -> bool:
    """Whether the index was made before a folder inside last ``changed`` (ns): the cheap sign that it may be stale."""
    for path in entries(gocache, go, folder):
        with contextlib.suppress(OSError, ValueError, IndexError, UnicodeDecodeError):
            return changed > int(Path(path).read_text(encoding="ascii")[:_ENTRY_LIMIT].split()[4])
    return False


def read(gocache: str, go: str, folder: str) -> dict[str, set[str]] | None:
    """What the index says: folder inside the module → names of its Go files; None where there is no readable index."""
    for path in entries(gocache, go, folder):
        with contextlib.suppress(OSError, ValueError, IndexError, UnicodeDecodeError, struct_error):
            words = Path(path).read_text(encoding="ascii")[:_ENTRY_LIMIT].split()
            output = words[2]
            return _parsed(Path(f"{gocache}/{output[:2]}/{output}-d").read_bytes())
    return None


def _parsed(raw: bytes) -> dict[str, set[str]]:
    header = len(FORMATS[0]) + 1
    if not raw.startswith(b"go index v"):
        raise ValueError("not an index")

    def number(at: int) -> int:
        value: int = _INT.unpack_from(raw, at)[0]
        return value

    strings = number(header)

    def text(at: int) -> str:
        place, shift, length = strings + number(at), 0, 0
        while True:
            byte = raw[place]
            place += 1
            length |= (byte & 0x7F) << shift
            if byte < 0x80:
                return raw[place : place + length].decode()
            shift += 7

    found: dict[str, set[str]] = {}
    for i in range(number(header + 4)):
        package = number(header + 8 + 8 * i + 4)
        files = range(number(package + 8))
        names = (text(number(package + 12 + 4 * n) + 12) for n in files)
        found[text(header + 8 + 8 * i)] = {name for name in names if name.endswith(".go")}
    return found


def actual(folder: str) -> dict[str, set[str]]:
    """The same of the folder itself, as go would index it now."""
    found: dict[str, set[str]] = {}
    skip = len(folder) + 1
    for above, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if not os.path.isfile(f"{above}/{f}/go.mod")]
        found[above[skip:]] = {n for n in names if n.endswith(".go") and n[0] not in "._"}
    return found


def difference(gocache: str, go: str, folder: str) -> str:
    """A Go file that the index and the folder disagree about; empty if they agree or there is no index."""
    indexed = read(gocache, go, folder)
    if indexed is None:
        return ""
    there = actual(folder)
    for inner in sorted({*indexed, *there}):
        if other := indexed.get(inner, set()) ^ there.get(inner, set()):
            return f"{inner}/{min(other)}" if inner else min(other)
    return ""
