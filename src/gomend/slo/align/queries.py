"""Definitions that are queries: PromQL by promql-parser, SQL by sqlglot, and what is known of the tables and metrics they read."""

from __future__ import annotations

import re
from typing import Any, Final

from gomend.model.text import Said, say, text
from gomend.slo import promql
from gomend.slo.align.meaning import CLASSES, Meaning, classes
from gomend.slo.yamltree import duration

STATUS: Final = frozenset(
    {"status", "code", "status_code", "http_status", "http_code", "response_code", "http_response_status_code"}
)
"""Labels that hold an HTTP status."""
_COUNTER: Final = re.compile(r"_(?:total|count|sum|bucket)$")
_UNITS: Final = (
    (r"_milliseconds|_ms(?:_|$)", "ms"), (r"_microseconds|_us(?:_|$)", "us"), (r"_seconds", "s"), (r"_bytes", "bytes"),
)  # fmt: skip
_METRICS: Final = (
    (r"mysql|mariadb|pg_|postgres|proxysql", "sql-statements", "database"),
    (r"envoy|nginx|haproxy|traefik|istio", "http-requests", "edge-proxy"),
    (r"debezium|kafka", "change-events", "change-stream"),
    (r"grpc", "grpc-calls", "service"),
    (r"http|request", "http-requests", "service"),
)
_SCALAR_MATCH: Final = re.compile(
    r"(\b\d+(?:\.\d+)?)\s*([*/+-])\s*(?:on|ignoring)\s*\([^)]*\)\s*(?:group_(?:left|right)\s*(?:\([^)]*\))?)?\s*"
)
_NO_COLUMN: Final = text("sloalign.no-column", "{table} has no column {column}")
_NO_MATCH: Final = text(
    "sloalign.no-match", "DIGEST_TEXT quotes names (INSERT INTO `orders`): the pattern {pattern} matches no statement"
)
_NO_PROMQL: Final = text("sloalign.no-promql", "no PromQL: {why}")
_NO_SQL: Final = text("sloalign.no-sql", "no SQL: {why}")
DIGESTS: Final = frozenset(
    [
        "schema_name",
        "digest",
        "digest_text",
        "count_star",
        "sum_timer_wait",
        "min_timer_wait",
        "avg_timer_wait",
        "max_timer_wait",
        "sum_lock_time",
        "sum_errors",
        "sum_warnings",
        "sum_rows_affected",
        "sum_rows_sent",
        "sum_rows_examined",
        "sum_created_tmp_disk_tables",
        "sum_created_tmp_tables",
        "sum_select_full_join",
        "sum_select_full_range_join",
        "sum_select_range",
        "sum_select_range_check",
        "sum_select_scan",
        "sum_sort_merge_passes",
        "sum_sort_range",
        "sum_sort_rows",
        "sum_sort_scan",
        "sum_no_index_used",
        "sum_no_good_index_used",
        "first_seen",
        "last_seen",
        "quantile_95",
        "quantile_99",
        "quantile_999",
        "query_sample_text",
        "query_sample_seen",
        "query_sample_timer_wait",
        "sum_cpu_time",
        "max_controlled_memory",
        "max_total_memory",
        "count_secondary",
    ]
)
"""Columns of performance_schema.events_statements_summary_by_digest in MySQL 8 and MariaDB 10.11 together."""


def read_promql(team: str, query: str) -> Meaning:
    """What a PromQL query measures."""
    try:
        tree = promql.parse(query)
    except promql.NoParser as error:
        return Meaning(team=team, form="promql", text=query, invalid=say(_NO_PROMQL, why=error))
    except promql.BadQuery as error:
        mended = _SCALAR_MATCH.sub(r"\1 \2 ", query)
        try:
            promql.parse(mended)
        except promql.BadQuery:
            mended = ""
        inner = read_promql(team, mended) if mended else Meaning(team=team, form="promql", text=query)
        return _changed(inner, text=query, invalid=say(_NO_PROMQL, why=error), replacement=mended)
    found = promql.selectors(tree)
    names = " ".join(s.metric for s in found)
    population, place = next(((p, at) for pattern, p, at in _METRICS if re.search(pattern, names)), (names.split(" ")[0], ""))
    window = [duration(w) for w in re.findall(r"\[(\w+)(?::\w*)?\]", query) if re.fullmatch(r"(?:\d+[smhdw])+", w)]
    good, statistic = _good(tree), _statistic(tree, query)
    ratio = statistic == "ratio"
    return Meaning(
        team=team,
        form="promql",
        text=query,
        good=good if ratio else frozenset(),
        bad=frozenset(CLASSES) - good if ratio and good else frozenset(),
        population=population,
        place=place,
        statistic=statistic,
        unit="ratio" if ratio else next((unit for pattern, unit in _UNITS if re.search(pattern, names)), ""),
        window=max(window, default=0),
        sampled=False,
        cumulative=_bare_counter(tree),
        weighting=_weighting(tree),
    )


def _changed(meaning: Meaning, **fields: Any) -> Meaning:
    import msgspec

    return msgspec.structs.replace(meaning, **fields)


def _strip(node: Any) -> Any:
    while type(node).__name__ == "ParenExpr":
        node = node.expr
    return node


def _ratio(tree: Any) -> tuple[Any, Any] | None:
    tree = _strip(tree)
    if type(tree).__name__ == "BinaryExpr" and str(tree.op) == "/":
        return tree.lhs, tree.rhs
    return None


def _good(tree: Any) -> frozenset[str]:
    """Classes of the numerator of a ratio; 1 - (bad / all) gives the others."""
    tree = _strip(tree)
    if type(tree).__name__ == "BinaryExpr" and str(tree.op) == "-" and type(_strip(tree.lhs)).__name__ == "NumberLiteral":
        bad = _good(tree.rhs)
        return frozenset(CLASSES) - bad if bad else bad
    sides = _ratio(tree)
    if sides is None:
        return frozenset()
    chosen = [classes(op, value) for s in promql.selectors(sides[0]) for label, op, value in s.matchers if label in STATUS]
    return frozenset.intersection(*chosen) if chosen else frozenset()


def _statistic(tree: Any, query: str) -> str:
    for node in promql.nodes(tree):
        if type(node).__name__ == "Call" and node.func.name == "histogram_quantile":
            share = _strip(node.args[0])
            return f"p{share.val * 100:g}" if type(share).__name__ == "NumberLiteral" else "quantile"
    sides = _ratio(tree)
    if sides is not None:
        top, bottom = (" ".join(s.metric for s in promql.selectors(side)) for side in sides)
        return "mean" if top.endswith("_sum") and bottom.endswith("_count") else "ratio"
    if _good(tree):
        return "ratio"
    if re.match(r"\s*1\s*-", query):
        return "ratio"
    if re.search(r"\bavg(?:_over_time)?\b", query):
        return "mean"
    return "value"


def _bare_counter(tree: Any) -> bool:
    """Whether a counter is read without a window: it counts since the process started."""
    nodes = list(promql.nodes(tree))
    ranged = {id(n.vector_selector) for n in nodes if type(n).__name__ == "MatrixSelector"}
    inside = {s.prettify() for n in nodes if type(n).__name__ == "MatrixSelector" for s in [n.vector_selector]}
    return any(
        type(n).__name__ == "VectorSelector"
        and id(n) not in ranged
        and n.prettify() not in inside
        and _COUNTER.search(n.name or "")
        for n in nodes
    )


def _weighting(tree: Any) -> str:
    """A mean of ratios gives each series, or each moment, the same weight, however many events it had."""
    for node in promql.nodes(tree):
        name = type(node).__name__
        if name == "AggregateExpr" and node.prettify().lstrip().startswith("avg") and _has_ratio(node.expr):
            return "series"
        if name == "Call" and node.func.name == "avg_over_time" and any(_has_ratio(a) for a in node.args):
            return "window"
    return ""


def _has_ratio(tree: Any) -> bool:
    return any(type(n).__name__ == "BinaryExpr" and str(n.op) == "/" for n in promql.nodes(tree))


def read_sql(team: str, query: str) -> Meaning:
    """What an SQL statement measures."""
    try:
        import sqlglot
        from sqlglot import exp
        from sqlglot.errors import SqlglotError
    except ImportError:
        return Meaning(team=team, form="sql", text=query, invalid=say(_NO_SQL, why="pip install 'gomend[slo]'"))
    try:
        tree = sqlglot.parse_one(query, dialect="mysql")
    except SqlglotError as error:
        return Meaning(team=team, form="sql", text=query, invalid=say(_NO_SQL, why=str(error).splitlines()[0][:120]))
    tables = {table.name.lower() for table in tree.find_all(exp.Table)}
    columns = [column.name for column in tree.find_all(exp.Column)]
    digests = "events_statements_summary_by_digest" in tables
    mean = any(True for _ in tree.find_all(exp.Avg)) or bool(
        re.search(r"sum_timer_wait[^/]*/[^/]*count_star", query, re.IGNORECASE)
    )
    invalid, replacement = _digest_faults(tree, columns) if digests else (None, "")
    return Meaning(
        team=team,
        form="sql",
        text=query,
        population="sql-statements",
        place="database",
        statistic=_quantile(columns) or ("mean" if mean else "value"),
        unit="ps" if digests else "",
        sampled=False,
        cumulative=digests,
        weighting="digest" if digests and any(True for _ in tree.find_all(exp.Avg)) else "",
        invalid=invalid,
        replacement=replacement,
    )


def _quantile(columns: list[str]) -> str:
    found = next((c for c in columns if c.lower().startswith("quantile_")), "")
    return f"p{found[9:11]}" if found else ""


def _digest_faults(tree: Any, columns: list[str]) -> tuple[Said | None, str]:
    """What cannot work with the digest table, and a statement that measures the mean time of the same statements in seconds."""
    from sqlglot import exp

    patterns = [like.expression.name for like in tree.find_all(exp.Like) if like.this.name.lower() == "digest_text"]
    unquoted = [p for p in patterns if re.search(r"(?:into|from|update|join)\s+[a-z_]\w*", p, re.IGNORECASE) and "`" not in p]
    wrong = [c for c in columns if c.lower() not in DIGESTS]
    if not wrong and not unquoted:
        return None, ""
    where = ""
    if patterns:
        quoted = re.sub(r"((?:into|from|update|join)\s+)([a-z_]\w*)", r"\1`\2`", patterns[0], flags=re.IGNORECASE)
        where = f" WHERE DIGEST_TEXT LIKE '{quoted}'"
    replacement = (
        "SELECT SUM(SUM_TIMER_WAIT) / SUM(COUNT_STAR) / 1e12 AS seconds"  # noqa: S608 - shown to people, never run
        f" FROM performance_schema.events_statements_summary_by_digest{where}"
    )
    if wrong:
        return say(_NO_COLUMN, table="events_statements_summary_by_digest", column=wrong[0]), replacement
    return say(_NO_MATCH, pattern=unquoted[0]), replacement
