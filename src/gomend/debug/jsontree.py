"""JSON with comments as a tree of values with positions.

The tree comes from tree-sitter-json, which knows comments; what its grammar does not know (trailing commas, ``1e+9``, a byte
order mark) is changed first in a copy of the same length.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from gomend.model.base import Thing

if TYPE_CHECKING:
    from tree_sitter import Node

TOKEN: Final = re.compile(rb'"(?:\\.|[^"\\\n])*"?|//[^\n]*|/\*.*?(?:\*/|\Z)|[0-9]+[eE]\+[0-9]+|[^\s]', re.DOTALL)
"""Strings, comments, numbers that the grammar does not know, and every other character by itself."""
_DEPTH: Final = 200


class Value(Thing, frozen=True):
    """One value: its kind (``object``, ``array``, ``string`` …), byte span, line (from 1), children and plain data."""

    kind: str
    start: int
    end: int
    line: int
    data: Any
    members: tuple[Member, ...] = ()
    items: tuple[Value, ...] = ()

    def member(self, key: str) -> Member | None:
        """The last member with this key, which is the one that counts."""
        return next((m for m in reversed(self.members) if m.key == key), None)

    def get(self, *path: str | int) -> Value | None:
        """The value below at ``path``, or None."""
        here: Value | None = self
        for part in path:
            if here is None:
                return None
            if isinstance(part, int):
                here = here.items[part] if 0 <= part < len(here.items) else None
            else:
                found = here.member(part)
                here = found.value if found else None
        return here


class Member(Thing, frozen=True):
    """A key with its value; ``start`` is where the key's quote stands."""

    key: str
    start: int
    value: Value


def read(raw: bytes) -> tuple[Value | None, str]:
    """The root value, or None and what is wrong, with its line; never raises."""
    from tree_sitter import Language, Parser
    from tree_sitter_json import language

    root = Parser(Language(language())).parse(_shadow(raw)).root_node
    broken = _first_error(root)
    if broken is not None:
        return None, f"line {broken.start_point[0] + 1}: not valid JSON with comments"
    values = [child for child in root.named_children if child.type != "comment"]
    if len(values) != 1:
        return None, "line 1: not one JSON value"
    try:
        return _build(values[0], raw, 0), ""
    except ValueError as error:
        return None, str(error)


def _shadow(raw: bytes) -> bytes:
    shadow = bytearray(raw)
    if raw.startswith(b"\xef\xbb\xbf"):
        shadow[:3] = b"   "
    comma, before = -1, b""
    for match in TOKEN.finditer(raw):
        token = match[0]
        if token.startswith((b"//", b"/*")):
            continue
        if token[:1].isdigit() and b"+" in token:  # the grammar does not know 1e+9
            shadow[match.start() + token.index(b"+")] = ord("1")
        if comma >= 0 and token in {b"}", b"]"}:
            shadow[comma] = ord(" ")
        comma = match.start() if token == b"," and before not in {b"", b",", b"[", b"{", b":"} else -1
        before = token
    return bytes(shadow)


def _first_error(root: Node) -> Node | None:
    if not root.has_error:
        return None
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            return node
        waiting += [child for child in reversed(node.children) if child.has_error or child.is_missing]
    return root


def _build(node: Node, raw: bytes, depth: int) -> Value:
    line = node.start_point[0] + 1
    if depth > _DEPTH:
        msg = f"line {line}: nested too deeply"
        raise ValueError(msg)
    start, end = node.start_byte, node.end_byte
    if node.type == "object":
        members = []
        for pair in (child for child in node.named_children if child.type == "pair"):
            key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if key is None or value is None or key.type != "string":
                msg = f"line {pair.start_point[0] + 1}: not valid JSON with comments"
                raise ValueError(msg)
            members.append(Member(key=_load(key, raw), start=key.start_byte, value=_build(value, raw, depth + 1)))
        return Value(
            kind=node.type, start=start, end=end, line=line, data={m.key: m.value.data for m in members}, members=tuple(members)
        )
    if node.type == "array":
        items = tuple(_build(child, raw, depth + 1) for child in node.named_children if child.type != "comment")
        return Value(kind=node.type, start=start, end=end, line=line, data=[i.data for i in items], items=items)
    return Value(kind=node.type, start=start, end=end, line=line, data=_load(node, raw))


def _load(node: Node, raw: bytes) -> Any:
    line = node.start_point[0] + 1
    try:
        return json.loads(raw[node.start_byte : node.end_byte], strict=False)
    except ValueError:
        msg = f"line {line}: not valid JSON with comments"
        raise ValueError(msg) from None
