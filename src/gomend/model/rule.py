"""A rule is one file: what it finds and why, check, fix, and examples that are its tests."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from gomend.model.base import AREA_PREFIXES, Confidence, Cost, Safety, Severity, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Answer, Fact, Need, Unknown, facts_behind, needs_of
from gomend.model.finding import Finding, Fix, Subject, fingerprint
from gomend.model.outcome import Verdict, VerdictKind
from gomend.model.step import Step
from gomend.model.text import Text, say, text

HEADINGS: Final = (
    "What it finds",
    "Why it hurts",
    "Example",
    "After the fix",
    "Fix safety",
    "How it is proved",
    "References",
)
"""The headings that a rule's docstring has, in this order, each followed by at least two spaces and its text."""

_CODE = re.compile(r"GM[0-4][0-9]{2}")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Reply(Thing, frozen=True):
    """What a program answers in an example's world, and the files that running it writes."""

    stdout: str = ""
    stderr: str = ""
    exit: int = 0
    writes: dict[str, str] = {}


class Example(Thing, frozen=True):
    """A small world in which a rule has an expected answer.

    ``files`` are project files by relative path (``~/`` for home), ``go`` overrides of ``go env``, ``goenv`` lines set by
    ``go env -w``, ``commands`` replies by command line, ``programs`` names found on PATH, ``facts`` answers given ready
    made (for what a text cannot show, such as a binary). ``after`` is merged into the world when fix steps run programs.
    """

    name: str
    expect: VerdictKind
    subject: str | None = None
    files: dict[str, str] = {}
    env: dict[str, str] = {}
    go: dict[str, str] = {}
    goenv: dict[str, str] = {}
    commands: dict[str, Reply] = {}
    programs: tuple[str, ...] = ()
    facts: tuple[Answer, ...] = ()
    without: dict[str, Unknown | Absent] = {}
    """Fact class names answered empty."""
    targets: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    deploy: str | None = None
    log: str | None = None


class Mend(Thing, frozen=True):
    """What a fix function answers: steps (or hints for a person) and the parameters of the fix's title."""

    steps: tuple[Step, ...] = ()
    hints: tuple[str, ...] = ()
    parameters: dict[str, str] = {}


CheckFunction = Callable[..., Iterable[Finding]]
FixFunction = Callable[..., Mend | None]


class _FixEntry(Thing, frozen=True):
    id: str
    title: Text
    safety: Safety
    run: FixFunction
    needs: tuple[Need, ...]


class Rule:
    """Names one contradiction between facts. Pure and deterministic; codes are never reused."""

    def __init__(
        self,
        code: str,
        slug: str,
        *,
        severity: Severity,
        since: str,
        title: str,
        message: str,
        doc: str | None,
        status: str = "stable",
        explains: tuple[str, ...] = (),
        proved_by: tuple[str, ...] = (),
    ) -> None:
        """Define a rule; ``doc`` is the module's ``__doc__``.

        ``explains`` names codes whose findings this one is the root of; ``proved_by`` names deeper rules that must be
        silent too before a fix counts as proved.

        Raises:
            ValueError: code, slug or docstring do not have the agreed shape.
        """
        if not _CODE.fullmatch(code) or not _SLUG.fullmatch(slug):
            msg = f"rule {code!r} {slug!r}: code or slug has the wrong shape"
            raise ValueError(msg)
        self.code = code
        self.slug = slug
        self.severity = severity
        self.since = since
        self.status = status
        self.explains = explains
        self.proved_by = proved_by
        self.area = next(area for area, prefix in AREA_PREFIXES.items() if code.startswith(prefix))
        self.title = text(f"{code}.title", title)
        self.message = text(f"{code}.message", message)
        self.headline, self.sections = _read_doc(code, doc or "")
        self.examples: list[Example] = []
        self.fixes: list[_FixEntry] = []
        self.needs: tuple[Need, ...] = ()
        self._check: CheckFunction | None = None

    def check(self, function: CheckFunction) -> CheckFunction:
        """Decorator: the check. Its parameters' types say which facts it needs."""
        self._check = function
        self.needs = needs_of(function)
        return function

    def fix(self, title: str, *, safety: Safety) -> Callable[[FixFunction], FixFunction]:
        """Decorator: one way out. The function gets the finding first, then the facts it asks for; None: not here."""

        def keep(function: FixFunction) -> FixFunction:
            name = function.__name__.replace("_", "-")
            fix_id = f"{self.code}-{name}"
            entry = _FixEntry(
                id=fix_id,
                title=text(f"{self.code}.fix.{name}", title),
                safety=safety,
                run=function,
                needs=needs_of(function, skip=1),
            )
            self.fixes.append(entry)
            return function

        return keep

    def finding(
        self,
        subject: Subject,
        *,
        evidence: Iterable[Evidence],
        confidence: Confidence = Confidence.HIGH,
        severity: Severity | None = None,
        key: str = "",
        **parameters: object,
    ) -> Finding:
        """Build a finding. ``key`` tells apart findings with the same subject; parameters fill title and message.

        Raises:
            ValueError: no evidence, or a parameter that neither text uses.
        """
        unused = parameters.keys() - self.title.fields - self.message.fields
        if unused:
            msg = f"{self.code}: no text uses {sorted(unused)}"
            raise ValueError(msg)
        return Finding(
            code=self.code,
            slug=self.slug,
            area=self.area,
            severity=severity or self.severity,
            confidence=confidence,
            title=say(self.title, **{k: v for k, v in parameters.items() if k in self.title.fields}),
            message=say(self.message, **{k: v for k, v in parameters.items() if k in self.message.fields}),
            subject=subject,
            evidence=tuple(evidence),
            fingerprint=fingerprint(self.code, subject, key),
        )

    @property
    def facts(self) -> frozenset[type[Fact]]:
        """Every fact that the check needs, directly or not."""
        return frozenset().union(*(facts_behind(need.fact) for need in self.needs))

    @property
    def fix_facts(self) -> frozenset[type[Fact]]:
        """Every fact that the fixes need beyond the check."""
        every: frozenset[type[Fact]] = frozenset()
        for entry in self.fixes:
            every = every.union(*(facts_behind(need.fact) for need in entry.needs))
        return every - self.facts

    @property
    def cost(self) -> Cost:
        """The dearest fact that the check needs."""
        return max((fact.cost for fact in self.facts), default=Cost.FREE)

    def judge(self, answers: Mapping[type[Fact], Answer]) -> Verdict:
        """Run the check on answers of facts and give one of the four verdicts, fixes included."""
        arguments, empty = _bind(self.code, self.needs, answers)
        if empty:
            return empty
        if self._check is None:
            msg = f"{self.code} has no check"
            raise TypeError(msg)
        found = {f.fingerprint: f for f in self._check(**arguments)}
        if not found:
            return Verdict(code=self.code, kind=VerdictKind.CLEAN)
        findings = tuple(self._with_fixes(f, answers) for _, f in sorted(found.items()))
        return Verdict(code=self.code, kind=VerdictKind.FINDING, findings=findings)

    def _with_fixes(self, finding: Finding, answers: Mapping[type[Fact], Answer]) -> Finding:
        offers = []
        for entry in self.fixes:
            arguments, empty = _bind(self.code, entry.needs, answers)
            mend = None if empty else entry.run(finding, **arguments)
            if mend is not None and (mend.steps or mend.hints):
                title = say(entry.title, **mend.parameters)
                safety = entry.safety if mend.steps else Safety.MANUAL
                offers.append(Fix(id=entry.id, title=title, safety=safety, steps=mend.steps, hints=mend.hints))
        return _replace(finding, fixes=tuple(offers))

    # Examples -------------------------------------------------------------------------------------------------

    def catches(self, name: str, *, subject: str | None = None, **world: Any) -> None:
        """An example in which the rule must speak (about ``subject``, if given)."""
        self.examples.append(Example(name=name, expect=VerdictKind.FINDING, subject=subject, **world))

    def passes(self, name: str, **world: Any) -> None:
        """An example in which the rule must be silent."""
        self.examples.append(Example(name=name, expect=VerdictKind.CLEAN, **world))

    def not_applicable(self, name: str, **world: Any) -> None:
        """An example that the rule has nothing to do with."""
        self.examples.append(Example(name=name, expect=VerdictKind.NOT_APPLICABLE, **world))

    def undetermined(self, name: str, **world: Any) -> None:
        """An example in which the rule cannot know."""
        self.examples.append(Example(name=name, expect=VerdictKind.UNDETERMINED, **world))


def _bind(code: str, needs: tuple[Need, ...], answers: Mapping[type[Fact], Answer]) -> tuple[dict[str, Answer], Verdict | None]:
    arguments: dict[str, Answer] = {}
    missing: list[str] = []
    absent: list[str] = []
    for need in needs:
        answer = answers.get(need.fact, Unknown(reason=f"{need.fact.__name__} was not collected"))
        if isinstance(answer, Unknown) and not need.takes_unknown:
            missing.append(answer.reason)
        elif isinstance(answer, Absent) and not need.takes_absent:
            absent.append(answer.reason)
        arguments[need.name] = answer
    if absent:
        return {}, Verdict(code=code, kind=VerdictKind.NOT_APPLICABLE, reason="; ".join(dict.fromkeys(absent)))
    if missing:
        return {}, Verdict(code=code, kind=VerdictKind.UNDETERMINED, reason="; ".join(dict.fromkeys(missing)))
    return arguments, None


def _replace(finding: Finding, **changes: Any) -> Finding:
    import msgspec

    return msgspec.structs.replace(finding, **changes)


def _read_doc(code: str, doc: str) -> tuple[Text, dict[str, Text]]:
    lines = inspect.cleandoc(doc).splitlines()
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    head = lines[0] if lines else ""
    for line in lines[1:]:
        heading = next((h for h in HEADINGS if line.startswith((h + "  ", h + "\t")) or line == h), None)
        if heading:
            current = sections.setdefault(heading, [])
            current.append(line[len(heading) :].strip())
        elif line.strip():
            current.append(line.strip())
    missing = [h for h in HEADINGS if not sections.get(h)]
    if not head or missing:
        msg = f"{code}: the docstring lacks {', '.join(missing) or 'its first line'}"
        raise ValueError(msg)
    texts = {}
    for heading in HEADINGS:
        key = heading.lower().replace(" ", "-")
        words = " ".join(part for part in sections[heading] if part)
        texts[heading] = text(f"{code}.doc.{key}", words)
    return text(f"{code}.doc.headline", head), texts
