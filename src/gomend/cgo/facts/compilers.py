"""The C compilers that CC names, and those that could stand in for them."""

from __future__ import annotations

import posixpath
import re
import sys
from typing import ClassVar, Final

from gomend.cgo import quoting, triples
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Target, Targets
from gomend.cgo.triples import Machine
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.processes import Cmd

_GLIBC: Final = re.compile(r"-gnu\w*\.(\d+\.\d+)")
_TRIPLE: Final = re.compile(r"\w+(?:-[\w.]+){1,3}")
_LISTED: Final = re.compile(r"\.?\"?glibc\"?\s*[=:]\s*\.?[{\[]([^}\]]*)")


class Compiler(Thing, frozen=True):
    """What stands behind one value of CC."""

    value: str
    words: tuple[str, ...]
    """The value as go splits it; empty if go refuses it."""
    program: str
    """The first word: what go runs."""
    path: str | None
    """Where that is, None if it is not found."""
    machine: Machine | None = None
    """What ``-dumpmachine`` answered."""
    problem: str = ""
    """Why there is no machine, in the compiler's own words; empty for one that gomend only does not know."""
    glibc: str = ""
    """The glibc version in a zig target (``x86_64-linux-gnu.2.28``)."""
    glibc_newest: str = ""
    """The newest glibc that this zig knows, asked for only where :attr:`glibc` is set."""
    unquoted: str | None = None
    """An existing program whose path has blanks that CC does not quote."""

    @property
    def musl(self) -> bool:
        """Makes programs for musl."""
        name = posixpath.basename(self.program)
        return name.startswith("musl-") or "musl" in (self.machine.triple if self.machine else "")

    @property
    def zig(self) -> bool:
        """Is ``zig cc``."""
        return "cc" in self.words[1:4] and any(w.endswith(("zig", "ziglang")) for w in self.words[:3])

    def evidence(self) -> Evidence:
        """What the compiler said of itself."""
        quote = self.machine.triple if self.machine else self.problem or f"{self.program} is not on PATH"
        return Evidence(source=f"{self.value} -dumpmachine", quote=quote, where=self.path or "")


class Compilers(Fact, frozen=True):
    """Every C compiler that a target's CC names, by value."""

    by_value: dict[str, Compiler]
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"env", "go-env", "tools", "file:.gomend/env/*.env"})

    def of(self, target: Target) -> Compiler | None:
        """The compiler of a target."""
        return self.by_value.get(target["CC"])


class Offer(Thing, frozen=True):
    """A way to compile C for a target that is on this machine."""

    kind: str
    """``gcc``, ``clang`` or ``zig``."""
    cc: str
    """A value for CC, quoted as go wants it."""
    cxx: str = ""
    triple: str = ""


class CompilerOffers(Fact, frozen=True):
    """Compilers on this machine that can serve a target, best first, by target name."""

    by_target: dict[str, tuple[Offer, ...]]
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"env", "tools", "file:gomend.toml"})

    def of(self, target: Target) -> Offer | None:
        """The best one."""
        return next(iter(self.by_target.get(target.name, ())), None)


@collector
async def collect(doors: Doors, targets: Targets) -> Compilers | Unknown:
    """Find each CC and ask it what it makes code for."""
    found = {}
    for value in dict.fromkeys(t["CC"] for t in targets.items):
        found[value] = await look(doors, value)
    return Compilers(by_value=found)


async def look(doors: Doors, value: str) -> Compiler:
    """Find one compiler and ask it for its machine."""
    words = quoting.words(value)
    if not words:
        return Compiler(value=value, words=(), program=value, path=None, problem="go cannot split this value into words")
    path = doors.runner.which(words[0])
    if path is None:
        return Compiler(value=value, words=words, program=words[0], path=None, unquoted=_unquoted(doors, value))
    done = await doors.runner.run(Cmd(argv=(*words, "-dumpmachine"), env={"LC_ALL": "C"}, timeout=10))
    said = done.stdout.strip().splitlines()
    # zig with a glibc version in its target prints the triple and then complains of it.
    machine = triples.parse(said[0]) if said else None
    problem = ""
    if machine is None and not (said and _TRIPLE.fullmatch(said[0])):
        printed = f"-dumpmachine printed {said[0][:80]!r}" if said else "-dumpmachine printed nothing"
        problem = done.why or printed
    if machine and "-m32" in words and machine.goarch == "amd64":
        machine = Machine(triple=machine.triple, goos=machine.goos, goarch="386")
    asked = _GLIBC.search(machine.triple) if machine else None
    newest = await _newest_glibc(doors, words) if asked else ""
    return Compiler(
        value=value,
        words=words,
        program=words[0],
        path=path,
        machine=machine,
        problem=problem,
        glibc=asked[1] if asked else "",
        glibc_newest=newest,
    )


async def _newest_glibc(doors: Doors, words: tuple[str, ...]) -> str:
    """The last glibc version in what ``zig targets`` prints."""
    if "cc" not in words:
        return ""
    done = await doors.runner.run(Cmd(argv=(*words[: words.index("cc")], "targets"), timeout=30))
    listed = _LISTED.search(done.stdout)
    found = re.findall(r"\d+\.\d+", listed[1]) if listed else []
    return max(found, key=lambda v: tuple(map(int, v.split("."))), default="")


def _unquoted(doors: Doors, value: str) -> str | None:
    """A program that a longer part of the value names, if its path was cut at a blank."""
    at = value.find(" ")
    while at >= 0:
        after = value.find(" ", at + 1)
        candidate = value[:after] if after >= 0 else value
        if "/" in candidate and doors.runner.which(candidate):
            return candidate
        at = after
    return None


@collector
async def collect_offers(
    doors: Doors, scope: Scope, targets: Targets, packages: CgoPackages
) -> CompilerOffers | Absent | Unknown:
    """Look for gcc and clang under their usual names, then for zig (a program, or the ziglang wheel beside gomend)."""
    del packages
    zig = await _zig(doors)
    found: dict[str, tuple[Offer, ...]] = {}
    for target in targets.items:
        offers = []
        if not target.cross:
            names: tuple[tuple[str, str, str], ...] = (("gcc", "gcc", "g++"), ("clang", "clang", "clang++"))
        else:
            gcc = triples.cross_gcc_names(target.goos, target.goarch)
            names = tuple(("clang" if n.endswith("clang") else "gcc", n, _cxx(n)) for n in gcc)
        for kind, cc, cxx in names:
            offer = await _offer(doors, target, kind, cc, cxx)
            if offer:
                offers.append(offer)
        wanted = triples.zig_target(target.goos, target.goarch, glibc=glibc_floor(scope.deploy))
        if zig and wanted and target.goos != "darwin":
            argv = quoting.join(zig)
            offers.append(
                Offer(kind="zig", cc=f"{argv} cc -target {wanted}", cxx=f"{argv} c++ -target {wanted}", triple=wanted)
            )
        found[target.name] = tuple(offers)
    return CompilerOffers(by_target=found)


def glibc_floor(deploy: str | None) -> str | None:
    """The glibc that a deployment system has, None for musl, for none and for a system that is not known."""
    from gomend.binary import distros

    distro = distros.find(deploy) if deploy else None
    return distro.version if distro and distro.libc == "glibc" else None


def _cxx(cc: str) -> str:
    return cc.removesuffix("gcc") + "g++" if cc.endswith("gcc") else f"{cc}++"


async def _offer(doors: Doors, target: Target, kind: str, cc: str, cxx: str) -> Offer | None:
    if doors.runner.which(cc) is None:
        return None
    compiler = await look(doors, cc)
    if compiler.machine is None or not compiler.machine.fits(target.goos, target.goarch):
        return None
    if target.goos == "linux":
        # A cross compiler without the target's C library compiles and cannot link.
        done = await doors.runner.run(Cmd(argv=(cc, "-print-file-name=crt1.o"), timeout=20))
        if done.ok and "/" not in done.stdout:
            return None
    return Offer(kind=kind, cc=cc, cxx=cxx if doors.runner.which(cxx) else "", triple=compiler.machine.triple)


async def _zig(doors: Doors) -> tuple[str, ...] | None:
    for argv in (("zig",), (sys.executable, "-m", "ziglang")):
        if doors.runner.which(argv[0]) is None:
            continue
        done = await doors.runner.run(Cmd(argv=(*argv, "version"), timeout=60))
        if done.ok and done.stdout[:1].isdigit():
            return argv
    return None
