"""Nobody says where the module's repository is.

What it finds     go asked ``https://PATH?go-get=1`` for a go-import meta tag and got none: the host is not reached, refuses, or serves a page without the tag.
Why it hurts      go has no proxy left to ask for this module, so it needs the host itself.
Example           ``unrecognized import path "corp.example.com/priv": https fetch: …``
After the fix     The path is spelled right, the host answers with the meta tag, or the path ends in .git.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#vcs-find; cmd/go, vcs.
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
    "GM164",
    "import-path-unresolvable",
    severity=Severity.ERROR,
    since="0.1",
    title="{target}: its repository cannot be found",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.IMPORT_PATH)


@rule.fix("Ask the host as go does", safety=Safety.MANUAL)
def ask_host(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("curl -sL 'https://MODULE?go-get=1' | grep go-import",))


rule.catches(
    "refused",
    log='go: corp.example.com/priv@v0.1.0: unrecognized import path "corp.example.com/priv": https fetch: Get "https://corp.example.com/priv?go-get=1": Bad Gateway',
)
rule.catches(
    "no tag",
    log='go: corp.example.com/priv: unrecognized import path "corp.example.com/priv": parse https://corp.example.com/priv?go-get=1: no go-import meta tags ()',
)
rule.passes(
    "an ordinary error",
    log="go: example.com/a@v1.0.0: reading https://goproxy.example.com/example.com/a/@v/v1.0.0.info: 404 Not Found",
)
rule.not_applicable("no log was given")
