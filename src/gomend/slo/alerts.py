"""Recording and alerting rules for Prometheus: burn rates over several windows, silence, too few events.

Windows, factors and severities are those of the SRE workbook ("Alerting on SLOs"), scaled to the objective's own window.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from gomend.slo import burn
from gomend.slo.judge import decimal
from gomend.slo.objective import WINDOW, Objective
from gomend.slo.sources.prometheus import open_window, per_second, queries_of
from gomend.slo.yamltree import spelled

_PAGE: Final = {"page": "page", "ticket": "ticket"}


def rules(objectives: tuple[Objective, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A rule file as plain data, and the names of the objectives that no rules can be made of.

    Those are objectives that are no share, are not read from Prometheus, or whose queries fix their window.
    """
    groups, left = [], []
    for each in objectives:
        if each.sli.kind != "promql" or each.allowed is None or not open_window(each.sli):
            left.append(each.name)
            continue
        # one group: its rules are evaluated in order, so that alerts see what was recorded a moment before
        groups.append({"name": f"slo-{each.name}", "rules": [*_records(each), *_alerts(each)]})
    return {"groups": groups}, tuple(left)


def written(made: dict[str, Any]) -> str:
    """The rule file."""
    import yaml

    return str(yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=140))


def _labels(each: Objective) -> dict[str, str]:
    named = {"slo": each.name, "service": each.service, "owner": each.owner}
    return {**each.labels, **{name: value for name, value in named.items() if value}}


def _records(each: Objective) -> list[dict[str, Any]]:
    labels = _labels(each)
    made: list[dict[str, Any]] = [
        {"record": "slo:objective:ratio", "expr": f"vector({decimal(each.policy.objective)})", "labels": labels}
    ]
    for window in burn.windows(each.window):
        bad, total = share(each, window)
        name = spelled(window)
        made.append({"record": f"slo:bad:ratio_{name}", "expr": f"{bad} / {total}", "labels": labels})
        times = f" * {window}" if per_second(queries_of(each.sli)) else ""
        made.append({"record": f"slo:events:count_{name}", "expr": f"{total}{times}", "labels": labels})
    return made


def share(each: Objective, window: int) -> tuple[str, str]:
    """Bad events and all events over a window. No series of good or of bad events counts as none of them, as long as there are events."""
    parts = {name: f"({query.replace(WINDOW, spelled(window))})" for name, query in queries_of(each.sli).items()}
    if "total" not in parts:
        good, bad = parts["good"], parts["bad"]
        total = f"(({good} or {bad} * 0) + ({bad} or {good} * 0))"
        return f"({bad} or {good} * 0)", total
    total = parts["total"]
    if "excluded" in parts:
        total = f"({total} - ({parts['excluded']} or {total} * 0))"
    if "good" in parts:
        return f"({total} - ({parts['good']} or {total} * 0))", total
    return f"({parts['bad']} or {total} * 0)", total


def _alerts(each: Objective) -> list[dict[str, Any]]:
    chosen = f'{{slo="{each.name}"}}'
    allowed = each.allowed or Fraction(1)
    made: list[dict[str, Any]] = []
    for pair in burn.PAIRS:
        if pair.long > each.window:
            continue
        factor = burn.scaled(pair, each.window)
        limit, (long, short) = decimal(factor * allowed, 12), (spelled(pair.long), spelled(pair.short))
        expr = f"slo:bad:ratio_{long}{chosen} > {limit} and slo:bad:ratio_{short}{chosen} > {limit}"
        if each.policy.min_events:
            expr += f" and slo:events:count_{long}{chosen} >= {each.policy.min_events}"
        made.append(
            {
                "alert": f"SloBurns{long}",
                "expr": expr,
                "labels": {**_labels(each), "severity": _PAGE[pair.alarm], "window": long},
                "annotations": {
                    "summary": f"{each.name}: the error budget of {spelled(each.window)} burns more than {decimal(factor, 2)} times too fast",
                    "description": f"{{{{ $value | humanizePercentage }}}} of events were bad over {long}; "
                    f"the objective allows {decimal(allowed * 100, 6)} %.",
                },
            }
        )
    made.append(
        {
            "alert": "SloBlind",
            "expr": f"absent(slo:bad:ratio_{spelled(burn.windows(each.window)[0])}{chosen})",
            "for": "10m",
            "labels": {**_labels(each), "severity": "ticket"},
            "annotations": {
                "summary": f"{each.name} cannot be measured",
                "description": "There are no events, or nothing collects them: no alert on burn rates can fire.",
            },
        }
    )
    if each.policy.min_events and each.window >= 3600:
        made.append(
            {
                "alert": "SloTooFewEvents",
                "expr": f"slo:events:count_1h{chosen} < {each.policy.min_events}",
                "for": "1h",
                "labels": {**_labels(each), "severity": "info"},
                "annotations": {
                    "summary": f"{each.name}: fewer than {each.policy.min_events} events in an hour",
                    "description": "So few events say little; page alerts wait for more.",
                },
            }
        )
    return made
