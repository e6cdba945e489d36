"""The version control tool failed.

What it finds     git, hg or svn ended with an error while go fetched a module with it, or it is not installed.
Why it hurts      With ``direct`` (or GOPRIVATE) go depends on the tool, the network and the host; the tool's own message says which of them failed.
Example           ``git ls-remote … exit status 128: fatal: unable to access 'https://git.example.com/priv/'``
After the fix     The same git command works by hand in a terminal.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#vcs; cmd/go, modfetch/codehost.
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
    "GM163",
    "vcs-failed",
    severity=Severity.ERROR,
    since="0.1",
    title="{module}: the version control tool failed",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.VCS_FAILED)


@rule.fix("Run git by hand to see more", safety=Safety.MANUAL)
def by_hand(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("GIT_TRACE=1 GIT_CURL_VERBOSE=1 git ls-remote URL",))


rule.catches(
    "network",
    log="go: corp.example.com/priv@v0.1.0: invalid version: git ls-remote -q --end-of-options https://git.example.com/priv in /home/dev/go/pkg/mod/cache/vcs/0123: exit status 128:\n\tfatal: unable to access 'https://git.example.com/priv/': CONNECT tunnel failed, response 502",
)
rule.catches(
    "no git",
    log='go: corp.example.com/priv@v0.1.0: git init --bare in /home/dev/go/pkg/mod/cache/vcs/0123: exec: "git": executable file not found in $PATH',
)
rule.catches("stamping", log="error obtaining VCS status: exit status 128\n\tUse -buildvcs=false to disable VCS stamping.")
rule.passes(
    "no login is another matter",
    log="go: corp.example.com/priv@v0.1.0: invalid version: git ls-remote -q --end-of-options https://git.example.com/priv in /home/dev/go/pkg/mod/cache/vcs/0123: exit status 128:\n\tfatal: could not read Username for 'https://git.example.com': terminal prompts disabled",
)
rule.not_applicable("no log was given")
