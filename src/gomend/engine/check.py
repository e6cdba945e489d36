"""Facts → rules → findings, roots first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from gomend.engine.gather import Answers, Observer, fault, gather
from gomend.golang.facts.log import LogText
from gomend.model.base import Cost, Severity, Thing
from gomend.model.facts import Answer, Fact
from gomend.model.finding import Finding
from gomend.model.message import FindingSeen, Summary
from gomend.model.outcome import Verdict, VerdictKind
from gomend.model.rule import Rule
from gomend.ports.doors import Doors, Scope


class Policy(Thing, frozen=True):
    """What the team decided about findings: severities by code or slug, and (code or slug, path pattern) to ignore."""

    severities: dict[str, Severity] = {}
    ignores: tuple[tuple[str, str], ...] = ()


class Report(Thing, frozen=True):
    """Everything a check learned. ``findings`` are in the order people read them, roots first."""

    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def undetermined(self) -> tuple[Verdict, ...]:
        """Rules that could not tell."""
        return tuple(v for v in self.verdicts if v.kind is VerdictKind.UNDETERMINED)

    def count(self, severity: Severity) -> int:
        """Number of findings of one severity, explained ones included."""
        return sum(f.severity is severity for f in self.findings)

    def worst(self) -> Severity | None:
        """The worst severity found."""
        return min((f.severity for f in self.findings), key=lambda s: s.rank, default=None)

    def summary(self) -> Summary:
        """The last message of the stream."""
        return Summary(
            error=self.count(Severity.ERROR),
            warning=self.count(Severity.WARNING),
            info=self.count(Severity.INFO),
            clean=sum(v.kind is VerdictKind.CLEAN for v in self.verdicts),
            undetermined=tuple(msgspec.structs.replace(v, findings=()) for v in self.undetermined),
            not_applicable=sum(v.kind is VerdictKind.NOT_APPLICABLE for v in self.verdicts),
        )


async def check(
    rules: Sequence[Rule],
    scope: Scope,
    doors: Doors,
    *,
    depth: Cost = Cost.CHEAP,
    policy: Policy | None = None,
    also: Iterable[type[Fact]] = (),
    observe: Observer = lambda _: None,
) -> tuple[Report, Answers]:
    """Judge the project by ``rules``; rules that need facts dearer than ``depth`` do not apply.

    ``also`` names facts that the caller wants beside those of the rules.
    """
    affordable = [rule for rule in rules if rule.cost <= depth]
    facts = {need.fact for rule in affordable for need in rule.needs}
    fix_facts = {f for rule in affordable for f in rule.fix_facts if f.cost <= depth}
    answers = await gather({*facts, *fix_facts, *also}, scope, doors, observe=observe)
    report = judge(rules, answers, depth=depth, policy=policy, observe=observe)
    for finding in report.findings:
        observe(FindingSeen(finding=finding))
    observe(report.summary())
    return report, answers


def judge(
    rules: Iterable[Rule],
    answers: Mapping[type[Fact], Answer],
    *,
    depth: Cost = Cost.CHEAP,
    policy: Policy | None = None,
    observe: Observer = lambda _: None,
) -> Report:
    """The pure half of :func:`check`: the same answers give the same report, whatever their order."""
    policy = policy or Policy()
    verdicts = []
    explains = {}
    told = isinstance(answers.get(LogText), LogText)
    # Rules that speak of the log, if there is one: what stopped the command comes before what is merely wrong too.
    voices: set[str] = set()
    for rule in sorted(rules, key=lambda r: r.code):
        explains[rule.code] = rule.explains
        if told and LogText in rule.facts:
            voices.add(rule.code)
        if rule.cost > depth:
            asked = f"needs --{'probe' if rule.cost is Cost.PROBE else 'deep'}"
            verdicts.append(Verdict(code=rule.code, kind=VerdictKind.NOT_APPLICABLE, reason=asked))
        else:
            verdicts.append(_by_policy(_judge(rule, answers, observe), policy))
    findings = _fold([f for v in verdicts for f in v.findings], explains, voices)
    return Report(findings=findings, verdicts=tuple(verdicts))


def _judge(rule: Rule, answers: Mapping[type[Fact], Answer], observe: Observer) -> Verdict:
    try:
        return rule.judge(answers)
    except Exception as error:  # noqa: BLE001 - one broken rule must not hide what the others find
        observe(fault(rule.code, error))
        return Verdict(code=rule.code, kind=VerdictKind.UNDETERMINED, reason=f"gomend itself failed in {rule.code}")


def _by_policy(verdict: Verdict, policy: Policy) -> Verdict:
    from fnmatch import fnmatchcase

    if not verdict.findings or not (policy.severities or policy.ignores):
        return verdict
    kept = []
    for finding in verdict.findings:
        names = (finding.code, finding.slug)
        path = finding.subject.path or finding.subject.name
        if any(rule in names and fnmatchcase(path, pattern) for rule, pattern in policy.ignores):
            continue
        severity = next((policy.severities[n] for n in names if n in policy.severities), finding.severity)
        kept.append(msgspec.structs.replace(finding, severity=severity))
    kind = VerdictKind.FINDING if kept else VerdictKind.CLEAN
    return msgspec.structs.replace(verdict, kind=kind, findings=tuple(kept))


def _fold(findings: list[Finding], explains: Mapping[str, tuple[str, ...]], voices: set[str]) -> tuple[Finding, ...]:
    """Mark findings that another one explains, and order: roots by severity and confidence, each followed by its own.

    Findings of ``voices`` and the roots of such findings come first.
    """
    roots: dict[str, str] = {}
    for finding in sorted(findings, key=_order):
        for code in explains.get(finding.code, ()):
            for other in findings:
                if other.code == code and other.fingerprint not in roots and other is not finding:
                    roots[other.fingerprint] = finding.fingerprint
    marked = [msgspec.structs.replace(f, explained_by=roots.get(f.fingerprint)) for f in findings]
    heard = {f.fingerprint for f in marked if f.code in voices} | {f.explained_by for f in marked if f.code in voices}
    ordered: list[Finding] = []
    for finding in sorted((f for f in marked if f.explained_by is None), key=lambda f: (f.fingerprint not in heard, _order(f))):
        ordered.append(finding)
        waiting = [finding.fingerprint]
        while waiting:
            root = waiting.pop()
            below = sorted((f for f in marked if f.explained_by == root), key=_order)
            ordered += below
            waiting += [f.fingerprint for f in below]
    placed = {f.fingerprint for f in ordered}
    return (*ordered, *sorted((f for f in marked if f.fingerprint not in placed), key=_order))


def _order(finding: Finding) -> tuple[int, int, str, str, str]:
    subject = finding.subject
    return (finding.severity.rank, finding.confidence.rank, finding.code, subject.path or "", finding.fingerprint)
