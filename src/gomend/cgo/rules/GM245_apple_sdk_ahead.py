"""A package needs Apple's frameworks, and the compiler for macOS has no SDK.

What it finds     For darwin or ios, a package links a framework or includes one of its headers, CC is zig or a clang on another system, and neither CC nor the CGO flags name an SDK (``-isysroot``, ``--sysroot``, ``-F``).
Why it hurts      zig brings macOS' C library and no frameworks: ``'CoreFoundation/CoreFoundation.h' file not found`` or ``unable to find framework``.
Example           ``#cgo LDFLAGS: -framework CoreFoundation``, built on Linux with ``zig cc -target aarch64-macos``.
After the fix     The build runs on a Mac, or with an SDK that CC names.
Fix safety        Manual: Apple's licence says where the SDK may be used.
How it is proved  The flags are read again.
References        ziglang.org (zig cc, macOS targets); github.com/tpoechtrager/osxcross.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.targets import Targets
from gomend.cgo.preflight import samples
from gomend.cgo.preflight.native import Native, NativePackages
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_SDK = ("-isysroot", "--sysroot", "-F", "-iframework")

rule = Rule(
    "GM245",
    "apple-sdk-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="{package} needs Apple's {framework}, and the compiler for {target} has no SDK",
    message="{framework} is part of Apple's SDK; {compiler} has none, and no flag names one.",
    doc=__doc__,
    explains=("GM277", "GM267", "GM260"),
)


@rule.check
def check(targets: Targets, native: NativePackages, compilers: Compilers, env: GoEnv) -> Iterator[Finding]:
    for target in targets.items:
        compiler = compilers.of(target)
        if target.goos not in {"darwin", "ios"} or env["GOHOSTOS"] == "darwin" or compiler is None:
            continue
        words = " ".join((target["CC"], target["CGO_CFLAGS"], target["CGO_LDFLAGS"])).split()
        if any(w.startswith(_SDK) for w in words) or not compiler.zig:
            continue
        for one in native.of(target):
            framework, line = _framework(one)
            if framework:
                yield rule.finding(
                    Subject(kind="framework", name=framework),
                    key=f"{target.name} {one.package.path}",
                    evidence=[Evidence(source=one.package.path, quote=line), *target.evidence("CC")],
                    package=one.package.path,
                    framework=framework,
                    target=target.name,
                    compiler=compiler.value,
                )


def _framework(one: Native) -> tuple[str, str]:
    words = one.package.flags.get("LDFLAGS", ())
    for i, word in enumerate(words[:-1]):
        if word == "-framework":
            return words[i + 1], f"#cgo LDFLAGS: -framework {words[i + 1]}"
    for header in one.package.headers:
        name, mark, rest = header.name.partition("/")
        if mark and rest == f"{name}.h" and header.kind == "unknown" and not header.conditional:
            return name, f"#include <{header.name}>"
    return "", ""


@rule.fix("Build on a Mac, or name an SDK", safety=Safety.MANUAL)
def sdk(finding: Finding) -> Mend | None:
    goos, _, goarch = str(finding.title.parameters["target"]).partition("/")
    return Mend(
        hints=(
            f"GOOS={goos} GOARCH={goarch} go build ./...   # on a macOS runner",
            "CC='zig cc -target aarch64-macos -F/SDK/System/Library/Frameworks -isysroot /SDK' go build ./...",
        )
    )


_ENV = worlds.go_env("darwin", "arm64", CC="zig cc -target aarch64-macos", CGO_ENABLED="1")
_MAC = samples.natives(samples.package(flags={"LDFLAGS": ("-framework", "CoreFoundation")}), target="darwin/arm64")
_ZIG = {**worlds.GCC, "zig cc -target aarch64-macos -dumpmachine": worlds.say("aarch64-unknown-macos-none")}

rule.catches(
    "a framework with zig",
    subject="CoreFoundation",
    files=worlds.cgo_project(),
    targets=("darwin/arm64",),
    programs=("gcc", "zig"),
    commands={**_ENV, **_ZIG},
    facts=(_MAC,),
)
rule.passes(
    "no framework",
    files=worlds.cgo_project(),
    targets=("darwin/arm64",),
    programs=("gcc", "zig"),
    commands={**_ENV, **_ZIG},
    facts=(samples.natives(samples.package(), target="darwin/arm64"),),
)
rule.undetermined("go list gives nothing", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC)
