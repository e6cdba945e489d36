"""A first slo.yaml from what a Prometheus really has: request counters with statuses, and histograms of durations.

Each objective is the highest usual one that the last days kept: a promise that is broken on its first day is switched off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from gomend.model.base import Thing
from gomend.slo.judge import decimal
from gomend.slo.sources.prometheus import Prometheus

LABELS: Final = ("code", "status", "status_code", "http_status_code", "http_response_status_code", "grpc_code")
"""Labels that tell good requests from bad ones."""
_STEPS: Final = tuple(Fraction(n) for n in ("0.9999", "0.9995", "0.999", "0.995", "0.99", "0.95", "0.9"))
_GRPC: Final = "Unknown|DeadlineExceeded|Unimplemented|Internal|Unavailable|DataLoss"
_MOST: Final = 200


class Suggestion(Thing, frozen=True):
    """An objective that the data suggests."""

    name: str
    objective: Fraction
    good: str
    total: str
    measured: Fraction
    note: str


def suggest(server: Prometheus, at: int, days: int = 7) -> list[Suggestion]:
    """Ask a server what it has.

    Raises:
        BadAnswer: it did not answer.
    """
    return [*_availability(server, at, days), *_latency(server, at, days)][:_MOST]


def _availability(server: Prometheus, at: int, days: int) -> Iterable[Suggestion]:
    for label in LABELS:
        asked = f'sum by (__name__, job, {label}) (last_over_time({{__name__=~".+_(?:total|count)", {label}!=""}}[1d]))'
        kinds: dict[tuple[str, str], set[str]] = {}
        for metric, _ in server.rows(asked, at):
            kinds.setdefault((metric.get("__name__", ""), metric.get("job", "")), set()).add(metric.get(label, ""))
        for (name, job), codes in sorted(kinds.items()):
            grpc = label == "grpc_code"
            if not grpc and not all(re.fullmatch(r"[1-5](?:\d\d|xx)", code) for code in codes):
                continue
            bad = f'{label}=~"{_GRPC if grpc else "5.."}"'
            chosen = f"job={json.dumps(job)}" if job else ""
            good = f"sum(increase({name}{{{_and(chosen, bad.replace('=~', '!~'))}}}[$window]))"
            total = f"sum(increase({name}{{{chosen}}}[$window]))"
            if (made := _measured(server, at, days, good, total, f"{job or name}-availability")) is not None:
                yield made


def _latency(server: Prometheus, at: int, days: int) -> Iterable[Suggestion]:
    asked = 'sum by (__name__, job, le) (last_over_time({__name__=~".*(?:request|http|rpc|latency|duration).*_bucket"}[1d]))'
    bounds: dict[tuple[str, str], list[tuple[float, str, Fraction]]] = {}
    for metric, count in server.rows(asked, at):
        words = metric.get("le", "")
        if words not in {"", "+Inf"}:
            bounds.setdefault((metric["__name__"], metric.get("job", "")), []).append((float(words), words, count))
    for (name, job), found in sorted(bounds.items()):
        base = name.removesuffix("_bucket")
        most = max(count for _, _, count in found)
        words = next(w for _, w, count in sorted(found) if count >= most * Fraction(99, 100))
        chosen = f"job={json.dumps(job)}" if job else ""
        bound = f"le={json.dumps(words)}"
        good = f"sum(increase({name}{{{_and(chosen, bound)}}}[$window]))"
        total = f"sum(increase({base}_count{{{chosen}}}[$window]))"
        if (made := _measured(server, at, days, good, total, f"{job or base}-latency")) is not None:
            yield made


def _and(*matchers: str) -> str:
    return ", ".join(m for m in matchers if m)


def _measured(server: Prometheus, at: int, days: int, good: str, total: str, name: str) -> Suggestion | None:
    window = f"{days}d"
    parts = [server.value(query.replace("$window", window), at) for query in (good, total)]
    if not parts[1]:
        return None
    share = (parts[0] or Fraction(0)) / parts[1]
    objective = next((step for step in _STEPS if step <= share), None)
    if objective is None:
        return None
    note = f"{decimal(min(share, Fraction(1)) * 100, 4)} % of {decimal(parts[1], 0)} events in the last {days} days"
    clean = re.sub(r"[^\w.-]+", "-", name).strip("-")
    return Suggestion(name=clean, objective=objective, good=good, total=total, measured=share, note=note)


def _quoted(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"


def written(found: list[Suggestion]) -> str:
    """The file. It is written by hand, for its comments."""
    lines = [
        "# Made by `gomend slo init`: what this server has, and the highest usual objective that it kept.",
        "# An objective is a promise to users: look at each, and name who decides when it blocks a release.",
        "version: 1",
        "defaults:",
        "  window: 30d",
        "  period: 5m",
        "  policy: {mode: budget, need: 3, min_events: 20}",
        "  # owner: team-name",
        "slos:",
    ]
    used: set[str] = set()
    for each in found:
        name = each.name
        while name in used:
            name += "-more"
        used.add(name)
        lines += [
            f"  - name: {_quoted(name)}",
            f"    objective: {decimal(each.objective)}  # {each.note}",
            "    sli:",
            "      sre:",
            "        source: promql",
            f"        good: {_quoted(each.good)}",
            f"        total: {_quoted(each.total)}",
        ]
    return "\n".join(lines) + "\n"
