"""Whether a breakpoint really binds: every launch configuration tried in a real dlv."""

from __future__ import annotations

import os
from typing import Any, ClassVar, Final

import anyio

from gomend.debug import dap, gosource, paths
from gomend.debug.facts.binaries import ExecBinaries
from gomend.debug.facts.dlv import DlvTool
from gomend.debug.facts.files import DebugFiles
from gomend.debug.facts.launch import LaunchConfig, LaunchConfigs
from gomend.debug.gosource import Place
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.processes import OFFLINE_GO

MOST: Final = 8
"""Configurations that are tried."""
TIME: Final = 100.0
"""Seconds for all of them together."""


class Binding(Thing, frozen=True):
    """One configuration tried: at which place, whether dlv launched it, and what it said of the breakpoint."""

    config: str
    file: str
    """Name of the file that the configuration stands in."""
    line: int
    place: Place
    launched: bool
    bound: bool
    message: str = ""
    output: str = ""

    def evidence(self) -> Evidence:
        """Dlv's answer."""
        where = f"{self.place.file}:{self.place.line}"
        if not self.launched:
            return Evidence(source="dlv dap launch", quote=self.message or "refused", where=self.config)
        return Evidence(source="dlv dap setBreakpoints", quote=self.message or f"verified: {self.bound}", where=where)


class BreakpointBinding(Fact, frozen=True):
    """All configurations tried, and those that could not be, as (name, why)."""

    bindings: tuple[Binding, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    cost: ClassVar = Cost.DEEP
    reads: ClassVar = frozenset({"file:*", "build", "tools", "env", "go-env"})

    def of(self, config: LaunchConfig) -> Binding | None:
        """What came of one configuration."""
        return next(
            (b for b in self.bindings if (b.config, b.file, b.line) == (config.name, config.file.name, config.line)), None
        )


@collector
async def collect(
    doors: Doors,
    scope: Scope,
    configs: LaunchConfigs,
    files: DebugFiles,
    binaries: ExecBinaries | Absent,
    dlv: DlvTool,
) -> BreakpointBinding | Absent | Unknown:
    """Try the configurations one after the other."""
    if not doors.runner.live:
        return Unknown(reason="a conversation with dlv cannot be replayed")
    bindings: list[Binding] = []
    skipped: list[tuple[str, str]] = []
    with anyio.move_on_after(TIME) as limit:
        for config in configs.configs:
            why, place = _place(doors, config, files, binaries)
            if place is None or len(bindings) >= MOST:
                skipped.append((config.name, why or "too many configurations"))
                continue
            bindings.append(await _try(doors, scope, config, place, dlv))
    if limit.cancelled_caught:
        return Unknown(reason=f"dlv did not get through the launch configurations within {TIME:g} s")
    if not bindings:
        reasons = "; ".join(f"{name}: {why}" for name, why in skipped)
        return Absent(reason=f"no launch configuration can be tried ({reasons})")
    return BreakpointBinding(bindings=tuple(bindings), skipped=tuple(skipped))


def _place(doors: Doors, config: LaunchConfig, files: DebugFiles, binaries: ExecBinaries | Absent) -> tuple[str, Place | None]:
    """Where a breakpoint should bind, or why none can be chosen."""
    if config.no_debug:
        return "noDebug", None
    if not (config.is_debug or config.is_exec) or not config.resolved:
        return "neither mode debug, test nor exec with a known program", None
    if config.is_debug:
        folder = os.path.dirname(config.program) if config.program.endswith(".go") else config.program
        package = gosource.scan(doors, folder)
        found = package.test if config.mode == "test" else package.main
        if found is None and config.mode == "debug" and package.files:  # no program: dlv shall say so itself
            found = Place(file=f"{folder}/{package.files[0]}", line=1, function="")
        return f"no func main or test was found in {folder}", found
    binary = None if isinstance(binaries, Absent) else binaries.of(config)
    if binary is None or not binary.exists or binary.go is None:
        return f"{config.program} is no Go binary", None
    folder = main_folder(files, config, binary.go.path, binary.go.module)
    return f"the sources of {binary.go.path} are not in the project", gosource.scan(doors, folder).main if folder else None


def main_folder(files: DebugFiles, config: LaunchConfig, package: str, module: str) -> str:
    """The local folder of a main package, empty if the project does not hold its module."""
    local = files.module_named(module)
    if local is None:
        return ""
    if package == "command-line-arguments":
        return config.module.folder if config.module else local.folder
    rest = package.removeprefix(module).strip("/")
    return paths.join(local.folder, rest) if package.startswith(module) else ""


async def _try(doors: Doors, scope: Scope, config: LaunchConfig, place: Place, dlv: DlvTool) -> Binding:
    env = {**doors.environ.variables, **(OFFLINE_GO if scope.offline else {})}
    cwd = config.workspace
    if config.is_debug:  # vscode-go starts dlv in the package's folder, so that go finds its module
        cwd = os.path.dirname(config.program) if config.program.endswith(".go") else config.program
    session = await dap.bind(dlv.path, arguments(config), [(place.file, place.line)], cwd=cwd, env=env)
    first = session.breakpoints[0] if session.breakpoints else None
    return Binding(
        config=config.name,
        file=config.file.name,
        line=config.line,
        place=place,
        launched=session.launched,
        bound=first is not None and first.verified,
        message=first.message if first else session.problem,
        output=session.output[-4000:],
    )


def arguments(config: LaunchConfig) -> dict[str, Any]:
    """The launch request as an editor would send it; the program's own arguments are left out, since it never runs."""
    made: dict[str, Any] = {"mode": config.mode, "program": config.program, "env": config.env}
    if config.build_flags:
        made["buildFlags"] = list(config.build_flags) if isinstance(config.build_flags, tuple) else config.build_flags
    if config.rules:
        made["substitutePath"] = [{"from": r.editor, "to": r.recorded} for r in config.rules]
    if config.cwd:
        made["cwd"] = config.cwd
    if "backend" in config.data:
        made["backend"] = config.data["backend"]
    return made
