"""Text for a terminal (colours and wrapping by rich) or for a file (plain, stable, unwrapped)."""

from __future__ import annotations

from collections.abc import Iterator
from shutil import get_terminal_size
from typing import IO, Final

from gomend.model.base import Severity
from gomend.model.finding import Finding, Fix
from gomend.model.outcome import Outcome, OutcomeKind, Plan
from gomend.model.reasons import tell
from gomend.model.text import Translator
from gomend.outputs import words
from gomend.outputs.run import Run, label

Line = list[tuple[str, str]]
"""Pieces of one line with their styles (rich's names; empty for plain)."""

_MARK: Final = {Severity.ERROR: "✗", Severity.WARNING: "▲", Severity.INFO: "•"}
_STYLE: Final = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold blue"}
_QUOTE_LINES: Final = 6


def render(run: Run, say: Translator, *, diffs: bool = False) -> Iterator[Line]:
    """The lines of a run. ``diffs`` shows file edits as unified diffs instead of shell commands."""
    project = run.config.project
    head = " · ".join(filter(None, (f"gomend {run.config.version}", project.module, project.go)))
    yield [(head, "dim")]
    if run.config.command:
        command = run.config.command
        yield [(say(words.COMMAND, command=" ".join(command.argv), exit=command.exit), "dim")]
    told = _told(run)
    for finding in told:
        yield []
        yield from _finding(finding, say, diffs=diffs, brief=run.plan is not None)
    others = [f for f in run.findings if f not in told]
    if others:
        yield []
        yield [(say(words.OTHERS), "dim")]
        for finding in others:
            mark = f"  {_MARK[finding.severity]} {finding.code} {finding.slug}"
            yield [(mark, _STYLE[finding.severity]), (f"  {say(finding.title)}", "")]
    yield []
    if run.plan is not None:
        yield from _plan(run.plan, run, say, diffs=diffs)
    if run.outcome is not None:
        yield from _outcome(run.outcome, say)
    yield from _summary(run, say)


def _told(run: Run) -> list[Finding]:
    """The findings to show in full: all, or those that bear on the text that was to be explained, if any do."""
    heard = {f.fingerprint for f in run.findings if any(e.source == run.config.log for e in f.evidence)}
    heard |= {f.explained_by for f in run.findings if f.fingerprint in heard and f.explained_by}
    if not run.config.log or not heard:
        return run.findings
    return [f for f in run.findings if f.fingerprint in heard]


def _finding(finding: Finding, say: Translator, *, diffs: bool, brief: bool) -> Iterator[Line]:
    indent = "    " if finding.explained_by else "  "
    subject = finding.subject
    place = f"{subject.path}:{subject.line}" if subject.path and subject.line else subject.path or subject.name
    style = _STYLE[finding.severity]
    yield [
        ("  " if finding.explained_by else "", ""),
        (f"{_MARK[finding.severity]} {say(words.SEVERITY[finding.severity])} {finding.code}", style),
        (f" {finding.slug}", style),
        (f"  {place}", "cyan"),
        (f"  ({say(words.EXPLAINED)})" if finding.explained_by else "", "dim"),
    ]
    yield [(indent + say(finding.title), "bold")]
    if finding.explained_by or brief:
        return
    yield [(indent + say(finding.message), "")]
    for evidence in finding.evidence:
        quote = evidence.quote.strip("\n").split("\n")
        yield [(f"{indent}  {label(evidence)}: ", "dim"), (quote[0], "")]
        for line in quote[1:_QUOTE_LINES]:
            yield [(f"{indent}    {line}", "")]
    for fix in finding.fixes:
        yield from _fix(fix, say, indent, diffs=diffs)


def _fix(fix: Fix, say: Translator, indent: str, *, diffs: bool) -> Iterator[Line]:
    yield [
        (f"{indent}{say(words.FIX)} ", "bold green"),
        (say(fix.title), ""),
        (f"  [{say(words.SAFETY[fix.safety])}]", "dim"),
    ]
    if diffs and fix.diff:
        yield from _diff(fix.diff, indent)
    for command in fix.shell:
        if command.startswith("patch "):
            if not diffs:
                yield from _diff(fix.diff, indent)
        else:
            shown = command if command.startswith("#") else f"$ {command}"
            yield [(f"{indent}  {shown}", "dim" if command.startswith("#") else "green")]


def _diff(diff: str, indent: str) -> Iterator[Line]:
    for line in diff.splitlines():
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        yield [(f"{indent}  {line}", "dim" if line.startswith(("+++", "---")) else style)]


def _plan(plan: Plan, run: Run, say: Translator, *, diffs: bool) -> Iterator[Line]:
    if not plan.steps:
        yield [(say(words.NO_PLAN), "bold")]
    else:
        yield [(say(words.PLAN, id=plan.id, steps=len(plan.steps), findings=len(plan.findings)), "bold")]
        for fix_id in plan.fixes:
            finding_fix = next((f for finding in run.findings for f in finding.fixes if f.id == fix_id), None)
            if finding_fix is not None:
                shown = list(_fix(finding_fix, say, "  ", diffs=diffs))
                yield from shown[:1] if run.outcome is not None and not diffs else shown
    for conflict in plan.conflicts:
        yield [(say(words.CONFLICT, kept=conflict.kept, dropped=conflict.dropped, target=conflict.target), "yellow")]
    left = [f for f in run.findings if f.fingerprint in plan.unmended]
    if left:
        yield [(say(words.UNMENDED), "yellow")]
        for finding in left:
            yield [(f"  {finding.code} {finding.slug}: {say(finding.title)}", "")]
            for fix in finding.fixes:
                yield from _fix(fix, say, "    ", diffs=diffs)
    yield []


def _outcome(outcome: Outcome, say: Translator) -> Iterator[Line]:
    good = outcome.kind is OutcomeKind.PROVED
    mark = "✓ " if good else "✗ " if outcome.rolled_back else "▲ "
    text = words.OUTCOME[outcome.kind]
    said = say(text, **({"reason": tell(say, outcome.reason)} if "reason" in text.fields else {}))
    for verdict in outcome.proof:
        style = {"clean": "green", "finding": "red"}.get(verdict.kind, "dim")
        reason = f" ({tell(say, verdict.reason)})" if verdict.reason else ""
        yield [(f"  {say(words.PROOF)} {verdict.code}: ", "dim"), (say(words.VERDICT[verdict.kind]) + reason, style)]
    yield [(mark + said, "bold green" if good else "bold red" if outcome.rolled_back else "bold yellow")]
    if outcome.rolled_back:
        yield [(say(words.UNDONE), "")]
    elif outcome.journal:
        yield [(say(words.JOURNAL, journal=outcome.journal), "dim")]
    yield []


def _summary(run: Run, say: Translator) -> Iterator[Line]:
    summary = run.summary
    if run.outcome is None:
        if not run.findings and (run.config.command or run.config.log):
            yield [(say(words.UNEXPLAINED), "bold")]
        elif not run.findings:
            yield [("✓ ", "bold green"), (say(words.CLEAN, clean=summary.clean), "")]
        else:
            yield [
                (
                    say(words.COUNTS, error=summary.error, warning=summary.warning, info=summary.info, clean=summary.clean),
                    "bold",
                )
            ]
    if summary.undetermined:
        yield [(say(words.UNDETERMINED), "yellow")]
        reasons: dict[str, list[str]] = {}
        for verdict in summary.undetermined:
            reasons.setdefault(verdict.reason, []).append(verdict.code)
        for reason, codes in reasons.items():
            yield [(f"  {', '.join(codes)}: {tell(say, reason)}", "")]
    if run.findings and run.plan is None and run.outcome is None:
        yield [(say(words.NEXT), "dim")]


def write(run: Run, say: Translator, out: IO[str], *, colour: bool, diffs: bool = False, width: int | None = None) -> None:
    """Print a run. ``colour`` means a terminal: rich wraps and colours; otherwise lines are plain and never wrapped."""
    if not colour:
        for line in render(run, say, diffs=diffs):
            out.write("".join(piece for piece, _ in line).rstrip() + "\n")
        return
    from rich.console import Console
    from rich.text import Text as Styled

    console = Console(file=out, force_terminal=True, highlight=False, width=width or get_terminal_size().columns)
    for line in render(run, say, diffs=diffs):
        styled = Styled.assemble(*line) if line else Styled()
        lead = len(styled.plain) - len(styled.plain.lstrip(" "))
        for piece in styled[lead:].wrap(console, max(20, console.width - lead)) if styled.plain.strip() else [styled]:
            piece.rstrip()
            console.print(Styled(" " * lead) + piece, no_wrap=True, crop=False, overflow="ignore")
