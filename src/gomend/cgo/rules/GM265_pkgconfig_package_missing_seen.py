"""pkg-config did not know a package.

What it finds     A log says ``Package foo was not found in the pkg-config search path`` or ``No package 'foo' found``.
Why it hurts      The library's development files are not installed, or its .pc file lies where pkg-config does not search.
Example           ``# [pkg-config --cflags -- foo]`` followed by ``Package foo was not found``.
After the fix     The package is installed, or PKG_CONFIG_PATH names the folder of its .pc file.
Fix safety        Manual: GM211 offers the fix where this machine has the .pc file elsewhere.
How it is proved  The command is run again and no longer says so.
References        pkg-config(1).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.places import Places
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.judging import uses_cgo
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM265",
    "pkgconfig-package-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="pkg-config did not find {package}",
    message="pkg-config has no {package}: its development files are missing, or PKG_CONFIG_PATH does not name the folder of {package}.pc.",
    doc=__doc__,
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, packages: CgoPackages | Absent | Unknown) -> Iterator[Finding]:
    for symptom in seen.of(Kind.PACKAGE_NOT_FOUND):
        yield rule.finding(
            Subject(kind="package", name=symptom.name),
            evidence=[log.evidence(symptom.line)],
            confidence=uses_cgo(packages),
            package=symptom.name,
        )


@rule.fix("Install {package}, or name its folder", safety=Safety.MANUAL)
def install(finding: Finding, places: Places | Absent | Unknown, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    name = finding.subject.name
    folder = places.folders.get(name, "") if isinstance(places, Places) else ""
    found = mending.again(flags, env={"PKG_CONFIG_PATH": folder}) if folder else ()
    return Mend(
        hints=(*(found or mending.search(name)), *(() if found else (f"# or export PKG_CONFIG_PATH=FOLDER_WITH/{name}.pc",))),
        parameters={"package": name},
    )


_LOG = "# [pkg-config --cflags  -- foo]\nPackage foo was not found in the pkg-config search path.\nNo package 'foo' found\n"

rule.catches("pkg-config", subject="foo", log=_LOG)
rule.catches("pkgconf", subject="foo", log="Package 'foo', required by 'virtual:world', not found\n")
rule.passes("a package of another kind", files=worlds.cgo_project(), log="main.go:3:8: package foo is not in std\n")
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
