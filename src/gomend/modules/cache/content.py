"""One module version's zip and folder, read once: the zip's h1, and every difference between the folder and the zip.

The files go straight to the operating system, not through a port: a cache has a hundred thousand of them.
Source of the layout: cmd/go, modfetch/fetch.go (unzip); golang.org/x/mod/sumdb/dirhash (Hash1).
"""

from __future__ import annotations

import base64
import mmap
import os
import stat
import sys
from hashlib import blake2b, sha256
from struct import Struct
from typing import Final, NamedTuple

from gomend.golang.zips import LARGE, Archive, Member, ZipError, refused

_BUFFER: Final = bytearray(1 << 18)
_INTO: Final = (_BUFFER,)
_HELD: Final = len(_BUFFER)
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_QUIET: Final = os.O_NOATIME if sys.platform == "linux" else 0
"""Leaves the access times alone, by which ``mod cache clean --older-than`` tells what is used; only owners may ask for it."""
_PACK: Final = Struct("<5Q").pack
MANY: Final = 20
"""Paths of one kind that are kept of one module version; more are counted."""


class Job(NamedTuple):
    """What to read: the zip (empty if there is none), the folder (empty if there is none), and ``path@version/``."""

    number: int
    zip: str
    folder: str
    prefix: str
    beside: tuple[str, ...] = ()
    """Small files that belong to the stamp."""


class Content(NamedTuple):
    """What was read. ``h1`` and ``folder_h1`` are empty where there is nothing to hash. ``found`` has kind, path, detail."""

    number: int
    h1: str
    folder_h1: str
    mod_h1: str
    found: tuple[tuple[str, str, str], ...]
    stamp: bytes
    """A digest of what ``stat`` says of every file read, taken before reading it."""
    files: int
    size: int
    changed: int
    """When a folder of it last changed: the newest ctime, in ns."""


def read(job: Job) -> Content:
    """Read one module version. Never raises for what is on disk."""
    found = _read(job, _READ | _QUIET)
    denied = any(kind.endswith("unreadable") for kind, _, _ in found.found)
    return _read(job, _READ) if denied and _QUIET else found


def _read(job: Job, flags: int) -> Content:
    look = _Look(job, flags)
    look.stamps += _beside(job)
    try:
        if job.zip:
            look.zip()
        if job.folder and not look.compared:
            look.folder_alone()
    except (OSError, MemoryError) as error:
        look.add("unreadable", getattr(error, "filename", None) or job.zip or job.folder, _why(error))
    return look.content()


class _Look:
    def __init__(self, job: Job, flags: int) -> None:
        self.job = job
        self.flags = flags
        self.h1 = self.folder_h1 = self.mod_h1 = ""
        self.found: list[tuple[str, str, str]] = []
        self.stamp = blake2b(digest_size=16)
        self.stamps: list[bytes] = []
        self.compared = False
        # On first use go copies each _go.mod of a toolchain to go.mod (cmd/go, toolchain/select.go).
        self.toolchain = job.prefix.startswith("golang.org/toolchain@")
        self.files = self.size = self.changed = 0
        self.there: list[str] = []
        """Lines of the folder's own hash, if it had to be hashed apart from the zip."""

    def add(self, kind: str, path: str, detail: str = "") -> None:
        self.found.append((kind, path, detail))

    def content(self) -> Content:
        self.stamp.update(b"\n".join(sorted(self.stamps)))
        few: list[tuple[str, str, str]] = []
        counts: dict[str, int] = {}
        for kind, path, detail in self.found:
            counts[kind] = counts.get(kind, 0) + 1
            if counts[kind] <= MANY:
                few.append((kind, path, detail))
        return Content(
            self.job.number,
            self.h1,
            self.folder_h1,
            self.mod_h1,
            tuple(few),
            self.stamp.digest(),
            self.files,
            self.size,
            self.changed,
        )

    def zip(self) -> None:
        path = self.job.zip
        handle = os.open(path, self.flags)
        try:
            info = os.fstat(handle)
            self.stamps.append(_stamp(path, info))
            if not stat.S_ISREG(info.st_mode):
                self.add("zip-refused", path, "not a regular file")
                return
            self.size += info.st_size
            if not info.st_size:
                self.add("zip-empty", path, "0 bytes")
                return
            # Not closed by hand: an error's traceback may still hold a piece of it; it goes with the last of them.
            self._archive(path, memoryview(mmap.mmap(handle, info.st_size, prot=mmap.PROT_READ)))
        except ZipError as error:
            self.add(f"zip-{error.what}", path, str(error))
        finally:
            os.close(handle)

    def _archive(self, path: str, raw: memoryview) -> None:
        archive = Archive(raw)
        if why := refused(archive, self.job.prefix):
            self.add("zip-refused", path, why)
            return
        lines = self._against_folder(archive) if self.job.folder else [_line(archive, m) for m in archive.members]
        # A later member of the same name wins, as in dirhash; refused() let no such zip through.
        lines.sort()
        self.h1 = _h1(lines)
        own = next((digest for name, digest in lines if name == f"{self.job.prefix}go.mod"), "")
        self.mod_h1 = _h1([("go.mod", own)]) if own else ""
        self.files += len(lines)
        if lost := archive.hidden():
            self.add("zip-hidden", path, f"{lost} bytes that belong to no file in it")

    def _against_folder(self, archive: Archive) -> list[tuple[str, str]]:
        """Hash the zip's members and compare each with its file; then look for files that the zip has not."""
        skip = len(self.job.prefix)
        folders: dict[str, list[Member]] = {"": []}
        lines: list[tuple[str, str]] = []
        for member in archive.members:
            name = member.name[skip:]
            if not name or name[-1] == "/":
                lines.append(_line(archive, member))
                continue
            above = name.rpartition("/")[0]
            if above not in folders:
                _with_parents(folders, above)
            folders[above].append(member)
        gone: set[str] = set()
        for folder in sorted(folders):
            if folder.rpartition("/")[0] in gone and folder:
                gone.add(folder)
                handle = None
            else:
                handle = self._open_folder(folder)
                if handle is None:
                    gone.add(folder)
            try:
                lines += self._folder(archive, handle, folder, folders)
            finally:
                if handle is not None:
                    os.close(handle)
        self.compared = True
        return lines

    def _open_folder(self, folder: str) -> int | None:
        path = f"{self.job.folder}/{folder}" if folder else self.job.folder
        try:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            self.add("dir-missing" if missing else "dir-unreadable", path, _why(error))
            return None
        self.stamps.append(folder.encode("utf-8", "surrogateescape"))
        self.changed = max(self.changed, os.fstat(handle).st_ctime_ns)
        return handle

    def _folder(
        self, archive: Archive, handle: int | None, folder: str, folders: dict[str, list[Member]]
    ) -> list[tuple[str, str]]:
        members = folders[folder]
        if handle is None:
            return [_line(archive, m) for m in members]
        inside = f"{folder}/" if folder else ""
        skip = len(self.job.prefix) + len(inside)
        expected = {m[0][skip:]: m for m in members}
        for name in os.listdir(handle):
            if name in expected or f"{inside}{name}" in folders:
                continue
            if self.toolchain and name == "go.mod" and (original := expected.get("_go.mod")):
                self.stamps.append(_stamp(f"{name}\0{folder}", os.stat(name, dir_fd=handle, follow_symlinks=False)))
                if not self._is_copy(archive, original, handle, name):
                    self.add("dir-changed", self._path(folder, name), "not what _go.mod beside it is")
            else:
                self._extra(handle, f"{inside}{name}", name)
        return self._compared(archive, expected, handle, folder)

    def _compared(self, archive: Archive, expected: dict[str, Member], handle: int, folder: str) -> list[tuple[str, str]]:
        """Compare each file with its member. (The hot path, once per file of the cache: everything ordinary happens here.)"""
        lines: list[tuple[str, str]] = []
        tail = f"\0{folder}".encode("utf-8", "surrogateescape")
        for name, member in expected.items():
            size = member[4]
            if size >= _HELD:
                lines.append(self._file(archive, member, handle, name, folder))
                continue
            try:
                opened = os.open(name, self.flags, dir_fd=handle)
                try:
                    info, count = os.fstat(opened), os.readv(opened, _INTO)
                finally:
                    os.close(opened)
            except OSError:
                lines.append(self._file(archive, member, handle, name, folder))
                continue
            self.stamps.append(
                name.encode("utf-8", "surrogateescape")
                + tail
                + _PACK(info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino, info.st_mode)
            )
            data = archive.data(member)
            if count != size or info.st_size != size or not _BUFFER.startswith(data):
                self.add("dir-changed", self._path(folder, name), f"{info.st_size} bytes, in the zip {size}")
            if info.st_mode & 0o222:
                self.add("dir-writable", self._path(folder, name))
            lines.append((member[0], sha256(data).hexdigest()))
        return lines

    def _is_copy(self, archive: Archive, original: Member, handle: int, name: str) -> bool:
        try:
            opened = os.open(name, self.flags, dir_fd=handle)
        except OSError:
            return False
        try:
            return os.fstat(opened).st_size == original.size and _same(opened, archive.data(original))
        finally:
            os.close(opened)

    def _extra(self, handle: int, inner: str, name: str) -> None:
        """Something that the zip does not have; a folder counts by what is in it."""
        info = os.stat(name, dir_fd=handle, follow_symlinks=False)
        path = f"{self.job.folder}/{inner}"
        if stat.S_ISDIR(info.st_mode):
            inside = [f"{above}/{file}" for above, _, files in os.walk(path) for file in files]
            for file in inside[:MANY]:
                self.add("dir-extra", file, "not in the zip")
            if not inside:
                self.add("dir-extra-folder", path, "not in the zip")
        else:
            self.add("dir-link" if stat.S_ISLNK(info.st_mode) else "dir-extra", path, "not in the zip")
        self.stamps.append(_stamp(path, info))

    def _file(self, archive: Archive, member: Member, handle: int, name: str, folder: str) -> tuple[str, str]:
        """Compare one file with its member; answers the member's line. For what is large, or not as it should be."""
        try:
            opened = os.open(name, self.flags, dir_fd=handle)
        except OSError as error:
            self._not_opened(error, handle, name, folder)
            return _line(archive, member)
        try:
            info = os.fstat(opened)
            self.stamps.append(_stamp(f"{name}\0{folder}", info))
            size = member[4]
            if size < LARGE:
                data = archive.data(member)
                digest = sha256(data).hexdigest()
                # The size first: a longer file of the same start would pass the comparison of small ones.
                same = info.st_size == size and _same(opened, data)
            else:
                digest, same = _compare_pieces(archive, member, opened, info.st_size)
        finally:
            os.close(opened)
        if not same:
            self.add("dir-changed", self._path(folder, name), f"{info.st_size} bytes, in the zip {size}")
        if info.st_mode & 0o222:
            self.add("dir-writable", self._path(folder, name))
        return member[0], digest

    def _not_opened(self, error: OSError, handle: int, name: str, folder: str) -> None:
        path = self._path(folder, name)
        if isinstance(error, FileNotFoundError):
            self.add("dir-missing", path, "in the zip, but not there")
            return
        info = os.stat(name, dir_fd=handle, follow_symlinks=False)
        self.stamps.append(_stamp(path, info))
        self.add("dir-link" if stat.S_ISLNK(info.st_mode) else "dir-unreadable", path, _why(error))

    def _path(self, folder: str, name: str) -> str:
        return f"{self.job.folder}/{folder}/{name}" if folder else f"{self.job.folder}/{name}"

    def folder_alone(self) -> None:
        """Hash the folder by itself: there is no zip that could be compared with."""
        lines: list[tuple[str, str]] = []
        todo = [""]
        while todo:
            folder = todo.pop()
            handle = self._open_folder(folder)
            if handle is None:
                continue
            try:
                names = set(os.listdir(handle))
                for name in sorted(names):
                    if self.toolchain and name == "go.mod" and "_go.mod" in names:
                        continue
                    info = os.stat(name, dir_fd=handle, follow_symlinks=False)
                    inner = f"{folder}/{name}" if folder else name
                    if stat.S_ISDIR(info.st_mode):
                        todo.append(inner)
                        continue
                    self.stamps.append(_stamp(inner, info))
                    if not stat.S_ISREG(info.st_mode):
                        self.add("dir-link", f"{self.job.folder}/{inner}", "not a regular file")
                    else:
                        lines.append((self.job.prefix + inner, _hash_file(name, handle, self.flags)))
                        self.size += info.st_size
            finally:
                os.close(handle)
        lines.sort()
        self.files += len(lines)
        self.folder_h1 = _h1(lines)


def stamp(job: Job) -> bytes:
    """The stamp that :func:`read` would give, from ``stat`` alone; used to see that nothing changed since.

    Raises:
        OSError: something cannot be looked at.
    """
    found = _beside(job)
    if job.zip:
        found.append(_stamp(job.zip, os.stat(job.zip, follow_symlinks=False)))
    if job.folder:
        if not stat.S_ISDIR(os.lstat(job.folder).st_mode):
            raise NotADirectoryError(job.folder)
        skip = len(job.folder) + 1
        todo = [job.folder]
        while todo:
            folder = todo.pop()
            inner = folder[skip:]
            found.append(inner.encode("utf-8", "surrogateescape"))
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                        continue
                    info = entry.stat(follow_symlinks=False)
                    found.append(_stamp(f"{entry.name}\0{inner}", info))
    return blake2b(b"\n".join(sorted(found)), digest_size=16).digest()


def _beside(job: Job) -> list[bytes]:
    found = []
    for path in job.beside:
        try:
            found.append(_stamp(path, os.stat(path, follow_symlinks=False)))
        except OSError:
            found.append(path.encode("utf-8", "surrogateescape"))
    return found


def _with_parents(folders: dict[str, list[Member]], folder: str) -> None:
    while folder and folder not in folders:
        folders[folder] = []
        folder = folder.rpartition("/")[0]


def _stamp(path: str, info: os.stat_result) -> bytes:
    return path.encode("utf-8", "surrogateescape") + _PACK(
        info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino, info.st_mode
    )


def _same(handle: int, data: bytes | bytearray) -> bool:
    """Whether the file holds exactly these bytes."""
    size = len(data)
    if size < _HELD:
        return os.readv(handle, _INTO) == size and _BUFFER.startswith(data)
    view, at = memoryview(data), 0
    while count := os.readv(handle, _INTO):
        if at + count > size or not _BUFFER.startswith(view[at : at + count]):
            return False
        at += count
    return at == size


def _compare_pieces(archive: Archive, member: Member, handle: int, size: int) -> tuple[str, bool]:
    digest, same = sha256(), size == member.size
    for piece in archive.pieces(member):
        digest.update(piece)
        if same:
            same = _read_exactly(handle, len(piece)) == piece
    return digest.hexdigest(), same


def _read_exactly(handle: int, count: int) -> bytes:
    parts: list[bytes] = []
    while count and (part := os.read(handle, count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _line(archive: Archive, member: Member) -> tuple[str, str]:
    if member.size < LARGE:
        return member.name, sha256(archive.data(member)).hexdigest()
    digest = sha256()
    for piece in archive.pieces(member):
        digest.update(piece)
    return member.name, digest.hexdigest()


def _hash_file(name: str, handle: int, flags: int) -> str:
    digest = sha256()
    opened = os.open(name, flags, dir_fd=handle)
    try:
        while piece := os.read(opened, _HELD):
            digest.update(piece)
    finally:
        os.close(opened)
    return digest.hexdigest()


def _h1(lines: list[tuple[str, str]]) -> str:
    text = "".join([f"{digest}  {name}\n" for name, digest in lines])
    return "h1:" + base64.b64encode(sha256(text.encode("utf-8", "surrogateescape")).digest()).decode()


def _why(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error) or type(error).__name__
