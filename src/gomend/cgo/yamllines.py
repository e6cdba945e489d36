"""Reading YAML as far as CI files need it: scalars with their path and line.

Block mappings and sequences, plain and quoted scalars, ``|`` and ``>`` blocks, flow lists of scalars. Anchors, tags and flow
mappings stay as their text. Not a parser of YAML: it never fails, and what it does not understand it leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gomend.model.base import Thing

_KEY: Final = re.compile(r"(?P<key>[^\s#:'\"\[\]{},][^:#]*?|'[^']*'|\"[^\"]*\")[ \t]*:(?:[ \t]+(?P<value>.*))?$")
_BLOCK: Final = re.compile(r"[|>][+-]?\d?[ \t]*(?:#.*)?")


class Scalar(Thing, frozen=True):
    """One value: ``path`` has keys and, for items of a sequence, their numbers."""

    path: tuple[str, ...]
    value: str
    line: int

    @property
    def values(self) -> tuple[str, ...]:
        """The items of a flow list, else the value."""
        text = self.value.strip()
        if text.startswith("[") and text.endswith("]"):
            return tuple(plain(item) for item in text[1:-1].split(",") if item.strip())
        return (plain(text),)


def plain(text: str) -> str:
    """A scalar without quotes and comment."""
    text = text.strip()
    if text[:1] in {"'", '"'} and text.find(text[0], 1) > 0:
        return text[1 : text.index(text[0], 1)]
    return re.split(r"\s#", text, maxsplit=1)[0].strip()


def scalars(text: str) -> Iterator[Scalar]:
    """Every scalar in order."""
    lines = text.splitlines()
    stack: list[tuple[int, str, bool]] = []
    """Indent, key or number, and whether it is an item of a sequence."""
    counts: dict[tuple[str, ...], int] = {}
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        body = line.lstrip(" ")
        indent = len(line) - len(body)
        if not body or body.startswith(("#", "---", "%")):
            continue
        while body.startswith(("- ", "-\t")) or body == "-":
            # The items of a sequence may stand as far left as its key.
            stack = [s for s in stack if s[0] < indent or (s[0] == indent and not s[2])]
            path = tuple(key for _, key, _ in stack)
            number = counts.get(path, 0)
            counts[path] = number + 1
            stack.append((indent, str(number), True))
            rest = body[1:].lstrip()
            indent += len(body) - len(rest)
            body = rest
        match = _KEY.match(body)
        if match:
            stack = [s for s in stack if s[0] < indent]
            stack.append((indent, plain(match["key"]), False))
        value = (match["value"] or "").strip() if match else body
        path = tuple(key for _, key, _ in stack)
        if not path:
            continue
        if _BLOCK.fullmatch(value):
            block: list[str] = []
            first = at
            while at < len(lines) and (not lines[at].strip() or len(lines[at]) - len(lines[at].lstrip()) > stack[-1][0]):
                block.append(lines[at])
                at += 1
            margin = min((len(b) - len(b.lstrip()) for b in block if b.strip()), default=0)
            yield Scalar(path=path, value="\n".join(b[margin:] for b in block), line=first + 1)
        elif value:
            yield Scalar(path=path, value=value if value.startswith("[") else plain(value), line=at)
