"""Flags of go that a command or GOFLAGS gives: what matters to linking with C."""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Iterator
from typing import ClassVar, Final

from gomend.golang.facts.env import GoEnv
from gomend.model.base import Cost
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Doors, Scope

_BUILDS: Final = frozenset({"build", "install", "run", "test"})
_SWITCHES: Final = frozenset(
    ["a", "n", "v", "x", "race", "msan", "asan", "cover", "work", "trimpath", "asmflags", "modcacherw", "json", "linkshared"]
)
_SHELLS: Final = frozenset({"sh", "bash", "dash", "zsh", "ash"})
_ENDS: Final = frozenset({"&&", "||", ";", "|", "&"})


class BuildFlags(Fact, frozen=True):
    """Flags by name without dashes (the last one wins), and where each was given."""

    flags: dict[str, str]
    sources: dict[str, str]
    variables: dict[str, str] = {}
    """Variables that the command line itself sets before go (``CGO_ENABLED=0 go build``)."""
    output: str = ""
    """Absolute path of ``-o``, if one file was named."""
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

    @property
    def external(self) -> bool:
        """Asks for external linking."""
        words = [w.lstrip("-") for w in _split(self["ldflags"])]
        return "linkmode=external" in words or ("linkmode", "external") in itertools.pairwise(words)

    @property
    def tags(self) -> frozenset[str]:
        """Build tags."""
        return frozenset(self["tags"].replace(",", " ").split())


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
    for argv in commands(scope.command):
        given = _given(argv)
        if given is None:
            continue
        settings, found = given
        variables |= settings
        flags |= found
        sources |= dict.fromkeys(found, shlex.join(scope.command))
    if not flags and not scope.command:
        return Absent(reason="no build flags are known: no command was given and GOFLAGS is empty")
    output = flags.get("o", "")
    output = os.path.normpath(os.path.join(scope.root, output)) if output and not output.endswith("/") else ""
    return BuildFlags(flags=flags, sources=sources, variables=variables, output=output)


def commands(argv: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The simple commands in a command line; of ``sh -c TEXT`` those in the text, as far as it can be split."""
    if not argv:
        return
    if os.path.basename(argv[0]) in _SHELLS and len(argv) >= 3 and "c" in argv[1] and argv[1].startswith("-"):
        lexer = shlex.shlex(argv[2], posix=True, punctuation_chars=";&|")
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:
            return
        current: list[str] = []
        for word in [*words, ";"]:
            if word in _ENDS:
                yield from commands(tuple(current))
                current = []
            else:
                current.append(word)
        return
    yield argv


def _given(argv: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str]] | None:
    words = list(argv)
    if words and os.path.basename(words[0]) == "env":
        del words[0]
    settings: dict[str, str] = {}
    while words and "=" in words[0] and words[0].split("=")[0].isidentifier():
        name, _, value = words.pop(0).partition("=")
        settings[name] = value
    if len(words) < 2 or os.path.basename(words[0]) != "go" or words[1] not in _BUILDS:
        return None
    flags: dict[str, str] = {}
    rest = iter(words[2:])
    for word in rest:
        if not word.startswith("-"):
            break
        name, mark, value = word.lstrip("-").partition("=")
        if not mark:
            value = "true" if name in _SWITCHES else next(rest, "")
        flags[name] = value
    return settings, flags


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
