"""What importers share: the policy that other formats do not have, and queries that leave their window open."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from gomend.model.text import say, text
from gomend.slo import promql
from gomend.slo.config import POLICY_FIELDS, policy_of
from gomend.slo.objective import WINDOW
from gomend.slo.policy import Policy
from gomend.slo.yamltree import Node, spelled

ANNOTATION: Final = "gomend/policy"
"""Annotation that carries a policy through formats that have none: ``mode=budget margin=0.1 need=3``."""
_TEMPLATE: Final = re.compile(r"\{\{\s*\.window\s*\}\}|\$\{?window\}?|\$__range\b|\$__rate_interval\b")
_SHORT: Final = {"m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 30 * 86400, "Q": 90 * 86400, "Y": 365 * 86400}
_FOREIGN: Final = text(
    "slonote.foreign", "the file says no policy: judged by 10 % beyond the error budget, 3 periods of 5 minutes in a row"
)
FOREIGN: Final = say(_FOREIGN)
"""A note on what was supplied."""


def policy(objective: Fraction, annotation: Node | None, node: Node) -> Policy:
    """The policy of an imported objective: its annotation's, else a tenth beyond the error budget.

    Raises:
        BadConfig: the annotation is wrong.
    """
    if annotation is None:
        return Policy(objective=objective, mode="budget").checked()
    given: dict[str, Node] = {}
    for word in annotation.text().split():
        name, _, value = word.partition("=")
        if name not in POLICY_FIELDS:
            raise annotation.bad(f"{name!r} is none of {', '.join(POLICY_FIELDS)}")
        given[name] = Node(f"{annotation.path}.{name}", annotation.line, value, plain=True)
    return policy_of(objective, given, node)


def written(policy: Policy) -> str:
    """A policy as the annotation has it."""
    from gomend.slo.judge import decimal

    words = []
    for name in POLICY_FIELDS:
        value = getattr(policy, name)
        if name == "settle":
            value = spelled(int(value)) if value else None
        if value is not None:
            words.append(f"{name}={decimal(value) if isinstance(value, Fraction) else value}")
    return " ".join(words)


def window(node: Node) -> int:
    """A length of time as OpenSLO shortens it; months have 30 days.

    Raises:
        BadConfig: it is none.
    """
    match = re.fullmatch(r"(\d{1,5})([mhdwMQY])", node.text())
    return int(match[1]) * _SHORT[match[2]] if match and int(match[1]) else node.seconds()


def opened(query: str) -> str:
    """A query with the template of another tool for the window as ``$window``."""
    return _TEMPLATE.sub(lambda _: WINDOW, query)


def counted(query: str) -> str | None:
    """A counter (bare, or summed) as what it grew by in the window; None: it cannot be told how."""
    made = opened(query)
    if WINDOW in made:
        return made
    try:
        tree = promql.parse(made)
    except (promql.BadQuery, promql.NoParser):
        return None
    inner = tree
    while type(inner).__name__ in {"ParenExpr", "AggregateExpr"}:
        if type(inner).__name__ == "AggregateExpr" and (inner.modifier is not None or "sum" not in inner.prettify()[:4]):
            return None
        inner = inner.expr
    return f"sum(increase({inner.prettify()}[{WINDOW}]))" if type(inner).__name__ == "VectorSelector" else None


def slug(words: str) -> str:
    """A name of what may be a sentence."""
    return re.sub(r"[^\w.-]+", "-", words.strip().lower()).strip("-")[:100] or "objective"


def percent(node: Node) -> Fraction:
    """A target that is written as 99.9.

    Raises:
        BadConfig: it is no number from 0 to 100.
    """
    found = node.number() * (100 if node.text().endswith("%") else 1)
    if not 0 < found <= 100:
        raise node.bad("it must lie between 0 and 100")
    return found / 100
