"""The netrc entry never matches, for it lacks the port.

What it finds     A server of GOPROXY has a port in its URL, and netrc names the host without it.
Why it hurts      go compares ``machine`` with host and port as they stand in the URL; the login is never sent and the server answers 401.
Example           ``machine goproxy.example.com`` and ``GOPROXY=https://goproxy.example.com:8443``
After the fix     netrc has a second entry with ``host:port``.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The facts are collected again and the rule is silent.
References        go help goauth; cmd/go, auth/netrc.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.modules import proxylist
from gomend.modules.facts.netrc import Netrc
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind

rule = Rule(
    "GM109",
    "netrc-no-match",
    severity=Severity.WARNING,
    since="0.1",
    title="netrc has {machine}, but go looks for {host}",
    message=("go wants ``machine {host}``; the entry ``machine {machine}`` is not used for this server."),
    doc=__doc__,
    explains=("GM150",),
)


@rule.check
def check(env: GoEnv, netrc: Netrc, told: GoSymptoms | Absent | Unknown) -> Iterator[Finding]:
    if "netrc" not in (env["GOAUTH"] or "netrc"):
        return
    refused = {s.server for s in told.of(Kind.PROXY_STATUS) if s.status == 401} if isinstance(told, GoSymptoms) else set[str]()
    for entry in proxylist.parse(env["GOPROXY"]).servers:
        name = entry.host.partition(":")[0]
        if ":" in entry.host and name in netrc.hosts and entry.host not in netrc.hosts:
            yield rule.finding(
                Subject(kind="host", name=entry.host),
                severity=Severity.ERROR if entry.host in refused else None,
                evidence=[netrc.evidence(), *env.evidence("GOPROXY")],
                host=entry.host,
                machine=name,
            )


@rule.fix("Add an entry for {host}", safety=Safety.MANUAL)
def with_port(finding: Finding) -> Mend | None:
    host = finding.subject.name
    return Mend(hints=(f"echo 'machine {host} login USER password SECRET' >> ~/.netrc",), parameters={"host": host})


rule.catches(
    "port missing",
    subject="goproxy.example.com:8443",
    files={"~/.netrc": "machine goproxy.example.com login u password p\n"},
    goenv={"GOPROXY": "https://goproxy.example.com:8443"},
)
rule.catches(
    "NETRC names the file",
    files={"/etc/nrc": "machine goproxy.example.com\nlogin u\npassword p\n"},
    env={"NETRC": "/etc/nrc", "GOPROXY": "https://goproxy.example.com:8443"},
)
rule.passes(
    "with the port",
    files={"~/.netrc": "machine goproxy.example.com:8443 login u password p\n"},
    goenv={"GOPROXY": "https://goproxy.example.com:8443"},
)
rule.passes(
    "no port at all",
    files={"~/.netrc": "machine goproxy.example.com login u password p\n"},
    goenv={"GOPROXY": "https://goproxy.example.com"},
)
rule.not_applicable("there is no netrc file")
rule.undetermined("go is not on PATH", files={"~/.netrc": "machine a.example.com login u password p\n"}, programs=("!go",))
