"""Real builds of the project, one for each target. Deep: nothing else proves that a cross build works."""

from __future__ import annotations

import os
import tempfile
from typing import ClassVar

from gomend.binary import elf
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.cgo import envfile
from gomend.cgo.facts.binaries import LIMIT
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Target, Targets
from gomend.model.base import Cost, Thing
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.processes import Cmd


class BuildResult(Thing, frozen=True):
    """What ``go build`` did for one target."""

    target: str
    command: str
    """As a person would type it."""
    exit: int | None
    output: str
    """Standard error, the last 4000 characters."""
    binaries: dict[str, BinaryInfo] = {}
    """What was built, by file name."""
    nothing: bool = False
    """go built nothing at all: every file is excluded."""
    cgo: bool = False


class TargetBuilds(Fact, frozen=True):
    """One result a target."""

    items: tuple[BuildResult, ...]
    cost: ClassVar = Cost.DEEP
    reads: ClassVar = frozenset(
        {
            "file:*.go",
            "file:*go.mod",
            "file:*.c",
            "file:*.h",
            "file:.gomend/env/*.env",
            "env",
            "go-env",
            "tools",
            "module-cache",
        }
    )


@collector
async def collect(doors: Doors, scope: Scope, targets: Targets, packages: CgoPackages) -> TargetBuilds | Absent | Unknown:
    """Build into a temporary folder, one target after the other, with the environment of each."""
    results = []
    for target in targets.items:
        if not packages.of(target):
            continue
        with tempfile.TemporaryDirectory(prefix="gomend-build-") as folder:
            results.append(await _build(doors, scope.root, target, folder))
    if not results:
        return Absent(reason="no target has packages that use cgo")
    unknown = next((r for r in results if r.exit is None), None)
    return Unknown(reason=unknown.output) if unknown else TargetBuilds(items=tuple(results))


def environment(target: Target) -> dict[str, str]:
    """What the target's build needs beyond the process environment."""
    overlay = envfile.parse(target.file_text or "") if target.file_used else {}
    return {**overlay, "GOOS": target.goos, "GOARCH": target.goarch}


async def _build(doors: Doors, root: str, target: Target, folder: str) -> BuildResult:
    laid = environment(target)
    argv = ("go", "build", "-o", folder + os.sep, "./...")
    done = await doors.runner.run(Cmd(argv=argv, cwd=root, env=laid, timeout=900))
    if "no main packages to build" in done.stderr:
        done = await doors.runner.run(Cmd(argv=("go", "build", "./..."), cwd=root, env=laid, timeout=900))
    shown = " ".join([*(f"{n}={v}" for n, v in sorted(laid.items()) if " " not in v), "go build ./..."])
    if target.file_used:
        shown = f"set -a; . {target.file_name}; go build ./..."
    binaries = {}
    for name in doors.files.names(folder):
        try:
            binaries[name] = elf.inspect(doors.files.read(os.path.join(folder, name), limit=LIMIT) or b"")
        except BinaryError:
            continue
    return BuildResult(
        target=target.name,
        command=shown,
        exit=None if done.problem else done.exit,
        output=done.problem or done.stderr.strip()[-4000:],
        binaries=binaries,
        nothing=done.ok and "matched no packages" in done.stderr,
        cgo=target.cgo,
    )
