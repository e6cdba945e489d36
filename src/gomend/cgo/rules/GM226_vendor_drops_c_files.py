"""go mod vendor left out C files that a vendored package needs.

What it finds     A package below vendor/ imports "C" and names a folder, header or library inside its own module that vendor/ does not have.
Why it hurts      ``go mod vendor`` copies only folders with Go files: headers and libraries in other folders are lost, and the C compiler says ``fatal error: dep.h: No such file or directory``.
Example           ``#cgo CFLAGS: -I${SRCDIR}/include`` in a module whose include/ has no Go file.
After the fix     The project builds without vendor/, or the missing folders were copied into it.
Fix safety        Unsafe: vendor/ is taken away (undo brings it back), and modules then come from the cache or the proxy.
How it is proved  No vendored package misses files any more.
References        go.dev/ref/mod#go-mod-vendor; go.dev/issue/26366.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.vendored import VendorLosses, evidence
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule
from gomend.model.step import RemovePath

rule = Rule(
    "GM226",
    "vendor-drops-c-files",
    severity=Severity.ERROR,
    since="0.1",
    title="vendor/ lacks C files of {package}: {missing}",
    message="{package} needs {missing}, which go mod vendor did not copy: it takes only folders that have Go files.",
    doc=__doc__,
    explains=("GM267", "GM268", "GM278", "GM260"),
)


@rule.check
def check(losses: VendorLosses) -> Iterator[Finding]:
    seen = set()
    for loss in losses.items:
        if (loss.package, loss.missing) in seen:
            continue
        seen.add((loss.package, loss.missing))
        yield rule.finding(
            Subject(kind="package", name=loss.package, path=loss.file, line=loss.line),
            key=loss.missing,
            evidence=[evidence(loss)],
            package=loss.package,
            missing=loss.missing,
        )


@rule.fix("Build without vendor/", safety=Safety.UNSAFE)
def without_vendor(finding: Finding, losses: VendorLosses, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    vendored = isinstance(flags, BuildFlags) and flags["mod"] == "vendor"
    return Mend(
        steps=(RemovePath(path=losses.folder, touches=("file:vendor/modules.txt",)),),
        hints=mending.again(flags, {"mod": "mod"}) if vendored else (),
    )


_DEP = 'package dep\n\n// #cgo CFLAGS: -I${SRCDIR}/include\n// #include "dep.h"\nimport "C"\n\nfunc F() int { return int(C.depf()) }\n'
_LIB = 'package dep\n\n// #cgo LDFLAGS: ${SRCDIR}/lib/libdep.a\nimport "C"\n'
_BASE = {**worlds.pure_project(), "vendor/modules.txt": "# example.com/dep v1.0.0\n"}

rule.catches("a folder of headers", subject="example.com/dep", files={**_BASE, "vendor/example.com/dep/dep.go": _DEP})
rule.catches("a library", files={**_BASE, "vendor/example.com/dep/dep.go": _LIB})
rule.passes(
    "the headers are there",
    files={**_BASE, "vendor/example.com/dep/dep.go": _DEP, "vendor/example.com/dep/include/dep.h": "int depf(void);\n"},
)
rule.passes(
    "the header lies beside",
    files={**_BASE, "vendor/example.com/dep/dep.go": _DEP, "vendor/example.com/dep/dep.h": "int depf(void);\n"},
)
rule.not_applicable("no vendor folder", files=worlds.cgo_project())
