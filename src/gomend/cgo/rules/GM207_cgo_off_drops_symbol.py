"""CGO_ENABLED=0 leaves out files that the rest of the project needs.

What it finds     CGO_ENABLED is set to 0, a package has files that import "C" and none for builds without cgo, and other files use names that only those declare, or import the package.
Why it hurts      The build fails with ``undefined: name`` in a file that is correct, or with ``build constraints exclude all Go files``.
Example           ``CGO_ENABLED=0`` in the environment, add.go imports "C" and declares Add, main.go calls Add.
After the fix     CGO_ENABLED is 1, or the package has a file with ``//go:build !cgo`` that declares the same names.
Fix safety        Unsafe: programs become dynamic where they were static, so a person decides.
How it is proved  go env says CGO_ENABLED=1, so that the files take part again; a deep check builds the project.
References        pkg.go.dev/cmd/go#hdr-Build_constraints; pkg.go.dev/cmd/cgo.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM207",
    "cgo-off-drops-symbol",
    severity=Severity.ERROR,
    since="0.1",
    title="CGO_ENABLED=0 leaves out {files}, which {package} needs",
    message="CGO_ENABLED=0 ({where}) leaves out {files} of {package}, and nothing takes their place; they are needed by: {needed}.",
    doc=__doc__,
    explains=("GM252", "GM253", "GM260"),
    proved_by=("GM260",),
)


@rule.check
def check(targets: Targets, packages: CgoPackages) -> Iterator[Finding]:
    for target in targets.items:
        if target.cgo or target.origin("CGO_ENABLED") == "default":
            continue
        for package in packages.of(target):
            if not package.breaks:
                continue
            dropped = package.dropped[:3]
            needed = ", ".join(f"{d.used} {d.name}" for d in dropped) or package.path
            yield rule.finding(
                Subject(kind="package", name=package.path),
                key=target.name,
                evidence=[
                    *target.evidence("CGO_ENABLED"),
                    package.evidence(packages.source),
                    *(Evidence(source=d.used.partition(":")[0], quote=d.name, where=d.used) for d in dropped),
                ],
                confidence=Confidence.MEDIUM if dropped else Confidence.HIGH,
                files=", ".join(package.cgo_files),
                package=package.path,
                where=target.origin("CGO_ENABLED"),
                needed=needed,
            )


@rule.fix("Switch cgo on ({where})", safety=Safety.UNSAFE)
def switch_on(finding: Finding, targets: Targets, env: GoEnv, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    del finding
    target = next(t for t in targets.items if not t.cgo and t.origin("CGO_ENABLED") != "default")
    parameters = {"where": target.origin("CGO_ENABLED")}
    if target.origin("CGO_ENABLED") == target.file_name:
        return Mend(steps=(target.write({"CGO_ENABLED": "1"}),), parameters=parameters)
    if not env.settable("CGO_ENABLED"):
        return Mend(hints=mending.again(flags, env={"CGO_ENABLED": "1"}), parameters=parameters)
    return Mend(steps=(env.set("CGO_ENABLED", "1"),), parameters=parameters)


_MAIN = "package main\n\nfunc main() { println(add(2, 40)) }\n"
_ADD = '{}package main\n\n// static int add(int a, int b) {{ return a + b; }}\nimport "C"\n\nfunc add(a, b int) int {{ return int(C.add(C.int(a), C.int(b))) }}\n'
_FILES = {"go.mod": worlds.MOD, "main.go": _MAIN, "add.go": _ADD.format("")}
_PURE = "//go:build !cgo\n\npackage main\n\nfunc add(a, b int) int { return a + b }\n"
_OFF = {"CGO_ENABLED": "0"}

rule.catches("a function is gone", subject=".", files=_FILES, env=_OFF)
rule.catches("written by go env -w", files=_FILES, goenv=_OFF)
rule.catches("the only program is gone", files=worlds.cgo_project(), env=_OFF)
rule.passes("a file takes its place", files={**_FILES, "add_pure.go": _PURE}, env=_OFF)
rule.passes("cgo is on", files=_FILES, env={"CGO_ENABLED": "1"})
rule.passes(
    "the name is a local one",
    files={**_FILES, "main.go": "package main\n\nfunc main() {\n\tadd := 1\n\tprintln(add)\n}\n"},
    env=_OFF,
)
rule.not_applicable("no package uses cgo", files=worlds.pure_project(), env=_OFF)
rule.undetermined("go is not on PATH", files=_FILES, env=_OFF, programs=("!go",))
