"""A program is for another CPU or system than the machine that started it.

What it finds     A log says ``exec format error`` or ``cannot execute binary file``.
Why it hurts      The program was built for another GOARCH or GOOS, or the image is for another platform.
Example           An arm64 binary, started on an x86-64 machine without qemu.
After the fix     The program is built for this machine, or started on one of its own kind or with qemu-user.
Fix safety        Manual: only a person knows which of the two was meant.
How it is proved  The program's header is read again.
References        man7.org/linux/man-pages/man2/execve.2.html (ENOEXEC); docs.kernel.org/admin-guide/binfmt-misc.html.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from gomend.cgo import mending, samples, triples
from gomend.cgo.facts.binaries import PlacedBinaries
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.places import Places
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM276",
    "binary-wrong-cpu",
    severity=Severity.ERROR,
    since="0.1",
    title="{program} is for {arch}, not for {machine}",
    message="{machine} cannot run {program}: it is a program for {arch}.",
    doc=__doc__,
)


@rule.check
def check(
    log: LogText, seen: CgoSymptoms, binaries: PlacedBinaries | Absent | Unknown, env: GoEnv | Unknown
) -> Iterator[Finding]:
    machine = f"{env['GOHOSTOS']}/{env['GOHOSTARCH']}" if isinstance(env, GoEnv) else "?"
    for symptom in seen.of(Kind.EXEC_FORMAT):
        found = binaries.at(symptom.path) if isinstance(binaries, PlacedBinaries) and symptom.path else None
        arch = f"{found.info.format} {found.info.arch}" if found else "?"
        foreign = found is not None and isinstance(env, GoEnv) and env["GOHOSTARCH"] not in found.info.arch.split(",")
        yield rule.finding(
            Subject(kind="binary", name=symptom.path or "program"),
            evidence=[log.evidence(symptom.line), *([found.evidence()] if found else [])],
            confidence=sure(foreign, half=True),
            program=symptom.path or "?",
            arch=arch,
            machine=machine,
        )


@rule.fix("Build for this machine, or run it on its own kind", safety=Safety.MANUAL)
def choose(
    finding: Finding,
    places: Places | Absent | Unknown,
    targets: Targets | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
) -> Mend | None:
    target = mending.current(targets)
    if isinstance(places, Places) and places.emulator and target:
        root = triples.gnu_triple(target.goos, target.goarch)
        return Mend(
            hints=(
                f"{places.emulator} -L /usr/{root} {shlex.quote(finding.subject.name)}",
                "# or build for this machine: unset GOARCH GOOS CC",
            )
        )
    set_now = [n for n in ("GOARCH", "GOOS", "CC") if target and target.origin(n) == "environment"] or ["GOARCH", "GOOS"]
    lines = mending.again(flags, env=dict.fromkeys(set_now, ""))
    return Mend(hints=(*lines, "# or run it in a container of its own platform"))


_LOG = "bash: ./bin/shop: cannot execute binary file: Exec format error\n"

rule.catches("bash", subject="./bin/shop", log=_LOG)
rule.catches("the binary is here", log=_LOG, facts=samples.placed(samples.go_binary(arch="arm64")))
rule.catches("a container", subject="/app", log="exec /app: exec format error\n")
rule.catches("go run", log="fork/exec /tmp/go-build1/b001/exe/shop: exec format error\n")
rule.passes("another failure", log="bash: ./bin/shop: Permission denied\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
