"""Definitions in words, in English or Chinese: what they say of population, place, statistic, unit, sampling and objective."""

from __future__ import annotations

import re
from typing import Any, Final

from gomend.slo.align.meaning import CLASSES, Meaning

_RATIO: Final = re.compile(r"\b([1-5]xx)\s*/\s*([1-5]xx|all|total)\b", re.IGNORECASE)
_OBJECTIVE: Final = re.compile(
    r"(?:<=|>=|≤|≥|<|>|at least|at most|不超过|不低于)\s*[\d.]+\s*(?:%|ms|s|秒|毫秒)?", re.IGNORECASE
)
_WORDS: Final[tuple[tuple[str, str, str], ...]] = (
    # (field, value, pattern): the first match of a field wins
    ("population", "sql-statements", r"mysql|mariadb|postgres|\bsql\b|proxysql|数据库|语句"),
    ("population", "change-events", r"cdc|debezium|变更"),
    ("population", "log-bytes", r"binlog|wal\b|\blsn\b|\bgtid\b"),
    ("population", "http-requests", r"\bhttp|envoy|nginx|access.?log|\bapi\b|请求|gateway|网关"),
    ("population", "spans", r"\btrace|span|opentelemetry|jaeger|链路"),
    ("population", "writes-to-reads", r"eventual(?:ly)? consisten|最终一致"),
    ("place", "database-proxy", r"mysql.?proxy|proxysql|maxscale|pgbouncer"),
    ("place", "edge-proxy", r"envoy|nginx|ingress|gateway|网关|load.?balancer"),
    ("place", "change-stream", r"debezium|cdc|kafka"),
    ("place", "database", r"binlog|performance_schema|数据库|replica|从库"),
    ("place", "client", r"client|browser|客户端|浏览器"),
    ("statistic", "mean", r"\bavg\b|\bmean\b|average|平均|均值"),
    ("statistic", "ratio", r"\bratio|rate of|比率|比例|成功率"),
    ("statistic", "difference", r"\bdiff|差值|差异|偏移|offset"),
    ("unit", "events", r"offset|条数|消息数"),
    ("unit", "bytes", r"position|字节"),
    ("unit", "ms", r"[\d.]\s*ms\b|\bin ms\b|milliseconds|毫秒"),
    ("unit", "s", r"[\d.]\s*(?:s|秒)(?![a-z])|\bin s\b|(?<!milli)(?<!micro)seconds|秒"),
    ("unit", "ms", r"envoy.*(?:duration|access.?log|latency)"),  # Envoy's %DURATION% is in milliseconds
    ("sampled", "yes", r"\btrace|opentelemetry|sampl|采样|链路"),
    ("sampled", "no", r"access.?log|访问日志"),
)


def read(team: str, words: str) -> Meaning:
    """What a sentence says; classes of statuses that are set against each other are good and bad."""
    lowered = words.lower()
    found: dict[str, Any] = {}
    for field, value, pattern in _WORDS:
        if field not in found and re.search(pattern, lowered):
            found[field] = value
    if (match := re.search(r"\bp(\d{2}(?:\.\d+)?)\b", lowered)) is not None:
        found["statistic"] = f"p{match[1]}"
    sampled = found.pop("sampled", None)
    ratio = _RATIO.search(words)
    sets: dict[str, Any] = {}
    if ratio is not None:
        good, by = ratio[1].lower(), ratio[2].lower()
        if by in CLASSES and by != good:
            sets = {"good": frozenset({good}), "bad": frozenset({by}), "by": frozenset({by})}
        elif by not in CLASSES:
            sets = {"good": frozenset({good})}
        found |= {"statistic": "ratio", "unit": "ratio"}
    objective = _OBJECTIVE.search(words)
    return Meaning(
        team=team,
        form="prose",
        text=words,
        sampled=None if sampled is None else sampled == "yes",
        objective=objective[0].strip() if objective else "",
        **found,
        **sets,
    )
