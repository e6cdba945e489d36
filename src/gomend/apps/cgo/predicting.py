"""What will stop a cgo build, found without building: rules on facts, then a rehearsal of what the compiler would say.

``gomend cgo doctor --preflight`` shows it; ``gomend cgo build`` asks it before it starts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import msgspec

from gomend.apps import registry
from gomend.cgo.data import load
from gomend.cgo.facts.binaries import PlacedBinaries
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.pkgconfig import PkgConfig
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Target, Targets
from gomend.cgo.preflight.native import NativePackages
from gomend.cgo.preflight.rehearsal import rehearse
from gomend.engine.check import check, judge
from gomend.engine.gather import Answers, gather
from gomend.golang.facts.log import LogText
from gomend.model.base import Cost, Thing
from gomend.model.finding import Finding
from gomend.model.outcome import Verdict
from gomend.model.rule import Rule
from gomend.ports.doors import Doors, Scope

_NO_COMPILER: Final = frozenset({"compiler-missing", "compiler-path-unquoted", "compiler-broken", "compiler-wrong-target"})
"""With one of these a rehearsal says nothing new."""


class Rehearsal(Thing, frozen=True):
    """What compilers said of one target, how many calls it took, and whether something was left out."""

    target: str
    log: str
    calls: int
    partly: bool


class Prediction(Thing, frozen=True):
    """Findings, roots first, each with the target that it is about (empty: all); what could not be told; seconds of both halves."""

    findings: tuple[Finding, ...]
    undetermined: tuple[Verdict, ...]
    rehearsals: tuple[Rehearsal, ...]
    facts_seconds: float
    rehearsal_seconds: float


async def predict(
    doors: Doors, scope: Scope, rules: Sequence[Rule] = (), *, compile: bool = True, budget: float = 3.0
) -> tuple[Prediction, Answers]:
    """Judge the project for every target of ``scope`` before anything is built.

    ``rules`` default to the whole chapter; ``compile`` also lets the compilers check preambles and small C files, within ``budget``
    seconds a target. The answers of facts come back for those who go on with them.
    """
    started = time.monotonic()
    chosen = tuple(rules) or registry.select(("GM2",))
    scope = msgspec.structs.replace(scope, log=None, log_source="")
    also = (Targets, Compilers, NativePackages, PkgConfig)
    report, answers = await check(chosen, scope, doors, depth=Cost.CHEAP, also=also)
    middle = time.monotonic()
    findings = list(report.findings)
    rehearsals: list[Rehearsal] = []
    targets = answers.get(Targets)
    for target in targets.items if compile and isinstance(targets, Targets) else ():
        made = await _rehearse(doors, target, answers, findings, budget)
        if made is None:
            continue
        rehearsals.append(made)
        if made.log:
            findings += await _explained(doors, scope, chosen, target, answers, made, findings)
    ended = time.monotonic()
    prediction = Prediction(
        findings=_ordered(findings),
        undetermined=report.undetermined,
        rehearsals=tuple(rehearsals),
        facts_seconds=round(middle - started, 3),
        rehearsal_seconds=round(ended - middle, 3),
    )
    return prediction, answers


async def _rehearse(
    doors: Doors, target: Target, answers: Answers, findings: Sequence[Finding], budget: float
) -> Rehearsal | None:
    compilers, native, pkg = answers.get(Compilers), answers.get(NativePackages), answers.get(PkgConfig)
    if not target.cgo or not isinstance(compilers, Compilers) or not isinstance(native, NativePackages):
        return None
    compiler = compilers.of(target)
    hopeless = any(f.slug in _NO_COMPILER and f.subject.name in {target.name, target["CC"]} for f in findings)
    if compiler is None or not compiler.path or compiler.problem or hopeless or not native.of(target):
        return None
    known = {}
    if isinstance(pkg, PkgConfig) and target.name in pkg.by_target:
        known = {p.name: p.flags for p in pkg.by_target[target.name].packages if p.found}
    made = await rehearse(doors, target, compiler, native.of(target), known, budget=budget)
    return Rehearsal(target=target.name, log=made.log, calls=made.calls, partly=made.partly)


async def _explained(
    doors: Doors,
    scope: Scope,
    rules: Sequence[Rule],
    target: Target,
    answers: Answers,
    made: Rehearsal,
    before: Sequence[Finding],
) -> list[Finding]:
    """What the rules for logs say of a rehearsal; causes that are known already are not told twice."""
    readers = [rule for rule in rules if LogText in rule.facts and rule.cost <= Cost.CHEAP]
    source = f"{target['CC']} -fsyntax-only ({target.name})"
    told = msgspec.structs.replace(scope, log=made.log, log_source=source)
    known = {f: a for f, a in answers.items() if f not in {LogText, CgoSymptoms, PlacedBinaries}}
    known[Targets] = Targets(items=(target,))
    again = await gather({need.fact for rule in readers for need in rule.needs}, told, doors, known=known)
    found = judge(readers, again, depth=Cost.CHEAP).findings
    slugs = {f.slug for f in before}
    explains = {code: rule.code for rule in rules for code in rule.explains if any(f.code == rule.code for f in before)}
    return [_rooted(f, before, explains.get(f.code, "")) for f in found if f.slug not in slugs and f.explained_by is None]


def _ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Roots by severity, each followed by what it explains; the order of the rules is kept otherwise."""
    roots = sorted((f for f in findings if f.explained_by is None), key=lambda f: f.severity.rank)
    return tuple(f for root in roots for f in (root, *(g for g in findings if g.explained_by == root.fingerprint)))


def _rooted(finding: Finding, before: Sequence[Finding], code: str) -> Finding:
    """What a rule that found something explains follows from that; a missing header follows from its missing library."""
    if code:
        return msgspec.structs.replace(finding, explained_by=next(f.fingerprint for f in before if f.code == code))
    library = load.of_header(finding.subject.name) if finding.slug == "header-missing" else None
    root = next((f for f in before if library and f.slug == "library-missing" and f.subject.name in library.libs), None)
    return msgspec.structs.replace(finding, explained_by=root.fingerprint) if root else finding
