"""Unpack Debian packages and source archives into a folder, and let nothing in them reach outside of it.

Absolute links, which packages have by right, are made relative to the folder; a name or link that leads out of it, a device or a pipe
ends the work. Sources: deb(5), ``tarfile`` (extraction filters do not take absolute links).
"""

from __future__ import annotations

import io
import lzma
import os
import re
import shutil
import tarfile
from typing import IO, Final, Literal

from gomend.cgo.sysroot.problem import SysrootProblem

_HEADER: Final = 60
"""Bytes before each member of an ar archive (ar(5))."""
_PAGES: Final = re.compile(r"usr/share/(man|info|locale|lintian|doc/(?!.*/copyright$)[^/]+)/.+")
"""What people read, and compilers do not; licences stay."""


def unpack_deb(path: str, folder: str) -> None:
    """Unpack a package's files, without manuals and translations.

    Raises:
        SysrootProblem: it is no package, is packed in a way that this Python cannot read, or a name in it leads outside.
    """
    name = os.path.basename(path)
    try:
        with open(path, "rb") as file:
            member, size = _data(file, name)
            kind = member.removeprefix("data.tar").removeprefix(".")
            if kind == "zst":
                raise SysrootProblem("unpack", package=name, reason="it is packed with zstd")
            raw = io.BytesIO(file.read(size))
        mode: Literal["r|xz", "r|gz", "r|"] = "r|xz" if kind == "xz" else "r|gz" if kind == "gz" else "r|"
        with tarfile.open(fileobj=raw, mode=mode) as archive:
            _Folder(folder, name, without=_PAGES).take(archive)
    except (OSError, EOFError, tarfile.TarError, lzma.LZMAError, ValueError) as error:
        raise SysrootProblem("unpack", package=name, reason=str(error)) from None


def unpack_source(path: str, folder: str, *, strip: int) -> None:
    """Unpack a source archive without the first ``strip`` parts of its names.

    Raises:
        SysrootProblem: it cannot be read, or a name in it leads outside.
    """
    name = os.path.basename(path)
    try:
        with tarfile.open(path, mode="r:*") as archive:
            _Folder(folder, name, strip).take(archive)
    except (OSError, EOFError, tarfile.TarError, lzma.LZMAError, ValueError) as error:
        raise SysrootProblem("unpack", package=name, reason=str(error)) from None


def _data(file: IO[bytes], name: str) -> tuple[str, int]:
    """The member of a package that has its files, and its size; the file stands at its beginning."""
    if file.read(8) != b"!<arch>\n":
        raise SysrootProblem("unpack", package=name, reason="it is no Debian package")
    while len(header := file.read(_HEADER)) == _HEADER:
        member, size = header[:16].decode("ascii", "replace").strip().rstrip("/"), int(header[48:58])
        if member.startswith("data.tar"):
            return member, size
        file.seek(size + size % 2, os.SEEK_CUR)
    raise SysrootProblem("unpack", package=name, reason="it has no files")


class _Folder:
    """Takes members of archives. Every write first asks where its folder really is, whatever links were made before."""

    def __init__(self, folder: str, source: str, strip: int = 0, without: re.Pattern[str] | None = None) -> None:
        os.makedirs(folder, exist_ok=True)
        self.root = os.path.realpath(folder)
        self.source = source
        self.strip = strip
        self.without = without
        self.known = {self.root}
        """Folders that are known to be inside."""
        self.links: dict[str, str] = {}
        """Links that were made, and the member's own words for each."""

    def take(self, archive: tarfile.TarFile) -> None:
        for member in archive:
            parts = [p for p in member.name.split("/") if p not in {"", "."}]
            if member.name.startswith("/") or ".." in parts:
                raise SysrootProblem("hostile", package=self.source, name=member.name)
            parts = parts[self.strip :]
            if parts and not (self.without and self.without.fullmatch("/".join(parts))):
                self._one(archive, member, self._above(parts[:-1], member.name), parts[-1])
        for path, words in self.links.items():  # a later link may have changed where an earlier one leads
            self._check(path, words)

    def _check(self, path: str, words: str) -> None:
        if not self._inside(os.path.realpath(path)):
            os.unlink(path)
            raise SysrootProblem("hostile", package=self.source, name=words)

    def _above(self, parts: list[str], name: str) -> str:
        """The folder that a member goes into."""
        path = "/".join((self.root, *parts))
        if path not in self.known:
            real = os.path.realpath(path)
            if not self._inside(real):
                raise SysrootProblem("hostile", package=self.source, name=name)
            os.makedirs(real, exist_ok=True)
            if real == path:
                self.known.add(path)
            return real
        return path

    def _inside(self, path: str) -> bool:
        return path == self.root or path.startswith(f"{self.root}/")

    def _one(self, archive: tarfile.TarFile, member: tarfile.TarInfo, above: str, name: str) -> None:
        path = f"{above}/{name}"
        if member.isdir():
            if not os.path.isdir(path):  # a link to a folder stays: it is how /lib became /usr/lib
                self._free(path)
                os.mkdir(path)
            return
        self._free(path)
        if member.isreg():
            content = archive.extractfile(member)
            assert content is not None
            handle = os.open(
                path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o755 if member.mode & 0o100 else 0o644
            )
            with os.fdopen(handle, "wb") as out:
                shutil.copyfileobj(content, out, 1 << 20)
            os.utime(path, (member.mtime, member.mtime))
        elif member.issym():
            inside = f"{self.root}{member.linkname}" if member.linkname.startswith("/") else f"{above}/{member.linkname}"
            os.symlink(os.path.relpath(inside, above) if member.linkname.startswith("/") else member.linkname, path)
            self.links[path] = f"{member.name} -> {member.linkname}"
            self._check(path, self.links[path])
        elif member.islnk():
            parts = [p for p in member.linkname.split("/") if p not in {"", "."}][self.strip :]
            target = os.path.realpath("/".join((self.root, *parts)))
            if not self._inside(target):
                raise SysrootProblem("hostile", package=self.source, name=f"{member.name} = {member.linkname}")
            os.link(target, path)
        else:
            raise SysrootProblem("hostile", package=self.source, name=member.name)

    def _free(self, path: str) -> None:
        """Make room for a member that replaces what an earlier one left."""
        if os.path.isdir(path) and not os.path.islink(path):
            raise SysrootProblem("hostile", package=self.source, name=path[len(self.root) :])
        if os.path.lexists(path):
            os.unlink(path)
            self.links.pop(path, None)
            self.known = {self.root}
