"""A build for another machine takes flags of this machine from pkg-config.

What it finds     cgo is on for a target that is not this machine, PKG_CONFIG_LIBDIR is not set, and the .pc file that pkg-config answers from is not the target's.
Why it hurts      Headers, macros and library folders of this machine go into the other machine's program: the link fails, or it passes and the program is wrong.
Example           ``GOARCH=arm64`` with ``#cgo pkg-config: foo`` and only /usr/lib/x86_64-linux-gnu/pkgconfig/foo.pc.
After the fix     PKG_CONFIG_LIBDIR in the target's env file names only folders of the target. PKG_CONFIG_PATH would only be added to this machine's folders.
Fix safety        Safe: one file below .gomend/env changes, and only where the target's .pc file was found.
How it is proved  pkg-config is asked again and answers from a folder of the target.
References        pkg-config(1), PKG_CONFIG_LIBDIR; autotools.info/pkgconfig/cross-compiling.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import triples, worlds
from gomend.cgo.facts.pkgconfig import PkgConfig, leak
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Confidence, Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM212",
    "pkgconfig-host-leak",
    severity=Severity.WARNING,
    since="0.1",
    title="pkg-config answers for {name} with {folder}, which is not {target}'s",
    message="The build for {target} takes the flags of {name} from {folder}: pkg-config searches the folders of this machine unless PKG_CONFIG_LIBDIR is set.",
    doc=__doc__,
    explains=("GM279", "GM268", "GM260"),
    proved_by=("GM260",),
)


@rule.check
def check(targets: Targets, pkg: PkgConfig) -> Iterator[Finding]:
    for target in targets.items:
        answers = pkg.by_target.get(target.name)
        for package in answers.packages if answers else ():
            shown = leak(target, answers, package) if answers else None
            if answers is None or shown is None:
                continue
            variables = [Evidence(source="environment", quote=f"{n}={v}") for n, v in answers.variables.items()]
            host = package.folder.startswith(("/usr/lib", "/usr/share", "/usr/local"))
            yield rule.finding(
                Subject(kind="package", name=package.name),
                key=target.name,
                evidence=[shown, *variables, *target.evidence("GOOS", "GOARCH")],
                confidence=Confidence.HIGH if host else Confidence.MEDIUM,
                name=package.name,
                folder=package.folder or "?",
                target=target.name,
            )


@rule.fix("Let pkg-config search only folders of {target} ({file})", safety=Safety.SAFE)
def only_the_targets(finding: Finding, targets: Targets, pkg: PkgConfig) -> Mend | None:
    for target in targets.items:
        answers = pkg.by_target.get(target.name)
        for package in answers.packages if answers else ():
            if package.name != finding.subject.name or answers is None or leak(target, answers, package) is None:
                continue
            parameters = {"target": target.name, "file": target.file_name}
            folders = triples.pkg_config_folders(target.goos, target.goarch)
            if package.elsewhere not in folders:
                shown = ":".join(folders)
                return Mend(
                    hints=(
                        f"export PKG_CONFIG_LIBDIR={shown}   # or whichever folders have .pc files of {target.name}",
                        "unset PKG_CONFIG_PATH",
                    ),
                    parameters=parameters,
                )
            return Mend(
                steps=(target.write({"PKG_CONFIG_LIBDIR": ":".join(folders), "CGO_ENABLED": "1"}),),
                hints=(f"set -a; . {target.file_name}; set +a",),
                parameters=parameters,
            )
    return None


_ASKS = worlds.cgo_project("// #cgo pkg-config: foo\n// #include <foo.h>")
_ASK = "pkg-config --print-errors --cflags --libs foo"
_WHERE = "pkg-config --variable=pcfiledir foo"
_ARM = "/usr/lib/aarch64-linux-gnu/pkgconfig"
_LIBDIR = "LC_ALL=C PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/aarch64-linux-gnu/lib/pkgconfig"
_HOST = {_ASK: worlds.say("-I/usr/include/foo -lfoo"), _WHERE: worlds.say("/usr/lib/x86_64-linux-gnu/pkgconfig")}
_TOOLS = ("gcc", "pkg-config")

rule.catches("the host's foo", subject="foo", files=_ASKS, env={"GOARCH": "arm64"}, programs=_TOOLS, commands=_HOST)
rule.catches(
    "the target's foo is there too",
    files={**_ASKS, f"{_ARM}/foo.pc": "Name: foo\n"},
    env={"GOARCH": "arm64"},
    programs=_TOOLS,
    commands={**_HOST, f"{_LIBDIR} {_ASK}": worlds.say("-lfoo"), f"{_LIBDIR} {_WHERE}": worlds.say(_ARM)},
)
rule.catches(
    "PKG_CONFIG_PATH is no fence",
    files=_ASKS,
    env={"GOARCH": "arm64", "PKG_CONFIG_PATH": "/srv/pc"},
    programs=_TOOLS,
    commands={_ASK: worlds.say("-DFOO_WORD=64"), _WHERE: worlds.say("/srv/pc")},
)
rule.passes("this machine", files=_ASKS, programs=_TOOLS, commands=_HOST)
rule.passes(
    "PKG_CONFIG_LIBDIR is a fence",
    files=_ASKS,
    env={"GOARCH": "arm64", "PKG_CONFIG_LIBDIR": "/srv/target/pc"},
    programs=_TOOLS,
    commands={_ASK: worlds.say("-I/srv/target/include -lfoo"), _WHERE: worlds.say("/srv/target/pc")},
)
rule.passes(
    "PKG_CONFIG_PATH with the target's own folder",
    files=_ASKS,
    env={"GOARCH": "arm64", "PKG_CONFIG_PATH": _ARM},
    programs=_TOOLS,
    commands={_ASK: worlds.say("-lfoo"), _WHERE: worlds.say(_ARM)},
)
rule.not_applicable("nobody asks for it", files=worlds.cgo_project(), env={"GOARCH": "arm64"}, programs=_TOOLS)
rule.undetermined("go is not on PATH", files=_ASKS, programs=("!go", *_TOOLS))
