"""YAML as a tree that knows its lines: scalars stay the text that was written, so ``0.9999`` stays 0.9999.

libyaml composes the nodes; nothing is constructed from tags. Size, depth and the number of nodes after aliases are bounded,
so that an alias bomb is an error and not a wait.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeVar

from gomend.model.decimals import BadNumber, number

SIZE: Final = 8 * 1024 * 1024
"""Bytes of a file at most."""
_DEPTH: Final = 40
_NODES: Final = 150_000
_PLAIN: Final[dict[str, Any]] = {"": None, "~": None, "null": None, "true": True, "false": False}
_DURATION: Final = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_SPANS: Final = (604800, 86400, 3600, 60, 1)
_T = TypeVar("_T", bound=str)


class BadConfig(Exception):  # noqa: N818 - the name is what people read
    """A file that cannot be used; the message says line, field and why."""


class NoObjectives(BadConfig):
    """The file is right but has nothing to judge, which is never a pass."""


class Node:
    """One value: a mapping, a list or a scalar, with its path in the document and its line (from 1)."""

    __slots__ = ("items", "keys", "line", "path", "plain", "value")

    def __init__(self, path: str, line: int, value: str | None = None, plain: bool = False) -> None:
        """A scalar, until ``keys`` or ``items`` are set."""
        self.path, self.line, self.value, self.plain = path, line, value, plain
        self.keys: dict[str, Node] | None = None
        self.items: list[Node] | None = None

    def bad(self, why: str) -> BadConfig:
        """An error that says where."""
        return BadConfig(f"line {self.line}: {self.path or 'the document'}: {why}")

    def map(self, known: Iterable[str] | None = None, needs: Iterable[str] = ()) -> dict[str, Node]:
        """The fields of a mapping; a field that is null counts as not given.

        Raises:
            BadConfig: it is no mapping, a needed field is missing, or one is not in ``known``.
        """
        if self.keys is None:
            raise self.bad("it must be a mapping (name: value)")
        if known is not None:
            fields = tuple(known)
            for name, node in self.keys.items():
                if name not in fields:
                    raise node.bad(f"there is no such field; known are {', '.join(fields)}")
        given = {name: node for name, node in self.keys.items() if not node.empty}
        for name in needs:
            if name not in given:
                raise self.bad(f"{name} is missing")
        return given

    def list(self) -> list[Node]:
        """The members of a list.

        Raises:
            BadConfig: it is none.
        """
        if self.items is None:
            raise self.bad("it must be a list")
        return self.items

    @property
    def empty(self) -> bool:
        """Whether it is null."""
        return self.plain and self.value in {"", "~", "null"}

    def text(self) -> str:
        """A scalar's text, without spaces around it.

        Raises:
            BadConfig: it is empty, a mapping or a list.
        """
        if self.value is None or not self.value.strip():
            raise self.bad("it must be a text")
        return self.value.strip()

    def choice(self, *choices: _T) -> _T:
        """One of the choices.

        Raises:
            BadConfig: it is none of them.
        """
        found = self.text()
        for choice in choices:
            if found == choice:
                return choice
        raise self.bad(f"{found!r} is none of {', '.join(choices)}")

    def number(self) -> Fraction:
        """An exact number; ``99.9%`` is 0.999.

        Raises:
            BadConfig: it is none.
        """
        found = self.text()
        try:
            if found.endswith("%"):
                return number(found[:-1].strip(), self.path) / 100
            return number(found, self.path)
        except BadNumber:
            raise self.bad(f"{found!r} is no number") from None

    def whole(self, least: int = 0) -> int:
        """A whole number of at least ``least``.

        Raises:
            BadConfig: it is none.
        """
        found = self.number()
        if found.denominator != 1 or found < least:
            raise self.bad(f"{self.text()} is no whole number of at least {least}")
        return int(found)

    def seconds(self) -> int:
        """A length of time such as ``30d``, ``1h30m`` or ``5m``, in seconds.

        Raises:
            BadConfig: it is none, or nothing long.
        """
        try:
            return duration(self.text())
        except ValueError as error:
            raise self.bad(str(error)) from None

    def data(self) -> Any:
        """The node as plain dicts, lists, strings, exact numbers, true, false and None."""
        if self.keys is not None:
            return {name: node.data() for name, node in self.keys.items()}
        if self.items is not None:
            return [node.data() for node in self.items]
        if not self.plain or self.value is None:
            return self.value
        if self.value in _PLAIN:
            return _PLAIN[self.value]
        if re.fullmatch(r"[-+]?\d+", self.value) and len(self.value) < 19:
            return int(self.value)
        return Decimal(self.value) if re.fullmatch(r"[-+]?\d+\.\d+(?:[eE][-+]?\d{1,3})?", self.value) else self.value


def duration(words: str) -> int:
    """``1d``, ``1h30m`` … in seconds.

    Raises:
        ValueError: it is none, is nothing, or longer than ten years.
    """
    match = _DURATION.fullmatch(words)
    found = sum(int(n) * span for n, span in zip(match.groups(), _SPANS, strict=True) if n) if match and len(words) < 40 else 0
    if not 0 < found < 10 * 365 * 86400:
        msg = f"{words!r} is no length of time such as 5m, 1h30m or 30d"
        raise ValueError(msg)
    return found


def spelled(seconds: int) -> str:
    """Seconds as Prometheus writes a length of time: ``90m`` for 5400."""
    for letter, span in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % span == 0:
            return f"{seconds // span}{letter}"
    return f"{seconds}s"


def documents(raw: bytes) -> list[Node]:
    """All documents of a file that are not empty.

    Raises:
        BadConfig: it is no YAML, has a key twice, or is too large, too deep or has too many aliases.
    """
    import yaml

    if len(raw) > SIZE:
        raise BadConfig(f"it is larger than {SIZE >> 20} MiB")
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    counted = _Counted()
    try:
        # the composer is the slow part of YAML; depth is measured first on events, which cost no recursion
        _measure(yaml.parse(raw, Loader=loader))
        found = [counted.grow(node, "", 0) for node in yaml.compose_all(raw, Loader=loader)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise BadConfig(f"{where}no YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadConfig(f"no YAML: {str(error).splitlines()[0]}") from None
    return [node for node in found if not node.empty]


def _measure(events: Iterator[Any]) -> None:
    depth = 0
    for event in events:
        name = type(event).__name__
        if name in {"MappingStartEvent", "SequenceStartEvent"}:
            depth += 1
            if depth > _DEPTH:
                raise BadConfig(f"line {event.start_mark.line + 1}: nested more than {_DEPTH} deep")
        elif name in {"MappingEndEvent", "SequenceEndEvent"}:
            depth -= 1


class _Counted:
    def __init__(self) -> None:
        self.left = _NODES

    def grow(self, node: Any, path: str, depth: int) -> Node:
        self.left -= 1
        line = node.start_mark.line + 1
        if self.left < 0 or depth > _DEPTH:
            raise BadConfig(f"line {line}: {path}: too many values; are aliases multiplying?")
        made = Node(path, line)
        if node.id == "scalar":
            made.value, made.plain = node.value, node.style is None
        elif node.id == "sequence":
            made.items = [self.grow(child, f"{path}[{at}]", depth + 1) for at, child in enumerate(node.value)]
        else:
            made.keys = {}
            for key, child in node.value:
                if key.id != "scalar":
                    raise BadConfig(f"line {key.start_mark.line + 1}: {path}: a key must be a text")
                if key.value in made.keys:
                    raise BadConfig(f"line {key.start_mark.line + 1}: {path}: the key {key.value!r} stands here twice")
                grown = self.grow(child, f"{path}.{key.value}" if path else key.value, depth + 1)
                grown.line = key.start_mark.line + 1 if child.id == "scalar" else grown.line
                made.keys[key.value] = grown
        return made
