"""The image runs dlv on a binary whose debug information an earlier stage threw away.

What it finds     A Dockerfile stage starts ``dlv exec`` on a program that was built with ``-s`` or ``-w``, or that a RUN has stripped.
Why it hurts      The container starts and dlv listens, but no breakpoint binds: there is no line table left. A production image that runs no dlv is fine and is not spoken of.
Example           ``RUN go build -ldflags="-s -w" -o /app .`` and, in the last stage, ``CMD ["dlv", "exec", "/app", "--headless"]``.
After the fix     The build that feeds the debug stage keeps its debug information; other linker flags stay.
Fix safety        Safe: only ``-s`` and ``-w`` go from the RUN, ARG or ENV of that stage. A ``strip`` is left for a person.
How it is proved  The Dockerfile is read again and the build on the way to dlv strips nothing.
References        go tool link (-s, -w); Dockerfile reference (COPY --from).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug import mending
from gomend.debug.facts.images import Dockerfiles
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM311",
    "image-strips-dwarf",
    severity=Severity.ERROR,
    since="0.1",
    title="{image} runs dlv on a stripped binary",
    message="dlv debugs {program}, but line {line} of {file} takes its debug information away ({how}).",
    doc=__doc__,
    explains=("GM350", "GM352"),
)


@rule.check
def check(images: Dockerfiles) -> Iterator[Finding]:
    for image in images.debug:
        places = [(b.command.line, b.command.flags.strip) for b in image.builds if b.command.flags.strip]
        places += [(i.line, "strip") for i in image.strips]
        if places:
            line, how = places[0]
            yield rule.finding(
                image.subject(line),
                evidence=[image.evidence(line), image.evidence(image.start.line)],
                image=image.stage.name if not image.stage.name.isdigit() else image.file.name,
                program=image.program,
                line=line,
                file=image.file.name,
                how=how,
            )


@rule.fix("Build {program} with its debug information", safety=Safety.SAFE)
def keep_debug_info(finding: Finding, images: Dockerfiles) -> Mend | None:
    for image in images.debug:
        if (image.subject(0).name, image.file.name) != (finding.subject.name, finding.subject.path):
            continue
        step = image.mend(mending.unstripped)
        if step is None:
            hints = (f"{finding.subject.path}:{finding.subject.line}: build without -s and -w, do not strip {image.program}",)
            return Mend(hints=hints, parameters={"program": image.program})
        return Mend(steps=(step,), parameters={"program": image.program})
    return None


_TWO = """# syntax=docker/dockerfile:1
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
%s
FROM debian:12 AS debug
COPY --from=build /out/app /usr/local/bin/
COPY --from=build /go/bin/dlv /usr/local/bin/
%s
"""
_DLV = 'ENTRYPOINT ["dlv", "exec", "/usr/local/bin/app", "--headless", "--listen=:2345"]'

rule.catches(
    "-s -w in the build stage",
    subject="Dockerfile (debug)",
    files={"Dockerfile": _TWO % ('RUN go build -gcflags="all=-N -l" \\\n    -ldflags="-s -w -X main.v=1" -o /out/app .', _DLV)},
)
rule.catches(
    "flags from ENV",
    files={"debug.Dockerfile": _TWO % ('ENV LDFLAGS="-s -w"\nRUN go build -ldflags "$LDFLAGS" -o /out/app ./cmd/app', _DLV)},
)
rule.catches("strip", files={"Dockerfile.debug": _TWO % ("RUN go build -o /out/app . && strip /out/app", _DLV)})
rule.catches(
    "shell form in one stage",
    files={
        "Dockerfile": "FROM golang\nWORKDIR /app\nRUN go build -ldflags=-w -o app .\nCMD dlv exec ./app --headless --listen=:2345\n"
    },
)
rule.passes(
    "a production image",
    files={"Dockerfile": _TWO % ('RUN go build -ldflags="-s -w" -o /out/app .', 'CMD ["/usr/local/bin/app"]')},
)
rule.passes("a debug image with debug information", files={"Dockerfile": _TWO % ("RUN go build -o /out/app .", _DLV)})
rule.passes(
    "another binary is stripped",
    files={"Dockerfile": _TWO % ("RUN go build -o /out/app . && go build -ldflags=-s -o /out/tool ./cmd/tool", _DLV)},
)
rule.not_applicable("no Dockerfile", files={"go.mod": "module m\n"})
