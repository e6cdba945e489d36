"""``gomend incidents rank``: read a folder of telemetry, say what broke first."""

from __future__ import annotations

import time
from typing import Final

from gomend.apps.cgo.tables import aligned
from gomend.apps.cli import base
from gomend.apps.incidents.shapes import CauseShape, EvidenceShape, IncidentsShape, incident
from gomend.apps.incidents.warnings import warning
from gomend.incidents import quality
from gomend.incidents.case import BadCase, read
from gomend.incidents.rank import diagnose
from gomend.model.text import Text, Translator, text

_BAD: Final = text("incidents.bad", "{what}: {why}")
_EXTRA: Final = text("incidents.extra", "Incidents need more packages: pip install 'gomend[incidents]' ({missing} is missing).")
_NONE: Final = text("incidents.none", "No incident: nothing in this data stands out enough to be called one.")
_HEAD: Final = text("incidents.head", "{service}: {kind}, since {start} ({confidence} confidence, {score})")
_ALSO: Final = text("incidents.also", "Next: {names}")
_TIE: Final = text("incidents.tie", "Equally likely: {names}. The data does not tell them apart.")
_BOTH: Final = text("incidents.before-after", "{what}: {before} → {after}")
_KINDS: Final = {
    "cpu": text("incidents.kind.cpu", "processor: starved or burning"),
    "memory": text("incidents.kind.memory", "memory: out of it"),
    "network_delay": text("incidents.kind.network", "network: calls into it are slow on the way"),
    "exception": text("incidents.kind.exception", "errors: requests break off"),
    "return": text("incidents.kind.return", "wrong answers: it answers, but not as before"),
    "pool_exhaustion": text("incidents.kind.pool", "a pool without free connections"),
    "deploy": text("incidents.kind.deploy", "a change of version"),
    "unknown": text("incidents.kind.unknown", "of unknown kind"),
}
_SURE: Final = {
    "high": text("incidents.sure.high", "high"),
    "medium": text("incidents.sure.medium", "medium"),
    "low": text("incidents.sure.low", "low"),
}
_SIGNALS: Final[dict[str, Text]] = {
    "calls": text("incidents.signal.calls", "call, time on the way"),
    "work": text("incidents.signal.work", "own time"),
    "behaviour": text("incidents.signal.behaviour", "share of requests with"),
    "metrics": text("incidents.signal.metrics", "metric"),
    "events": text("incidents.signal.events", "event"),
}
_SHOWN: Final = 6
_WORTH: Final = 0.005


def rank(folder: str, at: int | None, most: int) -> IncidentsShape:
    """Read and weigh; ``at`` is the moment of an alarm in nanoseconds, ``most`` how many suspects to name.

    Raises:
        Problem: the folder cannot be read as telemetry, or the extra is not installed.
    """
    began = time.monotonic()
    try:
        case = read(folder)
    except BadCase as error:
        raise base.Problem(_BAD, what=error.what, why=error.why) from None
    except ModuleNotFoundError as error:
        raise base.Problem(_EXTRA, missing=error.name) from None
    mended = [*quality.mend_zones(case), *quality.mend_clocks(case)]
    found = diagnose(case, at=at)
    incidents = (incident(found, case.owners, most),) if found.certain else ()
    flaws = [*mended, *quality.flaws(case, found.start if found.certain else None)]
    return IncidentsShape(
        schema_="gomend.incidents/1",
        incidents=incidents,
        seconds=round(time.monotonic() - began, 3),
        warnings=tuple(warning(flaw, base.translator()) for flaw in flaws),
    )


def told(answer: IncidentsShape, say: Translator) -> str:
    """The answer for people."""
    lines: list[str] = [] if answer.incidents else [say(_NONE)]
    for one in answer.incidents:
        first = one.root_causes[0]
        lines.append(
            say(
                _HEAD,
                service=first.service,
                kind=say(_KINDS[first.kind]),
                start=one.start,
                confidence=say(_SURE[first.confidence]),
                score=f"{first.score:.2f}",
            )
        )
        lines += ["", *aligned([_row(e, say) for e in first.evidence[:_SHOWN]])]
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


def _row(e: EvidenceShape, say: Translator) -> tuple[str, str]:
    name = say(_SIGNALS[e.signal])
    if e.signal == "events":
        return name, f"{e.event} ({e.pod})"
    unit = f" {e.unit}" if e.unit and e.unit != "share" else ""
    before, after = (f"{v:.0%}" if e.unit == "share" else f"{v:.4g}{unit}" for v in (e.before or 0.0, e.after or 0.0))
    return name, say(_BOTH, what=e.metric or e.what, before=before, after=after)
