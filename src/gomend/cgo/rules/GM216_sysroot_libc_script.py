"""-L brings in a libc.so whose absolute paths only --sysroot would rewrite.

What it finds     CGO_LDFLAGS names with -L a folder whose libc.so is a text for the linker, the paths in it do not exist on this machine, and no ``--sysroot`` is given.
Why it hurts      The linker reads that libc.so first and stops: ``cannot find /lib/aarch64-linux-gnu/libc.so.6``.
Example           ``CGO_LDFLAGS=-L/srv/rpi/usr/lib/aarch64-linux-gnu`` with an unpacked Debian below /srv/rpi.
After the fix     CC has ``--sysroot=/srv/rpi``, and the -L is gone: the linker then puts the sysroot before the paths.
Fix safety        Manual: gomend does not rewrite linker flags.
How it is proved  No folder of -L has such a libc.so any more.
References        sourceware.org/binutils/docs/ld/File-Commands.html (INPUT, GROUP and the sysroot).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, quoting, worlds
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.sysroots import Sysroots
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM216",
    "sysroot-libc-script",
    severity=Severity.ERROR,
    since="0.1",
    title="{folder}/libc.so names files that are not there",
    message="CGO_LDFLAGS brings in {folder}, whose libc.so is a text with absolute paths such as {path}; without --sysroot the linker looks for them on this machine.",
    doc=__doc__,
    explains=("GM278", "GM268", "GM260"),
)


@rule.check
def check(targets: Targets, sysroots: Sysroots) -> Iterator[Finding]:
    by_name = {t.name: t for t in targets.items}
    for script in sysroots.scripts:
        yield rule.finding(
            Subject(kind="folder", name=script.folder),
            key=script.target,
            evidence=[
                Evidence(source=f"{script.folder}/libc.so", quote=script.text.strip() or script.missing[0]),
                *by_name[script.target].evidence("CGO_LDFLAGS", "CC"),
            ],
            folder=script.folder,
            path=script.missing[0],
        )


@rule.fix("Name the sysroot instead of its library folder", safety=Safety.MANUAL)
def name_sysroot(finding: Finding, targets: Targets, sysroots: Sysroots, flags: BuildFlags | Absent | Unknown) -> Mend | None:
    folder = finding.subject.name
    root = folder.partition("/usr/lib")[0]
    lines = mending.without(targets, flags, ("CGO_LDFLAGS",), lambda w: w == f"-L{folder}")
    if next(s for s in sysroots.scripts if s.folder == folder).complete:
        value = quoting.join((*quoting.words(targets.current["CC"]), f"--sysroot={root}"))
        return Mend(hints=(*mending.again(flags, env={"CC": value}), *lines))
    return Mend(hints=(f"# {root} is no whole sysroot; the compiler has a C library of its own", *lines))


_SCRIPT = "GROUP ( /lib/aarch64-linux-gnu/libc.so.6 AS_NEEDED ( /lib/ld-linux-aarch64.so.1 ) )\n"
_LIB = "/srv/rpi/usr/lib/aarch64-linux-gnu"
_ENV = {"CGO_LDFLAGS": f"-L{_LIB}"}

rule.catches(
    "an unpacked Debian", subject=_LIB, files={**worlds.cgo_project(), f"{_LIB}/libc.so": _SCRIPT}, env=_ENV, programs=("gcc",)
)
rule.not_applicable(
    "a folder without libc.so", files={**worlds.cgo_project(), f"{_LIB}/libfoo.a": "x"}, env=_ENV, programs=("gcc",)
)
rule.passes(
    "a sysroot is given",
    files={**worlds.cgo_project(), f"{_LIB}/libc.so": _SCRIPT},
    env={**_ENV, "CC": "gcc --sysroot=/srv/rpi"},
    programs=("gcc",),
)
rule.not_applicable(
    "the paths exist",
    files={
        **worlds.cgo_project(),
        f"{_LIB}/libc.so": _SCRIPT,
        "/lib/aarch64-linux-gnu/libc.so.6": "x",
        "/lib/ld-linux-aarch64.so.1": "x",
    },
    env=_ENV,
    programs=("gcc",),
)
rule.undetermined("go is not on PATH", files=worlds.cgo_project(), env=_ENV, programs=("!go",))
