"""Keptn 1.0: ``slo.yaml``, with its ``sli.yaml`` (``indicators``) as a second document of the same file.

An objective without criteria is only informational there, and Keptn passes it with full score; here it is left out and said.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from gomend.model.text import Said, say, text
from gomend.slo.foreign import common
from gomend.slo.objective import Config, Objective, Sli
from gomend.slo.policy import Policy
from gomend.slo.yamltree import Node, NoObjectives

_ABSOLUTE: Final = re.compile(r"\s*(<=|>=|<|>)\s*([0-9]{1,30}(?:\.[0-9]{1,30})?)\s*(%?)\s*")
_RELATIVE: Final = re.compile(r"\s*(<=|>=|<|>|=)?\s*[+-]\s*[0-9.]+\s*%?\s*")

_WEIGHTS: Final = text(
    "slonote.keptn.weights", "Keptn's weights and total score are not taken over: every objective must be kept"
)
_BLIND: Final = text(
    "slonote.keptn.blind", "{name}: it has no pass criteria; Keptn would pass it unseen, here it is not judged"
)
_COMPARES: Final = text(
    "slonote.keptn.compares", "{name}: {criterion} compares with an earlier evaluation; see before and after the deploy instead"
)
_EDGE: Final = text("slonote.keptn.edge", "{name}: the limit itself counts as kept; Keptn's < and > exclude it")
_NO_QUERY: Final = text(
    "slonote.keptn.no-query", "{name}: add sli.yaml as a second document; without its query it is judged unknown"
)


def read(nodes: list[Node]) -> Config:
    """All objectives that have an absolute criterion.

    Raises:
        BadConfig: something is wrong, or there is none.
    """
    queries: dict[str, Node] = {}
    for node in nodes:
        top = node.map()
        if "indicators" in top:
            queries |= top["indicators"].map()
    found: list[Objective] = []
    notes = [say(_WEIGHTS)]
    for node in nodes:
        for each in node.map()["objectives"].list() if "objectives" in node.map() else []:
            made = _objective(each, queries, notes)
            if made is not None:
                found.append(made)
    if not found:
        raise NoObjectives("no objective has an absolute criterion: nothing would be judged, and nothing judged is no pass")
    return Config(objectives=tuple(found), form="keptn", notes=tuple(notes))


def _objective(node: Node, queries: dict[str, Node], notes: list[Said]) -> Objective | None:
    fields = node.map(needs=("sli",))
    name = common.slug(fields["sli"].text())
    criteria = [
        c
        for block in (fields["pass"].list() if "pass" in fields else [])
        for c in block.map(("criteria",), needs=("criteria",))["criteria"].list()
    ]
    if not criteria:
        notes.append(say(_BLIND, name=name))
        return None
    limits = [m for c in criteria if (m := _ABSOLUTE.fullmatch(c.text())) is not None]
    for each in criteria:
        if _RELATIVE.fullmatch(each.text()):
            notes.append(say(_COMPARES, name=name, criterion=each.text()))
        elif not _ABSOLUTE.fullmatch(each.text()):
            raise each.bad(f"{each.text()!r} is no criterion such as <600 or <=+10%")
    if not limits:
        return None
    lower = limits[0][1].startswith("<")
    if any(m[1].startswith("<") != lower for m in limits):
        raise criteria[0].bad("criteria for both a least and a most value are two objectives")
    values = [Fraction(m[2]) for m in limits]
    if any("=" not in m[1] for m in limits):
        notes.append(say(_EDGE, name=name))
    objective = min(values) if lower else max(values)
    policy = Policy(objective=objective, mode="absolute", margin=Fraction(0), better="lower" if lower else "higher", need=1)
    query = queries.get(fields["sli"].text())
    if query is None:
        notes.append(say(_NO_QUERY, name=name))
        sli = Sli(team="sre", kind="prose", says=f"Keptn indicator {name}", line=node.line)
    else:
        text = common.opened(query.text().replace("$DURATION_SECONDS", "$window").replace("$windows", "$window"))
        sli = Sli(team="sre", kind="promql", value=text, line=node.line)
    return Objective(name=name, policy=policy.checked(), slis=(sli,), judged="sre", line=node.line)
