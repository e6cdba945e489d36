"""A zip in the module cache is damaged.

What it finds     The zip of a needed module is empty or has no zip directory, or its recorded hash is not the one in go.sum.
Why it hurts      go trusts what is in the cache: it stops with ``zip: not a valid zip file`` or a checksum mismatch and does not fetch again.
Example           A full disk or a killed CI job left half a file.
After the fix     Exactly this version is fetched again; the rest of the cache stays.
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
    "GM112",
    "cache-zip-damaged",
    severity=Severity.ERROR,
    since="0.1",
    title="The cached zip of {module} is damaged",
    message=("The module cache has a zip of {module} that go cannot use: {said}."),
    doc=__doc__,
    explains=("GM159", "GM179"),
)


@rule.check
def check(cache: ModuleCache) -> Iterator[Finding]:
    for module in cache.modules:
        for damage in module.damages:
            if damage.kind in {"zip", "zip-hash"}:
                yield rule.finding(
                    Subject(kind="module", name=module.name),
                    evidence=[evidence_of(damage)],
                    module=module.name,
                    said=damage.said,
                )


@rule.fix("Fetch {module} again", safety=Safety.SAFE)
def fetch_again(finding: Finding, cache: ModuleCache, mod: GoMod) -> Mend | None:
    return cache.again(finding.subject.name, mod, "zip", "ziphash", folder=True)


_SUM = "example.com/a v1.0.0 h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\nexample.com/a v1.0.0/go.mod h1:9HkJ1BDW7Pj1EGq5E8k4qDGBJmZ7r9WUE7Ac4v4+2WA=\n"
_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"
_AT = "~/go/pkg/mod/cache/download/example.com/a/@v/v1.0.0"
_DIR = "~/go/pkg/mod/example.com/a@v1.0.0/a.go"
_HASH = "h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI="
_ZIP = "PK\x05\x06" + "\x00" * 18

rule.catches(
    "cut short",
    subject="example.com/a@v1.0.0",
    files={"go.mod": _MOD, "go.sum": _SUM, _AT + ".zip": "PK\x03\x04 cut", _AT + ".ziphash": _HASH},
)
rule.catches("empty", files={"go.mod": _MOD, "go.sum": _SUM, _AT + ".zip": "", _AT + ".ziphash": _HASH, _DIR: "package a\n"})
rule.catches(
    "another hash than in go.sum",
    files={
        "go.mod": _MOD,
        "go.sum": _SUM,
        _AT + ".zip": _ZIP,
        _AT + ".ziphash": "h1:BBBBDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=",
    },
)
rule.passes("whole", files={"go.mod": _MOD, "go.sum": _SUM, _AT + ".zip": _ZIP, _AT + ".ziphash": _HASH})
rule.passes("nothing cached", files={"go.mod": _MOD, "go.sum": _SUM})
rule.not_applicable("the project needs no other module")
rule.undetermined("go is not on PATH", files={"go.mod": _MOD}, programs=("!go",))
