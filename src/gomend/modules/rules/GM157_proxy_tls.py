"""The TLS connection to the module proxy fails.

What it finds     go and a server of GOPROXY could not agree on TLS: an unknown certificate authority, a wrong name, an expired certificate, or plain HTTP on the port.
Why it hurts      Nothing can be fetched. GOINSECURE does not help: it is for version control systems, not for proxies.
Example           ``tls: failed to verify certificate: x509: certificate signed by unknown authority``
After the fix     The company's certificate authority is trusted by the system (or SSL_CERT_FILE names it), or the scheme and port in GOPROXY are right.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The command that failed is run again and go no longer says so.
References        go.dev/ref/mod#goproxy-protocol; cmd/go, modfetch.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind
from gomend.modules.telling import about_servers

rule = Rule(
    "GM157",
    "proxy-tls",
    severity=Severity.ERROR,
    since="0.1",
    title="The certificate or TLS of {server} is not accepted",
    message=("{detail}"),
    doc=__doc__,
)


@rule.check
def check(told: GoSymptoms, env: GoEnv | Absent | Unknown) -> Iterator[Finding]:
    yield from about_servers(rule, told, env, Kind.PROXY_TLS)


@rule.fix("Trust the server's certificate authority", safety=Safety.MANUAL)
def trust(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "export SSL_CERT_FILE=/path/to/ca-bundle.pem",
            "sudo cp company-ca.crt /usr/local/share/ca-certificates/ && sudo update-ca-certificates",
        )
    )


rule.catches(
    "unknown authority",
    log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": tls: failed to verify certificate: x509: certificate signed by unknown authority',
)
rule.catches(
    "plain port",
    log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": tls: first record does not look like a TLS handshake',
)
rule.catches(
    "plain answer",
    log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": http: server gave HTTP response to HTTPS client',
)
rule.passes(
    "refused",
    log='go: example.com/a@v1.0.0: Get "https://goproxy.example.com/example.com/a/@v/v1.0.0.info": dial tcp 192.0.2.1:443: connect: connection refused',
)
rule.not_applicable("no log was given")
