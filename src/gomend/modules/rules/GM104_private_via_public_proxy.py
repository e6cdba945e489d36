"""A private module would be asked of a proxy that is not the team's.

What it finds     A required module matches one of the team's private patterns (``private`` in gomend.toml), yet GONOPROXY (whose default is GOPRIVATE) does not cover it, so go sends its path to the first server of GOPROXY.
Why it hurts      The request tells a stranger the module's path, and its 404, 410 or 403 hides the real problem: nobody but the team's own server can answer.
Example           GOPROXY names a public mirror, ``require git.corp.example/x v1.0.0`` stands in go.mod, GOPRIVATE is empty.
After the fix     GOPRIVATE names the pattern as well; go fetches the module straight from its version control system and asks no checksum database.
Fix safety        Safe: one entry of ``go env -w`` changes, and undo brings the old file back.
How it is proved  go env is asked again and every private requirement is covered by GONOPROXY.
References        go.dev/ref/mod#private-modules; cmd/go modfetch, module.MatchPrefixPatterns.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from gomend.golang import patterns
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.project import GoMod
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules import proxylist
from gomend.modules.facts.team import TeamPrivate

rule = Rule(
    "GM104",
    "private-via-public-proxy",
    severity=Severity.ERROR,
    since="0.1",
    title="Private module {module} would be asked of {server}",
    message=(
        "{module} matches the team's private pattern {pattern}, but GONOPROXY does not cover it: "
        "go would send its path to {server}, which cannot have it."
    ),
    doc=__doc__,
    explains=("GM150", "GM151", "GM165", "GM170"),
)


@rule.check
def check(mod: GoMod, env: GoEnv, team: TeamPrivate) -> Iterator[Finding]:
    servers = proxylist.parse(env["GOPROXY"]).entries
    if not servers or not servers[0].is_server:
        return
    host = urlsplit(servers[0].url).hostname or servers[0].url
    if any(patterns.matches(p, host) for p in team.patterns):
        return
    replaced = {r.path for r in mod.mod.replaces if r.local}
    for require in mod.mod.requires:
        pattern = team.pattern_for(require.path)
        if pattern and require.path not in replaced and not patterns.matches(env["GONOPROXY"], require.path):
            yield rule.finding(
                mod.subject(require),
                evidence=[mod.file.evidence(require.line), *env.evidence("GOPROXY", "GONOPROXY", "GOPRIVATE")],
                module=require.path,
                server=host,
                pattern=pattern,
            )


@rule.fix("Add {patterns} to {name}", safety=Safety.SAFE)
def name_private(finding: Finding, env: GoEnv, team: TeamPrivate, mod: GoMod) -> Mend | None:
    del finding
    # An explicit GONOPROXY replaces GOPRIVATE as far as proxies are concerned, so that is the one to extend.
    name = "GONOPROXY" if env["GONOPROXY"] != env["GOPRIVATE"] else "GOPRIVATE"
    current = "" if env[name] == "none" else env[name]
    wanted = {team.pattern_for(r.path) for r in mod.mod.requires if not patterns.matches(current, r.path)} - {""}
    value = ",".join([*filter(None, current.split(",")), *sorted(wanted)])
    parameters = {"patterns": ",".join(sorted(wanted)), "name": name}
    if not env.settable(name):
        return Mend(hints=(f"export {name}={value}",), parameters=parameters)
    return Mend(steps=(env.set(name, value),), parameters=parameters)


_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire git.corp.example/pay v1.0.0\n"

rule.catches("no GOPRIVATE", subject="git.corp.example/pay@v1.0.0", files={"go.mod": _MOD}, private=("git.corp.example",))
rule.catches(
    "GONOPROXY=none switches GOPRIVATE off",
    files={"go.mod": _MOD},
    private=("*.corp.example",),
    goenv={"GOPRIVATE": "*.corp.example", "GONOPROXY": "none"},
)
rule.catches("the environment wins", files={"go.mod": _MOD}, private=("git.corp.example",), env={"GOPRIVATE": "other.example"})
rule.passes("GOPRIVATE covers it", files={"go.mod": _MOD}, private=("git.corp.example",), goenv={"GOPRIVATE": "*.example"})
rule.passes(
    "the first server is the team's own",
    files={"go.mod": _MOD},
    private=("*.corp.example",),
    goenv={"GOPROXY": "https://goproxy.corp.example,direct"},
)
rule.passes(
    "replaced by a folder", files={"go.mod": _MOD + "\nreplace git.corp.example/pay => ../pay\n"}, private=("git.corp.example",)
)
rule.not_applicable("the team has no private patterns", files={"go.mod": _MOD})
rule.undetermined("go is not on PATH", files={"go.mod": _MOD}, private=("git.corp.example",), programs=("!go",))
