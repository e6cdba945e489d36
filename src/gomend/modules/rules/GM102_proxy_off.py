"""GOPROXY=off, and a required module is not in the cache.

What it finds     GOPROXY is ``off`` and a module that go.mod requires directly is neither in the module cache nor vendored.
Why it hurts      ``off`` forbids servers and version control alike, so the build stops.
Example           ``GOPROXY=off`` in a fresh container, then ``go build``.
After the fix     GOPROXY has its default again and go can fetch; or the cache is filled elsewhere and copied in.
Fix safety        Unsafe: go may use the network again, which somebody may have forbidden on purpose.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#environment-variables; cmd/go, modfetch/proxy.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang import patterns
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.project import GoMod, GoWork
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule
from gomend.modules import proxylist
from gomend.modules.facts.cache import ModuleCache
from gomend.modules.facts.vendor import Vendor

rule = Rule(
    "GM102",
    "proxy-off",
    severity=Severity.ERROR,
    since="0.1",
    title="{module} is not in the cache, and GOPROXY=off",
    message=("go.mod requires {module}; the cache does not have it and GOPROXY=off forbids to fetch it."),
    doc=__doc__,
    explains=("GM183",),
)


@rule.check
def check(
    env: GoEnv, mod: GoMod, cache: ModuleCache, vendor: Vendor | Absent | Unknown, work: GoWork | Absent | Unknown
) -> Iterator[Finding]:
    entries = proxylist.parse(env["GOPROXY"]).entries
    if not entries or entries[0].url != "off" or isinstance(work, GoWork) or (isinstance(vendor, Vendor) and vendor.used):
        return
    replaced = {r.path for r in mod.mod.replaces}
    for require in mod.mod.requires:
        if require.indirect or require.path in replaced or patterns.matches(env["GONOPROXY"], require.path):
            continue
        there = cache.find(require.path, require.version)
        if there is None or not (there.extracted or "zip" in there.files):
            yield rule.finding(
                mod.subject(require),
                evidence=[mod.file.evidence(require.line), *env.evidence("GOPROXY", "GOMODCACHE")],
                module=f"{require.path}@{require.version}",
            )


@rule.fix("Unset GOPROXY", safety=Safety.UNSAFE)
def allow(finding: Finding, env: GoEnv) -> Mend | None:
    del finding
    if env.settable("GOPROXY"):
        return Mend(steps=(env.set("GOPROXY", ""),))
    return Mend(hints=("unset GOPROXY",))


_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"

rule.catches("nothing cached", subject="example.com/a@v1.0.0", files={"go.mod": _MOD}, goenv={"GOPROXY": "off"})
rule.catches(
    "only the go.mod is cached",
    files={"go.mod": _MOD, "~/go/pkg/mod/cache/download/example.com/a/@v/v1.0.0.mod": "module example.com/a\n"},
    env={"GOPROXY": "off"},
)
rule.passes(
    "extracted", files={"go.mod": _MOD, "~/go/pkg/mod/example.com/a@v1.0.0/a.go": "package a\n"}, goenv={"GOPROXY": "off"}
)
rule.passes(
    "vendored",
    files={"go.mod": _MOD, "vendor/modules.txt": "# example.com/a v1.0.0\n## explicit\nexample.com/a\n"},
    goenv={"GOPROXY": "off"},
)
rule.passes("a server is allowed", files={"go.mod": _MOD})
rule.not_applicable("there is no go.mod")
rule.undetermined("go is not on PATH", files={"go.mod": _MOD}, programs=("!go",))
