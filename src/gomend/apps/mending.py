"""What ``plan`` and ``apply`` do: findings → plan → apply → proof."""

from __future__ import annotations

import sys
from typing import Final

import click

from gomend.apps import looking, registry
from gomend.apps.cli import base, words
from gomend.apps.exits import Exit
from gomend.apps.loop import run_async
from gomend.apps.session import Options, Session
from gomend.engine import apply as applying
from gomend.engine.apply import Refused, Site
from gomend.engine.check import Report
from gomend.engine.gather import Answers
from gomend.engine.plan import make_plan
from gomend.engine.steps import StepProblem
from gomend.model.message import PlanMade
from gomend.model.outcome import Outcome, OutcomeKind, Plan
from gomend.model.rule import Rule
from gomend.ports.doors import Scope
from gomend.ports.state import StateProblem

EXIT_OF: Final = {
    OutcomeKind.PROVED: Exit.CLEAN,
    OutcomeKind.PARTLY: Exit.FINDINGS,
    OutcomeKind.STILL_PRESENT: Exit.NOT_PROVED,
    OutcomeKind.ROLLED_BACK: Exit.NOT_PROVED,
    OutcomeKind.UNDETERMINED: Exit.UNDETERMINED,
}
"""Exit code of each outcome."""


def plan(options: Options, *, unsafe: bool, diffs: bool) -> int:
    """Show the plan; exit code as ``check``."""
    session = Session(options)
    run_async(lambda: _look(session, unsafe=unsafe))
    session.answer(diffs=diffs)
    return session.exit_code()


def mend(options: Options, *, yes: bool, dry_run: bool, unsafe: bool, diffs: bool) -> int:
    """Show the plan, ask, apply, prove."""
    session = Session(options)
    report, answers, made = run_async(lambda: _look(session, unsafe=unsafe))
    if not made.steps:
        session.answer(diffs=diffs)
        return session.exit_code()
    if not yes and not dry_run and sys.stdin.isatty() and sys.stderr.isatty() and options.format == "text":
        session.answer(diffs=diffs)
        yes = click.confirm(session.say(words.ASK_APPLY), default=False, err=True)
        if not yes:
            return session.exit_code()
    if dry_run or not yes:
        session.answer(diffs=diffs)
        base.note(session.say(words.DRY_RUN))
        return session.exit_code()
    outcome = do(session, made, report, answers)
    session.answer(diffs=diffs)
    code = EXIT_OF[outcome.kind]
    left = [f for f in report.findings if f.fingerprint in made.unmended]
    if code is Exit.CLEAN and left:
        session.run.findings = left
        return session.exit_code()
    return code


def do(session: Session, made: Plan, report: Report, answers: Answers) -> Outcome:
    """Apply a plan and prove it.

    Raises:
        Problem: nothing could be done, and why.
    """
    proofs = _proofs(session.rules)
    site = Site(
        scope=session.scope,
        state=str(session.state),
        rules=session.rules,
        proofs=proofs,
        policy=session.policy,
        depth=session.options.depth,
    )

    async def rescope(scope: Scope) -> Scope:
        return await looking.again(session, scope)

    async def main() -> Outcome:
        return await applying.apply(made, site, report, answers, session.doors, rescope=rescope, observe=session.observe)

    try:
        outcome: Outcome = run_async(main)
    except Refused as refused:
        raise base.Problem(" ".join(session.say(said) for said in refused.said)) from None
    except (StateProblem, StepProblem) as problem:
        raise base.Problem(str(problem)) from None
    return outcome


def _proofs(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    codes = {code for rule in rules for code in rule.proved_by}
    files = registry.rule_files()
    return tuple(registry.load(code) for code in sorted(codes) if code in files)


async def _look(session: Session, *, unsafe: bool) -> tuple[Report, Answers, Plan]:
    if session.options.deep:
        session.scope = await looking.with_trial(session, session.scope)
    report, answers = await session.check(command=looking.command_of(session.scope))
    made = make_plan(report.findings, unsafe=unsafe)
    session.observe(PlanMade(plan=made))
    return report, answers, made
