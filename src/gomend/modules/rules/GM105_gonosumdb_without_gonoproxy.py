"""GONOSUMDB calls a module private, but its path still goes to the proxy.

What it finds     A required module is exempt from the checksum database by GONOSUMDB, yet GONOPROXY does not cover it.
Why it hurts      GONOSUMDB only silences the checksum database. The module's path (and the request for it) goes to the first server of GOPROXY.
Example           ``GONOSUMDB=git.corp.example`` alone, with a public proxy.
After the fix     GOPRIVATE names the pattern: neither proxy nor database hears of the module.
Fix safety        Safe: one entry of ``go env -w`` changes, and undo brings the old file back.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#private-modules; cmd/go, modfetch.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang import patterns
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.project import GoMod
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules import proxylist
from gomend.modules.facts.team import TeamPrivate

rule = Rule(
    "GM105",
    "private-via-public-proxy",
    severity=Severity.WARNING,
    since="0.1",
    title="{module} is exempt from the checksum database, yet asked of {server}",
    message=("GONOSUMDB covers {module}, but GONOPROXY does not: {server} is told its path."),
    doc=__doc__,
)


@rule.check
def check(mod: GoMod, env: GoEnv, team: TeamPrivate | Absent | Unknown) -> Iterator[Finding]:
    servers = proxylist.parse(env["GOPROXY"]).entries
    if not servers or not servers[0].is_server or patterns.matches(env["GONOSUMDB"], servers[0].host):
        return
    replaced = {r.path for r in mod.mod.replaces if r.local}
    for require in mod.mod.requires:
        path = require.path
        named = isinstance(team, TeamPrivate) and bool(team.pattern_for(path))
        if (
            named
            or path in replaced
            or not patterns.matches(env["GONOSUMDB"], path)
            or patterns.matches(env["GONOPROXY"], path)
        ):
            continue
        yield rule.finding(
            mod.subject(require),
            evidence=[mod.file.evidence(require.line), *env.evidence("GONOSUMDB", "GONOPROXY", "GOPROXY")],
            module=path,
            server=servers[0].host,
        )


@rule.fix("Add the patterns to {name}", safety=Safety.SAFE)
def name_private(finding: Finding, env: GoEnv, mod: GoMod) -> Mend | None:
    path = finding.subject.name.partition("@")[0]
    explicit = env["GONOPROXY"] != env["GOPRIVATE"]
    name = "GONOPROXY" if explicit else "GOPRIVATE"
    current = "" if env[name] == "none" else env[name]
    needed = {p for r in mod.mod.requires for p in env["GONOSUMDB"].split(",") if p and patterns.matches(p, r.path)}
    wanted = [p for p in sorted(needed) if p not in current.split(",")] or [path]
    value = ",".join([*filter(None, current.split(",")), *wanted])
    if not env.settable(name):
        return Mend(hints=(f"export {name}={value}",), parameters={"name": name})
    return Mend(steps=(env.set(name, value),), parameters={"name": name})


_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire git.corp.example/pay v1.0.0\n"

rule.catches(
    "GONOSUMDB alone", subject="git.corp.example/pay@v1.0.0", files={"go.mod": _MOD}, goenv={"GONOSUMDB": "*.corp.example"}
)
rule.catches("GONOPROXY=none", files={"go.mod": _MOD}, goenv={"GOPRIVATE": "*.corp.example", "GONOPROXY": "none"})
rule.passes("GOPRIVATE covers both", files={"go.mod": _MOD}, goenv={"GOPRIVATE": "*.corp.example"})
rule.passes(
    "the first server is the team's own",
    files={"go.mod": _MOD},
    goenv={"GONOSUMDB": "*.corp.example", "GOPROXY": "https://goproxy.corp.example"},
)
rule.passes("no such module", files={"go.mod": "module example.com/shop\n"}, goenv={"GONOSUMDB": "*.corp.example"})
rule.not_applicable("there is no go.mod")
rule.undetermined("go is not on PATH", files={"go.mod": _MOD}, programs=("!go",))
