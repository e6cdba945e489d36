"""GOSUMDB has a value that go refuses.

What it finds     GOSUMDB is neither a name that go knows nor a well-formed verifier key, or has more than two words.
Why it hurts      No module that go.sum does not have yet can be fetched.
Example           ``GOSUMDB=https://sum.example.com`` (a URL alone is no key)
After the fix     GOSUMDB is unset and go uses its default database.
Fix safety        Safe: one entry of ``go env -w`` changes, and undo brings the old file back.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#environment-variables; cmd/go, modfetch/sumdb.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang import verifier
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM107",
    "sumdb-config-invalid",
    severity=Severity.ERROR,
    since="0.1",
    title="go refuses GOSUMDB",
    message=("{error}. GOSUMDB must be a known name, a key, or a key and a URL."),
    doc=__doc__,
    explains=("GM177",),
)


@rule.check
def check(env: GoEnv) -> Iterator[Finding]:
    error = verifier.problem(env["GOSUMDB"]) if env.origin("GOSUMDB") in {"environment", "go env -w"} else ""
    if error:
        yield rule.finding(Subject(kind="setting", name="GOSUMDB"), evidence=env.evidence("GOSUMDB"), error=error)


@rule.fix("Unset GOSUMDB", safety=Safety.SAFE)
def unset(finding: Finding, env: GoEnv) -> Mend | None:
    del finding
    if env.settable("GOSUMDB"):
        return Mend(steps=(env.set("GOSUMDB", ""),))
    return Mend(hints=("unset GOSUMDB",))


rule.catches("a URL", subject="GOSUMDB", goenv={"GOSUMDB": "https://sum.example.com"})
rule.catches("too many words", env={"GOSUMDB": "a b c"})
rule.catches("a damaged key", goenv={"GOSUMDB": "sum.example.com+00000000+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"})
rule.passes("the default", files={})
rule.passes("off is a value", goenv={"GOSUMDB": "off"})
rule.passes(
    "a good key",
    goenv={"GOSUMDB": "sum.example.com+7eb4bc0b+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f https://mirror.example.com"},
)
rule.undetermined("go is not on PATH", programs=("!go",))
