"""Reading a shell script as far as it says which programs run: simple commands and their words, each with its place.

Not a shell: expansions stay as they are written, and ``$(…)`` is part of its word. Source: POSIX, Shell Command Language 2.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gomend.model.base import Thing

_SEPARATORS: Final = frozenset(";&|\n()")
_PREFIXES: Final = frozenset(
    ["!", "{", "}", "if", "then", "else", "elif", "do", "while", "until", "time", "exec", "command", "nohup", "nice", "sudo"]
)
"""Words before the program's name that do not change what it is."""
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")
SHELLS: Final = frozenset({"sh", "bash", "dash", "zsh", "ash"})
"""Programs that run a script given by ``-c``."""


class Word(Thing, frozen=True):
    """One word without its quotes, and its place in the script."""

    text: str
    start: int
    end: int


def script_of(argv: tuple[str, ...]) -> str:
    """The text of a command line: of ``sh -c TEXT`` that text, else the words quoted for a shell."""
    import shlex

    if len(argv) >= 3 and argv[0].rpartition("/")[2] in SHELLS:
        at = next((i for i, word in enumerate(argv[1:], 1) if re.fullmatch(r"-\w*c", word)), 0)
        if 0 < at < len(argv) - 1:
            return argv[at + 1]
    return shlex.join(argv)


def commands(script: str) -> Iterator[tuple[Word, ...]]:
    """Simple commands in order, without redirections and words such as ``if`` and ``exec``; assignments are kept."""
    current: list[Word] = []
    for word in _words(script):
        if word is None:
            yield from _plain(current)
            current = []
        else:
            current.append(word)
    yield from _plain(current)


def assignments(words: tuple[Word, ...]) -> tuple[dict[str, str], tuple[Word, ...]]:
    """The variables that a command sets (``A=1 go …``, ``env A=1 go …``, ``export A=1``), and the rest of its words."""
    rest = list(words)
    found: dict[str, str] = {}
    while rest:
        if _ASSIGNMENT.match(rest[0].text):
            name, _, value = rest.pop(0).text.partition("=")
            found[name] = value
        elif rest[0].text in {"export", "env", "/usr/bin/env"}:
            del rest[0]
        else:
            break
    return found, tuple(rest)


def _plain(words: list[Word]) -> Iterator[tuple[Word, ...]]:
    at = next((i for i, w in enumerate(words) if w.text not in _PREFIXES), len(words))
    if words[at:]:
        yield tuple(words[at:])


def _words(script: str) -> Iterator[Word | None]:
    """Words, and None where a command ends."""
    at, size, skip = 0, len(script), False
    while at < size:
        char = script[at]
        if char in " \t\r":
            at += 1
        elif script.startswith("\\\n", at):
            at += 2
        elif char == "#":
            at = script.find("\n", at) if "\n" in script[at:] else size
        elif char in _SEPARATORS:
            yield None
            at += 1
        elif redirect := re.compile(r"\d*(?:&>>?|[<>]+[&|]?)").match(script, at):
            at, skip = redirect.end(), True
        else:
            text, end = _word(script, at)
            if not skip:
                yield Word(text=text, start=at, end=end)
            at, skip = end, False


def _word(script: str, at: int) -> tuple[str, int]:
    out: list[str] = []
    quote = ""
    while at < len(script):
        char = script[at]
        if char == quote:
            quote = ""
        elif quote == "'" or (quote and char not in '\\$`"'):
            out.append(char)
        elif char == "\\" and at + 1 < len(script):
            at += 1
            out.append(("\\" if quote and script[at] not in '"$`\\\n' else "") + script[at].replace("\n", ""))
        elif script.startswith("$(", at):
            end = _closing(script, at + 1)
            out.append(script[at:end])
            at = end - 1
        elif not quote and char in "'\"":
            quote = char
        elif not quote and (char in " \t\r<>" or char in _SEPARATORS):
            break
        else:
            out.append(char)
        at += 1
    return "".join(out), at


def _closing(script: str, at: int) -> int:
    """The place behind the parenthesis that closes the one at ``at``."""
    depth = 0
    for i in range(at, len(script)):
        depth += {"(": 1, ")": -1}.get(script[i], 0)
        if depth == 0:
            return i + 1
    return len(script)
