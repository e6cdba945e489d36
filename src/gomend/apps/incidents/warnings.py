"""What is wrong with the data, in words."""

from __future__ import annotations

from typing import Final

from gomend.apps.incidents.shapes import WarningShape
from gomend.incidents.quality import Flaw
from gomend.model.text import Text, Translator, text

_WORDS: Final[dict[str, Text]] = {
    "missing": text("incidents.flaw.missing", "no {where}: the answer rests on the rest"),
    "duplicates": text("incidents.flaw.duplicates", "{amount} {where} came twice and were counted once"),
    "ragged": text("incidents.flaw.ragged", "{amount} rows of {where} lack a time or a name and were left out"),
    "clock-skew": text(
        "incidents.flaw.skew", "the clock of {where} is {amount} s off its neighbours'; its spans were moved back"
    ),
    "time-zone-shift": text(
        "incidents.flaw.zone", "the {where} are {amount} h off, a time zone lost on the way; they were moved back"
    ),
    "holes": text("incidents.flaw.holes", "{amount} minutes in the middle have no {where}"),
    "orphans": text("incidents.flaw.orphans", "{amount} of the spans have a parent that never arrived"),
    "sampled": text("incidents.flaw.sampled", "only about {amount} of the requests to {where} are traced"),
    "no-baseline": text("incidents.flaw.baseline", "the {where} begin after the start: there is no before to compare with"),
}
PARTS: Final[dict[str, Text]] = {
    "traces": text("incidents.data.traces", "traces"),
    "spans": text("incidents.data.spans", "spans"),
    "logs": text("incidents.data.logs", "logs"),
    "lines": text("incidents.data.lines", "log lines"),
    "metrics": text("incidents.data.metrics", "metrics"),
    "samples": text("incidents.data.samples", "samples"),
    "events": text("incidents.data.events", "events"),
}
"""The parts of telemetry, in words."""
_SHARES: Final = ("orphans", "sampled")


def warning(flaw: Flaw, say: Translator) -> WarningShape:
    """One flaw as it is said."""
    where = say(PARTS[flaw.where]) if flaw.where in PARTS else flaw.where
    amount = (
        f"{flaw.amount:.0%}"
        if flaw.what in _SHARES
        else f"{flaw.amount:+.1f}"
        if flaw.what in _SIGNED
        else f"{flaw.amount:.0f}"
    )
    return WarningShape(
        what=flaw.what, where=flaw.where, amount=flaw.amount, message=say(_WORDS[flaw.what], where=where, amount=amount)
    )


_SIGNED: Final = ("clock-skew", "time-zone-shift")
