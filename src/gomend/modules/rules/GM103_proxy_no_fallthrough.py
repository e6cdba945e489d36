"""A comma in GOPROXY keeps go from asking the next server when one fails.

What it finds     GOPROXY was set by hand as a list with a comma after a server.
Why it hurts      ``,`` goes on only after 404 and 410. A refused connection, a time-out, TLS trouble, 401, 403 or 5xx stops there: the list is no plan for a disaster. ``|`` goes on after any error.
Example           ``GOPROXY=https://goproxy.example.com,direct`` and the server is down.
After the fix     ``GOPROXY=https://goproxy.example.com|direct``. Keep the comma if a 403 of the server is a rule that must hold.
Fix safety        Safe: one entry of ``go env -w`` changes, and undo brings the old file back.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#environment-variables; cmd/go, modfetch/proxy.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.modules import proxylist

rule = Rule(
    "GM103",
    "proxy-no-fallthrough",
    severity=Severity.WARNING,
    since="0.1",
    title="{next} is not asked when {server} fails",
    message=("The comma after {server} lets only 404 and 410 pass: when {server} is down or refuses, go does not try {next}."),
    doc=__doc__,
)


@rule.check
def check(env: GoEnv) -> Iterator[Finding]:
    if env.origin("GOPROXY") not in {"environment", "go env -w"}:
        return  # go's own default is nobody's mistake
    parsed = proxylist.parse(env["GOPROXY"])
    for entry, after in zip(parsed.entries, parsed.entries[1:], strict=False):
        if entry.is_server and not entry.falls_on_any and after.url != "off" and not parsed.error:
            yield rule.finding(
                Subject(kind="setting", name="GOPROXY"),
                evidence=env.evidence("GOPROXY"),
                server=entry.host,
                next=after.host,
            )
            return


@rule.fix("Let GOPROXY go on after any error", safety=Safety.SAFE)
def pass_on(finding: Finding, env: GoEnv) -> Mend | None:
    del finding
    value = env["GOPROXY"].replace(",", "|")
    if "@" in value:
        return Mend(hints=("Write | for , in GOPROXY",))
    if env.settable("GOPROXY"):
        return Mend(steps=(env.set("GOPROXY", value),))
    return Mend(hints=(f"export GOPROXY='{value}'",))


rule.catches(
    "two servers", subject="GOPROXY", goenv={"GOPROXY": "https://goproxy.example.com,https://mirror.example.com,direct"}
)
rule.catches("a server and direct", goenv={"GOPROXY": "https://goproxy.example.com,direct"})
rule.catches("in the environment", env={"GOPROXY": "https://goproxy.example.com,direct"})
rule.passes("the default of go", files={})
rule.passes("one server", goenv={"GOPROXY": "https://goproxy.example.com"})
rule.passes("any error passes on", goenv={"GOPROXY": "https://goproxy.example.com|https://mirror.example.com|direct"})
rule.passes("only off follows", goenv={"GOPROXY": "https://goproxy.example.com,off"})
rule.undetermined("go is not on PATH", programs=("!go",))
