"""Objectives written as OpenSLO v1; what OpenSLO has no field for stands in annotations, so that reading it back loses nothing."""

from __future__ import annotations

from typing import Any

from gomend.slo.foreign import common
from gomend.slo.objective import Config, Objective, Sli
from gomend.slo.yamltree import spelled


def openslo(config: Config) -> str:
    """A stream of OpenSLO documents: the data sources, each objective with the SLI that is judged, and other teams' SLIs beside it.

    URLs and headers of sources are left out: they may hold secrets.
    """
    import yaml

    documents: list[dict[str, Any]] = []
    for source in config.sources:
        kind = "Prometheus" if source.kind == "prometheus" else "SQL"
        documents.append(_document("DataSource", {"name": source.name}, {"type": kind, "connectionDetails": {}}))
    for each in config.objectives:
        documents.append(_slo(each))
        documents += [
            _document("SLI", {"name": f"{each.name}-{sli.team}"}, _indicator(each, sli)) for sli in each.slis if sli != each.sli
        ]
    return str(yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=120))


def _document(kind: str, metadata: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "openslo/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _slo(each: Objective) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": each.name}
    if each.title:
        metadata["displayName"] = each.title
    if each.owner:
        metadata["labels"] = {"owner": each.owner}
    metadata["annotations"] = {common.ANNOTATION: common.written(each.policy), "gomend/period": spelled(each.period)}
    spec = {
        "service": each.service or each.name,
        "indicator": {"metadata": {"name": f"{each.name}-{each.sli.team}"}, "spec": _indicator(each, each.sli)},
        "timeWindow": [{"duration": spelled(each.window), "isRolling": True}],
        "budgetingMethod": "Occurrences",
        "objectives": [_target(each)],
    }
    return _document("SLO", metadata, spec)


def _target(each: Objective) -> dict[str, Any]:
    from gomend.slo.judge import decimal

    number = float(decimal(each.policy.objective, 17))
    if each.sli.share or each.sli.unit == "ratio":
        return {"displayName": each.title or each.name, "target": number}
    return {
        "displayName": each.title or each.name,
        "op": "gte" if each.policy.better == "higher" else "lte",
        "value": number,
        "target": 1,
    }


def _indicator(each: Objective, sli: Sli) -> dict[str, Any]:
    if sli.value and sli.unit == "ratio":
        return {"ratioMetric": {"rawType": "success", "raw": _metric(sli, sli.value)}}
    if sli.value:
        return {"thresholdMetric": _metric(sli, sli.value)}
    parts = {name: _metric(sli, query) for name in ("good", "bad", "total") if (query := getattr(sli, name))}
    if sli.kind == "prose":
        return {"description": sli.says, "thresholdMetric": _metric(sli, "")}
    return {"ratioMetric": {"counter": True, **parts}}


def _metric(sli: Sli, query: str) -> dict[str, Any]:
    types = {"promql": "Prometheus", "sql": "SQL", "csv": "CSV", "parquet": "Parquet", "log": "Log", "prose": "None"}
    spec = {"query": query} | {k: v for k in ("path", "format", "time") if (v := getattr(sli, k))}
    if sli.kind == "sql":
        spec = {"query": sli.query, "column": query}
    reference = {"metricSourceRef": sli.source} if sli.source else {}
    return {"metricSource": {**reference, "type": types[sli.kind], "spec": spec}}
