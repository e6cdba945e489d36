"""From SLIs as they stand in a file to their meanings."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from gomend.slo.align import prose, queries
from gomend.slo.align.meaning import CLASSES, Meaning
from gomend.slo.objective import Sli
from gomend.slo.yamltree import spelled

_SQL: Final = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)
_PROMQL: Final = re.compile(
    r"^[a-z_:]+_(?:total|count|sum|bucket|seconds|bytes)$|[a-z_:][\w:]*\s*(?:\{|\[|\()|\b(?:sum|rate|avg|increase)\b\s*(?:by\s*\([^)]*\)\s*)?\("
)
_FIELDS: Final = ("population", "place", "statistic", "unit")


def meaning(sli: Sli, period: int) -> Meaning:
    """An SLI's meaning: what its query does, overlaid by what its own fields say."""
    made = _query(sli, period)
    said: dict[str, Any] = {field: getattr(sli, field) for field in _FIELDS if getattr(sli, field)}
    if sli.window:
        said["window"] = sli.window
    if sli.sampling:
        said["sampled"] = sli.sampling not in {"all", "none", "100%"}
    for name in ("good", "bad", "excluded"):
        if name in sli.sets:
            said[name] = listed(sli.sets[name])
    return msgspec.structs.replace(made, team=sli.team, **said)


def kind_of(words: str) -> str:
    """What a definition that is only a text seems to be: ``sql``, ``promql`` or ``prose``."""
    if _SQL.match(words):
        return "sql"
    return "promql" if _PROMQL.search(words) and not re.search(r"[一-鿿]", words) else "prose"


def listed(words: str) -> frozenset[str]:
    """``2xx 3xx`` as classes; ``all`` is all of them."""
    found = words.lower().replace(",", " ").split()
    return (
        frozenset(CLASSES) if "all" in found else frozenset(f"{w[0]}xx" if re.fullmatch(r"[1-5]\d\d", w) else w for w in found)
    )


def _query(sli: Sli, period: int) -> Meaning:
    if sli.kind == "prose":
        kind = kind_of(sli.says)
        if kind == "sql":
            return queries.read_sql(sli.team, sli.says)
        return queries.read_promql(sli.team, sli.says) if kind == "promql" else prose.read(sli.team, sli.says)
    if sli.kind == "promql":
        window = spelled(sli.window or period)
        return queries.read_promql(sli.team, joined(sli).replace("$window", window))
    if sli.kind == "sql":
        return queries.read_sql(sli.team, sli.query)
    share = {"statistic": "ratio", "unit": "ratio"} if sli.share else {}
    sets = {}
    if sli.kind == "log" and sli.share:
        good = listed(sli.good) if sli.good else frozenset(CLASSES) - listed(sli.bad)
        sets = {"good": good, "excluded": listed(sli.excluded)}
    place = {"population": "http-requests", "sampled": False} if sli.kind == "log" else {}
    made: dict[str, Any] = {**share, **sets, **place}
    return Meaning(team=sli.team, form=sli.kind, text=f"{sli.path}: {sli.value or sli.good or sli.bad}", **made)


def joined(sli: Sli) -> str:
    """The one query that a share's parts make."""
    if sli.value:
        return sli.value
    if not sli.total:
        return f"({sli.good}) / (({sli.good}) + ({sli.bad}))"
    return f"({sli.good}) / ({sli.total})" if sli.good else f"1 - ({sli.bad}) / ({sli.total})"
