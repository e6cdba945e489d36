"""A go.mod in the module cache is not the one in go.sum.

What it finds     The hash of a cached .mod file differs from its ``/go.mod`` line in go.sum.
Why it hurts      go stops with a checksum mismatch each time, for it does not fetch what it has.
Example           ``v1.0.0.mod`` is empty after a crash.
After the fix     The file is fetched again and its hash is the one in go.sum.
Fix safety        Safe: only these files of one version are taken away and fetched again; undo brings them back.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#module-cache; cmd/go, modfetch.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.dirhash import h1_mod
from gomend.golang.facts.project import GoMod
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.modules.facts.cache import ModuleCache, evidence_of

rule = Rule(
    "GM113",
    "cache-mod-damaged",
    severity=Severity.ERROR,
    since="0.1",
    title="The cached go.mod of {module} is damaged",
    message=("The cached go.mod of {module} does not have the hash of go.sum: {said}."),
    doc=__doc__,
    explains=("GM179", "GM197"),
)


@rule.check
def check(cache: ModuleCache) -> Iterator[Finding]:
    for module in cache.modules:
        for damage in module.damages:
            if damage.kind == "mod":
                yield rule.finding(
                    Subject(kind="module", name=module.name),
                    evidence=[evidence_of(damage)],
                    module=module.name,
                    said=damage.said,
                )


@rule.fix("Fetch {module} again", safety=Safety.SAFE)
def fetch_again(finding: Finding, cache: ModuleCache, mod: GoMod) -> Mend | None:
    return cache.again(finding.subject.name, mod, "mod", folder=False)


_SUM = "example.com/a v1.0.0 h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\nexample.com/a v1.0.0/go.mod h1:9HkJ1BDW7Pj1EGq5E8k4qDGBJmZ7r9WUE7Ac4v4+2WA=\n"
_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"
_AT = "~/go/pkg/mod/cache/download/example.com/a/@v/v1.0.0"
_DIR = "~/go/pkg/mod/example.com/a@v1.0.0/a.go"
_HASH = "h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI="
_ZIP = "PK\x05\x06" + "\x00" * 18

rule.catches(
    "other bytes",
    subject="example.com/a@v1.0.0",
    files={"go.mod": _MOD, "go.sum": _SUM, _AT + ".mod": "module example.com/evil\n"},
)
rule.catches("empty", files={"go.mod": _MOD, "go.sum": _SUM, _AT + ".mod": ""})
rule.passes(
    "as in go.sum",
    files={
        "go.mod": _MOD,
        "go.sum": "example.com/a v1.0.0/go.mod " + h1_mod(b"module example.com/a\n") + "\n",
        _AT + ".mod": "module example.com/a\n",
    },
)
rule.not_applicable("the project needs no other module")
rule.undetermined("go is not on PATH", files={"go.mod": _MOD}, programs=("!go",))
