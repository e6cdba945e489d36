"""The cache may not be written.

What it finds     go could not create or change a file of the module cache or the build cache: permission denied, or a read-only file system.
Why it hurts      An earlier run as root (sudo, a container) owns the files, or the image mounts the cache read-only.
Example           ``mkdir /go/pkg/mod/cache/download/example.com: permission denied``
After the fix     The folder belongs to the user who builds, or GOMODCACHE and GOCACHE name one that does.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#module-cache; cmd/go, modfetch.
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
    "GM189",
    "cache-not-writable",
    severity=Severity.ERROR,
    since="0.1",
    title="The cache may not be written",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms) -> Iterator[Finding]:
    yield from about_modules(rule, told, Kind.NOT_WRITABLE)


@rule.fix("Own the caches", safety=Safety.MANUAL)
def own(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=('sudo chown -R "$(id -u):$(id -g)" "$(go env GOMODCACHE)" "$(go env GOCACHE)"',))


rule.catches("folder", log="go: example.com/a@v1.0.0: mkdir /go/pkg/mod/cache/download/example.com: permission denied")
rule.catches("read-only", log="go: could not create module cache: mkdir /go/pkg: read-only file system")
rule.passes(
    "an ssh key is another matter",
    log="go: corp.example.com/priv@v0.1.0: invalid version: git ls-remote -q --end-of-options https://git.example.com/priv in /home/dev/go/pkg/mod/cache/vcs/0123: exit status 128:\n\tgit@git.example.com: Permission denied (publickey).",
)
rule.not_applicable("no log was given")
