"""OpenSLO v1 (and the SLO of v1alpha as Sloth reads it): SLOs with their SLIs and data sources; the other kinds are passed over."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import msgspec

from gomend.model.text import Said, say, text
from gomend.slo.foreign import common
from gomend.slo.objective import WINDOW, Config, Objective, Sli, Source
from gomend.slo.yamltree import Node, NoObjectives, spelled

_OPS: Final = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_KINDS: Final = ("DataSource", "SLO", "SLI", "AlertPolicy", "AlertCondition", "AlertNotificationTarget", "Service")
_STEP: Final = "1m"
_NO_URL: Final = text("slonote.openslo.no-url", "data source {name}: gomend cannot ask a {kind} without a url")
_CALENDAR: Final = text("slonote.openslo.calendar", "{name}: its calendar window is judged as a rolling one of the same length")
_MINUTE: Final = text("slonote.openslo.minute", "{name}: line {line}: 1m is a minute; a month is 1M")
_UNREAD: Final = text(
    "slonote.openslo.unread", "{name}: line {line}: it is measured in a system or a way that gomend cannot ask; judged unknown"
)


class _Files(msgspec.Struct):
    slis: dict[str, Node]
    sources: dict[str, Source]
    notes: list[Said]


def read(nodes: list[Node]) -> Config:
    """All SLOs, an objective each for each of their objectives.

    Raises:
        BadConfig: something is wrong, or there is none.
    """
    files = _Files(slis={}, sources={}, notes=[])
    for node in nodes:
        top = node.map(needs=("apiVersion", "kind", "metadata", "spec"))
        kind, name = top["kind"].choice(*_KINDS), top["metadata"].map(needs=("name",))["name"].text()
        if kind == "SLI":
            files.slis[name] = node
        elif kind == "DataSource":
            _source(name, top["spec"], files)
    found = [o for node in nodes if node.map()["kind"].text() == "SLO" for o in _slo(node, files)]
    if not found:
        raise NoObjectives("there is no SLO in it")
    return Config(
        objectives=tuple(found), sources=tuple(files.sources.values()), form="openslo", notes=tuple(_once(files.notes))
    )


def _once(notes: list[Said]) -> list[Said]:
    found: list[Said] = []
    for note in notes:
        if note not in found:
            found.append(note)
    return found


def _source(name: str, spec: Node, files: _Files) -> None:
    fields = spec.map()
    details = fields["connectionDetails"].map() if "connectionDetails" in fields else {}
    url = next((details[k].text() for k in ("url", "address", "server") if k in details), "")
    kind = fields["type"].text() if "type" in fields else "?"
    if kind.lower() == "prometheus" and url:
        files.sources[name] = Source(name=name, kind="prometheus", url=url)
    else:
        files.notes.append(say(_NO_URL, name=name, kind=kind))


def _slo(node: Node, files: _Files) -> list[Objective]:
    top = node.map()
    metadata, spec = top["metadata"].map(), top["spec"].map(needs=("service",))
    name = common.slug(metadata["name"].text())
    annotations = metadata["annotations"].map() if "annotations" in metadata else {}
    labels = metadata["labels"].map() if "labels" in metadata else {}
    window = _window(spec, name, files)
    method = spec["budgetingMethod"].choice("Occurrences", "Timeslices", "RatioTimeslices") if "budgetingMethod" in spec else ""
    indicator = _indicator(spec, node, files)
    made = []
    objectives = spec["objectives"].list() if "objectives" in spec else []
    if not objectives:
        raise top["spec"].bad("objectives is missing: nothing would be judged, and nothing judged is no pass")
    for at, each in enumerate(objectives):
        fields = each.map()
        if "targetPercent" in fields:
            target, where = common.percent(fields["targetPercent"]), fields["targetPercent"]
        elif "target" in fields:
            target, where = fields["target"].number(), fields["target"]
        else:
            raise each.bad("target is missing")
        if not 0 <= target <= 1:
            raise where.bad("a target lies between 0 and 1")
        if indicator is None and "indicator" not in fields and "ratioMetrics" not in fields:
            raise top["spec"].bad("indicator or indicatorRef is missing")
        source = fields.get("indicator") or indicator or each
        suffix = f"-{common.slug(fields['displayName'].text())}" if "displayName" in fields else f"-{at + 1}"
        if "annotations" not in metadata:
            files.notes.append(common.FOREIGN)
        made.append(
            Objective(
                name=name + (suffix if len(objectives) > 1 else ""),
                policy=common.policy(target, annotations.get(common.ANNOTATION), where),
                slis=(_sli(source, fields, method, name, files),),
                judged="sre",
                title=metadata["displayName"].text() if "displayName" in metadata else "",
                service=spec["service"].text(),
                owner=_owner(labels),
                window=window,
                period=annotations["gomend/period"].seconds() if "gomend/period" in annotations else min(300, window),
                line=each.line,
            )
        )
    return made


def _owner(labels: dict[str, Node]) -> str:
    found = labels.get("owner") or labels.get("team")
    if found is None:
        return ""
    return ", ".join(n.text() for n in found.items) if found.items is not None else found.text()


def _window(spec: dict[str, Node], name: str, files: _Files) -> int:
    if "timeWindows" in spec:
        windows = spec["timeWindows"].list()
        if len(windows) != 1:
            raise spec["timeWindows"].bad("exactly one window")
        fields = windows[0].map(needs=("count", "unit"))
        return fields["count"].whole(1) * {"Day": 86400, "Week": 604800, "Month": 2592000}.get(fields["unit"].text(), 86400)
    if "timeWindow" not in spec:
        return 30 * 86400
    windows = spec["timeWindow"].list()
    if len(windows) != 1:
        raise spec["timeWindow"].bad("exactly one window")
    fields = windows[0].map(needs=("duration",))
    if "calendar" in fields:
        files.notes.append(say(_CALENDAR, name=name))
        if fields["duration"].text().endswith("m"):
            files.notes.append(say(_MINUTE, name=name, line=fields["duration"].line))
    return common.window(fields["duration"])


def _indicator(spec: dict[str, Node], node: Node, files: _Files) -> Node | None:
    if "indicator" in spec:
        return spec["indicator"]
    if "indicatorRef" in spec:
        name = spec["indicatorRef"].text()
        if name not in files.slis:
            raise spec["indicatorRef"].bad(f"there is no SLI {name!r} in this file")
        return files.slis[name]
    return None


def _sli(node: Node, objective: dict[str, Node], method: str, name: str, files: _Files) -> Sli:
    fields = node.map()
    spec = fields["spec"].map() if "spec" in fields else fields
    if "thresholdMetric" in spec:
        return _threshold(spec["thresholdMetric"], objective, name, files)
    ratio = spec.get("ratioMetric") or spec.get("ratioMetrics")
    if ratio is None:
        raise node.bad("thresholdMetric or ratioMetric is missing")
    parts = ratio.map()
    if "raw" in parts:
        query, source = _query(parts["raw"], files)
        if query is None:
            return _unread(node, name, files)
        inside = common.opened(query)
        inside = f"avg_over_time((\n{inside}\n)[{WINDOW}:{_STEP}])" if WINDOW not in inside else inside
        failure = "rawType" in parts and parts["rawType"].text() == "failure"
        return _made(node, source, value=f"1 - (\n{inside}\n)" if failure else inside)
    if "total" not in parts or not {"good", "bad"} & set(parts):
        raise ratio.bad("good or bad with total, or raw")
    counter = "counter" not in parts or parts["counter"].text() == "true"
    queries: dict[str, str] = {}
    source = ""
    for part in ("good", "bad", "total"):
        if part not in parts or (part == "bad" and "good" in parts):
            continue
        query, source = _query(parts[part], files)
        made = (
            None if query is None else common.counted(query) if counter else f"sum_over_time((\n{query}\n)[{WINDOW}:{_STEP}])"
        )
        if made is None:
            return _unread(node, name, files)
        queries[part] = made
    if method.endswith("imeslices"):
        queries = _slices(queries, objective, method)
    return _made(node, source, **queries)


def _slices(queries: dict[str, str], objective: dict[str, Node], method: str) -> dict[str, str]:
    """Time slices: those that keep their own target, of all; RatioTimeslices is the mean of the slices' ratios."""
    slice_ = spelled(common.window(objective["timeSliceWindow"])) if "timeSliceWindow" in objective else _STEP
    inside = {name: query.replace(WINDOW, slice_) for name, query in queries.items()}
    share = f"(\n{inside.get('good') or inside.get('bad')}\n) / (\n{inside['total']}\n)"
    share = share if "good" in inside else f"1 - {share}"
    total = f"count_over_time(({share})[{WINDOW}:{slice_}])"
    if method == "RatioTimeslices":
        return {"good": f"sum_over_time(({share})[{WINDOW}:{slice_}])", "total": total}
    target = objective["timeSliceTarget"].number() if "timeSliceTarget" in objective else Fraction(1)
    return {"good": f"sum_over_time(({share} >= bool {float(target)!r})[{WINDOW}:{slice_}])", "total": total}


def _threshold(node: Node, objective: dict[str, Node], name: str, files: _Files) -> Sli:
    """How often a measured value keeps the threshold, of all samples, one a minute."""
    query, source = _query(node, files)
    if query is None or "value" not in objective:
        return _unread(node, name, files)
    op = _OPS[objective["op"].choice("lt", "lte", "gt", "gte")] if "op" in objective else "<="
    inside = query.replace(WINDOW, "5m")
    good = f"sum_over_time(((\n{inside}\n) {op} bool {float(objective['value'].number())!r})[{WINDOW}:{_STEP}])"
    return _made(node, source, good=good, total=f"count_over_time((\n{inside}\n)[{WINDOW}:{_STEP}])")


def _query(node: Node, files: _Files) -> tuple[str | None, str]:
    """A metric source's PromQL and the name of its data source; None where it is for another system."""
    fields = node.map()
    metric = fields["metricSource"].map() if "metricSource" in fields else fields
    reference = metric["metricSourceRef"].text() if "metricSourceRef" in metric else ""
    kind = next((metric[k].text().lower() for k in ("type", "queryType", "source") if k in metric), "")
    spec = metric["spec"].map() if "spec" in metric and metric["spec"].keys is not None else metric
    query = next((spec[k] for k in ("query", "promql") if k in spec), None)
    if query is None or (kind not in {"prometheus", "promql"} and reference not in files.sources):
        return None, reference
    return common.opened(query.text()), reference if reference in files.sources else ""


def _made(node: Node, source: str, **queries: Any) -> Sli:
    return Sli(team="sre", kind="promql", source=source, unit="ratio", statistic="ratio", line=node.line, **queries)


def _unread(node: Node, name: str, files: _Files) -> Sli:
    files.notes.append(say(_UNREAD, name=name, line=node.line))
    return Sli(team="sre", kind="prose", says="not for Prometheus", line=node.line)
