"""go.sum lacks a module that the packages import.

What it finds     go.mod requires a module, a package imports it, and go.sum (or the whole file) has no hash for it.
Why it hurts      ``go build`` runs with ``-mod=readonly`` and stops; ``go mod download`` and ``go mod tidy`` do not mind.
Example           go.sum stands in .gitignore, or lost lines in a merge.
After the fix     ``go mod tidy`` has written the hashes; commit go.sum.
Fix safety        Safe: go.mod and go.sum change, and undo brings them back.
How it is proved  The facts are collected again and the rule is silent.
References        go.dev/ref/mod#go-sum-files; cmd/go, modload.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.golang import commands
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.project import GoMod, GoSum, GoWork
from gomend.golang.facts.sources import GoFiles
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Reply, Rule
from gomend.modules.facts.vendor import Vendor
from gomend.modules.symptoms.go import GoSymptoms
from gomend.modules.symptoms.kinds import Kind

rule = Rule(
    "GM110",
    "gosum-missing",
    severity=Severity.WARNING,
    since="0.1",
    title="go.sum has no entry for {module}",
    message=("go.sum lacks {lacking}, so ``go build`` will stop at the import of {module}."),
    doc=__doc__,
    explains=("GM180",),
)


@rule.check
def check(
    mod: GoMod,
    sums: GoSum | Absent,
    files: GoFiles,
    env: GoEnv,
    vendor: Vendor | Absent | Unknown,
    work: GoWork | Absent | Unknown,
    told: GoSymptoms | Absent | Unknown,
) -> Iterator[Finding]:
    flags = env["GOFLAGS"].split()
    if (
        isinstance(work, GoWork)
        or (isinstance(vendor, Vendor) and vendor.used)
        or any(f.startswith(("-mod=mod", "-modfile")) for f in flags)
    ):
        return
    stopped = isinstance(told, GoSymptoms) and bool(told.of(Kind.GOSUM_MISSING))
    replaced = {(r.path, r.version): (r.to, r.to_version) for r in mod.mod.replaces}
    for require in mod.mod.requires:
        wanted = (
            replaced.get((require.path, require.version)) or replaced.get((require.path, "")) or (require.path, require.version)
        )
        used = files.importing(require.path)
        if require.indirect or not wanted[1] or used is None:
            continue
        needed = (wanted[1], f"{wanted[1]}/go.mod")
        lacking = [v for v in needed if not isinstance(sums, GoSum) or not sums.hashes(wanted[0], v)]
        if lacking:
            yield rule.finding(
                mod.subject(require),
                severity=Severity.ERROR if stopped else None,
                evidence=[mod.file.evidence(require.line), used.evidence()],
                module=f"{require.path}@{require.version}",
                lacking=", ".join(f"{wanted[0]} {v}" for v in lacking),
            )


@rule.fix("Run go mod tidy", safety=Safety.SAFE)
def tidy(finding: Finding, mod: GoMod) -> Mend | None:
    del finding
    return Mend(steps=(commands.tidy(mod),))


_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"
_GO = 'package shop\n\nimport _ "example.com/a/sub"\n'
_SUM = "example.com/a v1.0.0 h1:i5UFDFnbYrYGvqnaYZClmsZYqAk/1LymfMGsN8JIVoI=\n"

rule.catches(
    "no go.sum",
    subject="example.com/a@v1.0.0",
    files={"go.mod": _MOD, "shop.go": _GO},
    commands={"go mod tidy": Reply(writes={"go.sum": _SUM + _SUM.replace("v1.0.0 ", "v1.0.0/go.mod ")})},
)
rule.catches("half an entry", files={"go.mod": _MOD, "shop.go": _GO, "go.sum": _SUM})
rule.passes("both entries", files={"go.mod": _MOD, "shop.go": _GO, "go.sum": _SUM + _SUM.replace("v1.0.0 ", "v1.0.0/go.mod ")})
rule.passes("nobody imports it", files={"go.mod": _MOD, "shop.go": "package shop\n"})
rule.passes("replaced by a folder", files={"go.mod": _MOD + "\nreplace example.com/a => ../a\n", "shop.go": _GO})
rule.passes(
    "vendored",
    files={"go.mod": _MOD, "shop.go": _GO, "vendor/modules.txt": "# example.com/a v1.0.0\n## explicit\nexample.com/a/sub\n"},
)
rule.not_applicable("there is no go.mod")
rule.undetermined("go is not on PATH", files={"go.mod": _MOD}, programs=("!go",))
