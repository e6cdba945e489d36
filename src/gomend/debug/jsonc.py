"""JSON with comments and trailing commas (launch.json, tasks.json), edited without reformatting.

Source: what VS Code's own parser takes (comments, trailing commas, a byte order mark; the last of equal keys wins).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from gomend.debug.jsontree import TOKEN, Value, read
from gomend.model.base import Thing
from gomend.model.step import Edit

Path = tuple[str | int, ...]
"""Keys and indexes from the root to a value."""

_BLANKS: Final = re.compile(rb"[ \t]*")


class Document(Thing, frozen=True):
    """A file as it was read. ``problem`` says (with the line) why it is no JSON with comments; ``root`` is then None."""

    raw: bytes
    root: Value | None
    problem: str = ""

    def get(self, *path: str | int) -> Value | None:
        """The value at ``path``, or None."""
        return self.root.get(*path) if self.root else None

    def set(self, path: Path, value: Any) -> tuple[Edit, ...]:
        """Replace the value at ``path``, or insert its last key into the object that the rest of the path names.

        Raises:
            LookupError: there is no such object or item.
        """
        here = self.get(*path)
        if here is not None:
            text = self._render(value, self._indent_at(here.start), multiline=self._stands_alone(here))
            return (Edit(start=here.start, end=here.end, new=text),)
        parent = self.get(*path[:-1])
        key = path[-1] if path else None
        if parent is None or parent.kind != "object" or not isinstance(key, str):
            msg = f"no object at {path[:-1]!r}"
            raise LookupError(msg)
        return self._insert(parent, tuple((m.start, m.value.end) for m in parent.members), value, key)

    def append(self, path: Path, value: Any) -> tuple[Edit, ...]:
        """Add an item at the end of the array at ``path``.

        Raises:
            LookupError: there is no such array.
        """
        parent = self.get(*path)
        if parent is None or parent.kind != "array":
            msg = f"no array at {path!r}"
            raise LookupError(msg)
        return self._insert(parent, tuple((i.start, i.end) for i in parent.items), value, None)

    def prepend(self, path: Path, value: Any) -> tuple[Edit, ...]:
        """Add an item at the start of the array at ``path``.

        Raises:
            LookupError: there is no such array.
        """
        parent = self.get(*path)
        if parent is None or parent.kind != "array" or not parent.items:
            return self.append(path, value)
        first = parent.items[0]
        own_line = b"\n" in self.raw[parent.start : first.start]
        indent = self._indent_at(first.start)
        gap = f"{self.newline}{indent}" if own_line else " "
        text = self._render(value, indent, multiline=own_line)
        return (Edit(start=first.start, end=first.start, new=f"{text},{gap}"),)

    def insert_after(self, path: Path, value: Any) -> tuple[Edit, ...]:
        """Add an item to an array after the item at ``path``.

        Raises:
            LookupError: there is no such item.
        """
        parent, item = self.get(*path[:-1]), self.get(*path)
        if parent is None or parent.kind != "array" or item is None:
            msg = f"no item at {path!r}"
            raise LookupError(msg)
        own_line = b"\n" in self.raw[parent.start : item.start]
        indent = self._indent_at(item.start)
        gap = f"{self.newline}{indent}" if own_line else " "
        return (Edit(start=item.end, end=item.end, new=f",{gap}{self._render(value, indent, multiline=own_line)}"),)

    def permute(self, path: Path, order: Sequence[int]) -> tuple[Edit, ...]:
        """Put the items of the array at ``path`` in another order; what stands between them stays.

        Raises:
            LookupError: there is no such array, or ``order`` is no order of it.
        """
        parent = self.get(*path)
        if parent is None or sorted(order) != list(range(len(parent.items))):
            msg = f"no array of {len(order)} items at {path!r}"
            raise LookupError(msg)
        spans = [(i.start, i.end) for i in parent.items]
        return tuple(
            Edit(start=start, end=end, new=self.raw[slice(*spans[source])].decode())
            for (start, end), source in zip(spans, order, strict=True)
            if spans[source] != (start, end)
        )

    def remove(self, path: Path, count: int = 1) -> tuple[Edit, ...]:
        """Take ``count`` items away from the one at ``path`` on, with their commas; comments stay.

        Raises:
            LookupError: there are no such items.
        """
        parent, first = self.get(*path[:-1]), path[-1] if path else None
        if parent is None or not isinstance(first, int) or not 0 <= first < first + count <= len(parent.items):
            msg = f"no {count} items at {path!r}"
            raise LookupError(msg)
        return self._without([(item.start, item.end) for item in parent.items], parent, first, count)

    def drop(self, path: Path) -> tuple[Edit, ...]:
        """Take a key and its value away, with a comma; comments stay.

        Raises:
            LookupError: there is no such key.
        """
        parent = self.get(*path[:-1])
        member = parent.member(str(path[-1])) if parent else None
        if parent is None or member is None:
            msg = f"no key at {path!r}"
            raise LookupError(msg)
        spans = [(m.start, m.value.end) for m in parent.members]
        return self._without(spans, parent, parent.members.index(member), 1)

    def _without(self, spans: Sequence[tuple[int, int]], parent: Value, first: int, count: int) -> tuple[Edit, ...]:
        commas = [self._comma_after(end, parent.end) for _, end in spans]
        # A comma goes with each item; if nothing follows, the one before goes instead of the last.
        gone = commas[first : first + count] if first + count < len(spans) else commas[max(first - 1, 0) : -1]
        if first == 0 and first + count == len(spans):
            gone = commas
        left = {comma for comma in gone if comma is not None}
        edits: list[Edit] = []
        for (start, end), comma in zip(spans[first : first + count], commas[first : first + count], strict=True):
            stop = end
            if comma is not None and comma in left and not self.raw[end:comma].strip():
                stop = comma + 1
                left.remove(comma)
            edits.append(self._cut(start, stop, parent.start))
        return (*edits, *(Edit(start=c, end=c + 1, new="") for c in sorted(left)))

    def _cut(self, start: int, end: int, opened: int) -> Edit:
        """Cut a span, with its line if nothing else stands there, else with the blanks behind it."""
        line, stop = self.raw.rfind(b"\n", 0, start) + 1, self.raw.find(b"\n", end)
        if line > opened and stop >= 0 and not (self.raw[line:start] + self.raw[end:stop]).strip():
            return Edit(start=line, end=stop + 1, new="")
        blanks = _BLANKS.match(self.raw, end)
        return Edit(start=start, end=blanks.end() if blanks and self.raw[end - 1 : end] == b"," else end, new="")

    @property
    def newline(self) -> str:
        """The line ending of the file."""
        return "\r\n" if b"\r\n" in self.raw else "\n"

    @property
    def unit(self) -> str:
        """One step of indentation, as the file has it; four spaces if it shows none."""
        found = [m[1].decode() for m in re.finditer(rb"(?m)^([ \t]+)(?=[\"{}\[\]/])", self.raw)]
        return min(found, key=len) if found else "    "

    def _insert(self, parent: Value, spans: tuple[tuple[int, int], ...], value: Any, key: str | None) -> tuple[Edit, ...]:
        label = "" if key is None else f"{_dump(key)}: "
        if not spans:
            outer = self._indent_at(parent.start)
            inner = outer + self.unit
            inside = self.raw[parent.start + 1 : parent.end - 1]
            body = f"{self.newline}{inner}{label}{self._render(value, inner, multiline=True)}"
            tail = "" if b"\n" in inside else f"{self.newline}{outer}"
            stop = parent.end - 1 if not inside.strip() and tail else parent.start + 1
            return (Edit(start=parent.start + 1, end=stop, new=body + tail),)
        first, last_end = spans[0][0], spans[-1][1]
        own_line = b"\n" in self.raw[parent.start : first]
        indent = self._indent_at(spans[-1][0]) if own_line else ""
        gap = f"{self.newline}{indent}" if own_line else " "
        text = gap + label + self._render(value, indent, multiline=own_line)
        comma = self._comma_after(last_end, parent.end)
        if comma is not None:
            at = self._after_remarks(comma + 1, parent.end) if own_line else comma + 1
            return (Edit(start=at, end=at, new=text + ","),)
        at = self._after_remarks(last_end, parent.end) if own_line else last_end
        if at == last_end:
            return (Edit(start=at, end=at, new="," + text),)
        return (Edit(start=last_end, end=last_end, new=","), Edit(start=at, end=at, new=text))

    def _render(self, value: Any, indent: str, *, multiline: bool) -> str:
        if not multiline or not isinstance(value, (dict, list, tuple)):
            return _dump(value)
        return _dump(value, self.unit).replace("\n", f"{self.newline}{indent}")

    def _indent_at(self, offset: int) -> str:
        start = self.raw.rfind(b"\n", 0, offset) + 1
        match = _BLANKS.match(self.raw, start)
        return match[0].decode() if match else ""

    def _stands_alone(self, value: Value) -> bool:
        """Whether the line holds at most a key before the value, so that a long new value may take several lines."""
        start = self.raw.rfind(b"\n", 0, value.start) + 1
        return re.fullmatch(rb'\s*(?:"(?:\\.|[^"\\])*"\s*:\s*)?', self.raw[start : value.start]) is not None

    def _comma_after(self, offset: int, end: int) -> int | None:
        for match in TOKEN.finditer(self.raw, offset, end):
            if match[0] == b",":
                return match.start()
            if not match[0].startswith((b"//", b"/*")):
                return None
        return None

    def _after_remarks(self, offset: int, end: int) -> int:
        """The end of the comments that stand on the rest of the line at ``offset``."""
        at = offset
        for match in TOKEN.finditer(self.raw, offset, end):
            if b"\n" in self.raw[at : match.end()] or not match[0].startswith((b"//", b"/*")):
                break
            at = match.end()
        return at - 1 if self.raw[at - 1 : at] == b"\r" else at


def parse(text: str | bytes) -> Document:
    """Read JSON with comments; never raises."""
    raw = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    root, problem = read(raw)
    return Document(raw=raw, root=root, problem=problem)


def _dump(value: Any, indent: str | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text
