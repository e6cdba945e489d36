"""PromQL by a real parser (promql-parser, the GreptimeDB one in Rust, with Python bindings): what a query selects and does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from gomend.model.base import Thing
from gomend.slo.objective import WINDOW

_STAND_IN: Final = "5m"


class BadQuery(Exception):  # noqa: N818 - told, not thrown at people
    """No PromQL; the message is the parser's."""


class NoParser(Exception):  # noqa: N818 - told, not thrown at people
    """promql-parser is not installed."""


class Selector(Thing, frozen=True):
    """A metric and its matchers: (label, operator, value)."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...] = ()
    window: int = 0
    """Seconds of its range; 0: an instant."""


def parse(query: str) -> Any:
    """The syntax tree; ``$window`` stands for a length of time.

    Raises:
        BadQuery: it is no PromQL.
        NoParser: the extra is not installed.
    """
    try:
        import promql_parser
    except ImportError:
        raise NoParser("PromQL needs promql-parser: pip install 'gomend[slo]'") from None
    try:
        return promql_parser.parse(query.replace(WINDOW, _STAND_IN))
    except ValueError as error:
        raise BadQuery(re.sub(r"\s+", " ", str(error))) from None


def nodes(tree: Any) -> Iterator[Any]:
    """The tree's nodes, parents first."""
    yield tree
    for name in ("lhs", "rhs", "expr", "param", "vector_selector", "vs"):
        child = getattr(tree, name, None)
        if child is not None and type(child).__module__ == type(tree).__module__ and not isinstance(child, str):
            yield from nodes(child)
    for child in getattr(tree, "args", None) or ():
        yield from nodes(child)


def selectors(tree: Any) -> tuple[Selector, ...]:
    """All that a query reads."""
    found = []
    for node in nodes(tree):
        kind = type(node).__name__
        if kind == "VectorSelector":
            found.append(_selector(node))
    return tuple(found)


def _selector(node: Any) -> Selector:
    name, pairs = node.name or "", []
    for matcher in node.matchers.matchers:
        if matcher.name == "__name__":
            name = name or matcher.value
        else:
            pairs.append((matcher.name, _operator(matcher.op), matcher.value))
    return Selector(metric=name, matchers=tuple(sorted(pairs)))


def _operator(op: Any) -> str:
    words = str(op)
    return {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}.get(words, words)
