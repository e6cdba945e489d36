"""CPATH gives a build for another machine header folders of this machine.

What it finds     cgo is on for a target that is not this machine, and CPATH, C_INCLUDE_PATH or CPLUS_INCLUDE_PATH names ``/usr/include``, ``/usr/local/include`` or the folder of this machine's headers.
Why it hurts      gcc, clang and zig read these variables for every target, as if each were a -I; go shows them nowhere, and its build cache does not have them in its keys.
Example           ``CPATH=/usr/local/include GOARCH=arm64 CGO_ENABLED=1``.
After the fix     The variable is not set for that build.
Fix safety        Manual: it is a variable of the shell, and other programs may want it.
How it is proved  The environment no longer has it.
References        gcc.gnu.org/onlinedocs/gcc/Environment-Variables.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo import triples, worlds
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.cgo.facts.variables import IncludePaths
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_HOST = re.compile(r"/usr/include(?:/[a-z0-9_]+-linux-gnu\w*)?|/usr/local/include|/opt/homebrew/include")

rule = Rule(
    "GM217",
    "host-include-leak",
    severity=Severity.WARNING,
    since="0.1",
    title="{variable} gives {target} headers of this machine: {folder}",
    message="{variable} names {folder}, and compilers read it for {target} as well: headers of this machine go into the other machine's program.",
    doc=__doc__,
    explains=("GM267", "GM285", "GM260"),
)


@rule.check
def check(targets: Targets, packages: CgoPackages, paths: IncludePaths) -> Iterator[Finding]:
    for target in targets.items:
        if not target.cross or not target.cgo or not packages.of(target):
            continue
        own = triples.gnu_triple(target.goos, target.goarch) or "-"
        for name, folders in paths.folders.items():
            folder = next((f for f in folders if _HOST.fullmatch(f.rstrip("/")) and own not in f), "")
            if folder:
                yield rule.finding(
                    Subject(kind="variable", name=name),
                    key=target.name,
                    evidence=[paths.evidence(name), *target.evidence("GOOS", "GOARCH")],
                    variable=name,
                    target=target.name,
                    folder=folder,
                )


@rule.fix("Take {variable} out of the environment", safety=Safety.MANUAL)
def unset(finding: Finding) -> Mend | None:
    return Mend(hints=(f"unset {finding.subject.name}",), parameters={"variable": finding.subject.name})


_ENV = {"GOARCH": "arm64", "CGO_ENABLED": "1", "CPATH": "/opt/sdk/include:/usr/local/include"}

rule.catches("CPATH", subject="CPATH", files=worlds.cgo_project(), env=_ENV)
rule.catches(
    "C_INCLUDE_PATH", files=worlds.cgo_project(), env={"GOARCH": "arm64", "CGO_ENABLED": "1", "C_INCLUDE_PATH": "/usr/include"}
)
rule.passes("this machine", files=worlds.cgo_project(), env={"CPATH": "/usr/local/include"})
rule.passes("folders of the team", files=worlds.cgo_project(), env={**_ENV, "CPATH": "/opt/sdk/include"})
rule.not_applicable("no variable", files=worlds.cgo_project(), env={"GOARCH": "arm64", "CGO_ENABLED": "1"})
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), env=_ENV, programs=("!go",))
