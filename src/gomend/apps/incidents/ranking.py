"""``gomend incidents rank`` and ``export``: read a folder of telemetry, say what broke first."""

from __future__ import annotations

import time
from typing import Final

from gomend.apps.cli import base
from gomend.apps.incidents.shapes import IncidentsShape, incident
from gomend.apps.incidents.warnings import warning
from gomend.incidents import quality
from gomend.incidents.case import BadCase, read
from gomend.incidents.quality import Flaw
from gomend.incidents.rank import Diagnosis, Evidence, diagnose
from gomend.incidents.rows import Case
from gomend.model.text import Translator, text

_BAD: Final = text("incidents.bad", "{what}: {why}")


def load(folder: str) -> tuple[Case, list[Flaw]]:
    """Read a folder, with clocks and time zones put right; says what was.

    Raises:
        Problem: the folder cannot be read as telemetry.
    """
    try:
        case = read(folder)
    except BadCase as error:
        raise base.Problem(_BAD, what=error.what, why=error.why) from None
    return case, [*quality.mend_zones(case), *quality.mend_clocks(case)]


def rank(folder: str, at: int | None, most: int, say: Translator) -> IncidentsShape:
    """Read and weigh; ``at`` is the moment of an alarm in nanoseconds, ``most`` how many suspects to name.

    Raises:
        Problem: the folder cannot be read as telemetry.
    """
    began = time.monotonic()
    case, mended = load(folder)
    found = diagnose(case, at=at)
    incidents = (incident(found, case.owners, most),) if found.certain else ()
    flaws = [*mended, *quality.flaws(case, found.start if found.certain else None)]
    return IncidentsShape(
        schema_="gomend.incidents/1",
        incidents=incidents,
        seconds=round(time.monotonic() - began, 3),
        warnings=tuple(warning(flaw, say) for flaw in flaws),
    )


def page(folder: str, at: int | None, form: str, say: Translator) -> str:
    """The page of the incident in a folder, as ``html`` or ``markdown``.

    Raises:
        Problem: the folder cannot be read as telemetry.
    """
    from gomend.apps.incidents.page.gather import gather
    from gomend.apps.incidents.page.render import as_html, as_markdown

    case, mended = load(folder)
    evidence = Evidence(case)
    found = diagnose(case, at=at, evidence=evidence)
    if not found.certain:
        found = Diagnosis(found.start, found.end, [], certain=False)
    made = gather(evidence, found, [*mended, *quality.flaws(case, found.start if found.certain else None)])
    return as_html(made, say) if form == "html" else as_markdown(made, say)
