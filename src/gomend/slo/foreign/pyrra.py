"""Pyrra: ``ServiceLevelObjective`` resources. Metrics are selectors; grouping makes one objective for each group in Pyrra, one of all here."""

from __future__ import annotations

import re
from typing import Any, Final

from gomend.model.text import Said, say, text
from gomend.slo.foreign import common
from gomend.slo.objective import WINDOW, Config, Objective, Sli
from gomend.slo.yamltree import Node, NoObjectives

_GROUPS: Final = text("slonote.pyrra.groups", "{name}: Pyrra judges each {groups} on its own; here all of them together")
_KINDS: Final = ("ratio", "latency", "latencyNative", "bool_gauge", "boolGauge")


def read(nodes: list[Node]) -> Config:
    """All objectives of all documents.

    Raises:
        BadConfig: something is wrong, or there is none.
    """
    found: list[Objective] = []
    notes = [common.FOREIGN]
    for node in nodes:
        top = node.map(needs=("kind",))
        if top["kind"].text() != "ServiceLevelObjective":
            continue
        metadata = node.map(needs=("metadata", "spec"))["metadata"].map(needs=("name",))
        spec = top["spec"].map(needs=("target", "window", "indicator"))
        annotations = metadata["annotations"].map() if "annotations" in metadata else {}
        labels = metadata["labels"].map() if "labels" in metadata else {}
        name = metadata["name"].text()
        window = spec["window"].seconds()
        owner = labels.get("pyrra.dev/team") or labels.get("team")
        found.append(
            Objective(
                name=name,
                policy=common.policy(common.percent(spec["target"]), annotations.get(common.ANNOTATION), spec["target"]),
                slis=(_sli(spec["indicator"], name, notes),),
                judged="sre",
                title=spec["description"].text() if "description" in spec and spec["description"].value else "",
                owner=owner.text() if owner else "",
                window=window,
                period=min(300, window),
                line=metadata["name"].line,
            )
        )
    if not found:
        raise NoObjectives("there is no ServiceLevelObjective in it")
    return Config(objectives=tuple(found), form="pyrra", notes=tuple(notes))


def _sli(node: Node, name: str, notes: list[Said]) -> Sli:
    fields = node.map(_KINDS)
    kind = next(iter(fields), None)
    if kind is None or len(fields) != 1:
        raise node.bad(f"exactly one of {', '.join(_KINDS)}")
    parts = fields[kind].map()
    if "grouping" in parts:
        groups = ", ".join(g.text() for g in parts["grouping"].list())
        notes.append(say(_GROUPS, name=name, groups=groups))
    if kind in {"bool_gauge", "boolGauge"}:
        metric = _metric(fields[kind], parts.get("metric"))
        good, total = (f"sum({f}_over_time({metric}[{WINDOW}]))" for f in ("sum", "count"))
        return Sli(team="sre", kind="promql", good=good, total=total, unit="ratio", statistic="ratio", line=node.line)
    if kind == "latencyNative":
        total = f"sum(histogram_count(increase({_metric(fields[kind], parts.get('total'))}[{WINDOW}])))"
        if "latency" not in parts:
            raise fields[kind].bad("latency is missing")
        match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m)", parts["latency"].text())
        if match is None:
            raise parts["latency"].bad("it must be a length of time such as 200ms or 1.5s")
        limit = f"{float(match[1]) * {'ms': 0.001, 's': 1, 'm': 60}[match[2]]:g}"
        metric = _metric(fields[kind], parts.get("total"))
        good = (
            f"sum(histogram_fraction(0, {limit}, increase({metric}[{WINDOW}])) * histogram_count(increase({metric}[{WINDOW}])))"
        )
        return Sli(team="sre", kind="promql", good=good, total=total, unit="ratio", statistic="ratio", line=node.line)
    part = "errors" if kind == "ratio" else "success"
    some, total = (f"sum(increase({_metric(fields[kind], parts.get(p))}[{WINDOW}]))" for p in (part, "total"))
    chosen: dict[str, Any] = {"bad": some} if kind == "ratio" else {"good": some}
    return Sli(team="sre", kind="promql", total=total, unit="ratio", statistic="ratio", line=node.line, **chosen)


def _metric(node: Node, part: Node | None) -> str:
    if part is None:
        raise node.bad("a metric is missing")
    return part.map(("metric",), needs=("metric",))["metric"].text() if part.keys is not None else part.text()
