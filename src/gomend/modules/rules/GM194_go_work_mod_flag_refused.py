"""``-mod`` and the workspace exclude each other.

What it finds     A go.work is in force while ``-mod=mod`` is given on the command line or in GOFLAGS.
Why it hurts      go refuses every build in the workspace.
Example           ``go: -mod may only be set to readonly or vendor when in workspace mode``
After the fix     ``-mod`` is gone from GOFLAGS, or GOWORK=off switches the workspace off.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#workspaces; cmd/go, modload.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_modules

rule = Rule(
    "GM194",
    "go-work",
    severity=Severity.ERROR,
    since="0.1",
    title="-mod=mod does not go with a workspace",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.WORK_MOD_FLAG)


@rule.fix("Drop the flag or the workspace", safety=Safety.MANUAL)
def off(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "go env -u GOFLAGS",
            "GOWORK=off go build ./...",
        )
    )


rule.catches(
    "build",
    log='go: -mod may only be set to readonly or vendor when in workspace mode, but it is set to "mod"\n\tRemove the -mod flag to use the default readonly value,',
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
