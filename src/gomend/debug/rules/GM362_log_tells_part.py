"""A log of dlv tells that a breakpoint was refused, and not everything that is needed to say why.

What it finds     A log with a refused breakpoint; and which of these it shows: the mode, the program, the path rules, and recorded files of the binary.
Why it hurts      Delve answers "could not find file" for more than twenty causes. Only the binary and the sources together tell them apart, and a log has neither.
Example           GoLand's console: ``could not find file /home/dev/shop/main.go``, and nothing else.
After the fix     ``gomend debug why`` has been asked with the program, or the log was written with ``--log --log-output=dap,rpc,debugger``.
Fix safety        A person asks again.
How it is proved  Another log, or another question.
References        Delve Documentation/usage/dlv_log.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.symptoms.dlv import DlvSymptoms
from gomend.debug.symptoms.files import LoggedFiles
from gomend.debug.symptoms.launch import LoggedLaunch
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM362",
    "log-tells-part",
    severity=Severity.INFO,
    since="0.1",
    title="The log tells part of it: {known}; it does not tell: {unknown}",
    message="From the log alone: {known}. Not in it: {unknown}. With the program, gomend debug why can tell the rest.",
    doc=__doc__,
)
_NEVER = ("DWARF", "-gcflags", "-ldflags", "sources")
"""What no log of dlv shows."""


def _known(launch: LoggedLaunch | None, files: LoggedFiles | None) -> dict[str, bool]:
    return {
        "breakpoints": True,
        "mode": bool(launch and launch.mode),
        "program": bool(launch and launch.program),
        "substitutePath": launch is not None,
        "recorded files": files is not None,
    }


@rule.check
def check(
    said: DlvSymptoms, launch: LoggedLaunch | Absent | Unknown, files: LoggedFiles | Absent | Unknown
) -> Iterator[Finding]:
    refused = [s for kind in ("no-file", "no-statement", "stripped") for s in said.of(kind)]
    if refused:
        asked = launch if isinstance(launch, LoggedLaunch) else None
        known = _known(asked, files if isinstance(files, LoggedFiles) else None)
        yield rule.finding(
            Subject(kind="log", name=refused[0].evidence.source),
            evidence=[refused[0].evidence, *([asked.evidence] if asked else [])],
            known=", ".join(name for name, there in known.items() if there),
            unknown=", ".join([*(name for name, there in known.items() if not there), *_NEVER]),
        )


@rule.fix("Ask with the program", safety=Safety.MANUAL)
def ask(finding: Finding, said: DlvSymptoms, launch: LoggedLaunch | Absent | Unknown) -> Mend:
    del finding
    refused = [s for kind in ("no-file", "no-statement") for s in said.of(kind)]
    place = next((f"{s.file}:{s.line or 1}" for s in refused), "FILE:LINE")
    hints = [f"gomend debug why --config .vscode/launch.json:NAME --break {place}"]
    if not isinstance(launch, LoggedLaunch):
        hints.append("dlv … --log --log-output=dap,rpc,debugger --log-dest=dlv.log")
    return Mend(hints=tuple(hints))


_DAP = """2026-01-02T03:04:05Z debug layer=dap [<- from client]{"seq":2,"type":"request","command":"launch","arguments":{"mode":"exec","program":"/w/app","substitutePath":[]}}
2026-01-02T03:04:06Z debug layer=dap [-> to client]{"seq":0,"type":"response","request_seq":3,"success":true,"command":"setBreakpoints","body":{"breakpoints":[{"verified":false,"message":"could not find file /w/b.go"}]}}
"""
rule.catches("a console", subject="log", log="could not find file /home/dev/shop/main.go\n")
rule.catches("a log of the adapter", log=_DAP)
rule.passes("nothing refused", log="DAP server listening at: 127.0.0.1:38697\n")
rule.not_applicable("no log")
