"""What is wrong with a PromQL query before any data is asked: a quantile without its buckets, sides that never match, NaN, resets, means of means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from gomend.model.finding import Finding
from gomend.model.rule import Rule
from gomend.slo import promql
from gomend.slo.facts.files import SloFiles

_COUNTER: Final = re.compile(r"_(?:total|count|bucket)$")
_MEANS: Final = re.compile(r":(?:avg|mean|ratio|p\d\d|quantile)|_(?:avg|mean|p\d\d|quantile|ratio)(?:_|:|$)")
_OVER: Final = frozenset({"avg_over_time", "sum_over_time", "max_over_time", "min_over_time", "quantile_over_time"})
_RATES: Final = frozenset({"rate", "irate", "increase"})


def findings(rule: Rule, found: SloFiles, smell: Callable[[Any], str]) -> Iterator[Finding]:
    """A finding of ``rule`` for each query that ``smell`` (one of the functions below) says something of."""
    for each, query, shown in found.smelling(smell):
        yield rule.finding(
            each.subject(query.of, query.line),
            evidence=[each.file.evidence(query.line)],
            key=query.text,
            name=query.of,
            shown=shown,
        )


def quantile_without_le(tree: Any) -> str:
    """The aggregation below a ``histogram_quantile`` that drops the label ``le``; empty if none does."""
    for node in promql.nodes(tree):
        if _call(node) == "histogram_quantile":
            for inner in promql.nodes(node.args[1]):
                if type(inner).__name__ == "AggregateExpr" and _drops(inner, "le") and _buckets(inner):
                    return str(inner.prettify())
    return ""


def _buckets(tree: Any) -> bool:
    return any(s.metric.endswith("_bucket") for s in promql.selectors(tree))


def _drops(node: Any, label: str) -> bool:
    if node.modifier is None:
        return True
    named = label in node.modifier.labels
    return named if "Without" in str(node.modifier.type) else not named


def never_matching(tree: Any) -> str:
    """A ratio whose sides are aggregated by different labels, so that no pair has equal labels; empty if there is none."""
    for node in promql.nodes(tree):
        if type(node).__name__ != "BinaryExpr" or str(node.op) not in {"/", "*", "-", "+"}:
            continue
        matching = node.modifier is not None and node.modifier.matching is not None
        one, other = _labels(node.lhs), _labels(node.rhs)
        if not matching and one is not None and other is not None and one != other:
            return f"{', '.join(sorted(one)) or '()'} / {', '.join(sorted(other)) or '()'}"
    return ""


def _labels(tree: Any) -> frozenset[str] | None:
    """Labels that an aggregation leaves; None where it is none, or keeps all but some."""
    while type(tree).__name__ == "ParenExpr":
        tree = tree.expr
    if type(tree).__name__ != "AggregateExpr" or str(tree.op) in {"topk", "bottomk", "count_values"}:
        return None
    if tree.modifier is None:
        return frozenset()
    return None if "Without" in str(tree.modifier.type) else frozenset(tree.modifier.labels)


def poisoned(tree: Any) -> str:
    """An aggregate over ratios whose divisor can be 0: one NaN makes all of it NaN. Empty if there is none, or ``> 0`` guards it."""
    for node in promql.nodes(tree):
        over = type(node).__name__ == "AggregateExpr" and str(node.op) in {"avg", "sum", "max", "min", "stddev"}
        if not over and _call(node) not in _OVER:
            continue
        for inner in promql.nodes(node):
            if type(inner).__name__ == "BinaryExpr" and str(inner.op) == "/" and _may_be_zero(inner.rhs):
                return str(inner.prettify())
    return ""


def _may_be_zero(tree: Any) -> bool:
    while type(tree).__name__ == "ParenExpr":
        tree = tree.expr
    if type(tree).__name__ == "BinaryExpr" and str(tree.op) in {">", ">=", "!=", "or"}:
        return False
    return any(_call(n) in _RATES for n in promql.nodes(tree))


def raw_counter(tree: Any) -> str:
    """A counter read as it stands, by ``delta`` or ``deriv``, or rated after it was summed: a restart looks like a fall. Empty if none is."""
    inside: set[str] = set()
    for node in promql.nodes(tree):
        name = _call(node)
        if name in _RATES or name in {"resets", "changes", "absent_over_time", "present_over_time", "count_over_time"}:
            arg = node.args[0]
            inside |= {n.prettify() for n in promql.nodes(arg) if type(n).__name__ == "VectorSelector"}
            if type(arg).__name__ == "SubqueryExpr" and any(
                type(n).__name__ == "AggregateExpr" and not any(_call(m) in _RATES for m in promql.nodes(n))
                for n in promql.nodes(arg)
            ):
                return str(node.prettify())
        if name in {"delta", "idelta", "deriv"} and any(_COUNTER.search(s.metric) for s in promql.selectors(node)):
            return str(node.prettify())
        if name in {"absent", "count", "timestamp"} or (
            type(node).__name__ == "AggregateExpr" and str(node.op) in {"count", "group"}
        ):
            inside |= {n.prettify() for n in promql.nodes(node) if type(n).__name__ == "VectorSelector"}
    for node in promql.nodes(tree):
        plain = type(node).__name__ == "VectorSelector" and _COUNTER.search(node.name or "") and ":" not in (node.name or "")
        if plain and node.prettify() not in inside:
            return str(node.prettify())
    return ""


def mean_of_means(tree: Any) -> str:
    """An average over averages, ratios or quantiles: each weighs the same, however many events it had. Empty if there is none."""
    for node in promql.nodes(tree):
        if not ((type(node).__name__ == "AggregateExpr" and str(node.op) == "avg") or _call(node) == "avg_over_time"):
            continue
        child = node.expr if type(node).__name__ == "AggregateExpr" else node.args[0]
        for inner in promql.nodes(child):
            ratio = type(inner).__name__ == "BinaryExpr" and str(inner.op) == "/"
            quantile = _call(inner) in {"histogram_quantile", "avg_over_time", "quantile_over_time"}
            named = type(inner).__name__ == "VectorSelector" and _MEANS.search(inner.name or "")
            if ratio or quantile or named:
                return str(node.prettify())
    return ""


def _call(node: Any) -> str:
    return str(node.func.name) if type(node).__name__ == "Call" else ""
