"""A zip in the module cache is not what go.sum recorded.

What it finds     The real hash of a cached zip differs from go.sum (or from its own .ziphash), or the zip cannot be read. Only with ``--probe``, for it hashes every zip.
Why it hurts      go trusts the small .ziphash file and never hashes the zip again: when the folder is gone, other bits are extracted, compiled and run.
Example           A shared cache in which v1.0.0.zip was exchanged and v1.0.0.ziphash was not.
After the fix     Exactly this version is fetched again and checked against go.sum.
Fix safety        Safe: only the files of one version are taken away and fetched again; undo brings them back.
How it is proved  The zip is hashed again and equals the record.
References        go.dev/ref/mod#module-cache; golang.org/x/mod/sumdb/dirhash.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang.facts.project import GoMod
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.modules.facts.cache import ModuleCache
from gomend.modules.facts.zips import ZipHashes

rule = Rule(
    "GM120",
    "cache-zip-damaged",
    severity=Severity.ERROR,
    since="0.1",
    title="The cached zip of {module} is not what {source} recorded",
    message="The zip of {module} in the module cache hashes to {found}, not to what {source} recorded.",
    doc=__doc__,
    explains=("GM119",),
)


@rule.check
def check(hashes: ZipHashes) -> Iterator[Finding]:
    for module in hashes.modules:
        if module.zip_problem or (module.zip and module.zip != module.recorded):
            found = module.zip or module.zip_problem
            yield rule.finding(
                Subject(kind="module", name=module.name),
                evidence=[
                    Evidence(source=module.source, quote=f"{module.name} {module.recorded}"),
                    Evidence(source="cached zip", quote=f"{module.name} {found}"),
                ],
                module=module.name,
                source=module.source,
                found=found,
            )


@rule.fix("Fetch {module} again", safety=Safety.SAFE)
def fetch_again(finding: Finding, cache: ModuleCache, mod: GoMod) -> Mend | None:
    return cache.again(finding.subject.name, mod, "zip", "ziphash", folder=True)


_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"
_AT = "~/go/pkg/mod/cache/download/example.com/a/@v/v1.0.0"
_EMPTY_ZIP = "PK\x05\x06" + "\x00" * 18
_OF_EMPTY = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

rule.catches(
    "the zip is cut",
    subject="example.com/a@v1.0.0",
    files={"go.mod": _MOD, _AT + ".zip": "PK cut", _AT + ".ziphash": _OF_EMPTY},
)
rule.catches("other bits", files={"go.mod": _MOD, "go.sum": "example.com/a v1.0.0 h1:AAAA=\n", _AT + ".zip": _EMPTY_ZIP})
rule.passes("as recorded", files={"go.mod": _MOD, _AT + ".zip": _EMPTY_ZIP, _AT + ".ziphash": _OF_EMPTY})
rule.passes("no record to compare with", files={"go.mod": _MOD, _AT + ".zip": _EMPTY_ZIP})
rule.not_applicable("the project needs no other module")
rule.undetermined("go is not on PATH", files={"go.mod": _MOD}, programs=("!go",))
