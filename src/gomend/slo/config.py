"""``slo.yaml``: gomend's own form; other forms are known by their head and read by :mod:`gomend.slo.foreign`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, Literal

from gomend.slo import document
from gomend.slo.objective import KINDS, Config, Definition, Kind, Objective, Sli, Source
from gomend.slo.policy import BadPolicy, Policy
from gomend.slo.units import FACTORS
from gomend.slo.yamltree import Node

_TOP: Final = document.fields(document.Document)
_SLO: Final = document.fields(document.SloDocument)
_DEFAULTS: Final = document.fields(document.DefaultsDocument)
_SLI: Final = document.fields(document.SliDocument)
_PLAIN: Final = tuple(name for name in _SLI if name not in {"source", "from", "sets", "unit", "window"})
POLICY_FIELDS: Final = document.fields(document.PolicyDocument)
"""Fields of a policy beside the objective."""
_SOURCE: Final = document.fields(document.SourceDocument)
STATISTICS: Final = re.compile(r"ratio|mean|max|min|count|sum|p\d{1,2}(?:\.\d+)?")
"""What a value may be: a share, or what is made of the measured values."""
_NAME: Final = re.compile(r"[\w.-]{1,120}")


def native(node: Node, environ: Mapping[str, str]) -> Config:
    """Read gomend's own form. ``environ`` serves ``url_env`` and ``${NAME}`` in headers.

    Raises:
        BadConfig: something is wrong; the message says line, field and why.
    """
    top = node.map(_TOP)
    if "slos" not in top and "definitions" not in top:
        raise node.bad("slos is missing")
    if "version" in top and top["version"].text() != "1":
        raise top["version"].bad("this gomend knows version 1")
    sources = tuple(_source(name, each, environ) for name, each in (top["sources"].map() if "sources" in top else {}).items())
    defaults = top["defaults"].map(_DEFAULTS) if "defaults" in top else {}
    names = {source.name for source in sources}
    found: list[Objective] = []
    for each in top["slos"].list() if "slos" in top else ():
        made = _objective(each, defaults, names)
        if any(other.name == made.name for other in found):
            raise each.bad(f"the name {made.name!r} stands here twice")
        found.append(made)
    if not found and "slos" in top:
        raise top["slos"].bad("there is no objective: nothing would be judged, and nothing judged is no pass")
    definitions = tuple(_definition(each, names) for each in (top["definitions"].list() if "definitions" in top else ()))
    return Config(objectives=tuple(found), definitions=definitions, sources=sources)


def _definition(node: Node, sources: set[str]) -> Definition:
    """``sli: name``, perhaps ``objective`` and ``counts``, and a team a field: a text, or an SLI as under slos."""
    fields = node.map(needs=("sli",))
    teams = {name: each for name, each in fields.items() if name not in {"sli", "objective", "counts"}}
    if len(teams) < 2:
        raise node.bad("two teams at least are needed to compare")
    counts = fields["counts"].map() if "counts" in fields else {}
    return Definition(
        name=fields["sli"].text(),
        slis=tuple(
            Sli(team=name, kind="prose", says=each.text(), line=each.line) if each.keys is None else _sli(name, each, sources)
            for name, each in teams.items()
        ),
        target=fields["objective"].number() if "objective" in fields else None,
        counts={name: each.number() for name, each in counts.items()},
    )


def _source(name: str, node: Node, environ: Mapping[str, str]) -> Source:
    fields = node.map(_SOURCE, needs=("kind",))
    kind: Literal["prometheus", "sql"] = fields["kind"].choice("prometheus", "sql")
    if "url_env" in fields:
        variable = fields["url_env"].text()
        url = environ.get(variable, "")
        if not url:
            raise fields["url_env"].bad(f"the variable {variable} is not set")
    elif "url" in fields:
        url = fields["url"].text()
    else:
        raise node.bad("url or url_env is missing")
    headers = {}
    for header, value in (fields["headers"].map() if "headers" in fields else {}).items():
        headers[header] = _filled(value, environ)
    timeout = fields["timeout"].seconds() if "timeout" in fields else 30
    return Source(name=name, kind=kind, url=url, headers=headers, timeout=timeout)


def _filled(node: Node, environ: Mapping[str, str]) -> str:
    def given(match: re.Match[str]) -> str:
        if match[1] not in environ:
            raise node.bad(f"the variable {match[1]} is not set")
        return environ[match[1]]

    filled = re.sub(r"\$\{(\w+)\}", given, node.text())
    if not filled.isprintable():
        raise node.bad("a header is one line of printable characters")
    return filled


def _objective(node: Node, defaults: dict[str, Node], sources: set[str]) -> Objective:
    own = node.map(_SLO, needs=("name", "objective", "sli"))
    fields = {**defaults, **own}
    name = own["name"].text()
    if not _NAME.fullmatch(name):
        raise own["name"].bad(f"{name!r}: letters, digits, dots, dashes and underscores, 120 at most")
    slis = tuple(_sli(team, each, sources) for team, each in own["sli"].map().items())
    runnable = [s.team for s in slis if s.kind != "prose"]
    judged = own["judge"].choice(*(s.team for s in slis)) if "judge" in own else next(iter(runnable), "")
    if judged not in runnable:
        raise own["sli"].bad("none of them can be run: the gate judges one that has a source other than prose")
    made = Objective(
        name=name,
        policy=policy_of(
            own["objective"].number(), fields["policy"].map(POLICY_FIELDS) if "policy" in fields else {}, own["objective"]
        ),
        slis=slis,
        judged=judged,
        title=_text(own, "title"),
        service=_text(fields, "service"),
        owner=_text(fields, "owner"),
        unit=_unit(fields),
        window=fields["window"].seconds() if "window" in fields else 30 * 86400,
        period=fields["period"].seconds() if "period" in fields else 300,
        labels={k: v.text() for k, v in own["labels"].map().items()} if "labels" in own else {},
        line=own["name"].line,
    )
    check(made, own["objective"])
    return made


def check(made: Objective, node: Node) -> None:
    """What holds between the fields of an objective.

    Raises:
        BadConfig: it does not.
    """
    if made.sli.share and not 0 <= made.policy.objective <= 1:
        raise node.bad("good by total is a share: its objective lies between 0 and 1 (0.999 or 99.9%, not 99.9)")
    if made.window < made.period:
        raise node.bad(f"the window ({made.window} s) is shorter than one period ({made.period} s)")


def policy_of(objective: Fraction, given: Mapping[str, Node], node: Node) -> Policy:
    """A policy from its fields; ``node`` is where the objective stands.

    Raises:
        BadConfig: a field is wrong, or the numbers do not go together.
    """
    made: dict[str, Any] = {"objective": objective}
    for name, choices in (
        ("mode", ("relative", "budget", "absolute")),
        ("better", ("higher", "lower")),
        ("missing", ("hold", "reset", "bad")),
    ):
        if name in given:
            made[name] = given[name].choice(*choices)
    for name, least in (("need", 1), ("max_missing", 1), ("min_events", 0), ("max_low", 1)):
        if name in given:
            made[name] = given[name].whole(least)
    if "margin" in given:
        made["margin"] = given["margin"].number()
    if "settle" in given:
        made["settle"] = Fraction(given["settle"].seconds())
    try:
        return Policy(**made).checked()
    except BadPolicy as error:
        raise node.bad(str(error)) from None


def _sli(team: str, node: Node, sources: set[str]) -> Sli:
    fields = node.map(_SLI, needs=("source",))
    kind: Kind = fields["source"].choice(*KINDS)
    source = _text(fields, "from")
    if source and source not in sources:
        raise fields["from"].bad(f"there is no source {source!r} under sources")
    made = Sli(
        team=team,
        kind=kind,
        source=source,
        **{name: _text(fields, name) for name in _PLAIN},
        unit=_unit(fields),
        window=fields["window"].seconds() if "window" in fields else 0,
        sets={k: v.text() for k, v in fields["sets"].map(("good", "bad", "excluded")).items()} if "sets" in fields else {},
        line=node.line,
    )
    if made.statistic and not STATISTICS.fullmatch(made.statistic):
        raise fields["statistic"].bad(f"{made.statistic!r} is none of ratio, mean, max, min, count, sum, p95 …")
    _complete(made, node)
    return made


def _complete(sli: Sli, node: Node) -> None:
    if sli.kind == "prose":
        if not sli.says:
            raise node.bad("says is missing: prose is a definition in words")
        return
    share = bool(sli.good or sli.bad or sli.total)
    if share == bool(sli.value):
        raise node.bad("give good or bad with total, or value")
    if share and not ((sli.good and sli.bad) or (sli.total and (sli.good or sli.bad)) or (sli.kind == "log" and sli.good)):
        raise node.bad("a share needs two of good, bad and total")
    if sli.good and sli.bad and sli.total:
        raise node.bad("good, bad and total at once: two of them say it all")
    for name, kinds in (("query", {"sql"}), ("path", {"csv", "parquet", "log"})):
        if (sli.kind in kinds) != bool(getattr(sli, name)):
            raise node.bad(f"{name} {'is missing' if sli.kind in kinds else f'means nothing for source {sli.kind}'}")


def _text(fields: Mapping[str, Node], name: str) -> str:
    return fields[name].text() if name in fields else ""


def _unit(fields: Mapping[str, Node]) -> str:
    return fields["unit"].choice(*FACTORS) if "unit" in fields else ""
