"""go.mod and go.sum are not tidy.

What it finds     ``go mod tidy`` would change go.mod or go.sum.
Why it hurts      Requirements that nobody imports, or missing ones that stop the next build with ``-mod=readonly``; CI checks fail.
Example           An import was removed and go.mod not tidied.
After the fix     go.mod and go.sum are as ``go mod tidy`` writes them.
Fix safety        Safe: go.mod and go.sum change, and undo brings them back.
How it is proved  ``go mod tidy -diff`` shows nothing any more.
References        go.dev/ref/mod#go-mod-tidy.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang import commands
from gomend.golang.facts.project import GoMod
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Reply, Rule
from gomend.sdk.facts.tidy import TidyDiff

rule = Rule(
    "GM009",
    "go-mod-untidy",
    severity=Severity.WARNING,
    since="0.1",
    title="go mod tidy would change {count} lines",
    message=("go.mod or go.sum differs from what the packages need in {count} lines."),
    doc=__doc__,
    explains=("GM192",),
)


@rule.check
def check(tidy: TidyDiff, mod: GoMod) -> Iterator[Finding]:
    if tidy.diff:
        yield rule.finding(
            Subject(kind="file", name=mod.file.name, path=mod.file.name), evidence=[tidy.evidence()], count=len(tidy.changes)
        )


@rule.fix("Run go mod tidy", safety=Safety.SAFE)
def tidy(finding: Finding, mod: GoMod) -> Mend | None:
    del finding
    return Mend(steps=(commands.tidy(mod),))


_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"
_DIFF = "diff current/go.mod tidy/go.mod\n--- current/go.mod\n+++ tidy/go.mod\n@@ -3,3 +3,1 @@\n-require example.com/a v1.0.0\n"

rule.catches(
    "a requirement too many",
    subject="go.mod",
    files={"go.mod": _MOD},
    commands={"go mod tidy -diff": Reply(stdout=_DIFF, exit=1)},
)
rule.passes("tidy", files={"go.mod": _MOD}, commands={"go mod tidy -diff": Reply()})
rule.not_applicable("there is no go.mod")
rule.undetermined(
    "modules are not in the cache",
    files={"go.mod": _MOD},
    commands={"go mod tidy -diff": Reply(stderr="go: module lookup disabled by GOPROXY=off\n", exit=1)},
)
