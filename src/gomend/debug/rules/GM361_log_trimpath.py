"""A log shows that the program is built with -trimpath.

What it finds     A log of dlv that refuses a breakpoint in a file, and either warns of a trimmed executable or names the file without a folder, as module path and name.
Why it hurts      The binary records ``example.com/shop/main.go``; no path of the disk equals that.
Example           ``Warning: debugging executable built with trimpath``, then ``could not find file /home/dev/shop/main.go``.
After the fix     The program to debug is built without -trimpath, or ``substitutePath`` maps the module's folder to its module path.
Fix safety        A person decides: the log does not say who builds the program.
How it is proved  The session is run again and its log no longer says it.
References        cmd/go (-trimpath); Delve service/debugger and pkg/terminal (trimpath warning).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.symptoms.dlv import DlvSymptoms
from gomend.debug.symptoms.files import LoggedFiles
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM361",
    "trimpath",
    severity=Severity.ERROR,
    since="0.1",
    title="{file} is not found: the program is built with -trimpath",
    message="The program that the log is about records no folders, so dlv does not know {file}.",
    doc=__doc__,
    explains=("GM350", "GM359"),
)


@rule.check
def check(said: DlvSymptoms, files: LoggedFiles | Absent | Unknown) -> Iterator[Finding]:
    warned = said.of("trimpath")
    for symptom in said.of("no-file"):
        found = files.like(symptom.file) if isinstance(files, LoggedFiles) else None
        trimmed = found is not None and not found[0].path.startswith("/") and ":" not in found[0].path
        if symptom.file.startswith("/") and (warned or trimmed):
            shown = [found[0].evidence] if found and trimmed else [s.evidence for s in warned[:1]]
            yield rule.finding(
                Subject(kind="source-file", name=symptom.file),
                evidence=[symptom.evidence, *shown],
                confidence=Confidence.HIGH if trimmed else Confidence.MEDIUM,
                file=symptom.file,
            )


@rule.fix("Build without -trimpath, or map the module's folder", safety=Safety.MANUAL)
def build(finding: Finding) -> Mend:
    del finding
    return Mend(
        hints=(
            'go build -gcflags="all=-N -l" …',
            '"substitutePath": [{"from": "${workspaceFolder}", "to": "MODULE"}]',
            "gomend debug map PROGRAM",
        )
    )


rule.catches(
    "a warning",
    subject="/home/dev/shop/main.go",
    log="Warning: debugging executable built with trimpath\nCommand failed: could not find file /home/dev/shop/main.go\n",
)
rule.catches(
    "a path without a folder",
    log='could not find file /home/dev/shop/main.go\ncreated breakpoint: &api.Breakpoint{File:"example.com/shop/main.go", Line:4}\n',
)
rule.passes("a folder", log='could not find file /home/dev/main.go\ncreated breakpoint: &api.Breakpoint{File:"/app/main.go"}\n')
rule.passes("nothing refused", log="Warning: debugging executable built with trimpath\n")
rule.not_applicable("no log")
