"""``gomend cgo doctor``: every target's toolchain as a row, and what the rules say, with evidence and a way out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

import anyio
import msgspec

from gomend.apps.cgo.predicting import Prediction, predict
from gomend.apps.cgo.targets import pairs, session
from gomend.apps.cli import base
from gomend.apps.exits import Exit
from gomend.apps.loop import run_async
from gomend.apps.session import Session
from gomend.apps.tables import aligned
from gomend.cgo.doctor.examining import Toolchain, examine
from gomend.cgo.doctor.hellos import Hello
from gomend.cgo.facts.compilers import CompilerOffers
from gomend.cgo.facts.targets import Target, Targets
from gomend.engine import preview
from gomend.engine.gather import gather
from gomend.model.base import Severity, Thing
from gomend.model.finding import Finding
from gomend.model.reasons import tell
from gomend.model.text import Translator, text
from gomend.outputs.shapes import FindingShape, finding_shape
from gomend.ports.doors import Scope

_NO_TARGETS: Final = text("cgodoctor.no-targets", "The targets could not be learned: {reason}")
_TARGET: Final = text("cgodoctor.target", "target")
_COMPILER: Final = text("cgodoctor.compiler", "compiler")
_MAKES: Final = text("cgodoctor.makes", "makes")
_LIBC: Final = text("cgodoctor.libc", "C library")
_RUNS: Final = text("cgodoctor.runs", "ran")
_ON: Final = text("cgodoctor.on", "on")
_OFF: Final = text("cgodoctor.off", "off")
_OFFERED: Final = text("cgodoctor.offered", "{cc} (not set)")
_NOT_THERE: Final = text("cgodoctor.not-there", "{cc} (not installed)")
_HERE: Final = text("cgodoctor.here", "here")
_NO_RUNNER: Final = text("cgodoctor.no-runner", "not run ({runner} is missing)")
_MARKS: Final = text(
    "cgodoctor.marks", "C, C++, cgo: a small program was compiled and linked for the target; “ran” says where it was run."
)
_DETAILS: Final = text("cgodoctor.details", "What did not work")
_WRAPPER: Final = text("cgodoctor.wrapper", "{target}: {path} is a script ({line})")
_PKG: Final = text("cgodoctor.pkg", "pkg-config: {program}; it searches {folders}")
_PKG_NONE: Final = text("cgodoctor.pkg-none", "pkg-config: none on PATH")
_FINDINGS: Final = text("cgodoctor.findings", "Findings: {count}")
_CLEAN: Final = text("cgodoctor.clean", "Nothing speaks against a cgo build of this project for these targets.")
_MEND: Final = text("cgodoctor.mend", "Mend and prove: gomend apply --select {codes}")
_REHEARSED: Final = text(
    "cgodoctor.rehearsed", "Looked ahead without building: {facts} s for facts, {rehearsal} s for {calls} compiler calls."
)
_PARTLY: Final = text("cgodoctor.partly", "Large C files, or files beyond the limit, were left out of the rehearsal.")
_OPEN: Final = text("cgodoctor.open", "Could not tell:")
_WIDE: Final = 150
_AHEAD: Final = 2.5
"""Seconds that compilers get to check one target's C code where an answer is wanted at once."""
_LONG: Final = 60.0
_FIX: Final = text("cgodoctor.fix", "fix")


class DoctorShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend cgo doctor``."""

    schema_: str
    preflight: bool
    targets: tuple[Toolchain, ...]
    findings: tuple[FindingShape, ...]
    undetermined: dict[str, str]
    """Reasons by rule."""
    compiler_calls: int
    facts_seconds: float
    rehearsal_seconds: float
    seconds: float


class Diagnosis(Thing, frozen=True):
    """Everything that was learned."""

    toolchains: tuple[Toolchain, ...]
    prediction: Prediction
    preflight: bool
    seconds: float

    @property
    def worst(self) -> Severity | None:
        """The worst severity."""
        return min((f.severity for f in self.prediction.findings), key=lambda s: s.rank, default=None)


def diagnose(
    directory: str, targets: tuple[str, ...], command: tuple[str, ...], *, everything: bool, preflight: bool, compile: bool
) -> Diagnosis:
    """Look at every target.

    Raises:
        Problem: the folder or a target is wrong, or go cannot be asked.
    """
    started = time.monotonic()
    made = session(directory, targets, ("GM2",))
    asked = targets
    if everything or targets:
        asked = tuple("/".join(pair) for pair in pairs(made, targets, everything=everything))
    scope = msgspec.structs.replace(made.scope, targets=asked or made.settings.targets, command=command)
    prediction, answers = run_async(
        lambda: predict(made.doors, scope, made.rules, compile=compile, budget=_AHEAD if preflight else _LONG)
    )
    held = answers.get(Targets)
    if not isinstance(held, Targets):
        reason = getattr(held, "reason", "")
        raise base.Problem(_NO_TARGETS, reason=tell(made.say, reason))
    for name, problem in held.problems.items():
        raise base.Problem(_NO_TARGETS, reason=f"{name}: {problem}")
    shown = [t for t in held.items if not asked or t.name in asked]
    chains: tuple[Toolchain, ...] = ()
    if not preflight:
        chains = run_async(lambda: _examine(made, scope, shown))
    findings = tuple(preview.complete(f, made.doors.files, made.root) for f in prediction.findings)
    prediction = msgspec.structs.replace(prediction, findings=findings)
    return Diagnosis(
        toolchains=chains, prediction=prediction, preflight=preflight, seconds=round(time.monotonic() - started, 3)
    )


async def _examine(made: Session, scope: Scope, targets: list[Target]) -> tuple[Toolchain, ...]:
    answers = await gather({CompilerOffers}, scope, made.doors)
    offers = answers.get(CompilerOffers)
    host = (made.doors.environ.system, made.doors.environ.machine)
    found: dict[str, Toolchain] = {}
    slots = anyio.Semaphore(2)

    async def one(target: Target) -> None:
        offer = offers.of(target) if isinstance(offers, CompilerOffers) else None
        async with slots:
            found[target.name] = await examine(made.doors, target, offer, host=host, build=True)

    async with anyio.create_task_group() as tasks:
        for target in targets:
            tasks.start_soon(one, target)
    return tuple(found[t.name] for t in targets)


def exit_code(diagnosis: Diagnosis) -> Exit:
    """1 if something stops a build."""
    return Exit.FINDINGS if diagnosis.worst is Severity.ERROR else Exit.CLEAN


def shape(diagnosis: Diagnosis, say: Translator) -> DoctorShape:
    """For ``--format json``."""
    prediction = diagnosis.prediction
    return DoctorShape(
        schema_="gomend.cgo-doctor/1",
        preflight=diagnosis.preflight,
        targets=diagnosis.toolchains,
        findings=tuple(finding_shape(f, say) for f in prediction.findings),
        undetermined={v.code: tell(say, v.reason) for v in prediction.undetermined},
        compiler_calls=sum(r.calls for r in prediction.rehearsals),
        facts_seconds=prediction.facts_seconds,
        rehearsal_seconds=prediction.rehearsal_seconds,
        seconds=diagnosis.seconds,
    )


def told(diagnosis: Diagnosis, say: Translator) -> Iterator[str]:
    """For people."""
    if diagnosis.toolchains:
        yield from _table(diagnosis.toolchains, say)
        yield ""
    prediction = diagnosis.prediction
    if prediction.findings:
        yield say(_FINDINGS, count=len(prediction.findings))
        for finding in prediction.findings:
            yield from _finding(finding, say)
        codes = sorted({f.code for f in prediction.findings if any(fix.steps for fix in f.fixes)})
        if codes:
            yield ""
            yield say(_MEND, codes=",".join(codes))
    else:
        yield say(_CLEAN)
    if prediction.undetermined:
        yield say(_OPEN)
        reasons: dict[str, list[str]] = {}
        for verdict in prediction.undetermined:
            reasons.setdefault(verdict.reason, []).append(verdict.code)
        for reason, codes in reasons.items():
            yield f"  {', '.join(codes)}: {tell(say, reason)}"
    calls = sum(r.calls for r in prediction.rehearsals)
    yield say(_REHEARSED, facts=f"{prediction.facts_seconds:.1f}", rehearsal=f"{prediction.rehearsal_seconds:.1f}", calls=calls)
    if any(r.partly for r in prediction.rehearsals):
        yield say(_PARTLY)


def _table(chains: tuple[Toolchain, ...], say: Translator) -> Iterator[str]:
    rows = [[say(_TARGET), "cgo", say(_COMPILER), say(_MAKES), say(_LIBC), "C", "C++", "cgo", say(_RUNS)]]
    for chain in chains:
        marks = {h.kind: "✓" if h.made and h.ran is not False else "✗" for h in chain.hellos}
        row = [chain.target, say(_ON if chain.cgo else _OFF), _compiler(chain, say), chain.makes or "-", chain.libc or "-"]
        rows.append([*row, *(marks.get(kind, "-") for kind in ("c", "c++", "cgo")), _ran(chain.hellos, say)])
    yield from aligned(rows, indent=0)
    yield say(_MARKS)
    failed = [(chain, h) for chain in chains for h in chain.hellos if h.detail]
    if failed:
        yield ""
        yield say(_DETAILS)
        for chain, hello in failed:
            lines = hello.detail.splitlines()
            yield f"  {chain.target} {hello.kind}: {lines[0]}"
            yield from (f"    {line}" for line in lines[1:])
    for chain in chains:
        if chain.problem:
            yield f"  {chain.target}: {tell(say, chain.problem)}"
        if chain.script:
            yield "  " + say(_WRAPPER, target=chain.target, path=chain.path, line=chain.script)
    first = chains[0]
    yield say(_PKG, program=first.pkg_config, folders=first.pkg_config_path or "-") if first.pkg_config else say(_PKG_NONE)


def _compiler(chain: Toolchain, say: Translator) -> str:
    if not chain.path:
        return say(_NOT_THERE, cc=chain.cc)
    return say(_OFFERED, cc=chain.cc) if chain.offered else chain.cc


def _ran(hellos: tuple[Hello, ...], say: Translator) -> str:
    ran = next((h for h in hellos if h.ran is not None), None)
    if ran is not None:
        return say(_HERE) if ran.runner == "here" else ran.runner
    made = next((h for h in hellos if h.made), None)
    return say(_NO_RUNNER, runner=made.runner) if made else "-"


def _finding(finding: Finding, say: Translator) -> Iterator[str]:
    mark = {Severity.ERROR: "✗", Severity.WARNING: "▲", Severity.INFO: "●"}[finding.severity]
    indent = "    " if finding.explained_by else "  "
    yield f"{indent}{mark} {finding.code} {finding.slug}: {say(finding.title)}"
    if finding.explained_by:
        return
    for evidence in finding.evidence:
        lines = evidence.quote.strip("\n").split("\n")
        yield _cut(f"{indent}    {evidence.source}: {lines[0]}")
        yield from (_cut(f"{indent}      {line}") for line in lines[1:3])
    for fix in finding.fixes:
        yield f"{indent}    {say(_FIX)}: {say(fix.title)}"
        shown = [line for line in fix.shell if not line.startswith("patch ")] or list(fix.hints)
        yield from (f"{indent}      $ {line}" for line in shown[:4])


def _cut(line: str) -> str:
    return line if len(line) <= _WIDE else line[: _WIDE - 1] + "…"
