"""GOVCS does not allow the version control tool.

What it finds     The module needs a tool (hg, svn, bzr, fossil, or git) that GOVCS forbids for its path; by default public modules may only use git and hg.
Why it hurts      go does not fetch the module.
Example           ``GOVCS disallows using svn for public corp.example.com/old``
After the fix     The path is named in GOPRIVATE (private modules may use any tool) or in GOVCS.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go help vcs; go.dev/ref/mod#vcs-govcs.
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
    "GM186",
    "vcs-disallowed",
    severity=Severity.ERROR,
    since="0.1",
    title="{target}: GOVCS forbids its version control tool",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.VCS_DISALLOWED)


@rule.fix("Allow the tool for this path", safety=Safety.MANUAL)
def allow(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("go env -w 'GOVCS=corp.example.com/*:svn,public:git|hg,private:all'",))


rule.catches(
    "svn", log="go: corp.example.com/old@v1.0.0: GOVCS disallows using svn for public corp.example.com/old; see 'go help vcs'"
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
