"""The checksum database is switched off for everything.

What it finds     GOSUMDB=off, or a pattern of GONOSUMDB or GOPRIVATE that matches every module.
Why it hurts      A new dependency is trusted as it comes: nobody notices other bits under a known version. With GOPRIVATE=* no proxy is used either.
Example           ``go env -w GOSUMDB=off`` because one private module failed.
After the fix     The switch is gone, and GOPRIVATE names only the team's own paths.
Fix safety        Unsafe: private modules that nobody named in GOPRIVATE are then asked of the public database and fail.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#authenticating; cmd/go, modfetch.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang import patterns
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM106",
    "sumdb-switched-off",
    severity=Severity.WARNING,
    since="0.1",
    title="{name}={value} switches the checksum database off",
    message=("With {name}={value} no new module is checked. Name private paths in GOPRIVATE instead."),
    doc=__doc__,
)


@rule.check
def check(env: GoEnv) -> Iterator[Finding]:
    for name, why in (("GOSUMDB", env["GOSUMDB"] == "off"), *((n, _everything(env[n])) for n in ("GONOSUMDB", "GOPRIVATE"))):
        if why and env.origin(name) in {"environment", "go env -w"}:
            yield rule.finding(Subject(kind="setting", name=name), evidence=env.evidence(name), name=name, value=env[name])


@rule.fix("Unset {name} and name private modules in GOPRIVATE", safety=Safety.UNSAFE)
def narrow(finding: Finding, env: GoEnv) -> Mend | None:
    name = finding.subject.name
    parameters = {"name": name}
    if env.settable(name):
        return Mend(steps=(env.set(name, ""),), parameters=parameters)
    return Mend(hints=(f"unset {name}", "go env -w GOPRIVATE=git.corp.example"), parameters=parameters)


def _everything(value: str) -> bool:
    return all(patterns.matches(value, path) for path in ("a.example/b", "c.example.org/d/e"))


rule.catches("GOSUMDB=off", subject="GOSUMDB", goenv={"GOSUMDB": "off"})
rule.catches("everything is private", subject="GOPRIVATE", goenv={"GOPRIVATE": "*"})
rule.catches("in the environment", subject="GONOSUMDB", env={"GONOSUMDB": "*,example.com"})
rule.passes("the default", files={})
rule.passes("only the own paths", goenv={"GOPRIVATE": "*.corp.example"})
rule.undetermined("go is not on PATH", programs=("!go",))
