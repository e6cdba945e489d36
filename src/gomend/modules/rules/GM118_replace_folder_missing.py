"""A replacement folder of go.mod does not exist.

What it finds     ``replace … => ../folder`` names a folder that is not there or has no go.mod, and the module is required.
Why it hurts      It builds where the folder lies beside the project, and nowhere else: not on CI, not in an image.
Example           ``replace example.com/pay => ../pay`` was committed; CI checks out one repository only.
After the fix     The folder is there, or the line is gone and the required version is published.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#go-mod-file-replace.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.project import GoMod
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.modules.facts.folders import LocalReplaces
from gomend.modules.facts.vendor import Vendor

rule = Rule(
    "GM118",
    "replace",
    severity=Severity.ERROR,
    since="0.1",
    title="{module} is replaced by a folder that is not there",
    message=("go.mod replaces {module} by {folder}, where there is no go.mod."),
    doc=__doc__,
    explains=("GM195",),
)


@rule.check
def check(mod: GoMod, local: LocalReplaces, vendor: Vendor | Absent | Unknown) -> Iterator[Finding]:
    if isinstance(vendor, Vendor) and vendor.used:
        return
    for found in local.replaces:
        replace = found.replace
        needed = any(r.path == replace.path and replace.version in {"", r.version} for r in mod.mod.requires)
        if needed and not found.has_mod:
            yield rule.finding(
                Subject(kind="module", name=replace.path, path=mod.file.name, line=replace.line),
                evidence=[mod.file.evidence(replace.line)],
                module=replace.path,
                folder=found.folder,
            )


@rule.fix("Drop the replacement of {module}", safety=Safety.MANUAL)
def drop(finding: Finding) -> Mend | None:
    module = finding.subject.name
    return Mend(
        hints=(f"go mod edit -dropreplace={module}", "go mod tidy", "go work init . ../FOLDER"), parameters={"module": module}
    )


_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire example.com/pay v1.0.0\n\nreplace example.com/pay => ./pay\n"

rule.catches("no folder", subject="example.com/pay", files={"go.mod": _MOD})
rule.catches("no go.mod in it", files={"go.mod": _MOD, "pay/pay.go": "package pay\n"})
rule.passes("the folder is there", files={"go.mod": _MOD, "pay/go.mod": "module example.com/pay\n"})
rule.passes("nothing requires it", files={"go.mod": "module example.com/shop\n\nreplace example.com/pay => ../pay\n"})
rule.not_applicable("go.mod replaces nothing by a folder", files={"go.mod": "module example.com/shop\n"})
