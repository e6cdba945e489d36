"""GOPROXY has an entry that go refuses.

What it finds     An entry of GOPROXY is no URL of http, https or file, has no scheme, or the list has no entry at all.
Why it hurts      One bad entry spoils the whole list: nothing can be fetched, not even from the good entries.
Example           ``GOPROXY=ftp://mirror.example.com,direct``
After the fix     The bad entries are gone; an empty rest means go's default.
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
    "GM101",
    "proxy-list-invalid",
    severity=Severity.ERROR,
    since="0.1",
    title="go refuses GOPROXY",
    message=("{error}. Nothing can be fetched until the list is right."),
    doc=__doc__,
    explains=("GM184",),
)


@rule.check
def check(env: GoEnv) -> Iterator[Finding]:
    parsed = proxylist.parse(env["GOPROXY"])
    if parsed.error:
        yield rule.finding(Subject(kind="setting", name="GOPROXY"), evidence=env.evidence("GOPROXY"), error=parsed.error)


@rule.fix("Keep only the entries that go accepts", safety=Safety.SAFE)
def keep_good(finding: Finding, env: GoEnv) -> Mend | None:
    del finding
    value = proxylist.without_bad(env["GOPROXY"])
    if env.settable("GOPROXY"):
        return Mend(steps=(env.set("GOPROXY", value),))
    return Mend(hints=(f"export GOPROXY='{value}'" if value else "unset GOPROXY",))


rule.catches("scheme", subject="GOPROXY", goenv={"GOPROXY": "ftp://mirror.example.com,https://goproxy.example.com"})
rule.catches("nothing but a comma", goenv={"GOPROXY": ","})
rule.catches("in the environment", env={"GOPROXY": "goproxy"})
rule.passes("the default", files={})
rule.passes("a list", goenv={"GOPROXY": "https://goproxy.example.com|https://mirror.example.com,direct"})
rule.passes("a host without a scheme", goenv={"GOPROXY": "goproxy.example.com"})
rule.undetermined("go is not on PATH", programs=("!go",))
