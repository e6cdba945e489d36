"""Builds of Go in the files that CI and images are made from: Dockerfiles, GitHub and GitLab pipelines, goreleaser, make, scripts.

Sources: the Dockerfile reference; docs.github.com, workflow syntax; docs.gitlab.com/ci/yaml; goreleaser.com, builds; GNU make.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gomend.cgo import shellwords, yamllines
from gomend.cgo.facts.flags import GoCommand, builds_in
from gomend.cgo.yamllines import Scalar
from gomend.model.base import Thing

_VARIABLE: Final = re.compile(r"\$\{?(\w+)(?::-([^}]*))?\}?")
_MATRIX: Final = re.compile(r"\$\{\{\s*matrix\.([\w.-]+)\s*\}\}")
_MAKE: Final = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)\s*[:?]?=\s*(.*)")


class CiBuild(Thing, frozen=True):
    """One ``go build`` (``install``, ``test``, ``run``) in such a file."""

    line: int
    quote: str
    place: str
    """The stage or job."""
    image: str
    """The image or runner that it runs in, empty if the file does not say."""
    command: GoCommand
    variables: dict[str, str]
    """What the file sets for it, matrix values joined by blanks."""
    installed: frozenset[str] = frozenset()
    """Words of package installations in the same stage or job."""
    deploys: tuple[tuple[str, frozenset[str], int], ...] = ()
    """Images that take its output: name, packages installed there, line of the COPY."""

    def targets(self) -> tuple[tuple[str, str], ...]:
        """The GOOS/GOARCH pairs that it builds for."""
        host = self.host
        systems = self.variables.get("GOOS", "").split() or [host[0]]
        cpus = self.variables.get("GOARCH", "").split() or [host[1]]
        return tuple((s, c) for s in systems for c in cpus if "$" not in s + c)

    @property
    def host(self) -> tuple[str, str]:
        """What the place itself is."""
        if self.image.startswith("macos"):
            return "darwin", "arm64"
        return ("windows" if self.image.startswith("windows") else "linux"), "arm64" if "arm" in self.image else "amd64"

    @property
    def cross(self) -> tuple[tuple[str, str], ...]:
        """Its targets for which go switches cgo off by itself."""
        return tuple(t for t in self.targets() if t != self.host)

    @property
    def ldflags(self) -> str:
        """The value of -ldflags."""
        return next((v for n, v, _, _ in self.command.flags() if n == "ldflags"), "")


def read(name: str, text: str) -> tuple[CiBuild, ...]:
    """The builds of one file, by its name."""
    base = name.rpartition("/")[2]
    if "ockerfile" in base or base.startswith("Containerfile"):
        return tuple(_dockerfile(text))
    if ".github/workflows/" in name:
        return tuple(_workflow(text))
    if base == ".gitlab-ci.yml":
        return tuple(_gitlab(text))
    if base in {".goreleaser.yml", ".goreleaser.yaml", "goreleaser.yml", "goreleaser.yaml"}:
        return tuple(_goreleaser(text))
    if base in {"Makefile", "makefile", "GNUmakefile"} or base.endswith(".mk"):
        return tuple(_makefile(text))
    return tuple(_script(text, 1, place=base, image="", variables={})) if base.endswith(".sh") else ()


def _script(
    text: str,
    line: int,
    *,
    place: str,
    image: str,
    variables: dict[str, str],
    installed: frozenset[str] = frozenset(),
) -> Iterator[CiBuild]:
    for build in builds_in(("sh", "-c", text)):
        start = build.words[0].start
        end = build.words[-1].end
        yield CiBuild(
            line=line + text[:start].count("\n"),
            quote=" ".join(text[start:end].split()),
            place=place,
            image=image,
            command=build,
            variables=variables | build.variables,
            installed=installed,
        )


def _packages(script: str) -> Iterator[str]:
    """Words of ``apk add``, ``apt-get install`` and their like, and names of tools that bring a compiler."""
    for words in shellwords.commands(script):
        texts = [w.text for w in shellwords.assignments(words)[1]]
        if {"add", "install"} & set(texts[1:4]) and texts[0].rpartition("/")[2] in {
            "apk",
            "apt-get",
            "apt",
            "dnf",
            "yum",
            "pip",
        }:
            yield from (t.partition("=")[0] for t in texts[2:] if not t.startswith("-"))


class _Stage:
    def __init__(self, name: str, image: str) -> None:
        self.name, self.image = name, image
        self.env: dict[str, str] = {}
        self.installed: set[str] = set()
        self.builds: list[CiBuild] = []
        self.copies: list[tuple[str, int]] = []


def _dockerfile(text: str) -> Iterator[CiBuild]:
    stages: list[_Stage] = []
    given: dict[str, str] = {}
    for line, word, value in _instructions(text):
        if word == "FROM":
            parts = [p for p in _filled(value, given).split() if not p.startswith("--")]
            if not parts:
                continue
            base = next((s for s in stages if s.name == parts[0]), None)
            stage = _Stage(parts[2] if len(parts) > 2 else str(len(stages)), base.image if base else parts[0])
            stage.env = dict(base.env) if base else {}
            stage.installed = set(base.installed) if base else set()
            stages.append(stage)
        elif word in {"ARG", "ENV"}:
            pairs = shellwords.assignments(next(shellwords.commands(value), ()))[0]
            if not pairs and word == "ENV" and " " in value:
                pairs = {value.split()[0]: value.split(maxsplit=1)[1]}
            (stages[-1].env if stages else given).update(pairs)
        elif word == "RUN" and stages:
            stage = stages[-1]
            script = re.sub(r"^(?:--\w+=\S+\s+)+", "", value)
            stage.installed |= set(_packages(script))
            known = frozenset(stage.installed)
            stage.builds += _script(script, line, place=stage.name, image=stage.image, variables=stage.env, installed=known)
        elif word == "COPY" and stages and (source := re.search(r"--from=(\S+)", value)):
            stages[-1].copies.append((source[1], line))
    for index, stage in enumerate(stages):
        taken = tuple(
            (s.image, frozenset(s.installed), line)
            for s in stages
            for name, line in s.copies
            if name in {stage.name, str(index)}
        )
        for build in stage.builds:
            yield _with(build, deploys=taken)


def _with(build: CiBuild, **changes: object) -> CiBuild:
    import msgspec

    return msgspec.structs.replace(build, **changes)


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        first, line = at, lines[at]
        at += 1
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        while line.rstrip().endswith("\\") and at < len(lines):
            # A comment between continued lines is left out, and its line kept.
            line += "\n" + ("\\" if lines[at].lstrip().startswith("#") else lines[at])
            at += 1
        word, _, value = line.strip().partition(" ")
        heredoc = re.search(r"<<-?['\"]?(\w+)['\"]?\s*$", value)
        if heredoc:
            end = next((i for i in range(at, len(lines)) if lines[i].strip() == heredoc[1]), len(lines))
            value = value[: heredoc.start()] + "\n" + "\n".join(lines[at:end])
            at = end + 1
        yield first + 1, word.upper(), value


def _filled(text: str, values: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda m: values.get(m[1], m[2] or m[0]), text)


def _workflow(text: str) -> Iterator[CiBuild]:
    found = tuple(yamllines.scalars(text))
    above = {s.path[1]: s.value for s in found if len(s.path) == 2 and s.path[0] == "env"}
    for job in dict.fromkeys(s.path[1] for s in found if s.path[0] == "jobs" and len(s.path) > 2):
        inside = [s for s in found if s.path[:2] == ("jobs", job)]
        matrix: dict[str, list[str]] = {}
        for s in inside:
            if s.path[2:4] == ("strategy", "matrix") and len(s.path) > 4:
                key = s.path[6] if s.path[4] == "include" and len(s.path) > 6 else s.path[4]
                matrix.setdefault(key, []).extend(v for v in s.values if v not in matrix.get(key, ()))
        image = next((s.value for s in inside if s.path[2:] in {("container",), ("container", "image")}), "")
        runner = next((s.value for s in inside if s.path[2:3] == ("runs-on",)), "")
        runner = _expanded(runner, matrix).split()[0] if runner.strip() else ""
        variables = above | {s.path[3]: s.value for s in inside if s.path[2:3] == ("env",) and len(s.path) == 4}
        installed = frozenset(p for s in inside if s.path[-1] == "run" for p in _packages(s.value))
        for s in inside:
            if s.path[2:3] != ("steps",) or s.path[4:] != ("run",):
                continue
            own = {o.path[5]: o.value for o in inside if o.path[:5] == (*s.path[:4], "env") and len(o.path) == 6}
            known = {n: _expanded(v, matrix) for n, v in (variables | own).items()}
            for build in _script(s.value, s.line, place=job, image=image or runner, variables=known, installed=installed):
                yield _with(build, variables={n: _expanded(v, matrix) for n, v in build.variables.items()})


def _expanded(text: str, matrix: dict[str, list[str]]) -> str:
    return _MATRIX.sub(lambda m: " ".join(matrix.get(m[1], ["$" + m[1]])), text)


def _gitlab(text: str) -> Iterator[CiBuild]:
    found = tuple(yamllines.scalars(text))
    image = next((s.value for s in found if s.path in {("image",), ("default", "image")}), "")
    above = {s.path[1]: s.value for s in found if len(s.path) == 2 and s.path[0] == "variables"}
    jobs = dict.fromkeys(s.path[0] for s in found if s.path[1:2] in {("script",), ("before_script",)})
    for job in jobs:
        inside = [s for s in found if s.path[0] == job]
        own = next((s.value for s in inside if s.path[1:] in {("image",), ("image", "name")}), image)
        variables = above | {s.path[2]: s.value for s in inside if s.path[1:2] == ("variables",) and len(s.path) == 3}
        scripts = [s for s in inside if s.path[1:2] in {("script",), ("before_script",)}]
        installed = frozenset(p for s in scripts for p in _packages(s.value))
        for s in scripts:
            yield from _script(s.value, s.line, place=job, image=own, variables=variables, installed=installed)


def _goreleaser(text: str) -> Iterator[CiBuild]:
    found = tuple(yamllines.scalars(text))
    above = _assigned(s for s in found if s.path[:1] == ("env",))
    builds = dict.fromkeys(s.path[1] for s in found if s.path[:1] == ("builds",) and len(s.path) > 2)
    command = builds_in(("go", "build"))[0]
    for number in builds:
        inside = [s for s in found if s.path[:2] == ("builds", number)]
        lists = {k: " ".join(v for s in inside if s.path[2:3] == (k,) for v in s.values) for k in ("goos", "goarch")}
        # goreleaser builds for these where nothing is said.
        variables = above | _assigned(s for s in inside if s.path[2:3] == ("env",))
        variables |= {"GOOS": lists["goos"] or "linux darwin windows", "GOARCH": lists["goarch"] or "386 amd64 arm64"}
        first = inside[0]
        yield CiBuild(
            line=first.line,
            quote=f"builds: {first.value}",
            place=f"builds[{number}]",
            image="",
            command=command,
            variables=variables,
        )


def _assigned(found: Iterator[Scalar]) -> dict[str, str]:
    return {n: v for s in found for item in s.values for n, mark, v in [item.partition("=")] if mark}


def _makefile(text: str) -> Iterator[CiBuild]:
    variables = {m[1]: m[2].strip() for line in text.splitlines() if (m := _MAKE.fullmatch(line.rstrip())) and line[:1] != "\t"}
    exported = {n: v for n, v in variables.items() if re.search(rf"(?m)^export\s+(?:\w+\s+)*{n}\b", text)}
    target = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line[:1] not in {"\t", "#", " ", ""}:
            target = line.partition(":")[0].strip()
        if line.startswith("\t"):
            script = re.sub(r"\$[({](\w+)[)}]", lambda m: variables.get(m[1], m[0]), line.strip().lstrip("@-+"))
            yield from _script(script, number, place=target, image="", variables=exported)
