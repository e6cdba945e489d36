"""Flags of go that a command or GOFLAGS gives: what matters to linking with C."""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from gomend.cgo import shellwords
from gomend.cgo.shellwords import Word
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Doors, Scope

_BUILDS: Final = frozenset({"build", "install", "run", "test", "vet", "list"})
_SWITCHES: Final = frozenset(
    ["a", "n", "v", "x", "race", "msan", "asan", "cover", "work", "trimpath", "asmflags", "modcacherw", "json", "linkshared"]
)


class GoCommand(Thing, frozen=True):
    """One ``go build`` (``install``, ``run``, ``test``) in a script."""

    words: tuple[Word, ...]
    """From ``go`` on."""
    variables: dict[str, str]
    """What the script sets for it."""
    folder: str = ""
    """Where ``cd`` led, relative to where the script started."""

    @property
    def verb(self) -> str:
        """``build``."""
        return self.words[1].text

    def flags(self) -> Iterator[tuple[str, str, int, int]]:
        """Name without dashes, value, and the first and last word of each flag."""
        at = 2
        while at < len(self.words) and self.words[at].text.startswith("-"):
            name, mark, value = self.words[at].text.lstrip("-").partition("=")
            last = at
            if not mark:
                value = "true"
                if name not in _SWITCHES and at + 1 < len(self.words):
                    last = at + 1
                    value = self.words[last].text
            yield name, value, at, last
            at = last + 1


class BuildFlags(Fact, frozen=True):
    """Flags by name without dashes (the last one wins), and where each was given."""

    flags: dict[str, str]
    sources: dict[str, str]
    variables: dict[str, str] = {}
    """Variables that the command line itself sets before go (``CGO_ENABLED=0 go build``)."""
    output: str = ""
    """Absolute path of ``-o``, if one file was named."""
    script: str = ""
    """The command line as a shell reads it, empty if no command is known."""
    builds: tuple[GoCommand, ...] = ()
    """The builds in it."""
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"command", "env", "go-env"})

    def __getitem__(self, name: str) -> str:
        """The value of a flag, empty if it was not given."""
        return self.flags.get(name, "")

    def evidence(self, name: str) -> Evidence:
        """A flag as it was given."""
        value = self.flags[name]
        quote = f"-{name}" if value == "true" else f"-{name}={value}"
        return Evidence(source=self.sources[name], quote=quote)

    @property
    def extldflags(self) -> tuple[str, ...]:
        """What ``-ldflags`` gives to the C linker."""
        words = _split(self["ldflags"])
        for i, word in enumerate(words):
            if word.startswith(("-extldflags=", "--extldflags=")):
                return tuple(_split(word.partition("=")[2]))
            if word in {"-extldflags", "--extldflags"} and i + 1 < len(words):
                return tuple(_split(words[i + 1]))
        return ()

    def ldflags(self, extldflags: tuple[str, ...], *, external: bool = True) -> str:
        """The value of ``-ldflags`` with other words for the C linker, and linked by it (or not)."""
        words = iter(_split(self["ldflags"]))
        kept: list[str] = []
        for word in words:
            name = word.lstrip("-")
            if name in {"extldflags", "linkmode"}:
                next(words, "")
            elif not name.startswith(("extldflags=", "linkmode=")) and word != "-static":
                kept.append(word)
        kept += ["-linkmode", "external"] if external else []
        kept += ["-extldflags", " ".join(extldflags)] if extldflags else []
        return " ".join(f"'{w}'" if " " in w else w for w in kept)

    @property
    def external(self) -> bool:
        """Asks for external linking."""
        words = [w.lstrip("-") for w in _split(self["ldflags"])]
        return "linkmode=external" in words or ("linkmode", "external") in itertools.pairwise(words)

    @property
    def tags(self) -> frozenset[str]:
        """Build tags."""
        return frozenset(self["tags"].replace(",", " ").split())

    def again(self, flags: Mapping[str, str] | None = None, variables: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """Shell lines that run the command again with other flags and variables (an empty value takes one out).

        A variable that the script does not set itself is exported before; the script is repeated only if its text changes.
        """
        given = dict(variables or {})
        inside = {n for build in self.builds for n in build.variables}
        lines = [f"export {n}={shlex.quote(v)}" if v else f"unset {n}" for n, v in given.items() if n not in inside]
        changes: list[tuple[int, int, str]] = []
        for build in self.builds:
            changes += _changes(self.script, build, flags or {}, given)
        if not self.builds and flags:
            words = [f"-{n}={shlex.quote(v)}" if v != "true" else f"-{n}" for n, v in flags.items() if v]
            return (*lines, " ".join(["go build", *words, "./..."]))
        if not changes:
            return tuple(lines)
        text = self.script
        for start, end, new in sorted(set(changes), reverse=True):
            text = text[:start] + new + text[end:]
        return (*lines, text)


@collector
async def collect(doors: Doors, scope: Scope, env: GoEnv) -> BuildFlags | Absent:
    """Read GOFLAGS, then the go command in the user's command line (also inside ``sh -c``)."""
    del doors
    flags: dict[str, str] = {}
    sources: dict[str, str] = {}
    for word in env["GOFLAGS"].split():
        name, _, value = word.lstrip("-").partition("=")
        flags[name] = value or "true"
        sources[name] = "go env GOFLAGS"
    variables: dict[str, str] = {}
    builds = builds_in(scope.command)
    for build in builds:
        found = {name: value for name, value, _, _ in build.flags()}
        variables |= build.variables
        flags |= found
        sources |= dict.fromkeys(found, shlex.join(scope.command))
    if not flags and not scope.command:
        return Absent(reason="no build flags are known: no command was given and GOFLAGS is empty")
    output = flags.get("o", "")
    folder = next((b.folder for b in builds if b.folder), "")
    output = os.path.normpath(os.path.join(scope.root, folder, output)) if output and not output.endswith("/") else ""
    script = shellwords.script_of(scope.command) if builds else ""
    return BuildFlags(flags=flags, sources=sources, variables=variables, output=output, script=script, builds=builds)


def builds_in(argv: tuple[str, ...]) -> tuple[GoCommand, ...]:
    """The go commands that build in a command line, with what it sets before them."""
    if not argv:
        return ()
    found: list[GoCommand] = []
    exported: dict[str, str] = {}
    folder = ""
    for words in shellwords.commands(shellwords.script_of(argv)):
        settings, rest = shellwords.assignments(words)
        first = rest[0].text if rest else ""
        if not rest:
            exported |= settings
        elif first == "unset":
            exported = {n: v for n, v in exported.items() if n not in {w.text for w in rest[1:]}}
        elif first in {"cd", "pushd"} and len(rest) > 1:
            folder = os.path.join(folder, rest[1].text)
        elif os.path.basename(first) == "go":
            if len(rest) > 2 and rest[1].text == "-C":
                folder, rest = os.path.join(folder, rest[2].text), (rest[0], *rest[3:])
            if len(rest) > 1 and rest[1].text in _BUILDS:
                found.append(GoCommand(words=rest, variables=exported | settings, folder=folder))
    return tuple(b for b in found if b.verb not in {"vet", "list"}) or tuple(found)


def _changes(
    script: str, build: GoCommand, flags: Mapping[str, str], variables: Mapping[str, str]
) -> Iterator[tuple[int, int, str]]:
    """Edits of a script, as (start, end, new text)."""
    left = {n: v for n, v in flags.items() if v}
    for name, _, first, last in build.flags():
        if name not in flags:
            continue
        start, end = build.words[first].start, build.words[last].end
        value = left.pop(name, "")
        if value:
            yield start, end, f"-{name}" if value == "true" else f"-{name}={shlex.quote(value)}"
        else:
            yield start, end + (script[end : end + 1] == " "), ""
    verb = build.words[1]
    added = "".join(f" -{n}" if v == "true" else f" -{n}={shlex.quote(v)}" for n, v in left.items())
    if added:
        yield verb.end, verb.end, added
    for words in shellwords.commands(script):
        for word in words:
            name, mark, _ = word.text.partition("=")
            if mark and name in variables and name in build.variables and word.end <= build.words[0].start:
                value = variables[name]
                yield word.start, word.end, f"{name}={shlex.quote(value)}"


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
