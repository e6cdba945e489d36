"""A CI job builds for another machine, does not say CGO_ENABLED, and the project needs cgo.

What it finds     A Dockerfile, a pipeline, goreleaser or a Makefile sets GOOS or GOARCH to another machine than the one it runs on, without CGO_ENABLED, and a package uses cgo.
Why it hurts      go switches cgo off in cross builds: the job fails with excluded files, or it passes and the program is built with stubs.
Example           ``GOARCH: ${{ matrix.goarch }}`` with ``[amd64, arm64]`` on ``ubuntu-latest``.
After the fix     The job says CGO_ENABLED=1 and names a C compiler for each target, or says CGO_ENABLED=0.
Fix safety        Manual: gomend does not rewrite CI files.
How it is proved  The file is read again and no longer says so.
References        pkg.go.dev/cmd/cgo; go/build, Context.CgoEnabled.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.ci import CiBuilds
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import needs_cgo
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.facts import Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM239",
    "cgo-off-in-cross-build",
    severity=Severity.WARNING,
    since="0.1",
    title="{file} builds for {targets} without saying CGO_ENABLED, and {package} uses cgo",
    message="{place} in {file} builds for {targets} on {host}: go switches cgo off there, and {package} needs it.",
    doc=__doc__,
)


@rule.check
def check(ci: CiBuilds, packages: CgoPackages, targets: Targets) -> Iterator[Finding]:
    needed = needs_cgo(packages, targets)
    for item in ci.items if needed else ():
        cross = item.build.cross
        if not cross or item.cgo or item.build.command.verb == "test":
            continue
        shown = ", ".join("/".join(t) for t in cross[:4])
        yield rule.finding(
            item.subject(),
            evidence=[item.evidence(), needed[0].evidence(packages.source)],
            confidence=Confidence.HIGH if all(p.breaks for p in needed[:1]) else Confidence.MEDIUM,
            file=item.file.name,
            place=item.build.place,
            targets=shown,
            host="/".join(item.build.host),
            package=needed[0].path,
        )


@rule.fix("Say it: CGO_ENABLED=1 with a compiler for each target, or CGO_ENABLED=0", safety=Safety.MANUAL)
def say(finding: Finding) -> Mend | None:
    where = f"{finding.subject.path}:{finding.subject.line}"
    return Mend(
        hints=(
            f"# {where}: CGO_ENABLED=1 CC=aarch64-linux-gnu-gcc (or CC='zig cc -target aarch64-linux-musl') for arm64",
            f"# {where}: CGO_ENABLED=0 where the program works without C",
        )
    )


_JOB = """\
jobs:
  release:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        goarch: [amd64, arm64]
    env:
      GOARCH: ${{ matrix.goarch }}
    steps:
      - uses: actions/checkout@v4
      - run: |
          go vet ./...
          go build -o dist/shop ./...
"""

rule.catches(
    "a matrix", files={**worlds.cgo_project(), ".github/workflows/release.yml": _JOB}, programs=("gcc",), commands=worlds.GCC
)
rule.catches(
    "make",
    files={**worlds.cgo_project(), "Makefile": "all:\n\tGOOS=windows go build -o shop.exe .\n"},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.catches(
    "goreleaser says nothing",
    files={
        **worlds.cgo_project(),
        ".goreleaser.yaml": "builds:\n  - id: shop\n    goos: [linux]\n    goarch:\n      - amd64\n      - arm64\n",
    },
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.passes(
    "the job says so",
    files={**worlds.cgo_project(), ".github/workflows/release.yml": _JOB.replace("    env:", "    env:\n      CGO_ENABLED: 0")},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.passes(
    "a native job",
    files={**worlds.cgo_project(), ".github/workflows/release.yml": _JOB.replace("[amd64, arm64]", "[amd64]")},
    programs=("gcc",),
    commands=worlds.GCC,
)
rule.not_applicable("no CI file builds Go code", files=worlds.cgo_project())
rule.undetermined(
    "the files cannot be read",
    files=worlds.cgo_project(),
    programs=("gcc",),
    commands=worlds.GCC,
    without={"CiBuilds": Unknown(reason="permission denied")},
)
