"""A library that a package links is not on this machine for the target.

What it finds     A ``#cgo LDFLAGS: -lNAME`` whose lib NAME.so or .a lies in no folder that -L names, and that the C compiler of the target does not find (``-print-file-name``).
Why it hurts      The build compiles everything and stops at the very end: ``cannot find -lNAME``.
Example           ``#cgo LDFLAGS: -lpcap`` in a container image without libpcap-dev, or for arm64 with libpcap-dev of amd64 alone.
After the fix     The library is installed for the target's CPU, or CGO_LDFLAGS names its folder.
Fix safety        Manual: gomend installs no system packages.
How it is proved  The compiler is asked again and names a file.
References        gcc.gnu.org/onlinedocs/gcc/Developer-Options.html (-print-file-name); sourceware.org/binutils/docs/ld/Options.html (-l).
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import triples, worlds
from gomend.cgo.data import load
from gomend.cgo.facts.targets import Targets
from gomend.cgo.preflight import samples
from gomend.cgo.preflight.native import NativePackages
from gomend.cgo.preflight.searching import Search, Searches
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM240",
    "library-missing",
    severity=Severity.ERROR,
    since="0.1",
    title="The library {library} is not installed for {target}",
    message="{package} links -l{library}, and the C compiler for {target} finds neither lib{library}.so nor lib{library}.a.",
    doc=__doc__,
    explains=("GM268", "GM260"),
)


@rule.check
def check(targets: Targets, native: NativePackages, searches: Searches) -> Iterator[Finding]:
    for target in targets.items:
        packages = {one.package.path: one.package for one in native.of(target)}
        for search in searches.by_target.get(target.name, ()):
            if search.found:
                continue
            package = packages[search.package]
            flags = " ".join(package.flags.get("LDFLAGS", ())) or f"-l{search.name}"
            yield rule.finding(
                Subject(kind="library", name=search.name),
                key=target.name,
                evidence=[search.evidence(), Evidence(source=search.package, quote=f"#cgo LDFLAGS: {flags}")],
                library=search.name,
                target=target.name,
                package=search.package,
            )


@rule.fix("Install the library for {target}, or name its folder", safety=Safety.MANUAL)
def install(finding: Finding, targets: Targets) -> Mend | None:
    name, goarch = finding.subject.name, str(finding.title.parameters["target"]).partition("/")[2]
    cross = any(t.name == finding.title.parameters["target"] and t.cross for t in targets.items)
    library = load.of_lib(name)
    hints = []
    if library and library.debian:
        debian = {"386": "i386", "arm": "armhf", "ppc64le": "ppc64el"}.get(goarch, goarch)
        package = f"{library.debian}:{debian}" if cross else library.debian
        hints += [f"dpkg --add-architecture {debian}"] if cross else []
        hints.append(f"apt-get install {package}")
        hints += [f"apk add {library.alpine}"] if library.alpine and not cross else []
    else:
        hints.append(f"apt-file search -x '/lib{name}\\.(so|a)$'   # which package has it")
    folder = triples.gnu_triple("linux", goarch)
    hints.append(f"CGO_LDFLAGS='-g -O2 -L/folder/of/{folder}' go build ./...")
    return Mend(hints=tuple(hints), parameters={"target": str(finding.title.parameters["target"])})


_GONE = Search(name="foo", package="example.com/shop", found="", asked="gcc -print-file-name=libfoo.so")
_HERE = Search(name="foo", package="example.com/shop", found="/usr/lib/libfoo.so", asked="gcc -print-file-name=libfoo.so")
_NATIVE = samples.natives(samples.package(links=("foo",)))

rule.catches("nowhere", subject="foo", files=worlds.cgo_project(), facts=(_NATIVE, samples.searches(_GONE)))
rule.passes("it is there", files=worlds.cgo_project(), facts=(_NATIVE, samples.searches(_HERE)))
rule.undetermined("go list gives nothing", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC)
