"""The words of an answer, and the answer for people."""

from __future__ import annotations

import re
from typing import Final

from gomend.apps.incidents.shapes import CauseShape, EvidenceShape, IncidentShape, IncidentsShape
from gomend.apps.tables import aligned
from gomend.model.text import Text, Translator, text

_NONE: Final = text("incidents.none", "No incident: nothing in this data stands out enough to be called one.")
_HEAD: Final = text("incidents.head", "{service}: {kind}, since {start} ({confidence} confidence, {score})")
_ALSO: Final = text("incidents.also", "Next: {names}")
_TIE: Final = text("incidents.tie", "Equally likely: {names}. The data does not tell them apart.")
_BOTH: Final = text("incidents.before-after", "{what}: {before} → {after}")
KINDS: Final = {
    "cpu": text("incidents.kind.cpu", "processor: starved or burning"),
    "memory": text("incidents.kind.memory", "memory: out of it"),
    "network_delay": text("incidents.kind.network", "network: calls into it are slow on the way"),
    "exception": text("incidents.kind.exception", "errors: requests break off"),
    "return": text("incidents.kind.return", "wrong answers: it answers, but not as before"),
    "pool_exhaustion": text("incidents.kind.pool", "a pool without free connections"),
    "deploy": text("incidents.kind.deploy", "a change of version"),
    "dependency": text("incidents.kind.dependency", "something it calls outside: slow to answer"),
    "unknown": text("incidents.kind.unknown", "of unknown kind"),
}
"""What went wrong, in words."""
_SURE: Final = {
    "high": text("incidents.sure.high", "high"),
    "medium": text("incidents.sure.medium", "medium"),
    "low": text("incidents.sure.low", "low"),
}
SIGNALS: Final[dict[str, Text]] = {
    "calls": text("incidents.signal.calls", "call, time on the way"),
    "work": text("incidents.signal.work", "own time"),
    "behaviour": text("incidents.signal.behaviour", "share of requests with"),
    "metrics": text("incidents.signal.metrics", "metric"),
    "events": text("incidents.signal.events", "event"),
}
"""Where a clue comes from, in words."""
_STEPS: Final = {
    "op": text("incidents.step.op", "{entry}: the step {step}"),
    "call": text("incidents.step.call", "{entry}: a call to {step}"),
    "log": text("incidents.step.log", "{entry}: the log line {step}"),
    "bad": text("incidents.step.bad", "{entry}: the error line {step}"),
    "pool": text("incidents.step.pool", "{entry}: no free connection, {step}"),
    "miss": text("incidents.step.miss", "{entry}: an error that names {step}"),
    "last": text("incidents.step.last", "{entry}: ending after a call to {step}"),
}
_STEP: Final = re.compile(r"(?s)^(?P<entry>.*?): (?P<kind>op|call|log|bad|pool|miss|last) (?P<step>.*)$")
_SHOWN: Final = 6
_WORTH: Final = 0.005


def headline(one: IncidentShape, say: Translator) -> str:
    """An incident in a line: the first suspect, what went wrong, since when, how sure."""
    first = one.root_causes[0]
    return say(
        _HEAD,
        service=first.service,
        kind=say(KINDS[first.kind]),
        start=one.start,
        confidence=say(_SURE[first.confidence]),
        score=f"{first.score:.2f}",
    )


def told(answer: IncidentsShape, say: Translator) -> str:
    """The answer for people."""
    lines: list[str] = [] if answer.incidents else [say(_NONE)]
    for one in answer.incidents:
        lines += [headline(one, say), "", *aligned([evidence_row(e, say) for e in one.root_causes[0].evidence[:_SHOWN]])]
        tied = [c.service for c in one.root_causes if c.rank == 1]
        if len(tied) > 1:
            lines += ["", say(_TIE, names=", ".join(tied))]
        rest = [_named(c) for c in one.root_causes if c.rank > 1 and c.score >= _WORTH][:_SHOWN]
        if rest:
            lines += ["", say(_ALSO, names=", ".join(rest))]
    if answer.warnings:
        lines += ["", *(f"  ! {w.message}" for w in answer.warnings)]
    return "\n".join(lines) + "\n"


def _named(cause: CauseShape) -> str:
    return f"{cause.service} ({cause.kind}, {cause.score:.2f})"


def evidence_row(e: EvidenceShape, say: Translator) -> tuple[str, str]:
    """One thing that was seen, as two cells: the signal, and its values before and after."""
    name = say(SIGNALS[e.signal])
    if e.signal == "events":
        return name, f"{e.event} ({e.pod})"
    before, after = _number(e.before, e.unit), _number(e.after, e.unit)
    return name, say(_BOTH, what=e.metric or said(e.what or "", say), before=before, after=after)


def said(what: str, say: Translator) -> str:
    """What was seen, in words: steps of requests are named by their kind."""
    found = _STEP.match(what)
    if found is None:
        return what
    step = found["step"].removesuffix("\\n").strip()
    return say(_STEPS[found["kind"]], entry=found["entry"] or "log", step=step)


def _number(value: float | None, unit: str | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0%}" if unit == "share" else f"{value:.4g} {unit or ''}".rstrip()
