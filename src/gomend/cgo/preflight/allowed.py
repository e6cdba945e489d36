"""Which flags ``#cgo`` lines may have: read from the source of the go command in use, so that it is that version's own list."""

from __future__ import annotations

import os
import re
from typing import ClassVar, Final

from gomend.golang.facts.env import GoEnv
from gomend.model.facts import Fact, Unknown, collector
from gomend.ports.doors import Doors
from gomend.ports.files import read_text

SOURCE: Final = ("src", "cmd", "go", "internal", "work", "security.go")
"""Where the lists stand below GOROOT."""
_LIST: Final = re.compile(r"(?ms)^var (\w+) = \[\](?:\*lazyregexp\.Regexp|string)\{(.*?)^\}")
_PATTERN: Final = re.compile(r"re\(`([^`]*)`\)")
_WORD: Final = re.compile(r'^\s*"([^"]+)",', re.MULTILINE)


class FlagRules(Fact, frozen=True):
    """Regular expressions of whole flags, and flags whose argument is the next word, by list: ``Compiler``, ``Linker``."""

    valid: dict[str, tuple[str, ...]]
    invalid: dict[str, tuple[str, ...]]
    next_argument: dict[str, tuple[str, ...]]
    reads: ClassVar = frozenset({"tools", "go-env"})

    def refused(self, kind: str, words: tuple[str, ...], allow: str = "") -> str:
        """The first flag that go refuses, empty if it takes all. ``kind``: ``Compiler`` or ``Linker``; ``allow``: CGO_*_ALLOW."""
        rest = list(words)
        while rest:
            word = rest.pop(0)
            denied = any(_whole(p, word) for p in self.invalid.get(kind, ()))
            if not denied and ((allow and _whole(allow, word)) or any(_whole(p, word) for p in self.valid[kind])):
                continue
            if not denied and word in self.next_argument[kind]:
                # Its argument must not look like a flag or a file of flags.
                if rest and rest[0][:1] not in {"", "-", "@"}:
                    del rest[0]
                    continue
                if len(rest) > 1 and word.startswith("-Wl,") and rest[0].startswith("-Wl,"):
                    del rest[0]
                    continue
            return word
        return ""


@collector
async def collect(doors: Doors, env: GoEnv) -> FlagRules | Unknown:
    """Read the lists."""
    text = read_text(doors.files, os.path.join(env["GOROOT"], *SOURCE)) or ""
    valid: dict[str, tuple[str, ...]] = {}
    invalid: dict[str, tuple[str, ...]] = {}
    following: dict[str, tuple[str, ...]] = {}
    for name, body in _LIST.findall(text):
        for kind in ("Compiler", "Linker"):
            if name == f"valid{kind}Flags":
                valid[kind] = tuple(_PATTERN.findall(body))
            elif name == f"invalid{kind}Flags":
                invalid[kind] = tuple(_PATTERN.findall(body))
            elif name == f"valid{kind}FlagsWithNextArg":
                following[kind] = tuple(_WORD.findall(body))
    if not all(held.keys() >= {"Compiler", "Linker"} for held in (valid, following)):
        return Unknown(reason="the source of this go command has no list of flags that gomend can read")
    return FlagRules(valid=valid, invalid=invalid, next_argument=following)


def _whole(pattern: str, word: str) -> bool:
    try:
        return re.fullmatch(pattern, word) is not None
    except re.error:
        return False
