"""A launch configuration attaches to a process, and the system does not let dlv do that.

What it finds     ``"request": "attach"`` with mode local, while kernel.yama.ptrace_scope is 1 or 2 and the capability SYS_PTRACE is missing, or ptrace_scope is 3.
Why it hurts      Attaching fails with "operation not permitted". Programs that dlv starts itself are its children, and may be traced; so only configurations that attach are hit.
Example           A desktop Linux (ptrace_scope 1), a user without capabilities, and "Attach to a process" in launch.json.
After the fix     ptrace_scope is 0, or dlv starts the program itself (mode exec or debug), or a container has SYS_PTRACE.
Fix safety        A person decides: each way lets a user's programs read each other.
How it is proved  /proc is read again.
References        Linux Documentation/admin-guide/LSM/Yama.rst; ptrace(2); Delve service/debugger/debugger_linux.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.launch import LaunchConfigs
from gomend.debug.facts.tracing import PtraceRights
from gomend.model.base import Safety, Severity
from gomend.model.facts import Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM326",
    "ptrace-refused",
    severity=Severity.WARNING,
    since="0.1",
    title="{config} cannot attach: the system does not allow it",
    message="{config} attaches to a process, which needs kernel.yama.ptrace_scope 0 or the capability SYS_PTRACE.",
    doc=__doc__,
    explains=("GM354",),
)


@rule.check
def check(configs: LaunchConfigs, rights: PtraceRights) -> Iterator[Finding]:
    if rights.tracing.attach:
        return
    for config in configs.configs:
        if config.is_attach:
            yield rule.finding(config.subject(), evidence=[config.evidence("request"), *rights.evidence()], config=config.name)


@rule.fix("Let dlv attach", safety=Safety.MANUAL)
def allow(finding: Finding, rights: PtraceRights) -> Mend:
    del finding
    return Mend(hints=rights.tracing.hints())


_LAUNCH = """{"configurations": [
  {"name": "running", "type": "go", "request": "attach", "mode": "local", "processId": "${command:pickProcess}"}
]}
"""
_PLAIN = "Name:\tgomend\nCapEff:\t0000000000000000\nSeccomp:\t0\n"


def _world(yama: str, status: str = _PLAIN, launch: str = _LAUNCH) -> dict[str, str]:
    return {".vscode/launch.json": launch, "/proc/sys/kernel/yama/ptrace_scope": yama, "/proc/self/status": status}


rule.catches("only children", subject="running", files=_world("1\n"))
rule.catches("nobody at all", files=_world("3\n", "CapEff:\t000001ffffffffff\nSeccomp:\t0\n"))
rule.passes("allowed", files=_world("0\n"))
rule.passes("root", files=_world("1\n", "CapEff:\t000001ffffffffff\nSeccomp:\t0\n"))
rule.passes("nothing attaches", files=_world("1\n", launch=_LAUNCH.replace('"attach"', '"launch"')))
rule.not_applicable("no launch configuration")
rule.undetermined(
    "no /proc",
    files={".vscode/launch.json": _LAUNCH},
    without={"PtraceRights": Unknown(reason="there is no /proc/self/status")},
)
