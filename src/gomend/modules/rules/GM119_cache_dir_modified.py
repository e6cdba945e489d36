"""An extracted module in the cache was changed.

What it finds     The files in a module's extracted folder do not hash to what go.sum (or the .ziphash file) recorded. Only with ``--probe``, for it reads every file.
Why it hurts      ``go build`` compiles the folder as it is and never looks back: the change is in every program, here and nowhere else.
Example           Somebody put a print into $GOMODCACHE/example.com/a@v1.0.0/a.go while debugging.
After the fix     The folder is extracted anew from the zip, or fetched again.
Fix safety        Unsafe: what was written into the folder is taken away; undo brings it back.
How it is proved  The folder is hashed again and equals the record.
References        go.dev/ref/mod#go-mod-verify; golang.org/x/mod/sumdb/dirhash.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang import dirhash
from gomend.golang.facts.project import GoMod
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.modules.facts.cache import ModuleCache
from gomend.modules.facts.zips import ZipHashes

rule = Rule(
    "GM119",
    "cache-dir-modified",
    severity=Severity.WARNING,
    since="0.1",
    title="The extracted folder of {module} was changed",
    message="The files of {module} in the module cache are not those that {source} recorded, and go builds with them.",
    doc=__doc__,
)


@rule.check
def check(hashes: ZipHashes) -> Iterator[Finding]:
    for module in hashes.modules:
        if module.folder and module.folder != module.recorded:
            yield rule.finding(
                Subject(kind="module", name=module.name),
                evidence=[
                    Evidence(source=module.source, quote=f"{module.name} {module.recorded}"),
                    Evidence(source="extracted folder", quote=f"{module.name} {module.folder}"),
                ],
                module=module.name,
                source=module.source,
            )


@rule.fix("Extract {module} anew", safety=Safety.UNSAFE)
def extract_anew(finding: Finding, cache: ModuleCache, mod: GoMod) -> Mend | None:
    path, _, version = finding.subject.name.partition("@")
    there = cache.find(path, version)
    if there is None:
        return None
    return Mend(steps=cache.mend(there, mod, folder=True), parameters={"module": finding.subject.name})


_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"
_DIR = "~/go/pkg/mod/example.com/a@v1.0.0/a.go"
_SUM = f"example.com/a v1.0.0 {dirhash.h1({'example.com/a@v1.0.0/a.go': b'package a'})}\n"

rule.catches(
    "a file was edited", subject="example.com/a@v1.0.0", files={"go.mod": _MOD, "go.sum": _SUM, _DIR: "package a // me"}
)
rule.catches("a file was added", files={"go.mod": _MOD, "go.sum": _SUM, _DIR: "package a", _DIR + ".orig": ""})
rule.passes("as recorded", files={"go.mod": _MOD, "go.sum": _SUM, _DIR: "package a"})
rule.passes("nothing is extracted", files={"go.mod": _MOD, "go.sum": _SUM})
rule.not_applicable("the project needs no other module")
rule.undetermined("go is not on PATH", files={"go.mod": _MOD}, programs=("!go",))
