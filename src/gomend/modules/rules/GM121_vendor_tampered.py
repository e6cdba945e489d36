"""A vendored file is not what its module has.

What it finds     A file below vendor differs from the file in the module's zip, or no zip has it. Only with ``--probe``, for it reads every zip that is vendored.
Why it hurts      ``go build`` compiles what stands in vendor without comparing it with anything, and ``go mod verify`` never looks there.
Example           A debug line that somebody put into ``vendor/example.com/a/a.go`` and forgot, or code that somebody slipped into a large review.
After the fix     vendor holds what go copies from the verified zips. A change that is wanted belongs into a fork and a ``replace``.
Fix safety        Only said: an edit made on purpose would be lost, so a person looks at the difference first; sync can be undone.
How it is proved  The files are compared again, byte for byte.
References        go.dev/ref/mod#vendoring; cmd/go, modcmd/vendor.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.modules.facts.vendored import VendoredFiles

rule = Rule(
    "GM121",
    "vendor-tampered",
    severity=Severity.ERROR,
    since="0.1",
    title="{path} is not what the module has",
    message="{path} is not the file that {source} has; go compiles it all the same.",
    doc=__doc__,
)


@rule.check
def check(vendored: VendoredFiles) -> Iterator[Finding]:
    for file in vendored.foreign:
        yield rule.finding(
            Subject(kind="file", name=file.path, path=file.path),
            evidence=[
                Evidence(source=file.source, quote=file.expected or "no such file"),
                Evidence(source=file.path, quote=file.actual),
            ],
            path=file.path,
            source=file.source,
        )


@rule.fix("Look at the difference, then make vendor anew", safety=Safety.MANUAL)
def sync(finding: Finding) -> Mend | None:
    del finding
    return Mend(hints=("gomend mod vendor prove --diff", "gomend mod vendor sync --yes"))


_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"
_LIST = "# example.com/a v1.0.0\n## explicit; go 1.20\nexample.com/a\n"
_ZIP = "~/go/pkg/mod/cache/download/example.com/a/@v/v1.0.0.zip"
_EMPTY_ZIP = "PK\x05\x06" + "\x00" * 18
_SUM = "example.com/a v1.0.0 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
_REPLACED = {
    "go.mod": _MOD + "\nreplace example.com/a => ./a\n",
    "vendor/modules.txt": "# example.com/a v1.0.0 => ./a\n## explicit; go 1.20\nexample.com/a\n# example.com/a => ./a\n",
    "a/a.go": "package a\n",
    "a/LICENSE": "free",
}

rule.catches(
    "an edited file",
    subject="vendor/example.com/a/a.go",
    files=_REPLACED | {"vendor/example.com/a/a.go": "package a // edited\n"},
)
rule.catches(
    "a file that no zip has",
    subject="vendor/example.com/a/evil.go",
    files={
        "go.mod": _MOD,
        "go.sum": _SUM,
        "vendor/modules.txt": _LIST,
        "vendor/example.com/a/evil.go": "package a\n",
        _ZIP: _EMPTY_ZIP,
    },
)
rule.catches("a module that is not listed", files=_REPLACED | {"vendor/evil.example.com/e.go": "package e\n"})
rule.passes(
    "as the module has it",
    files=_REPLACED | {"vendor/example.com/a/a.go": "package a\n", "vendor/example.com/a/LICENSE": "free"},
)
rule.not_applicable("there is no vendor folder", files={"go.mod": _MOD})
rule.undetermined(
    "the cache has no zip",
    files={"go.mod": _MOD, "go.sum": _SUM, "vendor/modules.txt": _LIST, "vendor/example.com/a/a.go": "package a\n"},
)
rule.undetermined(
    "the zip is not what go.sum recorded",
    files={
        "go.mod": _MOD,
        "go.sum": "example.com/a v1.0.0 h1:AAAA=\n",
        "vendor/modules.txt": _LIST,
        "vendor/example.com/a/a.go": "package a\n",
        _ZIP: _EMPTY_ZIP,
    },
)
