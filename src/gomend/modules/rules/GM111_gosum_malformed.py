"""go.sum has lines that go cannot read.

What it finds     A line of go.sum does not have three words, mostly ``<<<<<<<`` and ``=======`` of an unfinished merge.
Why it hurts      Every go command that needs modules stops with ``malformed go.sum``.
Example           ``<<<<<<< HEAD`` in line 3 of go.sum
After the fix     The lines are gone; hashes of both sides stay, which does no harm.
Fix safety        Safe: only the lines that go cannot read are removed; run go mod tidy afterwards if hashes are missing.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#go-sum-files; cmd/go, modfetch, readGoSum.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.project import GoSum
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.model.step import Edit, EditFile

rule = Rule(
    "GM111",
    "gosum-mismatch",
    severity=Severity.ERROR,
    since="0.1",
    title="go.sum is malformed in line {line}",
    message=("{count} line(s) of go.sum do not have the three words that go expects."),
    doc=__doc__,
    explains=("GM196",),
)


@rule.check
def check(sums: GoSum) -> Iterator[Finding]:
    if sums.malformed:
        first = sums.malformed[0]
        yield rule.finding(
            Subject(kind="file", name=sums.file.name, path=sums.file.name, line=first),
            evidence=[sums.file.evidence(line) for line in sums.malformed[:5]],
            line=first,
            count=len(sums.malformed),
        )


@rule.fix("Remove the lines that go cannot read", safety=Safety.SAFE)
def remove_lines(finding: Finding, sums: GoSum) -> Mend | None:
    del finding
    text = sums.file.text
    marks = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith((">>>>>>>", "<<<<<<<", "|||||||"))]
    gone = sorted({*sums.malformed, *marks})
    size = len(text.encode())
    edits = tuple(Edit(start=sums.file.offset(n), end=min(sums.file.offset(n + 1), size), new="") for n in gone)
    return Mend(steps=(EditFile(path=sums.file.path, before=sums.file.digest, edits=edits),))


rule.catches(
    "merge markers",
    subject="go.sum",
    files={"go.sum": "<<<<<<< HEAD\nexample.com/a v1.0.0 h1:AAAA=\n=======\nexample.com/a v1.1.0 h1:BBBB=\n>>>>>>> topic\n"},
)
rule.catches("a cut line", files={"go.sum": "example.com/a v1.0.0 h1:AAAA=\nexample.com/a v1.0"})
rule.passes("in order", files={"go.sum": "example.com/a v1.0.0 h1:AAAA=\n\nexample.com/a v1.0.0/go.mod h1:BBBB=\n"})
rule.passes("empty", files={"go.sum": ""})
rule.not_applicable("there is no go.sum")
