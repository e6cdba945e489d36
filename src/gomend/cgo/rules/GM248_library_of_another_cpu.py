"""A library that will be linked was made for another CPU or system.

What it finds     An archive, object or shared library that a module carries, or that ``-L`` leads to, has objects for another CPU or in the format of another system than the target.
Why it hurts      The link stops with ``file in wrong format``, or skips the file and says ``cannot find -lNAME``.
Example           A module carries lib/libfoo.a for amd64 alone, and the target is linux/arm64.
After the fix     A library for the target's CPU lies there.
Fix safety        Manual: the library has to be built or fetched.
How it is proved  The headers of the file's objects are read again.
References        sourceware.org/binutils/docs/ld (-l, incompatible files are skipped); the System V ABI (e_machine).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import worlds
from gomend.cgo.facts.targets import Targets
from gomend.cgo.preflight import samples
from gomend.cgo.preflight.native import NativePackages
from gomend.cgo.preflight.searching import Search, Searches
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM248",
    "library-wrong-arch",
    severity=Severity.ERROR,
    since="0.1",
    title="{library} is not for {target}: {made}",
    message="{package} links {library}, whose objects are {made}; for {target} the linker refuses it.",
    doc=__doc__,
    explains=("GM279", "GM268", "GM260"),
)


@rule.check
def check(targets: Targets, native: NativePackages, searches: Searches | Absent | Unknown) -> Iterator[Finding]:
    by_target = searches.by_target if isinstance(searches, Searches) else {}
    for target in targets.items:
        wrong = [
            (file.path, f"{file.format} {'/'.join(file.archs)}", one.package.path)
            for one in native.of(target)
            for file in one.package.prebuilt
            if not file.fits(target.goos, target.goarch)
        ]
        found = by_target.get(target.name, ())
        wrong += [(search.found, "/".join(search.archs), search.package) for search in found if not search.fits]
        for path, made, package in wrong:
            name = path.rpartition("/")[2]
            yield rule.finding(
                Subject(kind="library", name=name),
                key=f"{target.name} {path}",
                evidence=[Evidence(source=path, quote=made), Evidence(source=package, quote=f"links {name}")],
                library=name,
                target=target.name,
                made=made,
                package=package,
            )


@rule.fix("Bring a {library} for the target", safety=Safety.MANUAL)
def bring(finding: Finding) -> Mend | None:
    name = finding.subject.name
    target = str(finding.title.parameters["target"])
    return Mend(
        hints=(
            f"find . -name '{name}'   # is there one for {target}? then -L must name its folder",
            f"build {name} for {target}",
        ),
        parameters={"library": name},
    )


_ARM = worlds.go_env("linux", "arm64", CC="aarch64-linux-gnu-gcc", CGO_ENABLED="1")
_WORLD = {
    "files": worlds.cgo_project(),
    "targets": ("linux/arm64",),
    "programs": ("gcc", "aarch64-linux-gnu-gcc"),
    "commands": {**worlds.GCC, **worlds.ARM, **_ARM},
}
_HOST = Search(name="foo", package="example.com/shop", found="/l/libfoo.a", asked="-L/l -lfoo", archs=("amd64",), fits=False)

rule.catches(
    "a carried archive of amd64",
    subject="libpre.a",
    **_WORLD,
    facts=(samples.natives(samples.package(prebuilt=(samples.archive(),)), target="linux/arm64"),),
)
rule.catches(
    "-L leads to one",
    subject="libfoo.a",
    **_WORLD,
    facts=(
        samples.natives(samples.package(links=("foo",)), target="linux/arm64"),
        samples.searches(_HOST, target="linux/arm64"),
    ),
)
rule.passes(
    "one for arm64",
    **_WORLD,
    facts=(samples.natives(samples.package(prebuilt=(samples.archive(archs=("arm64",)),)), target="linux/arm64"),),
)
rule.undetermined("go list gives nothing", **_WORLD)
