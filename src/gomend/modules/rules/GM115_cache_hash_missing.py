"""A module in the cache has no hash beside its zip.

What it finds     A cached module has no .ziphash file, or one that holds no hash.
Why it hurts      Without the file go extracts (and offline may want to fetch) the module again; with a damaged one it stops: ``unexpected ziphash``.
Example           A copied cache without .ziphash files.
After the fix     go has written the hash again from the zip.
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
    "GM115",
    "cache-hash-missing",
    severity=Severity.WARNING,
    since="0.1",
    title="{module} has no usable .ziphash in the cache",
    message=("The module cache has no usable hash of {module}: {said}."),
    doc=__doc__,
    explains=("GM179",),
)


@rule.check
def check(cache: ModuleCache) -> Iterator[Finding]:
    for module in cache.modules:
        for damage in module.damages:
            if damage.kind in {"ziphash", "ziphash-missing"}:
                yield rule.finding(
                    Subject(kind="module", name=module.name),
                    severity=Severity.ERROR if damage.kind == "ziphash" else None,
                    evidence=[evidence_of(damage)],
                    module=module.name,
                    said=damage.said,
                )


@rule.fix("Fetch {module} again", safety=Safety.SAFE)
def fetch_again(finding: Finding, cache: ModuleCache, mod: GoMod) -> Mend | None:
    return cache.again(finding.subject.name, mod, "ziphash", folder=False)


_SUM = "example.com/a v1.0.0 h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\nexample.com/a v1.0.0/go.mod h1:9HkJ1BDW7Pj1EGq5E8k4qDGBJmZ7r9WUE7Ac4v4+2WA=\n"
_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"
_AT = "~/go/pkg/mod/cache/download/example.com/a/@v/v1.0.0"
_DIR = "~/go/pkg/mod/example.com/a@v1.0.0/a.go"
_HASH = "h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI="
_ZIP = "PK\x05\x06" + "\x00" * 18

rule.catches(
    "no .ziphash",
    subject="example.com/a@v1.0.0",
    files={"go.mod": _MOD, "go.sum": _SUM, _AT + ".zip": _ZIP, _DIR: "package a\n"},
)
rule.catches(
    "an empty one", files={"go.mod": _MOD, "go.sum": _SUM, _AT + ".zip": _ZIP, _AT + ".ziphash": "", _DIR: "package a\n"}
)
rule.passes(
    "in order", files={"go.mod": _MOD, "go.sum": _SUM, _AT + ".zip": _ZIP, _AT + ".ziphash": _HASH, _DIR: "package a\n"}
)
rule.not_applicable("the project needs no other module")
rule.undetermined("go is not on PATH", files={"go.mod": _MOD}, programs=("!go",))
