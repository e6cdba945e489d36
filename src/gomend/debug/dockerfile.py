"""A small reader of Dockerfiles: stages, instructions with their lines, continuation lines, heredocs, exec and shell form.

Source: the Dockerfile reference (BuildKit's parser): directives, comments inside continued lines, heredocs of RUN, COPY and ADD.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Final

from gomend.debug import buildflags, paths
from gomend.debug.buildflags import GoCommand
from gomend.model.base import Thing

_WORD: Final = re.compile(r"\s*([A-Za-z]+)(?:\s+|$)")
_HEREDOC: Final = re.compile(r"<<-?\s*([\"']?)(\w+)\1")
_DIRECTIVE: Final = re.compile(r"#\s*(\w+)\s*=\s*(.+)")
_FLAG: Final = re.compile(r"--([\w-]+)(?:=(\S+))?\s+")


class Instruction(Thing, frozen=True):
    """One instruction: ``word`` in capitals, ``value`` with continuation lines kept, its lines and byte span in the file."""

    word: str
    value: str
    line: int
    end_line: int
    start: int
    end: int
    flags: dict[str, str] = {}
    heredocs: tuple[str, ...] = ()

    @property
    def exec_form(self) -> tuple[str, ...] | None:
        """The words of ``["a", "b"]``, None in shell form."""
        text = self.value.replace("\\\n", "").strip()
        if not text.startswith("["):
            return None
        try:
            words = json.loads(text)
        except ValueError:
            return None
        return tuple(words) if isinstance(words, list) and all(isinstance(w, str) for w in words) else None

    @property
    def words(self) -> tuple[str, ...]:
        """The words of either form, as a shell splits them."""
        if self.exec_form is not None:
            return self.exec_form
        try:
            return tuple(shlex.split(self.value.replace("\\\n", " ")))
        except ValueError:
            return tuple(self.value.split())

    @property
    def script(self) -> str:
        """What a shell would run: the heredocs of a RUN that is only that, else the value."""
        if self.exec_form is not None:
            return shlex.join(self.exec_form)
        return "\n" + "\n".join(self.heredocs) if self.heredocs else self.value


class Copy(Thing, frozen=True):
    """``COPY --from=STAGE SRC… DST`` (``stage`` empty: from the build context); ``target`` is absolute in the image."""

    stage: str
    sources: tuple[str, ...]
    target: str
    line: int


class Stage(Thing, frozen=True):
    """From one FROM to the next. ``name`` is the AS name or the number; ``base`` what it starts from."""

    index: int
    name: str
    base: str
    instructions: tuple[Instruction, ...]
    arguments: dict[str, str] = {}
    """ARG values that stand before the first FROM."""

    @property
    def environment(self) -> dict[str, str]:
        """ENV and ARG values at the end of the stage."""
        found = dict(self.arguments)
        for instruction in self.instructions:
            if instruction.word in {"ENV", "ARG"}:
                found |= _pairs(instruction, found)
        return found

    @property
    def workdir(self) -> str:
        """WORKDIR at the end of the stage."""
        here = "/"
        for instruction in self.instructions:
            if instruction.word == "WORKDIR":
                here = paths.join(here, buildflags.expand(instruction.value.strip().strip("\"'"), self.environment))
        return here

    def of(self, *words: str) -> Iterator[Instruction]:
        """The instructions with one of these words."""
        return (i for i in self.instructions if i.word in words)

    def start(self) -> tuple[str, ...]:
        """What the container runs: ENTRYPOINT and CMD together, as the last of each says."""
        entry = [i.words for i in self.of("ENTRYPOINT")]
        command = [i.words for i in self.of("CMD")]
        return (*(entry[-1] if entry else ()), *(command[-1] if command else ()))

    def copies(self) -> Iterator[Copy]:
        """Its COPY instructions."""
        here = "/"
        for instruction in self.instructions:
            if instruction.word == "WORKDIR":
                here = paths.join(here, instruction.value.strip().strip("\"'"))
            words = instruction.words
            if instruction.word == "COPY" and len(words) >= 2:
                env = self.environment
                target = buildflags.expand(words[-1], env)
                into = "/" if target.endswith("/") or target in {".", "./"} or len(words) > 2 else ""
                yield Copy(
                    stage=instruction.flags.get("from", ""),
                    sources=tuple(buildflags.expand(w, env) for w in words[:-1]),
                    target=paths.join(here, target).rstrip("/") + into,
                    line=instruction.line,
                )

    def go_commands(self) -> Iterator[tuple[Instruction, str, GoCommand]]:
        """Every go build of its RUN instructions, with the instruction and the folder in which it runs."""
        here, env = "/", dict(self.arguments)
        for instruction in self.instructions:
            if instruction.word in {"ENV", "ARG"}:
                env |= _pairs(instruction, env)
            elif instruction.word == "WORKDIR":
                here = paths.join(here, buildflags.expand(instruction.value.strip().strip("\"'"), env))
            elif instruction.word == "RUN":
                for command in buildflags.go_commands(instruction.script, line=instruction.line, env=env):
                    yield instruction, here, command


class Dockerfile(Thing, frozen=True):
    """A file's stages in order."""

    stages: tuple[Stage, ...] = ()

    def stage(self, name: str) -> Stage | None:
        """The stage with this name (case does not count) or number."""
        return next((s for s in reversed(self.stages) if name and name.lower() in {s.name.lower(), str(s.index)}), None)

    def lineage(self, stage: Stage) -> tuple[Stage, ...]:
        """A stage and the stages it is built on, itself first."""
        found = [stage]
        while len(found) <= len(self.stages):
            below = next((s for s in self.stages[: found[-1].index] if s.name.lower() == found[-1].base.lower()), None)
            if below is None:
                break
            found.append(below)
        return tuple(found)


def parse(text: str) -> Dockerfile:
    """Read a Dockerfile; never raises, what it does not know is passed over."""
    instructions = tuple(_instructions(text))
    before: dict[str, str] = {}
    stages: list[Stage] = []
    body: list[Instruction] = []
    for instruction in instructions:
        if instruction.word == "FROM":
            if stages:
                stages[-1] = _with(stages[-1], body)
            body = []
            words = buildflags.expand(instruction.value, before).split()
            named = len(words) >= 3 and words[1].upper() == "AS"
            index = len(stages)
            stages.append(
                Stage(
                    index=index,
                    name=words[2] if named else str(index),
                    base=words[0] if words else "",
                    instructions=(),
                    arguments=before,
                )
            )
        elif not stages:
            if instruction.word == "ARG":
                before |= _pairs(instruction, before)
        else:
            body.append(instruction)
    if stages:
        stages[-1] = _with(stages[-1], body)
    return Dockerfile(stages=tuple(stages))


def _with(stage: Stage, body: list[Instruction]) -> Stage:
    return Stage(index=stage.index, name=stage.name, base=stage.base, instructions=tuple(body), arguments=stage.arguments)


def _instructions(text: str) -> Iterator[Instruction]:
    lines = text.split("\n")
    escape = _escape(lines)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line.encode()) + 1)
    number = 0
    while number < len(lines):
        first = number
        if not lines[number].strip() or lines[number].lstrip().startswith("#"):
            number += 1
            continue
        parts: list[str] = []
        while number < len(lines):
            line = lines[number].rstrip("\r").rstrip()
            number += 1
            if parts and (not line.strip() or line.lstrip().startswith("#")):
                parts.append("\\\n")
                continue
            goes_on = line.endswith(escape)
            parts.append(line[: -len(escape)] + "\\\n" if goes_on else line)
            if not goes_on:
                break
        logical = "".join(parts)
        match = _WORD.match(logical)
        if match is None:
            continue
        value = logical[match.end() :]
        heredocs = []
        if match[1].upper() in {"RUN", "COPY", "ADD"}:
            for mark in _HEREDOC.finditer(value):
                taken = []
                while number < len(lines) and lines[number].strip() != mark[2]:
                    taken.append(lines[number])
                    number += 1
                number += 1
                heredocs.append("\n".join(taken))
        number = min(number, len(lines))
        flags = {}
        while flag := _FLAG.match(value):
            flags[flag[1]] = flag[2] or ""
            value = value[flag.end() :]
        yield Instruction(
            word=match[1].upper(),
            value=value,
            line=first + 1,
            end_line=number,
            start=offsets[first],
            end=max(offsets[number] - 1, offsets[first]),
            flags=flags,
            heredocs=tuple(heredocs) if match[1].upper() == "RUN" and value.lstrip().startswith("<<") else (),
        )


def _escape(lines: list[str]) -> str:
    for line in lines:
        match = _DIRECTIVE.fullmatch(line.strip())
        if match is None:
            break
        if match[1].lower() == "escape":
            return match[2].strip()
    return "\\"


def _pairs(instruction: Instruction, env: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    words = instruction.words
    if instruction.word == "ENV" and words and "=" not in words[0]:  # the old form: ENV NAME value
        name, _, value = instruction.value.strip().partition(" ")
        return {name: buildflags.expand(value.strip(), env)}
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            found[name] = buildflags.expand(value, env | found)
    return found
