"""A module zip from what ``git archive`` wrote.

Which files take part: golang.org/x/mod/zip ``checkFiles`` and ``isVendoredPackage`` (with the bug that checksums depend on, golang/go#37397),
cmd/go/internal/modfetch ``(*codeRepo).Zip`` (the LICENSE of the repository for a module without one). A checksum is of names and contents alone,
so that our zip and go's have the same h1, and may have other bytes.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
from typing import Final

from gomend.golang import version as go_version
from gomend.proxy.outcomes import FailedError

_GO: Final = re.compile(r"^go\s+(\d[\w.]*)\s*(?://.*)?$", re.MULTILINE)
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
_MOST: Final = 500 << 20
"""Bytes of all files of a module (zip.MaxZipFile)."""


def write(tar: str, subdir: str, prefix: str, output: str, license_: bytes | None) -> None:
    """Write the zip of the module in ``subdir`` of a tar; ``prefix`` is ``MODULE@VERSION/``.

    Raises:
        FailedError: go would refuse the module.
    """
    start = f"{subdir}/" if subdir else ""
    with tarfile.open(tar) as archive:
        members = {m.name.removeprefix(start): m for m in archive if m.name.startswith(start) and not m.isdir()}
        names = _taken(members, _language(archive, members.get("go.mod")))
        total = sum(members[name].size for name in names)
        if total > _MOST:
            raise FailedError("untrue", f"the module has {total} bytes, and go takes {_MOST}")
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, allowZip64=False) as made:
            for name in names:
                file = archive.extractfile(members[name])
                made.writestr(zipfile.ZipInfo(prefix + name, _WHEN), file.read() if file else b"", zipfile.ZIP_DEFLATED)
            if license_ is not None and subdir and "LICENSE" not in members:
                made.writestr(zipfile.ZipInfo(f"{prefix}LICENSE", _WHEN), license_, zipfile.ZIP_DEFLATED)


def _language(archive: tarfile.TarFile, member: tarfile.TarInfo | None) -> str:
    file = archive.extractfile(member) if member is not None and member.isreg() else None
    match = _GO.search(file.read().decode("utf-8", "replace")) if file else None
    return match[1] if match else ""


def _taken(members: dict[str, tarfile.TarInfo], language: str) -> list[str]:
    """Names of files that belong to the module, in the order of the archive."""
    modules = {
        name.rpartition("/")[0] + "/"
        for name, member in members.items()
        if "/" in name and name.rpartition("/")[2].lower() == "go.mod" and member.isreg()
    }
    modern = bool(language) and not go_version.older(language, "1.24")
    taken = []
    for name, member in members.items():
        if not member.isreg() or vendored(name, modern=modern) or name == ".hg_archival.txt":
            continue
        if any(name.startswith(folder) for folder in modules):
            continue
        if name.lower() == "go.mod" and name != "go.mod":
            raise FailedError("untrue", f"{name} is spelt otherwise than go.mod")
        taken.append(name)
    return taken


def vendored(name: str, *, modern: bool) -> bool:
    """Whether a file belongs to a vendored package. ``modern``: the module's go.mod says 1.24 or newer."""
    if modern and name == "vendor/modules.txt":
        return True
    if name.startswith("vendor/"):
        rest = name[len("vendor/") :]
    elif (at := name.find("/vendor/")) >= 0:
        # before 1.24 go cut off seven letters of the start instead of all up to the folder, and checksums keep that
        rest = name[at + len("/vendor/") :] if modern else name[len("/vendor/") :]
    else:
        return False
    return "/" in rest
