"""Dockerfiles of the project, with the stages that run a debugger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from gomend.debug import buildflags, dockerfile, mending, paths
from gomend.debug.buildflags import GoCommand
from gomend.debug.dockerfile import Instruction, Stage
from gomend.debug.facts.files import DebugFiles, load
from gomend.golang.facts.project import TextFile
from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector
from gomend.model.finding import Subject
from gomend.model.step import EditFile
from gomend.ports.doors import Doors, Scope


class Build(Thing, frozen=True):
    """A go build in an image: the RUN it stands in, the folder it runs in, and the stage."""

    stage: Stage
    instruction: Instruction
    folder: str
    command: GoCommand

    @property
    def output(self) -> str:
        """The absolute path that it writes to; empty if it names none."""
        flags = self.command.flags
        if not flags.output or "$" in flags.output:
            return ""
        target = paths.join(paths.join(self.folder, flags.chdir or "."), flags.output)
        return target + "/" if flags.output.endswith("/") else target


class DebugImage(Thing, frozen=True):
    """A stage that starts dlv on a program: ``program`` is its path in the image, ``builds`` what made it."""

    file: TextFile
    stage: Stage
    start: Instruction
    program: str
    builds: tuple[Build, ...] = ()
    strips: tuple[Instruction, ...] = ()
    """RUN instructions on the way that call ``strip``."""

    def subject(self, line: int) -> Subject:
        """A line of the Dockerfile as the subject of a finding."""
        return Subject(kind="image", name=f"{self.file.name} ({self.stage.name})", path=self.file.name, line=line)

    def evidence(self, line: int) -> Evidence:
        """A line of the Dockerfile."""
        return self.file.evidence(line)

    def mend(self, change: mending.TextChange) -> EditFile | None:
        """The step that changes the RUN, ENV and ARG lines of the stages that built the program, None if none changes."""
        stages = {b.stage.index: b.stage for b in self.builds}
        spans = {(b.instruction.start, b.instruction.end) for b in self.builds}
        spans |= {(i.start, i.end) for s in stages.values() for i in s.of("ENV", "ARG")}
        edits = tuple(e for start, end in sorted(spans) for e in mending.edits_in(self.file.text, start, end, change))
        return EditFile(path=self.file.path, before=self.file.digest, edits=edits) if edits else None


class Dockerfiles(Fact, frozen=True):
    """The Dockerfiles by name, and their stages that run dlv."""

    names: tuple[str, ...]
    debug: tuple[DebugImage, ...] = ()
    reads: ClassVar = frozenset({"file:*ockerfile*", "file:*Containerfile*"})


@collector
async def collect(doors: Doors, scope: Scope, files: DebugFiles) -> Dockerfiles | Absent:
    """Read every Dockerfile of the project."""
    names = []
    found: list[DebugImage] = []
    for path in files.dockerfiles:
        file = load(doors, scope.root, path)
        if file is not None:
            names.append(file.name)
            found += debug_images(file)
    return Dockerfiles(names=tuple(names), debug=tuple(found)) if names else Absent(reason="there is no Dockerfile")


def debug_images(file: TextFile) -> Iterator[DebugImage]:
    """The stages of a Dockerfile that start ``dlv exec PROGRAM``."""
    whole = dockerfile.parse(file.text)
    for stage in whole.stages:
        starts = list(stage.of("CMD", "ENTRYPOINT"))
        words = stage.start()
        if len(words) == 3 and words[0].endswith("sh") and words[1] == "-c":
            words = tuple(words[2].split())
        at = next((i for i, w in enumerate(words) if w.rpartition("/")[2] == "dlv"), None)
        if at is None or not starts or "exec" not in words[at:]:
            continue
        rest = words[words.index("exec", at) + 1 :]
        program = next((w for w in rest if not w.startswith("-")), "")
        if not program:
            continue
        program = paths.join(stage.workdir, program)
        start = next((i for i in starts if any(w.rpartition("/")[2] == "dlv" for w in i.words)), starts[-1])
        builds, strips = _origin(whole, stage, program)
        yield DebugImage(file=file, stage=stage, start=start, program=program, builds=tuple(builds), strips=tuple(strips))


def _origin(whole: dockerfile.Dockerfile, stage: Stage, program: str, depth: int = 0) -> tuple[list[Build], list[Instruction]]:
    """Follow a path in a stage back to the go build that wrote it, over COPY --from and FROM."""
    builds: list[Build] = []
    strips: list[Instruction] = []
    for level in whole.lineage(stage):
        strips += [i for i in level.of("RUN") if _strips(i, program)]
        for instruction, folder, command in level.go_commands():
            build = Build(stage=level, instruction=instruction, folder=folder, command=command)
            if command.verb in {"build", "test"} and _writes(build, program):
                builds.append(build)
        for copy in level.copies():
            source = whole.stage(copy.stage)
            inner = _inner(copy, program)
            if source is not None and source.index < level.index and inner and depth < 10:
                more, stripped = _origin(whole, source, paths.join(source.workdir, inner), depth + 1)
                builds += more
                strips += stripped
    return builds, strips


def _strips(instruction: Instruction, program: str) -> bool:
    """Whether a RUN calls ``strip`` on a file of the program's name."""
    name = program.rpartition("/")[2]
    commands = (words for _, words in buildflags.shell_commands(instruction.script))
    return any(
        words[0].rpartition("/")[2] == "strip"
        and "--only-keep-debug" not in words
        and any(w.rpartition("/")[2] == name for w in words[1:])
        for words in commands
    )


def _writes(build: Build, program: str) -> bool:
    output = build.output
    if output.endswith("/"):
        return program.startswith(output)
    if output:
        return output == program
    packages = build.command.flags.packages
    base = packages[0] if packages and packages[0] not in {".", "./"} else build.folder
    return paths.join(build.folder, base.rstrip("/").rpartition("/")[2].removesuffix(".go")) == program


def _inner(copy: dockerfile.Copy, program: str) -> str:
    """The path in the source stage that a COPY puts at ``program``, empty if it does not."""
    for source in copy.sources:
        name = source.rstrip("/").rpartition("/")[2]
        if copy.target == program:
            return source
        if copy.target.endswith("/") and f"{copy.target}{name}" == program:
            return source
        folder = copy.target.rstrip("/") + "/"
        if program.startswith(folder) and "." not in name and f"{folder}{name}" != program:
            return source.rstrip("/") + "/" + program[len(folder) :]
    return ""
