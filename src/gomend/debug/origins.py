"""How the program of a launch configuration was or will be built: what rules about flags look at.

A binary says it itself (build information); where there is none yet, the task that makes it does; in modes debug and test
Delve builds with buildFlags and GOFLAGS.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import buildflags
from gomend.debug.buildflags import Flags, GoCommand
from gomend.debug.facts.binaries import ExecBinaries, ExecBinary
from gomend.debug.facts.files import DebugFiles, LocalModule
from gomend.debug.facts.launch import LaunchConfig, LaunchConfigs
from gomend.debug.facts.tasks import BuildTask, BuildTasks
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Confidence, Severity, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent
from gomend.model.step import EditFile, SetGoEnv


class Origin(Thing, frozen=True):
    """One configuration and one way in which its program comes to be."""

    config: LaunchConfig
    flags: Flags
    binary: ExecBinary | None = None
    task: BuildTask | None = None
    command: GoCommand | None = None
    goflags: str = ""
    """GOFLAGS that the build sees."""

    @property
    def confidence(self) -> Confidence:
        """A task only says how the binary would be built."""
        return Confidence.MEDIUM if self.task and not self.binary else Confidence.HIGH

    @property
    def severity(self) -> Severity:
        """An error where the program is known to be so, a warning where a task only says it will be."""
        return Severity.WARNING if self.task and not self.binary else Severity.ERROR

    @property
    def what(self) -> str:
        """What was built: the binary's path, or the program that Delve builds."""
        return self.config.written_program or self.config.program

    def evidence(self, env: GoEnv, setting: str) -> tuple[Evidence, ...]:
        """Where the flag ``setting`` (``-trimpath``, ``-ldflags``, ``-gcflags``) comes from."""
        if self.binary:
            shown = [self.binary.setting(setting)]
            return (*shown, *((self.task.evidence(self.command),) if self.task and self.command else ()))
        if self.task and self.command:
            return (self.task.evidence(self.command),)
        name = setting.lstrip("-")
        found = []
        if name in " ".join(self.config.build_words):
            found.append(self.config.evidence("buildFlags"))
        if name in self.goflags:
            found += [self.config.evidence("env", "GOFLAGS")] if "GOFLAGS" in self.config.env else env.evidence("GOFLAGS")
        return tuple(found) or (self.config.evidence("mode"),)


def origins(
    configs: LaunchConfigs, env: GoEnv, binaries: ExecBinaries | Absent, tasks: BuildTasks | Absent
) -> Iterator[Origin]:
    """Every configuration whose program's build is known."""
    for config in configs.configs:
        goflags = config.goflags(env["GOFLAGS"])
        if config.is_debug and not config.no_debug:
            yield Origin(config=config, flags=config.flags(env["GOFLAGS"]), goflags=goflags)
        elif config.is_exec:
            builders = () if isinstance(tasks, Absent) else tasks.builders(config)
            binary = None if isinstance(binaries, Absent) else binaries.of(config)
            if binary is not None and binary.exists and not binary.problem:
                task, command = builders[0] if len(builders) == 1 else (None, None)
                yield Origin(config=config, flags=binary.flags, binary=binary, task=task, command=command, goflags=goflags)
            elif binary is None or not binary.exists:
                for task, command in builders:
                    flags = buildflags.parse_flags(command.argv[2:], command.env.get("GOFLAGS", goflags))
                    yield Origin(config=config, flags=flags, task=task, command=command, goflags=goflags)


def module_of(origin: Origin, files: DebugFiles) -> LocalModule | None:
    """The project's module that holds the main package."""
    go = origin.binary.go if origin.binary else None
    if go is not None and go.module:
        return files.module_named(go.module)
    return origin.config.module


def edit_build_flags(config: LaunchConfig, words: tuple[tuple[str, ...], ...]) -> EditFile | None:
    """The step that puts changed words into buildFlags (string or list, as it was), None if nothing changes."""
    new = tuple(w for made in words for w in made)
    if new == config.build_words:
        return None
    value: str | list[str] = list(new)
    if isinstance(config.build_flags, str):
        value = " ".join(f"'{w}'" if any(c.isspace() for c in w) else w for w in new)
    return config.edit(config.document().set((*config.at, "buildFlags"), value))


def edit_goflags(config: LaunchConfig, env: GoEnv, value: str) -> EditFile | SetGoEnv | str:
    """The step that gives GOFLAGS a value where it is set now, or the command for a person if the environment sets it."""
    if "GOFLAGS" in config.env:
        return config.edit(config.document().set((*config.at, "env", "GOFLAGS"), value))
    if env.settable("GOFLAGS"):
        return env.set("GOFLAGS", value)
    return f"export GOFLAGS='{value}'" if value else "unset GOFLAGS"
