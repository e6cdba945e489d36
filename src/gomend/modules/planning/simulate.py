"""What becomes of each need in each outage, said by the route model."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from gomend.model.base import Thing
from gomend.model.text import Said, say
from gomend.modules.planning import outages, words
from gomend.modules.planning.needs import Needs
from gomend.modules.planning.settings import Plan
from gomend.modules.route.causes import cause
from gomend.modules.route.predict import STOPPED, Prediction, predict
from gomend.modules.route.scenario import Scenario


class Leak(Thing, frozen=True):
    """A private path that was sent to a server outside: the request and the server."""

    request: str
    server: str


class Cell(Thing, frozen=True):
    """One need in one outage: ``builds``, ``fails`` or ``hangs``; the cause; what leaks; what checks the module.

    ``verified`` is ``go.sum``, ``sumdb`` or ``none``, and empty where nothing came.
    """

    outcome: str
    cause: str = "none"
    verified: str = ""
    leaks: tuple[Leak, ...] = ()


Table = dict[str, dict[str, Cell]]
"""Outage → need → cell."""


class Cure(Thing, frozen=True):
    """What an outage stops, and what would cure it."""

    outage: str
    needs: tuple[str, ...]
    cure: Said


def table(needs: Needs, values: Mapping[str, str]) -> Table:
    """Every outage and need that means something for these settings."""
    return {
        outage: {need: cell(needs, values, outage, need) for need in outages.columns(needs)}
        for outage in outages.rows(needs, values)
    }


def cell(needs: Needs, values: Mapping[str, str], outage: str, need: str, private: str = "") -> Cell:
    """One need in one outage."""
    if need == "toolchain" and values["GOSUMDB"] == "off" and values["GOTOOLCHAIN"] != "local" and not _one_folder(values):
        return Cell(outcome="fails", cause="sumdb-switched-off")
    said = predict(msgspec.convert(outages.scene(needs, values, outage, need, private), Scenario))
    return judged(needs, values, need, said.exit, said.cause, said)


def judged(needs: Needs, values: Mapping[str, str], need: str, code: int, slug: str, said: Prediction) -> Cell:
    """The cell of a run, predicted or real."""
    outcome = "builds" if code == 0 else "hangs" if code == STOPPED else "fails"
    asked = [(server, request) for server, lines in said.requests.items() for request in lines]
    verified = ""
    if outcome == "builds":
        looked = any(re.search(r"/lookup/\S+ 200", request) for _, request in asked)
        verified = "go.sum" if need in {"warm", "known"} else "sumdb" if looked else "none"
    outside = outages.public_hosts(needs, values)
    leaks = tuple(
        Leak(request=request.split()[0], server=outside.get(server, server))
        for server, request in dict.fromkeys(asked)
        if need.startswith("private") and f"/{outages.PRIVATE}" in request and (server in outside or "/lookup/" in request)
    )
    # A zip that was refused has the slug of a broken one; here it counts how it was refused.
    if outcome == "fails" and re.search(r"\.zip: \d{3} ", said.stderr):
        slug = cause(code, re.sub(r"\.zip: (?=\d{3} )", ".mod: ", said.stderr))
    return Cell(outcome=outcome, cause=slug if outcome == "fails" else "none", verified=verified, leaks=leaks)


def cures(plan: Plan, found: Table) -> tuple[Cure, ...]:
    """What each outage stops, and what would help."""
    made: list[Cure] = []
    for outage, cells in found.items():
        stopped = [need for need, one in cells.items() if one.outcome != "builds" and found["none"][need].outcome == "builds"]
        if outage == "none":
            stopped = [need for need, one in cells.items() if one.outcome != "builds"]
            if "toolchain" in stopped and plan.values["GOTOOLCHAIN"] == "local":
                stopped.remove("toolchain")
                made.append(Cure(outage=outage, needs=("toolchain",), cure=say(words.CURES["toolchain-local"])))
        if stopped:
            made.append(Cure(outage=outage, needs=tuple(stopped), cure=say(words.CURES[_cure(plan, outage)])))
    return tuple(made)


def _cure(plan: Plan, outage: str) -> str:
    if outage in words.CURES:
        return outage
    if outage.startswith("sumdb"):
        return "sumdb"
    return "primary-gate" if any(s.gate for s in plan.needs.server) else "primary-more"


def _one_folder(values: Mapping[str, str]) -> bool:
    """Whether GOPROXY is a single folder: go takes toolchains from it without the database (useSumDB)."""
    value = values["GOPROXY"]
    return value.startswith("file://") and "," not in value and "|" not in value
