"""Write a bundle: pieces in, one file out, whole or not at all. The same pieces give the same bytes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from gomend.model.base import Thing
from gomend.model.text import say, text
from gomend.modules.bundle import tar
from gomend.modules.bundle.manifest import BundleError, File, Manifest, encoded
from gomend.ports.files import sync_folder

_CHANGED: Final = text("bundle.write.changed", "{path} changed while the bundle was being made; try again.")
_PIECE: Final = 1 << 20
PART: Final = ".part"
"""What an unfinished bundle's name ends with."""


class Piece(Thing, frozen=True):
    """A file of the bundle and where its bytes are: a file on disk, or here."""

    file: File
    source: str = ""
    data: bytes = b""


def write(path: str, manifest: Manifest, pieces: Sequence[Piece], progress: Callable[[int, int], None] | None = None) -> bytes:
    """Write to ``path``; answers the manifest's bytes. A killed run leaves ``path`` as it was, and a ``.part`` beside it.

    Raises:
        BundleError: a source is not what it was when it was hashed.
        OSError: no room, or not writable; nothing is left.
    """
    raw = encoded(manifest)
    part = path + PART
    total = sum(piece.file.size for piece in pieces)
    done = 0
    try:
        with open(part, "wb") as out:
            _member(out, tar.MANIFEST, raw)
            for piece in sorted(pieces, key=lambda p: p.file.path):
                out.write(tar.header(piece.file.path, piece.file.size))
                _copy(out, piece)
                out.write(tar.padding(piece.file.size))
                done += piece.file.size
                if progress:
                    progress(done, total)
            _member(out, tar.FOOTER, tar.footer(raw))
            out.write(tar.END)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    sync_folder(os.path.dirname(os.path.abspath(path)))
    return raw


def _member(out: BinaryIO, name: str, data: bytes) -> None:
    out.write(tar.header(name, len(data)) + data + tar.padding(len(data)))


def _copy(out: BinaryIO, piece: Piece) -> None:
    summary, size = sha256(), 0
    for data in _data(piece):
        summary.update(data)
        size += len(data)
        out.write(data)
    if (size, summary.hexdigest()) != (piece.file.size, piece.file.sha256):
        raise BundleError(say(_CHANGED, path=piece.source or piece.file.path))


def _data(piece: Piece) -> Iterator[bytes]:
    if not piece.source:
        yield piece.data
        return
    with Path(piece.source).open("rb") as file:
        while data := file.read(_PIECE):
            yield data


def small(path: str, data: bytes) -> Piece:
    """A piece from bytes."""
    return Piece(file=File(path=path, size=len(data), sha256=sha256(data).hexdigest()), data=data)
