"""pkg-config puts the sysroot before paths that have it already.

What it finds     PKG_CONFIG_SYSROOT_DIR is set, and flags that pkg-config answers hold that folder twice.
Why it hurts      The folders do not exist, so headers and libraries are not found.
Example           ``-I/srv/rpi/srv/rpi/usr/include`` for a foo.pc whose prefix is /srv/rpi/usr.
After the fix     PKG_CONFIG_SYSROOT_DIR is not set, or the .pc file's prefix is /usr.
Fix safety        Manual: the variable is a person's own.
How it is proved  pkg-config is asked again and names each folder once.
References        pkg-config(1), PKG_CONFIG_SYSROOT_DIR.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.pkgconfig import PkgConfig
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Reply, Rule

rule = Rule(
    "GM231",
    "pkgconfig-double-sysroot",
    severity=Severity.ERROR,
    since="0.1",
    title="pkg-config puts {sysroot} twice before the paths of {name}",
    message="pkg-config answers {flag} for {name}: the .pc file's paths already begin with PKG_CONFIG_SYSROOT_DIR.",
    doc=__doc__,
    explains=("GM267", "GM268", "GM260"),
)


@rule.check
def check(targets: Targets, pkg: PkgConfig) -> Iterator[Finding]:
    for target in targets.items:
        answers = pkg.by_target.get(target.name)
        sysroot = answers.variables.get("PKG_CONFIG_SYSROOT_DIR", "").rstrip("/") if answers else ""
        for package in answers.packages if answers and sysroot else ():
            flag = next((f for f in package.flags if sysroot + sysroot in f), "")
            if flag:
                yield rule.finding(
                    Subject(kind="package", name=package.name),
                    key=target.name,
                    evidence=[
                        Evidence(source=f"pkg-config --cflags --libs {package.name}", quote=" ".join(package.flags)),
                        Evidence(source="environment", quote=f"PKG_CONFIG_SYSROOT_DIR={sysroot}"),
                    ],
                    sysroot=sysroot,
                    name=package.name,
                    flag=flag,
                )


@rule.fix("Name the sysroot once", safety=Safety.MANUAL)
def once(finding: Finding) -> Mend | None:
    return Mend(
        hints=(
            "unset PKG_CONFIG_SYSROOT_DIR   # the .pc files hold whole paths",
            f"# or write prefix=/usr in {finding.subject.name}.pc and keep it",
        )
    )


_ASKS = worlds.cgo_project("// #cgo pkg-config: foo\n// #include <foo.h>")
_ASK = "pkg-config --print-errors --cflags --libs foo"
_WHERE = {"pkg-config --variable=pcfiledir foo": worlds.say("/srv/rpi/usr/lib/pkgconfig")}
_ENV = {"PKG_CONFIG_SYSROOT_DIR": "/srv/rpi", "PKG_CONFIG_LIBDIR": "/srv/rpi/usr/lib/pkgconfig"}
_TOOLS = ("gcc", "pkg-config")
_TWICE = Reply(stdout="-I/srv/rpi/srv/rpi/usr/include -L/srv/rpi/srv/rpi/usr/lib -lfoo\n")

rule.catches("whole paths", subject="foo", files=_ASKS, env=_ENV, programs=_TOOLS, commands={_ASK: _TWICE, **_WHERE})
rule.passes(
    "once", files=_ASKS, env=_ENV, programs=_TOOLS, commands={_ASK: worlds.say("-I/srv/rpi/usr/include -lfoo"), **_WHERE}
)
rule.passes("no sysroot", files=_ASKS, programs=_TOOLS, commands={_ASK: worlds.say("-I/usr/include -lfoo"), **_WHERE})
rule.not_applicable("nobody asks for pkg-config", files=worlds.cgo_project(), env=_ENV, programs=_TOOLS)
rule.undetermined("go is not on PATH", files=_ASKS, env=_ENV, programs=("!go", *_TOOLS))
