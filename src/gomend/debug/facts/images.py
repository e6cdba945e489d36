"""Dockerfiles of the project, with the stages that run a debugger."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import ClassVar, Final

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
    """RUN instructions on the way that call ``strip``, or objcopy to the same end."""
    link: Instruction | None = None
    """The RUN that names a separate debug file in the program (``objcopy --add-gnu-debuglink``)."""
    debug_file: str = ""
    """Where that file would have to lie in the image."""
    has_debug_file: bool = True
    """Whether it does."""

    def subject(self, line: int) -> Subject:
        """A line of the Dockerfile as the subject of a finding."""
        return Subject(kind="image", name=f"{self.file.name} ({self.stage.name})", path=self.file.name, line=line)

    def evidence(self, line: int) -> Evidence:
        """A line of the Dockerfile."""
        return self.file.evidence(line)

    def mend(self, change: mending.TextChange) -> EditFile | None:
        """The step that changes the RUN, ENV and ARG lines of the stages that built or stripped the program, None if none changes."""
        stages = {b.stage.index: b.stage for b in self.builds}
        spans = {(b.instruction.start, b.instruction.end) for b in self.builds}
        spans |= {(i.start, i.end) for i in self.strips}
        spans |= {(i.start, i.end) for s in stages.values() for i in s.of("ENV", "ARG")}
        edits = tuple(e for start, end in sorted(spans) for e in mending.edits_in(self.file.text, start, end, change))
        return EditFile(path=self.file.path, before=self.file.digest, edits=edits) if edits else None

    def copy_line(self) -> str:
        """The COPY that brings the debug file beside the program; empty where the program is not copied from a stage."""
        name, program = self.debug_file.rpartition("/")[2], self.program.rpartition("/")[2]
        for copy in self.stage.copies():
            for source in copy.sources:
                if copy.stage and source.rpartition("/")[2] == program:
                    return f"COPY --from={copy.stage} {source.rpartition('/')[0]}/{name} {self.debug_file}"
        return ""


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
        builds, strips, links = _origin(whole, stage, program)
        link = links[0] if links else None
        debug_file = paths.join(program, f"../{_linked(link, program)}") if link else ""
        yield DebugImage(
            file=file,
            stage=stage,
            start=start,
            program=program,
            builds=tuple(builds),
            strips=() if link else tuple(strips),
            link=link,
            debug_file=debug_file,
            has_debug_file=not debug_file or _has(whole, stage, debug_file),
        )


_Origin = tuple[list[Build], list[Instruction], list[Instruction]]


def _origin(whole: dockerfile.Dockerfile, stage: Stage, program: str, depth: int = 0) -> _Origin:
    """Follow a path in a stage back over COPY --from and FROM: the go build that wrote it, what strips it, what names a debug file in it."""
    builds: list[Build] = []
    strips: list[Instruction] = []
    links: list[Instruction] = []
    for level in whole.lineage(stage):
        strips += [i for i in level.of("RUN") if any(_strips(words, program) for words in _commands(i))]
        links += [i for i in level.of("RUN") if _linked(i, program)]
        for instruction, folder, command in level.go_commands():
            build = Build(stage=level, instruction=instruction, folder=folder, command=command)
            if command.verb in {"build", "test"} and _writes(build, program):
                builds.append(build)
        for source, inner in _sources(whole, level, program):
            if depth < 10:
                more, stripped, linked = _origin(whole, source, inner, depth + 1)
                builds += more
                strips += stripped
                links += linked
    return builds, strips, links


def _sources(whole: dockerfile.Dockerfile, level: Stage, path: str) -> Iterator[tuple[Stage, str]]:
    """The earlier stages, and the path there, from which COPY brings a path into a stage."""
    for copy in level.copies():
        source = whole.stage(copy.stage)
        inner = _inner(copy, path)
        if source is not None and source.index < level.index and inner:
            yield source, paths.join(source.workdir, inner)


def _has(whole: dockerfile.Dockerfile, stage: Stage, path: str, depth: int = 0) -> bool:
    """Whether a separate debug file is at ``path`` in a stage: made there, or copied there."""
    for level in whole.lineage(stage):
        for instruction in level.of("RUN"):
            folder = level.workdir
            for words in _commands(instruction):
                if words[0] == "cd" and len(words) == 2:
                    folder = paths.join(folder, words[1])
                elif "--only-keep-debug" in words and paths.join(folder, words[-1]) == path:
                    return True
        if depth < 10 and any(_has(whole, source, inner, depth + 1) for source, inner in _sources(whole, level, path)):
            return True
    return False


def _commands(instruction: Instruction) -> tuple[tuple[str, ...], ...]:
    return tuple(words for _, words in buildflags.shell_commands(instruction.script))


_STRIPPING: Final = frozenset(["--strip-debug", "-g", "-S", "--strip-all", "--strip-unneeded", "-d", "--strip-dwo"])
"""Options of objcopy that take debug information away."""


def _strips(words: tuple[str, ...], program: str) -> bool:
    """Whether a command takes the debug information out of a file of the program's name."""
    tool, name = words[0].rpartition("/")[2], program.rpartition("/")[2]
    named = "--only-keep-debug" not in words and any(w.rpartition("/")[2] == name for w in words[1:])
    return named and (tool.endswith("strip") or (tool.endswith("objcopy") and not _STRIPPING.isdisjoint(words)))


def _linked(instruction: Instruction, program: str) -> str:
    """The name of the debug file that a RUN writes into a file of the program's name, empty if it does not."""
    for words in _commands(instruction):
        if words[0].endswith("objcopy") and any(w.rpartition("/")[2] == program.rpartition("/")[2] for w in words[1:]):
            for word, following in zip(words, (*words[1:], ""), strict=True):
                option, _, value = word.partition("=")
                if option == "--add-gnu-debuglink":
                    return (value or following).rpartition("/")[2]
    return ""


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
        wanted = program.rpartition("/")[2]
        if "*" in name and copy.target.endswith("/") and program == f"{copy.target}{wanted}" and fnmatch.fnmatch(wanted, name):
            return f"{source.rstrip('/').rpartition('/')[0]}/{wanted}"
        if copy.target == program:
            return source
        if copy.target.endswith("/") and f"{copy.target}{name}" == program:
            return source
        folder = copy.target.rstrip("/") + "/"
        if program.startswith(folder) and "." not in name and f"{folder}{name}" != program:
            return source.rstrip("/") + "/" + program[len(folder) :]
    return ""
