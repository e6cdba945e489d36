"""A log shows that a path rule of the launch request stands the wrong way round.

What it finds     A log of ``dlv dap --log --log-output=dap`` in which the launch request has a rule whose ``to`` is the beginning of a path that the editor then sent, and dlv did not find that file.
Why it hurts      In DAP ``from`` is the editor's path and ``to`` the one in the binary. A reversed rule never matches what the editor sends, so every breakpoint below that folder stays unbound.
Example           ``"from": "/app", "to": "/home/ada/shop"`` and then ``could not find file /home/ada/shop/main.go``.
After the fix     The two values have changed places in the editor's configuration.
Fix safety        A person decides: the configuration that the log came from may lie elsewhere.
How it is proved  The session is run again and its log no longer says it.
References        Delve service/dap/types.go (SubstitutePath); Delve Documentation/cli/substitutepath.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.symptoms.dlv import DlvSymptoms
from gomend.debug.symptoms.launch import LoggedLaunch
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM357",
    "rule-direction",
    severity=Severity.ERROR,
    since="0.1",
    title="substitutePath in the log is reversed: {source} → {to}",
    message="The editor sends paths below {to}, but that stands as the binary's side of the rule; from is the editor's path and to the recorded one.",
    doc=__doc__,
    explains=("GM350",),
)


@rule.check
def check(launch: LoggedLaunch, said: DlvSymptoms) -> Iterator[Finding]:
    missing = said.of("no-file")
    for source, to in launch.rules:
        hit = next((s for s in missing if _below(s.file, to) and not _below(s.file, source)), None)
        if hit is not None:
            yield rule.finding(
                Subject(kind="path-rule", name=f"{source} → {to}"),
                evidence=[launch.evidence, hit.evidence],
                confidence=Confidence.MEDIUM,
                source=source,
                to=to,
            )


def _below(path: str, folder: str) -> bool:
    return bool(folder) and path.startswith(folder.rstrip("/\\") + ("\\" if "\\" in folder else "/"))


@rule.fix("Let {source} and {to} change places", safety=Safety.MANUAL)
def swap(finding: Finding) -> Mend:
    source, _, to = finding.subject.name.partition(" → ")
    return Mend(hints=(f'"substitutePath": [{{"from": "{to}", "to": "{source}"}}]',), parameters={"source": source, "to": to})


_LOG = (
    '2026-01-02T03:04:05Z debug layer=dap [<- from client]{"seq":2,"type":"request","command":"launch","arguments":'
    '{"mode":"exec","program":"/app/shop","substitutePath":[{"from":"%s","to":"%s"}]}}\n'
    "could not find file /home/ada/shop/main.go\n"
)
rule.catches("copied from the dlv command line", subject="/app → /home/ada/shop", log=_LOG % ("/app", "/home/ada/shop"))
rule.passes("the right way round, but another folder is recorded", log=_LOG % ("/home/ada/shop", "/app"))
rule.passes("a rule for another folder", log=_LOG % ("/srv", "/opt"))
rule.not_applicable("no launch request in the log", log="could not find file /home/ada/shop/main.go\n")
rule.not_applicable("no log")
