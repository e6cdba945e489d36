"""Where on this machine lies what a log says is missing: headers, libraries, .pc files, programs that are not on PATH."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import ClassVar, Final

from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.symptoms.base import Kind, Symptom
from gomend.model.base import Cost
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope

_PROGRAMS: Final = ("/usr/bin", "/usr/local/bin", "/bin", "/opt/homebrew/bin")
_SOUGHT: Final = (
    Kind.HEADER_NOT_FOUND,
    Kind.LIBRARY_NOT_FOUND,
    Kind.SHARED_LIBRARY_NOT_FOUND,
    Kind.PACKAGE_NOT_FOUND,
    Kind.PKG_CONFIG_NOT_FOUND,
    Kind.COMPILER_NOT_FOUND,
    Kind.EXEC_FORMAT,
)
_QEMU: Final = {
    "amd64": "x86_64",
    "386": "i386",
    "arm64": "aarch64",
    "loong64": "loongarch64",
    "mips64le": "mips64el",
    "mipsle": "mipsel",
}


class Places(Fact, frozen=True):
    """Folders by what is missing: ``foo.h`` → the folder that ``-I`` needs, ``foo`` → the one with libfoo."""

    folders: dict[str, str]
    emulator: str = ""
    """A qemu that runs programs of the target here."""
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"command", "tools", "file:*.h", "file:*.a", "file:*.so", "file:*.pc"})


@collector
async def collect(doors: Doors, scope: Scope, seen: CgoSymptoms, targets: Targets | Absent | Unknown) -> Places | Absent:
    """Look below the project, and for builds of this machine below the usual prefixes."""
    sought = seen.of(*_SOUGHT)
    if not sought:
        return Absent(reason="the log misses nothing that could lie elsewhere")
    cross = isinstance(targets, Targets) and targets.current.cross
    files = tuple(doors.files.walk(scope.root, depth=6, limit=20_000))
    folders = {s.name: found for s in sought if (found := _place(doors, s, files, cross=cross))}
    return Places(folders=folders, emulator=_emulator(doors, targets))


def _emulator(doors: Doors, targets: Targets | Absent | Unknown) -> str:
    if not isinstance(targets, Targets) or not targets.current.cross or targets.current.goos != "linux":
        return ""
    cpu = _QEMU.get(targets.current.goarch, targets.current.goarch)
    return next((n for n in (f"qemu-{cpu}", f"qemu-{cpu}-static") if doors.runner.which(n)), "")


def _place(doors: Doors, symptom: Symptom, files: tuple[str, ...], *, cross: bool) -> str:
    name = symptom.name
    if symptom.kind in {Kind.PKG_CONFIG_NOT_FOUND, Kind.COMPILER_NOT_FOUND}:
        base = os.path.basename(name)
        return next((f for f in _PROGRAMS if doors.files.entry(f"{f}/{base}")), "")
    wanted: tuple[str, ...]
    below: tuple[str, ...]
    if symptom.kind is Kind.HEADER_NOT_FOUND:
        wanted, below = (name,), ("include",)
    elif symptom.kind is Kind.LIBRARY_NOT_FOUND:
        wanted, below = (f"lib{name}.so", f"lib{name}.a"), ("lib", "lib64")
    elif symptom.kind is Kind.PACKAGE_NOT_FOUND:
        wanted, below = (f"{name}.pc",), ("lib/pkgconfig", "lib64/pkgconfig", "share/pkgconfig")
    else:
        wanted, below = (os.path.basename(name),), ("lib", "lib64")
    own = (path.removesuffix(f"/{w}") for path in files for w in wanted if path.endswith(f"/{w}"))
    usual = () if cross else (f for f in _prefixes(doors, below) for w in wanted if doors.files.entry(f"{f}/{w}"))
    return next(own, "") or next(iter(usual), "")


def _prefixes(doors: Doors, below: tuple[str, ...]) -> Iterator[str]:
    for prefix in ("/usr/local", "/opt/homebrew", *(f"/opt/{name}" for name in doors.files.names("/opt"))):
        yield from (f"{prefix}/{folder}" for folder in below)
    if below == ("include",):
        yield from (f"/usr/include/{name}" for name in doors.files.names("/usr/include"))
