"""A sysroot as one file, for a machine without network: the same content gives the same bytes, and nothing is believed when it comes back."""

from __future__ import annotations

import os
import tarfile
from typing import Final

from gomend.cgo.sysroot import archives, tree
from gomend.cgo.sysroot.problem import SysrootProblem

SUFFIX: Final = ".sysroot.tar"
"""How the names of packed sysroots end; the name before it is the folder's."""


def pack(folder: str, path: str) -> None:
    """Write the file.

    Raises:
        SysrootProblem: there is no sysroot, or it is not as it was unpacked.
    """
    check(folder)
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for name in (tree.LOCK, *tree.read(folder).files):
            member = archive.gettarinfo(f"{folder}/{name}", name)
            member.uid = member.gid = member.mtime = 0
            member.uname = member.gname = ""
            if member.isreg():
                member.mode = 0o755 if member.mode & 0o100 else 0o644
                with open(f"{folder}/{name}", "rb") as content:
                    archive.addfile(member, content)
            else:
                member.mode = 0o777
                archive.addfile(member)


def unpack(path: str, folder: str) -> None:
    """Unpack one into an empty folder, and compare it with its own list.

    Raises:
        SysrootProblem: it is none, a name in it leads outside, or a file is not what the list says.
    """
    archives.unpack_source(path, folder, strip=0)
    check(folder)


def check(folder: str) -> None:
    """Refuse a folder that is not what its list says.

    Raises:
        SysrootProblem: it is not.
    """
    if changed := tree.changes(folder):
        raise SysrootProblem("changed", path=folder, file=changed[0], count=str(len(changed)))


def name_of(path: str) -> str:
    """The folder's name that a packed sysroot is for.

    Raises:
        SysrootProblem: the file's name does not end as it must.
    """
    name = os.path.basename(path)
    if not name.endswith(SUFFIX) or name.startswith("."):
        raise SysrootProblem("none-here", path=path, reason=f"its name does not end in {SUFFIX}")
    return name.removesuffix(SUFFIX)
