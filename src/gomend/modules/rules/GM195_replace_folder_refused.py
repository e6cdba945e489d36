"""A replacement folder does not exist.

What it finds     ``replace`` names a folder that is not there.
Why it hurts      It worked on the machine where the folder lies beside the project; on CI and in images it does not.
Example           ``replacement directory ../pay does not exist``
After the fix     The folder is there, or the replace line is gone.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#go-mod-file-replace.
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
    "GM195",
    "replace",
    severity=Severity.ERROR,
    since="0.1",
    title="{target}: its replacement folder is not there",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.REPLACE_MISSING)


@rule.fix("Drop the replacement", safety=Safety.MANUAL)
def drop(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("go mod edit -dropreplace=MODULE && go mod tidy",))


rule.catches(
    "folder",
    log="go: example.com/pay@v1.0.0 (replaced by ../pay): reading ../pay/go.mod: open /src/pay/go.mod: no such file or directory",
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
