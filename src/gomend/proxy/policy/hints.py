"""What the authors of a module say of its versions: retracted, deprecated. Read from the newest go.mod that is here.

Source: go.dev/ref/mod (``retract``, ``Deprecated:``), golang.org/x/mod/modfile (parseDeprecation, parseDirectiveComment).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from gomend.golang import semver

_RANGE = re.compile(r"\[\s*\"?([^\s,\"]+)\"?\s*,\s*\"?([^\s,\"]+)\"?\s*\]|\"?([^\s\[\],\"]+)\"?")


class Retraction(NamedTuple):
    """Versions from ``low`` to ``high``, and why, which may be empty."""

    low: str
    high: str
    why: str


class Words(NamedTuple):
    """What a go.mod says of its module's versions."""

    retracted: tuple[Retraction, ...] = ()
    deprecated: str = ""

    def retraction(self, module: str, version: str) -> Retraction | None:
        """The first that is about a version."""
        at = semver.key(module, version)
        inside = (r for r in self.retracted if semver.key(module, r.low) <= at <= semver.key(module, r.high))
        return next(inside, None)


class _Line(NamedTuple):
    verb: str
    value: str
    before: tuple[str, ...]
    after: str
    block: tuple[str, ...]
    """Comments of the line's block."""


def read(text: str) -> Words:
    """Read a go.mod; what is malformed is passed over."""
    retracted: list[Retraction] = []
    deprecated = ""
    for line in _lines(text):
        comments = [*line.before, *([line.after] if line.after else [])]
        if line.verb == "module" and not deprecated:
            deprecated = _deprecation(comments or list(line.block))
        elif line.verb == "retract" and (match := _RANGE.fullmatch(line.value)):
            low, high = (match[1], match[2]) if match[1] else (match[3], match[3])
            if semver.valid(low) and semver.valid(high):
                why = "\n".join(comments or line.block).strip()
                retracted.append(Retraction(low, high, why))
    return Words(tuple(retracted), deprecated)


def _deprecation(comments: list[str]) -> str:
    """The paragraph that starts with ``Deprecated:``."""
    for paragraph in "\n".join(comments).split("\n\n"):
        if paragraph.startswith("Deprecated:"):
            return paragraph.removeprefix("Deprecated:").strip()
    return ""


def _lines(text: str) -> Iterator[_Line]:
    before: list[str] = []
    verb, block = "", tuple[str, ...]()
    for raw in text.splitlines():
        code, mark, comment = raw.partition("//")
        code, comment = code.strip(), comment.strip()
        if not code:
            # An empty line parts what was said before from what comes.
            before = [*before, comment] if mark else []
            continue
        if verb and code == ")":
            verb, block = "", ()
        elif not verb and code.endswith("("):
            verb, block = code[:-1].strip(), tuple(before)
        else:
            first, _, rest = code.partition(" ")
            yield _Line(verb or first, code if verb else rest.strip(), tuple(before), comment, block)
        before = []
