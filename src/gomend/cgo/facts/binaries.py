"""Binaries that lie in the project, and the system that they are to run on."""

from __future__ import annotations

import os
from typing import ClassVar, Final

from gomend.binary import distros, elf
from gomend.binary.distros import Distro
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.model.finding import Subject
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem

FOLDERS: Final = ("", "bin", "build", "dist", "out")
"""Folders in which builds are looked for."""
MOST: Final = 20
"""Binaries that are read."""
LIMIT: Final = 128 * 1024 * 1024
"""Bytes of one."""


class PlacedBinary(Thing, frozen=True):
    """One binary and where it lies."""

    path: str
    name: str
    """Relative to the project, where it lies in it."""
    info: BinaryInfo
    loader_here: bool = True
    """Its interpreter exists on this machine."""

    def subject(self) -> Subject:
        """The binary as the subject of a finding."""
        return Subject(kind="binary", name=self.name, path=self.name)

    def evidence(self) -> Evidence:
        """What the file's headers say."""
        info = self.info
        parts = [f"{info.format} {info.arch}", f"interpreter {info.interpreter}" if info.interpreter else "no interpreter"]
        parts += [f"needs {', '.join(info.needed)}"] if info.needed else []
        parts += [f"GLIBC_{info.glibc_min} ({', '.join(info.glibc_symbols[:4])})"] if info.glibc_min else []
        return Evidence(source=self.name, quote="; ".join(parts))


class PlacedBinaries(Fact, frozen=True):
    """Binaries in the project's root, bin, build, dist and out, the output of the command, and those that a log names."""

    items: tuple[PlacedBinary, ...]
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"build", "command"})

    def at(self, path: str) -> PlacedBinary | None:
        """The binary that a message means by ``path``."""
        base = os.path.basename(path)
        exact = next((b for b in self.items if b.path == path), None)
        return exact or next((b for b in self.items if os.path.basename(b.path) == base), None)


class DeployTarget(Fact, frozen=True):
    """The system that binaries run on (``deploy`` in gomend.toml, ``--deploy``)."""

    distro: Distro
    reads: ClassVar = frozenset({"file:gomend.toml", "file:pyproject.toml"})


@collector
async def collect_deploy(scope: Scope) -> DeployTarget | Absent | Unknown:
    """Look the name up."""
    if not scope.deploy:
        return Absent(reason="the team has not said which system binaries run on")
    distro = distros.find(scope.deploy)
    if distro is None:
        return Unknown(reason=f"gomend does not know which C library {scope.deploy} has; write glibc:2.31 or musl instead")
    return DeployTarget(distro=distro)


@collector
async def collect(
    doors: Doors, scope: Scope, flags: BuildFlags | Absent | Unknown, seen: CgoSymptoms | Absent | Unknown
) -> PlacedBinaries | Absent:
    """Read what is there; files that are no binaries are left out."""
    paths: list[str] = []
    if isinstance(flags, BuildFlags) and flags.output:
        paths.append(flags.output)
    if isinstance(seen, CgoSymptoms):
        named = [word for s in seen.items for word in (s.path, s.detail) if "/" in word and " " not in word]
        paths += [os.path.normpath(os.path.join(scope.root, name)) for name in named]
    # After a success only what the command made counts: others may lie there since long ago.
    made = isinstance(flags, BuildFlags) and scope.command_exit == 0
    for folder in () if made and paths else FOLDERS[:1] if made else FOLDERS:
        base = os.path.join(scope.root, folder) if folder else scope.root
        paths += [os.path.join(base, name) for name in doors.files.names(base)]
    items: list[PlacedBinary] = []
    for path in dict.fromkeys(paths):
        found = _read(doors, scope.root, path)
        if found and len(items) < MOST:
            items.append(found)
    if not items:
        return Absent(reason="there is no binary in the project")
    return PlacedBinaries(items=tuple(items))


def _read(doors: Doors, root: str, path: str) -> PlacedBinary | None:
    entry = doors.files.entry(path)
    likely = entry is not None and entry.kind == "file" and 512 <= entry.size <= LIMIT
    if entry is None or not likely or not (entry.mode & 0o111 or path.endswith((".exe", ".so", ".dll", ".dylib"))):
        return None
    try:
        info = elf.inspect(doors.files.read(path, limit=LIMIT) or b"")
    except (BinaryError, FileProblem):
        return None
    if info.kind not in {"executable", "library"}:
        return None
    relative = os.path.relpath(path, root)
    here = info.interpreter is None or doors.files.entry(info.interpreter) is not None
    return PlacedBinary(path=path, name=path if relative.startswith("..") else relative, info=info, loader_here=here)
