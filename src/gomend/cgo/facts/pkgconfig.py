"""pkg-config: which program go runs, what it knows of the packages that ``#cgo pkg-config`` lines ask for."""

from __future__ import annotations

import os
import re
import shlex
from typing import ClassVar, Final

from gomend.cgo import quoting, triples
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Target, Targets
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.processes import Cmd

VARIABLES: Final = ("PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR")
"""What pkg-config itself reads."""
_HOST_FOLDERS: Final = re.compile(
    r"/usr/lib(?:64)?/pkgconfig|/usr/local/lib(?:64)?/pkgconfig|/opt/homebrew/.*|/usr/lib/[a-z0-9_]+-linux-gnu\w*/pkgconfig"
)


class PkgPackage(Thing, frozen=True):
    """What pkg-config says of one package for one target."""

    name: str
    wanted_by: str
    """Import path of the Go package that asks for it."""
    found: bool
    folder: str = ""
    """Where its .pc file lies."""
    flags: tuple[str, ...] = ()
    problem: str = ""
    elsewhere: str = ""
    """A folder with its .pc file that pkg-config does not search: the target's own, below the project, or below a usual prefix."""


class PkgAnswers(Thing, frozen=True):
    """pkg-config for one target."""

    program: str
    path: str | None
    variables: dict[str, str]
    packages: tuple[PkgPackage, ...] = ()


class PkgConfig(Fact, frozen=True):
    """Answers by target name, for targets whose packages ask for pkg-config."""

    by_target: dict[str, PkgAnswers]
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"env", "go-env", "tools", "file:*.go", "file:*.pc", "file:.gomend/env/*.env"})


@collector
async def collect(doors: Doors, scope: Scope, targets: Targets, packages: CgoPackages) -> PkgConfig | Absent | Unknown:
    """Ask pkg-config, with the target's variables, for every package that is wanted."""
    found: dict[str, PkgAnswers] = {}
    for target in targets.items:
        wanted = {
            name: p.path
            for p in packages.of(target)
            for name in p.pkg_config
            if not name.startswith("-") and name[:1].isalnum()
        }
        if not wanted or not target.cgo:
            continue
        program = next(iter(quoting.words(target["PKG_CONFIG"] or "pkg-config")), "pkg-config")
        variables = {n: target[n] or doors.environ.variables.get(n, "") for n in VARIABLES}
        path = doors.runner.which(program)
        folders = _folders(doors, scope.root, target)
        answers: tuple[PkgPackage, ...] = ()
        if path:
            answers = tuple([await _ask(doors, program, name, by, variables, folders) for name, by in sorted(wanted.items())])
        found[target.name] = PkgAnswers(
            program=program,
            path=path,
            variables={n: v for n, v in variables.items() if v},
            packages=answers or tuple(PkgPackage(name=n, wanted_by=by, found=False) for n, by in sorted(wanted.items())),
        )
    if not found:
        return Absent(reason="no package asks for pkg-config")
    return PkgConfig(by_target=found)


def _folders(doors: Doors, root: str, target: Target) -> tuple[str, ...]:
    own = [os.path.dirname(path) for path in doors.files.walk(root) if path.endswith(".pc")]
    if target.cross:
        return (*triples.pkg_config_folders(target.goos, target.goarch), *dict.fromkeys(own))
    prefixes = [f"/opt/{name}" for name in doors.files.names("/opt")]
    return (*dict.fromkeys(own), *(f"{p}/{lib}/pkgconfig" for p in ("/usr/local", *prefixes) for lib in ("lib", "lib64")))


async def _ask(
    doors: Doors, program: str, name: str, wanted_by: str, variables: dict[str, str], folders: tuple[str, ...]
) -> PkgPackage:
    laid = {n: v for n, v in variables.items() if v} | {"LC_ALL": "C"}
    elsewhere = next((f for f in folders if doors.files.entry(f"{f}/{name}.pc")), "")
    done = await doors.runner.run(Cmd(argv=(program, "--print-errors", "--cflags", "--libs", name), env=laid, timeout=20))
    if not done.ok:
        problem = done.stderr.strip() or done.stdout.strip() or done.why
        return PkgPackage(name=name, wanted_by=wanted_by, found=False, problem=problem, elsewhere=elsewhere)
    where = await doors.runner.run(Cmd(argv=(program, "--variable=pcfiledir", name), env=laid, timeout=20))
    try:
        flags = tuple(shlex.split(done.stdout))
    except ValueError:
        flags = tuple(done.stdout.split())
    folder = where.stdout.strip()
    return PkgPackage(name=name, wanted_by=wanted_by, found=True, folder=folder, flags=flags, elsewhere=elsewhere)


def leak(target: Target, answers: PkgAnswers, package: PkgPackage) -> Evidence | None:
    """What shows that a cross target is given a package of this machine, None if nothing does.

    PKG_CONFIG_LIBDIR replaces the folders of this machine, and a pkg-config with the target's triple in its name has its own.
    """
    if not target.cross or not package.found:
        return None
    gnu = triples.gnu_triple(target.goos, target.goarch) or ""
    cpu = triples.GNU_CPU.get(target.goarch, target.goarch)
    marks = tuple(m for m in (gnu, f"/{cpu}-", f"/{cpu}/", f"_{target.goarch}", f"-{target.goarch}") if m)
    if gnu and gnu in answers.program:
        return None
    if any(mark in package.folder for mark in marks):
        return None
    flags = " ".join(package.flags) or "(no flags)"
    if answers.variables.get("PKG_CONFIG_LIBDIR"):
        foreign = next((f for f in package.flags if f.startswith("-L") and _HOST_FOLDERS.fullmatch(f[2:] + "/pkgconfig")), None)
        if foreign is None or answers.variables.get("PKG_CONFIG_SYSROOT_DIR"):
            return None
    return Evidence(
        source=f"{answers.program} --cflags --libs {package.name}", quote=flags, where=f"{package.folder}/{package.name}.pc"
    )
