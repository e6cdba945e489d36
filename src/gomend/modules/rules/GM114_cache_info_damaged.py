"""An .info file in the module cache is wrong.

What it finds     A cached .info file is no JSON or names another version than its own.
Why it hurts      Offline go does not find the version; online it believes the wrong version or asks again every time. ``go mod verify`` never reads .info.
Example           A login page was stored as ``v1.0.0.info``.
After the fix     The file is fetched again and names its version.
Fix safety        Safe: only these files of one version are taken away and fetched again; undo brings them back.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#module-cache; cmd/go, modfetch.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.project import GoMod
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.modules.facts.cache import ModuleCache, evidence_of

rule = Rule(
    "GM114",
    "cache-info-damaged",
    severity=Severity.WARNING,
    since="0.1",
    title="The cached .info of {module} is wrong",
    message=("The .info file of {module} in the module cache says: {said}"),
    doc=__doc__,
    explains=("GM158",),
)


@rule.check
def check(cache: ModuleCache) -> Iterator[Finding]:
    for module in cache.modules:
        for damage in module.damages:
            if damage.kind == "info":
                yield rule.finding(
                    Subject(kind="module", name=module.name),
                    evidence=[evidence_of(damage)],
                    module=module.name,
                    said=damage.said,
                )


@rule.fix("Fetch {module} again", safety=Safety.SAFE)
def fetch_again(finding: Finding, cache: ModuleCache, mod: GoMod) -> Mend | None:
    return cache.again(finding.subject.name, mod, "info", folder=False)


_SUM = "example.com/a v1.0.0 h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\nexample.com/a v1.0.0/go.mod h1:9HkJ1BDW7Pj1EGq5E8k4qDGBJmZ7r9WUE7Ac4v4+2WA=\n"
_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"
_AT = "~/go/pkg/mod/cache/download/example.com/a/@v/v1.0.0"
_DIR = "~/go/pkg/mod/example.com/a@v1.0.0/a.go"
_HASH = "h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI="
_ZIP = "PK\x05\x06" + "\x00" * 18

rule.catches("no JSON", subject="example.com/a@v1.0.0", files={"go.mod": _MOD, "go.sum": _SUM, _AT + ".info": "<html>"})
rule.catches("another version", files={"go.mod": _MOD, "go.sum": _SUM, _AT + ".info": '{"Version":"v1.2.0"}'})
rule.passes("in order", files={"go.mod": _MOD, "go.sum": _SUM, _AT + ".info": '{"Version":"v1.0.0"}'})
rule.not_applicable("the project needs no other module")
rule.undetermined("go is not on PATH", files={"go.mod": _MOD}, programs=("!go",))
