"""The image runs dlv on a binary that is built with optimisation.

What it finds     A Dockerfile stage starts ``dlv exec`` on a program whose ``go build`` lacks ``-gcflags="all=-N -l"``.
Why it hurts      Lines move, variables are "optimized out" and small functions are inlined, so that breakpoints bind elsewhere or not at all.
Example           ``RUN go build -o /app .`` and, in the last stage, ``CMD ["dlv", "exec", "/app", "--headless"]``.
After the fix     The build that feeds the debug stage has ``-gcflags="all=-N -l"``.
Fix safety        Safe: one flag is added to the go build of that stage.
How it is proved  The Dockerfile is read again and the build on the way to dlv has both flags for all packages.
References        go tool compile (-N, -l); Delve Documentation/usage/dlv_exec.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import mending
from gomend.debug.facts.images import Build, Dockerfiles
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM312",
    "image-binary-optimised",
    severity=Severity.WARNING,
    since="0.1",
    title="{image} runs dlv on an optimised binary",
    message='dlv debugs {program}, which line {line} of {file} builds without -gcflags="all=-N -l".',
    doc=__doc__,
    explains=("GM351", "GM355"),
)


def _is_optimised(build: Build) -> bool:
    everywhere = build.command.flags.everywhere
    return everywhere is None or not everywhere.debuggable


@rule.check
def check(images: Dockerfiles) -> Iterator[Finding]:
    for image in images.debug:
        wrong = [b for b in image.builds if _is_optimised(b)]
        if wrong:
            line = wrong[0].command.line
            yield rule.finding(
                image.subject(line),
                evidence=[image.evidence(line), image.evidence(image.start.line)],
                image=image.stage.name if not image.stage.name.isdigit() else image.file.name,
                program=image.program,
                line=line,
                file=image.file.name,
            )


@rule.fix("Build {program} for debugging", safety=Safety.SAFE)
def build_for_debugging(finding: Finding, images: Dockerfiles) -> Mend | None:
    for image in images.debug:
        if (image.subject(0).name, image.file.name) != (finding.subject.name, finding.subject.path):
            continue
        step = image.mend(mending.build_for_debugging)
        if step is not None:
            return Mend(steps=(step,), parameters={"program": image.program})
    return None


_IMAGE = """FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN go install github.com/go-delve/delve/cmd/dlv@latest
RUN %s
FROM debian:12
COPY --from=build /out/app /go/bin/dlv /
CMD %s
"""
_DLV = '["/dlv", "--headless", "--listen=:2345", "exec", "/app"]'

rule.catches(
    "no -gcflags", subject="Dockerfile (1)", files={"Dockerfile": _IMAGE % ("CGO_ENABLED=0 go build -o /out/app .", _DLV)}
)
rule.catches("without all=", files={"Dockerfile": _IMAGE % ('go build -gcflags="-N -l" -o /out/app ./cmd/app', _DLV)})
rule.passes("both flags", files={"Dockerfile": _IMAGE % ("go build -gcflags 'all=-N -l' -o /out/app .", _DLV)})
rule.passes("a production image", files={"Dockerfile": _IMAGE % ("go build -o /out/app .", '["/app"]')})
rule.not_applicable("no Dockerfile", files={"go.mod": "module m\n"})
