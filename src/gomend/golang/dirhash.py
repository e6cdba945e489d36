"""The ``h1:`` hashes of go.sum and .ziphash files. Source: golang.org/x/mod/sumdb/dirhash, Hash1."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping


class BadZipError(Exception):
    """A zip that go could not read; the message says why."""


def h1(files: Mapping[str, bytes]) -> str:
    """The hash of a set of files by name."""
    summary = hashlib.sha256()
    for name in sorted(files):
        summary.update(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n".encode())
    return "h1:" + base64.b64encode(summary.digest()).decode()


def h1_mod(content: bytes) -> str:
    """The hash of a go.mod, as the ``version/go.mod`` lines of go.sum have it."""
    return h1({"go.mod": content})


def h1_zip(content: bytes) -> str:
    """The hash of a module zip's files.

    Raises:
        BadZipError: it is no readable zip.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return h1({info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()})
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError, RuntimeError, EOFError) as error:
        raise BadZipError(str(error)) from None


def has_directory(content: bytes) -> bool:
    """Whether a zip ends with a directory that points into it: cheap, and what a cut or foreign file fails."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)):
            return True
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False


EMPTY_MOD = h1_mod(b"")
"""The hash of an empty go.mod: it stands where a server or a cache answered nothing."""
