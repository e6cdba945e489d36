"""GOPROXY would send a password over plain http.

What it finds     An ``http://`` entry of GOPROXY has a user and password.
Why it hurts      go refuses such a URL, so nothing is fetched; and the password stands readable in the environment and in logs.
Example           ``GOPROXY=http://ci:secret@goproxy.example.com``
After the fix     The URL is https without a password, and netrc has the login.
Fix safety        Nothing is changed; the commands are for a person to run or adapt.
How it is proved  The facts are collected again and the rule is silent.
References        cmd/go, modfetch and web.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.modules import proxylist

rule = Rule(
    "GM108",
    "credentials-over-http",
    severity=Severity.ERROR,
    since="0.1",
    title="A password for {server} stands in a plain http URL",
    message=("go refuses to send a password to {server} over plain http."),
    doc=__doc__,
    explains=("GM185",),
)


@rule.check
def check(env: GoEnv) -> Iterator[Finding]:
    for entry in proxylist.parse(env["GOPROXY"]).servers:
        if entry.url.lower().startswith("http://") and "@" in entry.url.split("//", 1)[1].split("/", 1)[0]:
            yield rule.finding(Subject(kind="setting", name="GOPROXY"), evidence=env.evidence("GOPROXY"), server=entry.host)


@rule.fix("Use https and netrc", safety=Safety.MANUAL)
def netrc(finding: Finding, env: GoEnv) -> Mend | None:
    del finding
    host = next((e.host for e in proxylist.parse(env["GOPROXY"]).servers if "@" in e.url), "HOST")
    return Mend(hints=(f"go env -w GOPROXY=https://{host}", f"echo 'machine {host} login USER password SECRET' >> ~/.netrc"))


rule.catches("user and password", subject="GOPROXY", goenv={"GOPROXY": "http://ci:secret@goproxy.example.com,direct"})
rule.catches("in the environment", env={"GOPROXY": "http://token@goproxy.example.com"})
rule.passes("https", goenv={"GOPROXY": "https://ci:secret@goproxy.example.com"})
rule.passes("no password", goenv={"GOPROXY": "http://goproxy.example.com"})
rule.undetermined("go is not on PATH", programs=("!go",))
