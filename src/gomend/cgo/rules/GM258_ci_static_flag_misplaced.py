"""A build in a CI file gives -static to go's own linker.

What it finds     ``go build -ldflags "-static"`` in a Dockerfile, pipeline, Makefile or script: -static stands beside -extldflags, not inside it.
Why it hurts      go's linker has no such flag: ``flag provided but not defined: -static``.
Example           ``RUN go build -ldflags "-s -w -static" .``
After the fix     -static is inside -extldflags, with -linkmode external.
Fix safety        Manual: gomend does not rewrite CI files.
How it is proved  The file is read again and no longer says so.
References        pkg.go.dev/cmd/link.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.ci import CiBuilds
from gomend.model.base import Safety, Severity
from gomend.model.facts import Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM258",
    "static-flag-misplaced",
    severity=Severity.WARNING,
    since="0.1",
    title="{file} gives -static to go's linker, which has no such flag",
    message="{place} in {file} has -ldflags={flags}; -static belongs inside -extldflags.",
    doc=__doc__,
)


@rule.check
def check(ci: CiBuilds) -> Iterator[Finding]:
    for item in ci.items:
        try:
            words = shlex.split(item.build.ldflags)
        except ValueError:
            continue
        before = ["", *words]
        if any(w in {"-static", "--static"} and "extldflags" not in before[i] for i, w in enumerate(words)):
            yield rule.finding(
                item.subject(),
                evidence=[item.evidence()],
                file=item.file.name,
                place=item.build.place,
                flags=item.build.ldflags,
            )


@rule.fix("Give it to the C linker", safety=Safety.MANUAL)
def give(finding: Finding) -> Mend | None:
    return Mend(hints=(f"# {finding.subject.path}:{finding.subject.line}: -ldflags '-linkmode external -extldflags -static'",))


_BAD = 'FROM golang:1.24\nRUN go build -ldflags "-s -w -static" -o /shop .\n'

rule.catches("a Dockerfile", files={**worlds.pure_project(), "Dockerfile": _BAD})
rule.catches("make", files={**worlds.pure_project(), "Makefile": "FLAGS := -static\nall:\n\tgo build -ldflags=$(FLAGS) .\n"})
rule.passes(
    "inside -extldflags",
    files={**worlds.pure_project(), "Dockerfile": _BAD.replace("-s -w -static", "-linkmode external -extldflags -static")},
)
rule.passes("no such flag", files={**worlds.pure_project(), "Dockerfile": _BAD.replace(" -static", "")})
rule.not_applicable("no CI file builds Go code", files=worlds.cgo_project())
rule.undetermined(
    "the files cannot be read",
    files=worlds.cgo_project(),
    programs=("gcc",),
    commands=worlds.GCC,
    without={"CiBuilds": Unknown(reason="permission denied")},
)
