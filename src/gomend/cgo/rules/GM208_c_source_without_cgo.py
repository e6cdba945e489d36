"""A folder has C files, but no Go file of its package uses cgo.

What it finds     go list says ``C source files not allowed when not using cgo or SWIG``: .c, .cc or .cpp files lie beside Go files of which none imports "C".
Why it hurts      go refuses to build the package, whether the C files matter or not.
Example           add.c lies beside main.go, and main.go does not import "C".
After the fix     The C files are used (a Go file of the package imports "C"), kept out (``//go:build ignore`` as their first line) or lie in a folder without Go files.
Fix safety        Manual: only a person knows whether the C files belong to the program.
How it is proved  go list is asked again and says nothing against the package.
References        go/build, Context.Import; cmd/go/internal/load, Package.load.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.packages import PackageErrors
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Reply, Rule

_SAYS = "source files not allowed when not using cgo or SWIG: "

rule = Rule(
    "GM208",
    "c-source-without-cgo",
    severity=Severity.ERROR,
    since="0.1",
    title="{package} has C files and does not use cgo: {files}",
    message='go does not build {package}: {files} lie beside Go files of which none imports "C".',
    doc=__doc__,
    explains=("GM262", "GM260"),
)


@rule.check
def check(errors: PackageErrors) -> Iterator[Finding]:
    for package, folder, said in errors.items:
        _, mark, files = said.partition(_SAYS)
        if mark:
            yield rule.finding(
                Subject(kind="package", name=package),
                evidence=[Evidence(source="go list -e ./...", quote=said, where=folder)],
                package=package,
                files=files.strip(),
            )


@rule.fix("Leave the C files out, or let a Go file use them", safety=Safety.MANUAL)
def decide(finding: Finding, errors: PackageErrors) -> Mend | None:
    folder, said = next((f, s) for p, f, s in errors.items if p == finding.subject.name)
    return Mend(hints=mending.left_out(folder, said.partition(_SAYS)[2]))


_LIST = "go list -e -json=ImportPath,Dir,Error ./..."
_ERROR = '{"ImportPath": "example.com/shop", "Dir": "/project", "Error": {"Err": "C source files not allowed when not using cgo or SWIG: add.c"}}\n'

rule.catches(
    "add.c beside main.go",
    subject="example.com/shop",
    files={**worlds.pure_project(), "add.c": "int add(void);\n"},
    commands={_LIST: Reply(stdout=_ERROR)},
)
rule.passes("no C files", files=worlds.pure_project())
rule.passes(
    "the package uses them",
    files=worlds.cgo_project(add__c="int add(void);\n"),
    commands={_LIST: Reply(stdout='{"ImportPath": "example.com/shop", "Dir": "/project"}\n')},
)
rule.undetermined("go list fails", files={**worlds.pure_project(), "add.c": "int add(void);\n"})
