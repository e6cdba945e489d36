"""A build for macOS needs Apple's SDK.

What it finds     A log misses a framework, or a header of one (CoreFoundation/CoreFoundation.h), while the build is for macOS.
Why it hurts      Only Apple's SDK has the frameworks; gcc of Linux and zig do not.
Example           ``GOOS=darwin CC='zig cc -target aarch64-macos' go build`` of a package with ``-framework CoreFoundation``.
After the fix     The build runs on a Mac, or with osxcross and the SDK, or without the package.
Fix safety        Manual: the SDK's licence lets nobody else hand it out.
How it is proved  The command is run again and no longer says so.
References        github.com/tpoechtrager/osxcross; github.com/ziglang/zig/issues/1349.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_HEADER = re.compile(
    r"(?:Core\w+|Foundation|AppKit|Cocoa|Security|IOKit|SystemConfiguration|Metal\w*|Carbon|ApplicationServices|UIKit|WebKit|AVFoundation|QuartzCore|objc|mach-o)/[\w.]+|TargetConditionals\.h|Availability\w*\.h"
)

rule = Rule(
    "GM277",
    "apple-sdk-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="{what} belongs to Apple's SDK, which is not here",
    message="The build for macOS needs {what}, which only Apple's SDK has.",
    doc=__doc__,
    explains=("GM267",),
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, env: GoEnv | Unknown) -> Iterator[Finding]:
    there = isinstance(env, GoEnv) and env["GOHOSTOS"] == "darwin"
    for symptom in seen.of(Kind.FRAMEWORK_NOT_FOUND, Kind.HEADER_NOT_FOUND):
        if there or (symptom.kind is Kind.HEADER_NOT_FOUND and not _HEADER.match(symptom.name)):
            continue
        yield rule.finding(
            Subject(kind="framework", name=symptom.name.partition("/")[0]),
            evidence=[log.evidence(symptom.line), *(env.evidence("GOOS") if isinstance(env, GoEnv) else ())],
            confidence=sure(isinstance(env, GoEnv) and env["GOOS"] in {"darwin", "ios"}),
            what=symptom.name,
        )


@rule.fix("Build on a Mac, or with osxcross", safety=Safety.MANUAL)
def elsewhere(finding: Finding) -> Mend | None:
    del finding
    return Mend(
        hints=(
            "# on a Mac, in CI: runs-on: macos-latest",
            "# or with osxcross and the SDK: CC=oa64-clang GOOS=darwin GOARCH=arm64 go build ./...",
        )
    )


rule.catches(
    "a header",
    subject="CoreFoundation",
    env={"GOOS": "darwin"},
    log="./main.go:5:10: fatal error: 'CoreFoundation/CoreFoundation.h' file not found\n",
)
rule.catches("a framework", subject="Security", log="error: unable to find framework 'Security'. searched paths: none\n")
rule.catches(
    "zig 0.17 calls it a system framework",
    subject="Security",
    log='error: unable to find system framework "Security". searched paths: none\n',
)
rule.passes("a header of another kind", env={"GOOS": "darwin"}, log="./main.go:5:10: fatal error: 'zlib.h' file not found\n")
rule.passes("on a Mac the SDK has another problem", go={"GOHOSTOS": "darwin"}, log="ld: framework not found Security\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
