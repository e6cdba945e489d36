"""Sloth: ``prometheus/v1`` files and ``PrometheusServiceLevel`` resources."""

from __future__ import annotations

from typing import Final

from gomend.model.text import Said, say, text
from gomend.slo.foreign import common
from gomend.slo.objective import Config, Objective, Sli
from gomend.slo.yamltree import Node, NoObjectives

_OTHER: Final = text(
    "slonote.sloth.other", "line {line}: a {kind} has no objectives; Sloth's own alert windows are not taken over"
)
_PLUGIN: Final = text(
    "slonote.sloth.plugin", "{name}: its query is made by the Go plugin {plugin}; it cannot be run here, and is judged unknown"
)


def read(nodes: list[Node]) -> Config:
    """All objectives of all documents.

    Raises:
        BadConfig: something is wrong, or there is none.
    """
    found: list[Objective] = []
    notes = [common.FOREIGN]
    for node in nodes:
        top = node.map()
        if "kind" in top and top["kind"].text() != "PrometheusServiceLevel":
            notes.append(say(_OTHER, line=node.line, kind=top["kind"].text()))
            continue
        metadata = top["metadata"].map() if "metadata" in top else {}
        spec = top["spec"].map(needs=("service", "slos")) if "spec" in top else node.map(needs=("service", "slos"))
        notes_of = metadata.get("annotations")
        annotation = notes_of.map().get(common.ANNOTATION) if notes_of else None
        labels = spec["labels"].map() if "labels" in spec else {}
        found += [_objective(each, spec["service"].text(), labels, annotation, notes) for each in spec["slos"].list()]
    if not found:
        raise NoObjectives("there is no objective in it")
    return Config(objectives=tuple(found), form="sloth", notes=tuple(notes))


def _objective(node: Node, service: str, labels: dict[str, Node], annotation: Node | None, notes: list[Said]) -> Objective:
    fields = node.map(needs=("name", "objective", "sli"))
    objective = common.percent(fields["objective"])
    name = f"{common.slug(service)}-{common.slug(fields['name'].text())}"
    return Objective(
        name=name,
        policy=common.policy(objective, annotation, fields["objective"]),
        slis=(_sli(fields["sli"], name, notes),),
        judged="sre",
        title=fields["description"].text() if "description" in fields else "",
        service=service,
        owner=labels["owner"].text() if "owner" in labels else "",
        line=fields["name"].line,
    )


def _sli(node: Node, name: str, notes: list[Said]) -> Sli:
    fields = node.map(("events", "raw", "plugin"))
    if "events" in fields:
        events = {k.lower().replace("_", ""): v for k, v in fields["events"].map().items()}
        if not {"errorquery", "totalquery"} <= set(events):
            raise fields["events"].bad("error_query or total_query is missing")
        bad, total = (common.opened(events[k].text()) for k in ("errorquery", "totalquery"))
        return Sli(team="sre", kind="promql", bad=bad, total=total, unit="ratio", statistic="ratio", line=node.line)
    if "raw" in fields:
        raw = {k.lower().replace("_", ""): v for k, v in fields["raw"].map().items()}
        if "errorratioquery" not in raw:
            raise fields["raw"].bad("error_ratio_query is missing")
        query = common.opened(raw["errorratioquery"].text())
        return Sli(team="sre", kind="promql", value=f"1 - (\n{query}\n)", unit="ratio", statistic="ratio", line=node.line)
    if "plugin" not in fields:
        raise node.bad("events, raw or plugin is missing")
    plugin = fields["plugin"].map(needs=("id",))["id"].text()
    notes.append(say(_PLUGIN, name=name, plugin=plugin))
    return Sli(team="sre", kind="prose", says=f"Sloth plugin {plugin}", line=node.line)
