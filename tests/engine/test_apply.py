"""Apply on a real disk with small made-up rules: every kind of outcome, and refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import anyio
import pytest

from gomend.engine.apply import Refused, Site, apply, undo
from gomend.engine.check import Report, judge
from gomend.engine.digests import digest_path
from gomend.engine.gather import Answers, gather
from gomend.engine.plan import make_plan
from gomend.model.base import Cost, Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.model.finding import Finding, Subject
from gomend.model.outcome import Outcome, OutcomeKind, Plan
from gomend.model.rule import HEADINGS, Mend, Rule
from gomend.model.step import Edit, EditFile, Run, Step, digest_bytes
from gomend.ports.doors import Scope, real_doors

DOC = "A made-up rule.\n\n" + "\n".join(f"{h}  words" for h in HEADINGS)


class Words(Fact, frozen=True):
    text: str
    path: str
    reads: ClassVar = frozenset({"file:words.txt"})


class Proof(Fact, frozen=True):
    good: bool
    cost: ClassVar = Cost.DEEP
    reads: ClassVar = frozenset({"file:words.txt"})


@collector
async def words(scope: Scope) -> Words | Unknown:
    path = Path(scope.root) / "words.txt"
    return Words(text=path.read_text(), path=str(path))


@collector
async def proof(scope: Scope) -> Proof | Absent | Unknown:
    text = (Path(scope.root) / "words.txt").read_text()
    return Unknown(reason="the debugger is not here") if "dark" in text else Proof(good="bad" not in text)


def made(
    code: str,
    word: str,
    new: str,
    *,
    severity: Severity = Severity.WARNING,
    proved_by: tuple[str, ...] = (),
    steps: bool = True,
) -> Rule:
    """A rule that finds ``word`` and whose fix writes ``new`` in its place."""
    rule = Rule(
        code,
        f"made-{code.lower()}",
        severity=severity,
        since="0",
        title="{word} is there",
        message="{word} is there.",
        doc=DOC,
        proved_by=proved_by,
    )

    @rule.check
    def check(words: Words) -> Iterator[Finding]:
        if word in words.text:
            yield rule.finding(
                Subject(kind="word", name="words", path="words.txt"),
                evidence=[Evidence(source="words.txt", quote=word)],
                word=word,
            )

    if steps:

        @rule.fix("Replace it", safety=Safety.SAFE)
        def replace(finding: Finding, words: Words) -> Mend:
            at = words.text.index(word)
            edit = Edit(start=at, end=at + len(word), new=new)
            return Mend(steps=(EditFile(path=words.path, before=digest_bytes(words.text.encode()), edits=(edit,)),))

    return rule


def prover(code: str) -> Rule:
    rule = Rule(
        code, "made-proof", severity=Severity.ERROR, since="0", title="it does not work", message="It does not work.", doc=DOC
    )

    @rule.check
    def check(proof: Proof) -> Iterator[Finding]:
        if not proof.good:
            yield rule.finding(
                Subject(kind="word", name="words", path="words.txt"), evidence=[Evidence(source="debugger", quote="no")]
            )

    return rule


A = made("GM490", "aaa", "ok", proved_by=("GM499",))
B = made("GM491", "bbb", "bbb again")
C = made("GM492", "ccc", "EEE")
BAD = made("GM493", "EEE", "", severity=Severity.ERROR, steps=False)
D = made("GM494", "ddd", "dark", proved_by=("GM499",))
E = made("GM495", "fff", "bad", proved_by=("GM499",))
PROOF = prover("GM499")


class Bench:
    def __init__(self, tmp_path: Path, text: str, rules: tuple[Rule, ...]) -> None:
        self.root = tmp_path / "project"
        self.root.mkdir()
        (self.root / "words.txt").write_text(text)
        self.state = tmp_path / "state"
        self.rules = rules
        self.scope = Scope(root=str(self.root))
        self.doors = real_doors()
        self.before = digest_path(str(self.root))

    @property
    def text(self) -> str:
        return (self.root / "words.txt").read_text()

    def look(self) -> tuple[Report, Answers, Plan]:
        facts = {need.fact for rule in self.rules for need in rule.needs}
        answers = anyio.run(lambda: gather(facts, self.scope, self.doors))
        report = judge(self.rules, answers)
        return report, answers, make_plan(report.findings)

    def apply(self, plan: Plan | None = None) -> Outcome:
        report, answers, own = self.look()
        site = Site(scope=self.scope, state=str(self.state), rules=self.rules, proofs=(PROOF,))
        return anyio.run(lambda: apply(plan or own, site, report, answers, self.doors))

    def records(self) -> list[str]:
        journal = max((self.state / "journal").iterdir()) / "journal.jsonl"
        return [json.loads(line)["record"] for line in journal.read_text().splitlines()]


@pytest.fixture
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    text, rules = request.param
    return Bench(tmp_path, text, rules)


def case(text: str, *rules: Rule) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("bench", [(text, rules)], indirect=True, ids=[text])


@case("aaa", A)
def test_proved(bench: Bench) -> None:
    outcome = bench.apply()
    assert outcome.kind is OutcomeKind.PROVED
    assert not outcome.rolled_back
    assert bench.text == "ok"
    assert [v.code for v in outcome.proof] == ["GM490", "GM499"]
    assert bench.records() == ["opened", "intent", "done", "applied", "closed"]
    anyio.run(lambda: undo(bench.state, None, bench.doors))
    assert digest_path(str(bench.root)) == bench.before


@case("bbb", B)
def test_still_present_is_undone(bench: Bench) -> None:
    outcome = bench.apply()
    assert outcome.kind is OutcomeKind.STILL_PRESENT
    assert outcome.rolled_back
    assert digest_path(str(bench.root)) == bench.before


@case("fff", E)
def test_the_deeper_proof_fails(bench: Bench) -> None:
    outcome = bench.apply()
    assert outcome.kind is OutcomeKind.STILL_PRESENT
    assert "GM499" in outcome.reason
    assert digest_path(str(bench.root)) == bench.before


@case("ccc", C, BAD)
def test_worse_is_rolled_back(bench: Bench) -> None:
    outcome = bench.apply()
    assert outcome.kind is OutcomeKind.ROLLED_BACK
    assert "GM493" in outcome.reason
    assert digest_path(str(bench.root)) == bench.before


@case("ddd", D)
def test_an_open_proof_is_kept_and_said(bench: Bench) -> None:
    outcome = bench.apply()
    assert outcome.kind is OutcomeKind.UNDETERMINED
    assert "the debugger is not here" in outcome.reason
    assert bench.text == "dark"


@case("aaa bbb", A, B)
def test_only_the_proved_part_is_kept(bench: Bench) -> None:
    outcome = bench.apply()
    assert outcome.kind is OutcomeKind.PARTLY
    assert not outcome.rolled_back
    assert bench.text == "ok bbb"
    assert len(outcome.after) == 1


@case("aaa", A)
def test_a_file_changed_since_the_plan(bench: Bench) -> None:
    plan = bench.look()[2]
    (bench.root / "words.txt").write_text("aaa, edited meanwhile")
    with pytest.raises(Refused, match="changed since the plan"):
        bench.apply(plan)
    assert bench.text == "aaa, edited meanwhile"


def failing(bench: Bench, step: Step) -> Outcome:
    plan = bench.look()[2]
    return bench.apply(Plan(steps=(*plan.steps, step), findings=plan.findings, codes=plan.codes, fixes=plan.fixes))


@case("aaa", A)
def test_a_step_that_fails_undoes_those_before_it(bench: Bench) -> None:
    step = Run(
        argv=("sh", "-c", "echo half > half.txt; echo no disk >&2; exit 3"),
        cwd=str(bench.root),
        writes=(str(bench.root / "half.txt"),),
    )
    outcome = failing(bench, step)
    assert outcome.kind is OutcomeKind.ROLLED_BACK
    assert "no disk" in outcome.reason
    assert digest_path(str(bench.root)) == bench.before


@case("aaa", A)
def test_undo_refuses_to_overwrite_later_work(bench: Bench) -> None:
    bench.apply()
    (bench.root / "words.txt").write_text("hours of work")
    with pytest.raises(Refused, match="changed after the plan"):
        anyio.run(lambda: undo(bench.state, None, bench.doors))
    assert bench.text == "hours of work"
    anyio.run(lambda: undo(bench.state, None, bench.doors, force=True))
    assert bench.text == "aaa"


@case("aaa bbb", A, B)
def test_edits_of_one_file_are_one_step(bench: Bench) -> None:
    plan = bench.look()[2]
    assert len(plan.steps) == 1
    assert len(plan.findings) == 2
    assert plan.conflicts == ()


def test_fixes_that_contradict_each_other_leave_one_out(tmp_path: Path) -> None:
    other = made("GM496", "aaa", "something else")
    bench = Bench(tmp_path, "aaa", (A, other))
    plan = bench.look()[2]
    assert len(plan.findings) == 1
    assert plan.conflicts[0].dropped == "GM496-replace"
    assert plan.conflicts[0].kept == "GM490-replace"
    assert len(plan.unmended) == 1
