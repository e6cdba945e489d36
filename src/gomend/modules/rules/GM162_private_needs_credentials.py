"""The version control system wants a login that go cannot give.

What it finds     git (or another tool) was asked for a module and found no credentials, or ones without rights.
Why it hurts      go forbids git to ask for a password; on CI and in containers nobody has left one.
Example           ``fatal: could not read Username for 'https://git.example.com': terminal prompts disabled``
After the fix     netrc, a git credential helper, or ssh instead of https gives git what it needs.
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
    "GM162",
    "private-needs-credentials",
    severity=Severity.ERROR,
    since="0.1",
    title="{module}: the repository wants a login",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.CREDENTIALS_WANTED)


@rule.fix("Give git a login", safety=Safety.MANUAL)
def log_in(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "echo 'machine HOST login USER password SECRET' >> ~/.netrc && chmod 600 ~/.netrc",
            'git config --global url."ssh://git@HOST/".insteadOf https://HOST/',
        )
    )


rule.catches(
    "no prompt",
    log="go: corp.example.com/priv@v0.1.0: invalid version: git ls-remote -q --end-of-options https://git.example.com/priv in /home/dev/go/pkg/mod/cache/vcs/0123: exit status 128:\n\tfatal: could not read Username for 'https://git.example.com': terminal prompts disabled",
)
rule.catches(
    "ssh key refused",
    log="go: corp.example.com/priv@v0.1.0: invalid version: git ls-remote -q --end-of-options https://git.example.com/priv in /home/dev/go/pkg/mod/cache/vcs/0123: exit status 128:\n\tgit@git.example.com: Permission denied (publickey).\n\tfatal: Could not read from remote repository.",
)
rule.catches(
    "bad password",
    log="go: corp.example.com/priv@v0.1.0: invalid version: git ls-remote -q --end-of-options https://git.example.com/priv in /home/dev/go/pkg/mod/cache/vcs/0123: exit status 128:\n\tremote: HTTP Basic: Access denied\n\tfatal: Authentication failed for 'https://git.example.com/priv/'",
)
rule.passes(
    "the host is not reached",
    log="go: corp.example.com/priv@v0.1.0: invalid version: git ls-remote -q --end-of-options https://git.example.com/priv in /home/dev/go/pkg/mod/cache/vcs/0123: exit status 128:\n\tfatal: unable to access 'https://git.example.com/priv/': CONNECT tunnel failed, response 502",
)
rule.not_applicable("no log was given")
