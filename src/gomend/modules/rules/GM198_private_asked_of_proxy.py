"""The proxy could not log in to the module's repository: the module is private.

What it finds     A server of GOPROXY answered 404 or 410, and its own words say that git wanted a login there.
Why it hurts      The proxy is a stranger to the repository. It will never have the module, and it now knows the module's path.
Example           ``410 Gone … server response: … could not read Username for 'https://git.example.com': terminal prompts disabled``
After the fix     GOPRIVATE names the path, and go fetches the module straight from the repository with your own login.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#private-modules; go.dev/doc/faq#git_https.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules.facts.team import TeamPrivate
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_modules

rule = Rule(
    "GM198",
    "private-via-public-proxy",
    severity=Severity.ERROR,
    since="0.1",
    title="{module} is private, and {server} was asked for it",
    message="{server} could not log in to the repository of {module}. Name the module in GOPRIVATE, so that go asks the repository itself.",
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.PRIVATE_ASKED)


@rule.fix("Name {pattern} in GOPRIVATE", safety=Safety.MANUAL)
def name_private(finding: Finding, team: TeamPrivate | Absent | Unknown) -> Mend | None:
    module = finding.subject.name.partition("@")[0]
    pattern = (team.pattern_for(module) if isinstance(team, TeamPrivate) else "") or "/".join(module.split("/")[:2])
    return Mend(hints=(f"go env -w GOPRIVATE={pattern}",), parameters={"pattern": pattern})


_GONE = """\
go: git.example.com/acme/pay@v1.2.3: reading https://goproxy.example.com/git.example.com/acme/pay/@v/v1.2.3.mod: 410 Gone
\tserver response:
\tnot found: git.example.com/acme/pay@v1.2.3: invalid version: git ls-remote -q origin in /tmp/vcs/0123: exit status 128:
\t\tfatal: could not read Username for 'https://git.example.com': terminal prompts disabled
\tConfirm the import path was entered correctly.
"""

rule.catches("410 with git's words", subject="git.example.com/acme/pay@v1.2.3", log=_GONE)
rule.catches(
    "404 in a container's log",
    log="\n".join(f"#12 1.234 {line}" for line in _GONE.replace("410 Gone", "404 Not Found").splitlines()),
)
rule.passes("the version does not exist", log=_GONE.splitlines()[0])
rule.passes("git on this machine wants a login", log="\n".join(line.strip() for line in _GONE.splitlines()[2:4]))
rule.not_applicable("no log was given")
