"""The image splits the debug information from its binary and leaves it behind.

What it finds     A stage that starts dlv on a program into which an earlier RUN wrote a ``.gnu_debuglink``, while no COPY brings the file that the link names to the program's folder.
Why it hurts      dlv looks for the separate file beside the program and in ``.debug``; without it the program counts as stripped.
Example           ``objcopy --only-keep-debug app app.debug && objcopy --strip-debug --add-gnu-debuglink=app.debug app``, then only ``COPY --from=build /out/app /usr/local/bin/``.
After the fix     The debug file lies beside the program in the image.
Fix safety        Safe: one COPY is added to the debug stage.
How it is proved  The Dockerfile is read again and the file is found on its way into the image.
References        Delve pkg/proc/bininfo.go (debug-info-directories, .gnu_debuglink); GDB manual, Separate Debug Files; objcopy(1).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.images import DebugImage, Dockerfiles
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.model.step import Edit, EditFile

rule = Rule(
    "GM325",
    "image-debug-file-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="The debug file of {program} is not in the image",
    message="{file} takes the debug information out of {program} and links {debug_file}, which no COPY brings into the image.",
    doc=__doc__,
    explains=("GM350", "GM352"),
)


def _lacking(images: Dockerfiles) -> Iterator[DebugImage]:
    return (i for i in images.debug if i.link and not i.has_debug_file)


@rule.check
def check(images: Dockerfiles) -> Iterator[Finding]:
    for image in _lacking(images):
        assert image.link
        yield rule.finding(
            image.subject(image.link.line),
            evidence=[image.evidence(image.link.line), image.evidence(image.start.line)],
            program=image.program,
            file=image.file.name,
            debug_file=image.debug_file,
        )


@rule.fix("Copy {debug_file} into the image", safety=Safety.SAFE)
def copy(finding: Finding, images: Dockerfiles) -> Mend | None:
    for image in _lacking(images):
        assert image.link
        if image.subject(image.link.line) == finding.subject:
            line = image.copy_line()
            parameters = {"debug_file": image.debug_file}
            if not line:
                return Mend(hints=(f"COPY {image.debug_file}",), parameters=parameters)
            edit = Edit(start=image.start.start, end=image.start.start, new=f"{line}\n")
            return Mend(steps=(EditFile(path=image.file.path, before=image.file.digest, edits=(edit,)),), parameters=parameters)
    return None


_FILE = """FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN go build -gcflags="all=-N -l" -o /out/app . \\
 && objcopy --only-keep-debug /out/app /out/app.debug \\
 && objcopy --strip-debug --add-gnu-debuglink=/out/app.debug /out/app
FROM debian:12
COPY --from=build /out/%s /usr/local/bin/
ENTRYPOINT ["dlv", "exec", "/usr/local/bin/app", "--headless", "--listen=:2345"]
"""

rule.catches("only the program is copied", subject="Dockerfile (1)", files={"Dockerfile": _FILE % "app"})
rule.passes("both are copied", files={"Dockerfile": _FILE % "app*"})
rule.passes(
    "no debug file at all",
    files={"Dockerfile": 'FROM golang\nRUN go build -o /app .\nCMD ["dlv", "exec", "/app"]\n'},
)
rule.not_applicable("no Dockerfile", files={"go.mod": "module m\n"})
