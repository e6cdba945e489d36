"""The door to files: reading what exists, with limits and clear problems; writing whole or not at all."""

from __future__ import annotations

import contextlib
import glob
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from gomend.model.base import Thing

READ_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of a text file that are read at most; larger ones are refused."""
SKIPPED_FOLDERS: Final = frozenset({".git", "node_modules", "vendor", "testdata", ".venv", "__pycache__", ".gomend"})
"""Folders that a walk does not enter."""


class FileProblem(Exception):  # noqa: N818 - a problem is told, not raised at people
    """A file could not be read; the message says what, where and why, for people."""


class Entry(Thing, frozen=True):
    """What ``stat`` says of a path: kind (``file``, ``folder``, ``link``, ``other``), size in bytes, mode bits, mtime in ns."""

    kind: str
    size: int
    mode: int
    mtime_ns: int = 0


class Files(Protocol):
    """Reads files; paths are absolute."""

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes | None:
        """The bytes, or None where there is no such file.

        Raises:
            FileProblem: it is there but cannot be read, is a folder, or is larger than ``limit``.
        """
        ...

    def entry(self, path: str) -> Entry | None:
        """What is at ``path`` (links are not followed), or None."""
        ...

    def names(self, path: str) -> tuple[str, ...]:
        """Sorted names in a folder; empty if it is none or cannot be read."""
        ...

    def walk(self, root: str, depth: int = 8, limit: int = 50_000) -> Iterator[str]:
        """Paths of files below ``root``, sorted within each folder, without :data:`SKIPPED_FOLDERS` and links to folders."""
        ...


def read_text(files: Files, path: str) -> str | None:
    """A UTF-8 text file without its byte order mark, or None where there is none.

    Raises:
        FileProblem: unreadable, too large, or not UTF-8.
    """
    raw = files.read(path)
    if raw is None:
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path} is not UTF-8 text (byte {error.start})"
        raise FileProblem(msg) from None


class RealFiles:
    """The file system of this machine."""

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes | None:
        """Read a regular file whole."""
        try:
            # Not blocking: a named pipe in the place of a file must not hang us.
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as handle:
                if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
                    msg = f"{path} is not a regular file"
                    raise FileProblem(msg)
                raw = handle.read(limit + 1)
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            return None
        except OSError as error:
            msg = f"{path} cannot be read: {error.strerror}"
            raise FileProblem(msg) from None
        if len(raw) > limit:
            msg = f"{path} is larger than {limit // (1024 * 1024)} MB"
            raise FileProblem(msg)
        return raw

    def entry(self, path: str) -> Entry | None:
        """``lstat``."""
        try:
            found = os.lstat(path)
        except (OSError, ValueError):
            return None
        kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
        kind = kinds.get(stat.S_IFMT(found.st_mode), "other")
        return Entry(kind=kind, size=found.st_size, mode=stat.S_IMODE(found.st_mode), mtime_ns=found.st_mtime_ns)

    def names(self, path: str) -> tuple[str, ...]:
        """``listdir``, sorted."""
        try:
            return tuple(sorted(os.listdir(path)))
        except OSError:
            return ()

    def walk(self, root: str, depth: int = 8, limit: int = 50_000) -> Iterator[str]:
        """Walk without following links to folders."""
        seen = 0
        base = root.rstrip(os.sep).count(os.sep)
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
            if folder.rstrip(os.sep).count(os.sep) - base >= depth:
                folders.clear()
            for name in sorted(names):
                seen += 1
                if seen > limit:
                    return
                yield os.path.join(folder, name)


def write_whole(path: str, content: bytes, mode: int | None = None) -> None:
    """Write a file so that a crash leaves the old bytes or the new: temporary file, fsync, rename, fsync of the folder.

    ``mode`` (permission bits) defaults to those of the file replaced, else 0644. A link is followed to its target.
    """
    target = Path(os.path.realpath(path))
    if mode is None:
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o644
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".gomend", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fchmod(out.fileno(), mode)
            os.fsync(out.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    sync_folder(str(target.parent))


def drop_leftovers(path: str) -> None:
    """Remove temporary files that a killed :func:`write_whole` of ``path`` left."""
    target = Path(path)
    for leftover in target.parent.glob(f".{glob.escape(target.name)}.*.gomend"):
        with contextlib.suppress(OSError):
            leftover.unlink()


def sync_folder(path: str) -> None:
    """Make a rename in ``path`` survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
