"""Plan → journal → steps → fresh facts → same rules → outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from gomend.engine import steps as doing
from gomend.engine import words
from gomend.engine.check import Policy, Report, judge
from gomend.engine.gather import Answers, Observer, gather
from gomend.engine.journal import Applied, Closed, Done, Intent, Journal, Past, Undone, journals, read
from gomend.engine.plan import make_plan
from gomend.engine.steps import StepProblem
from gomend.engine.words import Refused
from gomend.model.base import Cost, Thing
from gomend.model.facts import Answer, Fact, facts_behind
from gomend.model.finding import Finding
from gomend.model.message import OutcomeSeen, Progress
from gomend.model.outcome import Outcome, OutcomeKind, Plan, VerdictKind
from gomend.model.rule import Rule
from gomend.model.step import masked
from gomend.model.text import say
from gomend.ports.doors import Doors, Scope
from gomend.ports.state import StateProblem, locked

Rescope = Callable[[Scope], Awaitable[Scope]]


class Site(Thing, frozen=True):
    """Where a plan is applied and how its proof is judged."""

    scope: Scope
    state: str
    rules: tuple[Rule, ...]
    proofs: tuple[Rule, ...] = ()
    policy: Policy = Policy()
    depth: Cost = Cost.CHEAP


async def apply(
    plan: Plan,
    site: Site,
    before: Report,
    answers: Mapping[type[Fact], Answer],
    doors: Doors,
    *,
    rescope: Rescope | None = None,
    observe: Observer = lambda _: None,
) -> Outcome:
    """Do ``plan``, prove it, and undo it where it is not proved.

    If only some findings are proved gone, everything is undone and the proved part applied again by itself.

    Raises:
        Refused: a pre-condition changed, or an earlier plan was interrupted; nothing was done.
        StateProblem: the state folder cannot be used; nothing was done.
    """
    with locked(Path(site.state)) as lock:
        outcome = await _once(plan, site, before, answers, doors, lock, rescope, observe)
        if outcome.kind is OutcomeKind.PARTLY:
            gone = set(outcome.before) - set(outcome.after)
            part = make_plan([f for f in before.findings if f.fingerprint in gone], unsafe=True)
            again = await _once(part, site, before, answers, doors, lock, rescope, observe)
            outcome = _partly(outcome, again)
    observe(OutcomeSeen(outcome=outcome))
    return outcome


async def _once(
    plan: Plan,
    site: Site,
    before: Report,
    answers: Mapping[type[Fact], Answer],
    doors: Doors,
    lock: int,
    rescope: Rescope | None,
    observe: Observer,
) -> Outcome:
    state = Path(site.state)
    await _refuse_if(plan, state, doors)
    journal = Journal.create(state, plan, site.scope.root)
    try:
        problem = await _do(plan, journal, doors, lock, observe)
        if problem:
            await _undo(read(journal.folder), journal, doors)
            journal.write(Closed(state="undone", outcome=OutcomeKind.ROLLED_BACK))
            return Outcome(
                kind=OutcomeKind.ROLLED_BACK,
                plan=plan.id,
                before=plan.findings,
                after=plan.findings,
                reason=problem,
                rolled_back=True,
                journal=journal.name,
            )
        observe(Progress(what="verify"))
        outcome = await verify(plan, site, before, answers, doors, rescope=rescope)
        undo = outcome.kind not in {OutcomeKind.PROVED, OutcomeKind.UNDETERMINED}
        if undo:
            await _undo(read(journal.folder), journal, doors)
        journal.write(Closed(state="undone" if undo else "kept", outcome=outcome.kind))
        return msgspec.structs.replace(outcome, journal=journal.name, rolled_back=undo)
    finally:
        journal.close()


async def _refuse_if(plan: Plan, state: Path, doors: Doors) -> None:
    for past in journals(state):
        if past.opened is not None and past.state == "open":
            raise Refused(say(words.INTERRUPTED))
    problems = [p for p in [await doing.precondition(step, doors) for step in plan.steps] if p is not None]
    if problems:
        raise Refused(*problems)


async def _do(plan: Plan, journal: Journal, doors: Doors, lock: int, observe: Observer) -> str:
    """Do the steps; answers what went wrong, empty if nothing did."""
    for index, step in enumerate(plan.steps):
        observe(Progress(what=f"step {index + 1}", done=index, total=len(plan.steps)))
        try:
            undo = await doing.prepare(step, index, journal.vault, journal.folder, doors)
            journal.write(Intent(index=index, step=masked(step), undo=undo))
            await doing.perform(step, undo, doors, lock)
            journal.write(Done(index=index, after=doing.leaves(step)))
        except StepProblem as problem:
            return str(problem)
        except OSError as error:
            return f"{error.filename or 'the file system'}: {error.strerror}"
    journal.write(Applied())
    return ""


async def _undo(past: Past, journal: Journal, doors: Doors) -> None:
    for intent, _ in past.to_undo():
        await doing.revert(intent.step, intent.undo, journal.vault, doors)
        journal.write(Undone(index=intent.index))


async def verify(
    plan: Plan,
    site: Site,
    before: Report,
    answers: Mapping[type[Fact], Answer],
    doors: Doors,
    *,
    rescope: Rescope | None = None,
) -> Outcome:
    """Gather afresh what the steps touched and run the same rules (and the deeper ones that prove them) again.

    ``rescope`` gives the scope of the second look (for a log: the command run once more).
    """
    proving = {code for r in site.rules if r.code in plan.codes for code in r.proved_by}
    proofs = [r for r in site.proofs if r.code in proving]
    scope = site.scope
    tags = frozenset().union(*(doing.touched(step, scope.root) for step in plan.steps))
    if scope.log is not None:
        scope = await rescope(scope) if rescope else msgspec.structs.replace(scope, log=None)
        tags |= {"command"}
    affordable = [r for r in site.rules if r.cost <= site.depth]
    facts = {n.fact for r in [*affordable, *proofs] for n in r.needs} | {f for r in affordable for f in r.fix_facts}
    fresh = await gather(facts, scope, doors, known=_still_good(answers, tags))
    after = judge(affordable, fresh, depth=site.depth, policy=site.policy)
    proof = judge(proofs, fresh, depth=Cost.DEEP, policy=site.policy)
    return _conclude(plan, before, after, proof)


def _still_good(answers: Mapping[type[Fact], Answer], tags: frozenset[str]) -> Answers:
    """Answers that no step made stale: neither the fact itself nor one behind it reads what was touched."""

    def stale(fact: type[Fact]) -> bool:
        return any(fnmatchcase(tag, pattern) for tag in tags for pattern in fact.reads)

    return {f: a for f, a in answers.items() if f.cost < Cost.DEEP and not any(stale(b) for b in facts_behind(f))}


def _conclude(plan: Plan, before: Report, after: Report, proof: Report) -> Outcome:
    now = {f.fingerprint: f for f in after.findings}
    old = {f.fingerprint: f for f in before.findings}
    mended = [old[fp] for fp in plan.findings if fp in old]
    still = [now[fp] for fp in plan.findings if fp in now]
    worse = _worse(mended, before, after)
    about = {f.subject.name for f in mended} | {f.subject.path for f in mended if f.subject.path}
    failed = [f for f in proof.findings if f.subject.name in about or f.subject.path in about]
    dark = [v for v in after.undetermined if v.code in plan.codes] + list(proof.undetermined)
    shown = tuple(v for v in after.verdicts if v.code in plan.codes) + proof.verdicts
    if worse:
        kind, remaining = OutcomeKind.ROLLED_BACK, [*still, *worse]
    elif still and len(still) < len(plan.findings):
        kind, remaining = OutcomeKind.PARTLY, still
    elif still or failed:
        kind, remaining = OutcomeKind.STILL_PRESENT, still or failed
    else:
        kind, remaining = OutcomeKind.UNDETERMINED if dark else OutcomeKind.PROVED, []
    reason = ", ".join(dict.fromkeys(f"{f.code} {f.slug}" for f in remaining))
    return Outcome(
        kind=kind,
        plan=plan.id,
        before=plan.findings,
        after=tuple(f.fingerprint for f in remaining),
        reason=reason or "; ".join(dict.fromkeys(f"{v.code}: {v.reason}" for v in dark)),
        proof=shown,
    )


def _worse(mended: Sequence[Finding], before: Report, after: Report) -> list[Finding]:
    """New findings that hurt more than any that was mended, by rules that could judge before as well."""
    known = {v.code for v in before.verdicts if v.kind in {VerdictKind.CLEAN, VerdictKind.FINDING}}
    seen = {f.fingerprint for f in before.findings}
    limit = min((f.severity.rank for f in mended), default=0)
    new = [f for f in after.findings if f.fingerprint not in seen]
    return [f for f in new if f.code in known and f.severity.rank < limit]


def _partly(first: Outcome, second: Outcome) -> Outcome:
    """The outcome of applying only what the first attempt proved."""
    if second.kind is not OutcomeKind.PROVED:
        return msgspec.structs.replace(first, rolled_back=True, journal=second.journal)
    return msgspec.structs.replace(first, rolled_back=False, journal=second.journal, proof=second.proof)


async def undo(state: Path, name: str | None, doors: Doors, *, force: bool = False) -> Past:
    """Undo one kept plan, by default the newest.

    Raises:
        Refused: there is none, or a file changed since and ``force`` was not given.
    """
    with locked(state):
        kept = [p for p in journals(state) if p.state == "kept"]
        past = next((p for p in kept if name is None or Path(p.folder).name == name), None)
        if past is None:
            raise Refused(say(words.NO_SUCH_PLAN, name=name) if name else say(words.NOTHING_TO_UNDO))
        changed = doing.changed_since(past.left()) + doing.gone([intent.step for intent, done in past.to_undo() if done])
        if changed and not force:
            raise Refused(say(words.CHANGED_AFTER, paths=", ".join(changed)))
        await _finish_undo(past, state, doors)
    return past


async def recover(state: Path, doors: Doors) -> list[tuple[Past, str]]:
    """Bring every interrupted plan to an end: undo it, or close it if all its steps were done.

    Answers the journals and what was done to each (``undone`` or ``completed``).
    """
    ended: list[tuple[Past, str]] = []
    if not (state / "journal").is_dir():
        return ended
    with locked(state):
        for past in journals(state):
            if past.state == "undone" or (past.state == "kept" and not past.undoing):
                continue
            if past.applied and not past.undoing:
                journal = Journal(state, Path(past.folder))
                journal.write(Closed(state="kept", outcome=OutcomeKind.UNDETERMINED))
                journal.close()
                ended.append((past, "completed"))
            else:
                await _finish_undo(past, state, doors)
                ended.append((past, "undone"))
    return ended


async def _finish_undo(past: Past, state: Path, doors: Doors) -> None:
    journal = Journal(state, Path(past.folder))
    try:
        await _undo(past, journal, doors)
        journal.write(Closed(state="undone"))
    finally:
        journal.close()


__all__ = ["Refused", "Site", "StateProblem", "apply", "recover", "undo", "verify"]
