"""No required module has the imported package.

What it finds     An import names a package that is in no module of go.mod, or that the module found does not have (any more).
Why it hurts      The requirement was never added, the path is misspelled, or the package was moved in a newer version.
Example           ``no required module provides package example.com/a/sub; to add it: go get example.com/a/sub``
After the fix     go.mod requires a module that has the package, or the import names the right path.
Fix safety        Safe: ``go mod tidy`` changes go.mod and go.sum only, and undo brings them back.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod; cmd/go, modload.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang import commands
from gomend.golang.facts.project import GoMod
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_modules

rule = Rule(
    "GM168",
    "package-not-provided",
    severity=Severity.ERROR,
    since="0.1",
    title="Package {target} is in no module that go knows",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.PACKAGE_MISSING)


@rule.fix("Add the missing requirements", safety=Safety.SAFE)
def add_it(finding: Finding, mod: GoMod | Absent | Unknown) -> Mend | None:
    if "no required module provides package" not in str(finding.message.parameters) or not isinstance(mod, GoMod):
        return None
    if f"{finding.subject.name}/".startswith(f"{mod.module}/"):
        return None  # a folder of the project itself: no requirement can bring it
    return Mend(steps=(commands.tidy(mod),))


@rule.fix("Correct the import path, or add the folder {folder}", safety=Safety.MANUAL)
def own_folder(finding: Finding, mod: GoMod | Absent | Unknown) -> Mend | None:
    name = finding.subject.name
    if not isinstance(mod, GoMod) or not mod.module or not f"{name}/".startswith(f"{mod.module}/"):
        return None
    folder = name.removeprefix(mod.module).strip("/") or "."
    hints = (f"git log --oneline --diff-filter=D -- {folder}", f"grep -rn '\"{name}\"' --include='*.go' .")
    return Mend(hints=hints, parameters={"folder": folder})


rule.catches(
    "not required",
    log="main.go:3:8: no required module provides package example.com/a/sub; to add it:\n\tgo get example.com/a/sub",
)
rule.catches(
    "not in the module",
    log="go: module example.com/multi@upgrade found (v1.0.0), but does not contain package example.com/multi/x/y",
)
rule.catches("not in std", log="main.go:4:2: package slices is not in GOROOT (/usr/local/go/src/slices)")
rule.catches(
    "a folder of the project itself",
    subject="example.com/shop/internal/nope",
    files={"go.mod": "module example.com/shop\n\ngo 1.22\n"},
    log="main.go:3:8: no required module provides package example.com/shop/internal/nope; to add it:\n\tgo get example.com/shop/internal/nope",
)
rule.passes(
    "forbidden is another matter",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 403 Forbidden",
)
rule.not_applicable("no log was given")
