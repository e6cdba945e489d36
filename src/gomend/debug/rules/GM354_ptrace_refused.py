"""The system does not let dlv trace the process.

What it finds     A log of dlv says that it could not attach or launch because of ptrace: "operation not permitted" or the hint at a kernel security setting.
Why it hurts      Linux lets a process trace only its children while kernel.yama.ptrace_scope is 1; containers need the capability SYS_PTRACE, and old ones a seccomp profile that allows it.
Example           ``Could not attach to pid 4711: this could be caused by a kernel security setting, try writing "0" to /proc/sys/kernel/yama/ptrace_scope``.
After the fix     dlv starts the program itself (mode exec), or may trace: ``--cap-add=SYS_PTRACE`` for the container, ptrace_scope 0 for the machine.
Fix safety        A person decides: each way opens the machine a little.
How it is proved  The session is run again and its log no longer says it.
References        Delve service/debugger/debugger_linux.go; Linux Documentation/admin-guide/LSM/Yama.rst; ptrace(2).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.symptoms.dlv import DlvSymptoms
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM354",
    "ptrace-refused",
    severity=Severity.ERROR,
    since="0.1",
    title="The system does not let dlv trace the process",
    message="ptrace was refused: by kernel.yama.ptrace_scope, by a container without SYS_PTRACE, or by another owner.",
    doc=__doc__,
)


@rule.check
def check(said: DlvSymptoms) -> Iterator[Finding]:
    symptoms = said.of("ptrace")
    if symptoms:
        yield rule.finding(
            Subject(kind="permission", name="ptrace"),
            evidence=[s.evidence for s in symptoms[:3]],
            confidence=Confidence.MEDIUM,
        )


@rule.fix("Let dlv trace", safety=Safety.MANUAL)
def allow(finding: Finding) -> Mend:
    del finding
    return Mend(
        hints=(
            "docker run --cap-add=SYS_PTRACE --security-opt seccomp=unconfined …",
            "sudo sysctl kernel.yama.ptrace_scope=0",
            "dlv exec PROGRAM",
        )
    )


rule.catches(
    "yama",
    subject="ptrace",
    log='Could not attach to pid 4711: this could be caused by a kernel security setting, try writing "0" to '
    "/proc/sys/kernel/yama/ptrace_scope\n",
)
rule.catches("a container", log="could not launch process: fork/exec /app/server: operation not permitted\n")
rule.catches("an old dlv", log="could not attach to pid 7: operation not permitted\n")
rule.passes("another process", log="could not attach to pid 7: no such process\nAPI server listening at: [::]:2345\n")
rule.not_applicable("no log")
