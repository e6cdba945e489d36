"""pkg-config does not know a package that a #cgo line asks for.

What it finds     ``pkg-config --cflags --libs NAME``, run with the target's variables, fails for a name in a ``#cgo pkg-config:`` line.
Why it hurts      go build stops with ``Package NAME was not found in the pkg-config search path``.
Example           ``#cgo pkg-config: foo`` while foo.pc lies in /opt/foo/lib/pkgconfig, which pkg-config does not search.
After the fix     PKG_CONFIG_PATH (PKG_CONFIG_LIBDIR for another machine) in the target's env file names the folder of the .pc file, or the package is installed.
Fix safety        Safe: one file below .gomend/env changes. Installing is left to a person.
How it is proved  pkg-config is asked again with that variable and answers.
References        pkg-config(1); pkg.go.dev/cmd/cgo.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.pkgconfig import PkgConfig
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Reply, Rule

rule = Rule(
    "GM211",
    "pkgconfig-package-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="pkg-config has no package {name} for {target}",
    message="{package} asks pkg-config for {name}, which answers for {target}: {problem}",
    doc=__doc__,
    explains=("GM265", "GM260"),
    proved_by=("GM260",),
)


@rule.check
def check(targets: Targets, pkg: PkgConfig) -> Iterator[Finding]:
    for target in targets.items:
        answers = pkg.by_target.get(target.name)
        for package in answers.packages if answers and answers.path else ():
            if not package.found:
                command = f"{answers.program if answers else 'pkg-config'} --cflags --libs {package.name}"
                where = " ".join(f"{n}={v}" for n, v in (answers.variables if answers else {}).items())
                yield rule.finding(
                    Subject(kind="package", name=package.name),
                    key=target.name,
                    evidence=[
                        Evidence(source=command, quote=package.problem or "no answer", where=where),
                        Evidence(source=package.wanted_by, quote=f"#cgo pkg-config: {package.name}"),
                    ],
                    name=package.name,
                    target=target.name,
                    package=package.wanted_by,
                    problem=package.problem.splitlines()[0] if package.problem else "no answer",
                )


@rule.fix("Let pkg-config search {folder} for {target} ({file})", safety=Safety.SAFE)
def search_there(finding: Finding, targets: Targets, pkg: PkgConfig) -> Mend | None:
    for target in targets.items:
        answers = pkg.by_target.get(target.name)
        for package in answers.packages if answers else ():
            if answers is None or package.name != finding.subject.name or package.found or not package.elsewhere:
                continue
            name = "PKG_CONFIG_LIBDIR" if target.cross else "PKG_CONFIG_PATH"
            value = ":".join(dict.fromkeys([package.elsewhere, *filter(None, answers.variables.get(name, "").split(":"))]))
            return Mend(
                steps=(target.write({name: value, "CGO_ENABLED": "1"}),),
                hints=(f"set -a; . {target.file_name}; set +a",),
                parameters={"folder": package.elsewhere, "target": target.name, "file": target.file_name},
            )
    return None


@rule.fix("Install {name}", safety=Safety.MANUAL)
def install(finding: Finding) -> Mend | None:
    name = finding.subject.name
    return Mend(
        hints=(
            *mending.search(name),
            f"# or export PKG_CONFIG_PATH=FOLDER_WITH/{name}.pc",
        ),
        parameters={"name": name},
    )


_ASKS = worlds.cgo_project("// #cgo pkg-config: foo\n// #include <foo.h>")
_ASK = "pkg-config --print-errors --cflags --libs foo"
_NO = Reply(exit=1, stderr="Package foo was not found in the pkg-config search path.\n")
_TOOLS = ("gcc", "pkg-config")

rule.catches("not installed", subject="foo", files=_ASKS, programs=_TOOLS, commands={_ASK: _NO})
rule.catches(
    "it lies in /opt",
    files={**_ASKS, "/opt/foo/lib/pkgconfig/foo.pc": "Name: foo\n"},
    programs=_TOOLS,
    commands={
        _ASK: _NO,
        f"LC_ALL=C PKG_CONFIG_PATH=/opt/foo/lib/pkgconfig {_ASK}": Reply(stdout="-I/opt/foo/include -lfoo\n"),
        "pkg-config --variable=pcfiledir foo": worlds.say("/opt/foo/lib/pkgconfig"),
    },
)
rule.passes(
    "installed",
    files=_ASKS,
    programs=_TOOLS,
    commands={_ASK: worlds.say("-lfoo"), "pkg-config --variable=pcfiledir foo": worlds.say("/usr/lib/pkgconfig")},
)
rule.passes("pkg-config itself is missing, which GM210 says", files=_ASKS, programs=("gcc",))
rule.not_applicable("nobody asks for it", files=worlds.cgo_project(), programs=_TOOLS)
rule.undetermined("go is not on PATH", files=_ASKS, programs=("!go", *_TOOLS))
