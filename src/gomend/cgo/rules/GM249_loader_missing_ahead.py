"""The program will ask for a loader that the system it runs on does not have.

What it finds     cgo is on and glibc will be linked, while the team deploys to a system with musl or without a C library (``deploy``); or the command names a ``--dynamic-linker`` that does not exist on this machine.
Why it hurts      The build passes, and the program does not start: ``no such file or directory`` although the file is there.
Example           deploy = "scratch", and a program that imports net: on this machine cgo is on by default, so it needs /lib64/ld-linux-x86-64.so.2.
After the fix     The program is built without cgo, static, or for the C library of that system.
Fix safety        Manual: how it is built is a person's own command.
How it is proved  The settings are read again; ``gomend binary inspect --on SYSTEM`` shows the program itself.
References        man7.org/linux/man-pages/man8/ld.so.8.html; pkg.go.dev/cmd/go (CGO_ENABLED).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.binary.distros import Distro
from gomend.cgo import samples as built_samples
from gomend.cgo import worlds
from gomend.cgo.facts.binaries import DeployTarget, PlacedBinaries
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.targets import Targets
from gomend.cgo.preflight import samples
from gomend.cgo.preflight.loaders import NamedLoader
from gomend.cgo.preflight.native import NativePackages
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM249",
    "interpreter-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="The program will not start on {system}: its loader {loader} is not there",
    message="The program will be loaded by {loader} ({because}), and {system} does not have it.",
    doc=__doc__,
    explains=("GM275", "GM222"),
)


@rule.check
def check(
    targets: Targets,
    native: NativePackages,
    compilers: Compilers,
    deploy: DeployTarget | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
    named: NamedLoader | Absent | Unknown,
    binaries: PlacedBinaries | Absent | Unknown,
) -> Iterator[Finding]:
    if isinstance(named, NamedLoader) and not named.exists:
        yield rule.finding(
            Subject(kind="loader", name=named.path),
            evidence=[
                Evidence(source=named.source, quote=f"--dynamic-linker={named.path}"),
                Evidence(source=named.path, quote="no such file"),
            ],
            confidence=named.confidence,
            severity=named.severity,
            system=targets.current.name,
            loader=named.path,
            because="--dynamic-linker",
        )
    # A program that lies there shows how builds are really made: GM222 judges it.
    built = isinstance(binaries, PlacedBinaries) and any(b.info.go for b in binaries.items)
    if built or not isinstance(deploy, DeployTarget) or deploy.distro.libc not in {"musl", "none"}:
        return
    static = isinstance(flags, BuildFlags) and any(w in {"-static", "--static", "-static-pie"} for w in flags.extldflags)
    pure = isinstance(flags, BuildFlags) and {"netgo", "osusergo"} <= flags.tags
    for target in targets.items:
        compiler = compilers.of(target)
        own = native.of(target)
        library = next((p for p in native.standard.get(target.name, ()) if p in {"net", "os/user"}), "")
        glibc = (
            compiler is not None and compiler.path and not compiler.musl and "musl" not in compiler.value and not compiler.zig
        )
        if target.goos != "linux" or not target.cgo or not glibc or static or not (own or (library and not pure)):
            continue
        package = own[0].package.path if own else library
        yield rule.finding(
            Subject(kind="target", name=target.name),
            evidence=[
                *target.evidence("CGO_ENABLED", "CC"),
                Evidence(source="go list", quote=f"{package}: CgoFiles"),
                Evidence(source="deploy", quote=f"{deploy.distro.name}: {deploy.distro.libc}"),
            ],
            severity=Severity.WARNING,
            system=deploy.distro.name,
            loader=_LOADERS.get(target.goarch, "ld-linux"),
            because=f"CGO_ENABLED=1, CC={target['CC']}, {package}",
        )


@rule.fix("Build without cgo, or for the C library of that system", safety=Safety.MANUAL)
def build(finding: Finding, native: NativePackages) -> Mend | None:
    goarch = finding.subject.name.partition("/")[2] or "amd64"
    cpu = {"amd64": "x86_64", "arm64": "aarch64", "386": "x86", "arm": "arm"}.get(goarch, goarch)
    pure = not any(native.by_target.values())
    hints = ["CGO_ENABLED=0 go build ./..."] if pure else []
    hints.append(f"CC='zig cc -target {cpu}-linux-musl' go build -ldflags '-linkmode external -extldflags -static' ./...")
    return Mend(hints=tuple(hints))


_LOADERS = {
    "amd64": "/lib64/ld-linux-x86-64.so.2",
    "arm64": "/lib/ld-linux-aarch64.so.1",
    "386": "/lib/ld-linux.so.2",
    "arm": "/lib/ld-linux-armhf.so.3",
}
_GCC = {"files": worlds.cgo_project(), "programs": ("gcc",), "commands": worlds.GCC}
_SCRATCH = DeployTarget(distro=Distro(name="scratch", libc="none", version=""))
_NET = samples.natives(standard=("net",))
_STATIC = BuildFlags(flags={"ldflags": "-linkmode external -extldflags -static"}, sources={"ldflags": "go build …"})

rule.catches("net in scratch", subject="linux/amd64", **_GCC, facts=(_NET, _SCRATCH))
rule.catches(
    "a loader that is nowhere",
    subject="/lib/ld-nowhere.so.1",
    **_GCC,
    facts=(_NET, NamedLoader(path="/lib/ld-nowhere.so.1", source="go build …", exists=False)),
)
rule.passes("static", **_GCC, facts=(_NET, _SCRATCH, _STATIC))
rule.passes("a program is there", **_GCC, facts=(_NET, *built_samples.placed(built_samples.go_binary(), deploy="scratch")))
rule.passes("nothing is deployed", **_GCC, facts=(_NET,))
rule.undetermined("go list gives nothing", **_GCC)
