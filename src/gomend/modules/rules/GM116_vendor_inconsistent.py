"""vendor/modules.txt and go.mod disagree.

What it finds     A requirement or replacement of go.mod is not in vendor/modules.txt as it stands, or the other way round.
Why it hurts      go uses the folder by itself (go 1.14 and later) and refuses every build: ``inconsistent vendoring``.
Example           ``go get example.com/a@v1.1.0`` without ``go mod vendor`` after it
After the fix     ``go mod vendor`` has written the folder anew.
Fix safety        Unsafe: the whole vendor folder is written anew, and changes made there by hand are lost; undo brings it back.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#vendoring; cmd/go, modload/vendor.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang import commands
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.project import GoMod, GoWork
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Reply, Rule
from gomend.modules.facts.vendor import Vendor

rule = Rule(
    "GM116",
    "vendor-inconsistent",
    severity=Severity.ERROR,
    since="0.1",
    title="vendor is out of step: {module}",
    message=("{module} {said}."),
    doc=__doc__,
    explains=("GM187",),
)


@rule.check
def check(vendor: Vendor, mod: GoMod, env: GoEnv, work: GoWork | Absent | Unknown) -> Iterator[Finding]:
    flags = env["GOFLAGS"].split()
    if isinstance(work, GoWork) or any(f in {"-mod=mod", "-mod=readonly"} for f in flags):
        return
    for wrong in vendor.disagreements:
        file = mod.file if wrong.file == "go.mod" else vendor.file
        yield rule.finding(
            Subject(kind="module", name=wrong.module, path=file.name, line=wrong.line),
            evidence=[file.evidence(wrong.line), Evidence(source=vendor.file.name, quote=f"{wrong.module}: {wrong.said}")],
            module=wrong.module,
            said=wrong.said,
        )


@rule.fix("Run go mod vendor", safety=Safety.UNSAFE)
def vendor(finding: Finding, mod: GoMod) -> Mend | None:
    del finding
    return Mend(steps=(commands.vendor(mod),))


_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire example.com/a v1.1.0\n"

rule.catches(
    "another version",
    subject="example.com/a@v1.1.0",
    files={"go.mod": _MOD, "vendor/modules.txt": "# example.com/a v1.0.0\n## explicit; go 1.20\nexample.com/a\n"},
    commands={
        "go mod vendor": Reply(writes={"vendor/modules.txt": "# example.com/a v1.1.0\n## explicit; go 1.20\nexample.com/a\n"})
    },
)
rule.catches(
    "replacement missing",
    files={
        "go.mod": _MOD + "\nreplace example.com/a => ../a\n",
        "vendor/modules.txt": "# example.com/a v1.1.0\n## explicit\nexample.com/a\n",
    },
)
rule.passes(
    "in step", files={"go.mod": _MOD, "vendor/modules.txt": "# example.com/a v1.1.0\n## explicit; go 1.20\nexample.com/a\n"}
)
rule.passes("switched off", files={"go.mod": _MOD, "vendor/modules.txt": ""}, goenv={"GOFLAGS": "-mod=readonly"})
rule.not_applicable("there is no vendor folder", files={"go.mod": _MOD})
rule.undetermined("go is not on PATH", files={"go.mod": _MOD, "vendor/modules.txt": ""}, programs=("!go",))
