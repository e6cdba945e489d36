"""Hashes of what lies in a bundle or goes into one: SHA-256 of the bytes, and go's h1 of a module zip, in one reading."""

from __future__ import annotations

import base64
import contextlib
import mmap
import os
import stat
from collections.abc import Generator
from hashlib import sha256
from typing import Final, NamedTuple

from gomend.golang.zips import LARGE, Archive, Member, ZipError, refused

_PIECE: Final = 1 << 20


class Hashes(NamedTuple):
    """Size in bytes and SHA-256; of a module zip also its h1 and that of the go.mod in it. ``problem``: go would refuse it."""

    size: int
    sha256: str
    h1: str = ""
    mod_h1: str = ""
    problem: str = ""


def of(raw: memoryview, module: str = "", version: str = "") -> Hashes:
    """The hashes of these bytes; those of the zip of a module version if one is named."""
    summary = sha256()
    for at in range(0, len(raw), _PIECE):
        summary.update(raw[at : at + _PIECE])
    plain = Hashes(len(raw), summary.hexdigest())
    if not module:
        return plain
    try:
        h1, mod_h1 = _of_zip(raw, f"{module}@{version}/")
    except ZipError as error:
        return plain._replace(problem=str(error))
    return plain._replace(h1=h1, mod_h1=mod_h1)


def of_file(path: str, module: str = "", version: str = "") -> Hashes:
    """The hashes of a plain file.

    Raises:
        OSError: it cannot be read, or is no plain file.
    """
    with _mapped(path) as raw:
        return of(raw, module, version)


def h1_of_file(path: str, module: str, version: str) -> str:
    """The h1 of the zip of a module version, without the SHA-256 of its bytes.

    Raises:
        ZipError: go would refuse it; the message says why.
        OSError: it cannot be read, or is no plain file.
    """
    with _mapped(path) as raw:
        return _of_zip(raw, f"{module}@{version}/")[0]


@contextlib.contextmanager
def _mapped(path: str) -> Generator[memoryview]:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        info = os.fstat(handle)
        if not stat.S_ISREG(info.st_mode):
            raise OSError(0, "not a plain file", path)
        yield memoryview(mmap.mmap(handle, info.st_size, prot=mmap.PROT_READ)) if info.st_size else memoryview(b"")
    finally:
        os.close(handle)


def _of_zip(raw: memoryview, prefix: str) -> tuple[str, str]:
    """The h1 of a zip and of the go.mod in it, which is empty if there is none."""
    archive = Archive(raw)
    if why := refused(archive, prefix):
        raise ZipError("refused", why)
    lines = sorted((m.name, _digest(archive, m)) for m in archive.members)
    if lost := archive.hidden():
        raise ZipError("refused", f"{lost} bytes that belong to no file in it")
    own = next((digest for name, digest in lines if name == f"{prefix}go.mod"), "")
    return _h1(lines), _h1([("go.mod", own)]) if own else ""


def _digest(archive: Archive, member: Member) -> str:
    if member.size < LARGE:
        return sha256(archive.data(member)).hexdigest()
    summary = sha256()
    for piece in archive.pieces(member):
        summary.update(piece)
    return summary.hexdigest()


def _h1(lines: list[tuple[str, str]]) -> str:
    text = "".join(f"{digest}  {name}\n" for name, digest in lines)
    return "h1:" + base64.b64encode(sha256(text.encode("utf-8", "surrogateescape")).digest()).decode()
