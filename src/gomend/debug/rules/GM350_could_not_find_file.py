"""dlv did not find a file for which the editor set a breakpoint.

What it finds     A log of dlv (or of the editor's debug adapter) says "could not find file …".
Why it hurts      No source path recorded in the binary equals the path that the editor sent: another folder, -trimpath, a container, a link, other case of letters, or a package that is not in this binary.
Example           ``could not find file /home/dev/app/main.go`` in ``dlv dap --log --log-output=dap``.
After the fix     ``substitutePath`` maps the editor's folder to the recorded one, or the binary is built where the sources are.
Fix safety        A person decides; where the machine's facts name the cause, that finding has the fix.
How it is proved  The session is run again and its log no longer says it.
References        Delve pkg/proc/bininfo.go (ErrCouldNotFindLine); Delve Documentation/cli/substitutepath.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.launch import LaunchConfigs
from gomend.debug.symptoms.dlv import DlvSymptoms
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM350",
    "path-mismatch",
    severity=Severity.ERROR,
    since="0.1",
    title="dlv knows no file {file}",
    message="The binary records no source file {file}: it was built from another folder, with -trimpath, or without that package.",
    doc=__doc__,
)


@rule.check
def check(said: DlvSymptoms, configs: LaunchConfigs | Absent | Unknown) -> Iterator[Finding]:
    trimmed = said.of("trimpath")
    for symptom in said.of("no-file"):
        here = isinstance(configs, LaunchConfigs) and any(c.inside(symptom.file) for c in configs.configs)
        yield rule.finding(
            Subject(kind="source-file", name=symptom.file),
            evidence=[symptom.evidence, *(s.evidence for s in trimmed[:1])],
            confidence=Confidence.MEDIUM if here or trimmed else Confidence.LOW,
            file=symptom.file,
        )


@rule.fix("Map the folder of {file} to the recorded one", safety=Safety.MANUAL)
def map_folder(finding: Finding) -> Mend:
    hints = ("dlv exec PROGRAM, then: sources main.go", '"substitutePath": [{"from": "${workspaceFolder}", "to": "RECORDED"}]')
    return Mend(hints=hints, parameters={"file": finding.subject.name})


rule.catches(
    "on the console", subject="/home/dev/app/main.go", log="Command failed: could not find file /home/dev/app/main.go\n"
)
rule.catches(
    "in a log of dap",
    subject="/w/b.go",
    log='2026-01-02T03:04:05Z debug layer=dap [-> to client]{"seq":0,"type":"response","request_seq":3,"success":true,'
    '"command":"setBreakpoints","body":{"breakpoints":[{"verified":true,"line":3},'
    '{"verified":false,"message":"could not find file /w/b.go"}]}}\n',
)
rule.passes("the binary is stripped", log="could not find file /w/main.go, binary is stripped\n")
rule.passes("dlv only listens", log="DAP server listening at: 127.0.0.1:38697\n")
rule.not_applicable("no log")
rule.not_applicable("a log of go", log="main.go:3:2: undefined: x\n")
