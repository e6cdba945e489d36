"""There is no go.mod where the command was run.

What it finds     go looked for go.mod in the folder and all above it and found none.
Why it hurts      Outside a module go can neither resolve imports nor record versions.
Example           ``go: go.mod file not found in current directory or any parent directory``
After the fix     The command runs in the module's folder, or ``go mod init`` made one.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod; cmd/go, modload.
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
    "GM191",
    "module-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="No go.mod here or above",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.MODULE_MISSING)


@rule.fix("Make a module", safety=Safety.MANUAL)
def init(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "cd FOLDER_OF_GO_MOD",
            "go mod init example.com/NAME && go mod tidy",
        )
    )


rule.catches("build", log="go: go.mod file not found in current directory or any parent directory; see 'go help modules'")
rule.catches(
    "main module",
    log="go: cannot find main module, but found .git/config in /src\n\tto create a module there, run:\n\tgo mod init",
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
