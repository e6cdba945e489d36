"""What the C compiler of a target would find: libraries that ``-l`` names, and which glibc it links."""

from __future__ import annotations

import os
import re
from typing import ClassVar, Final

from gomend.cgo import archives, quoting
from gomend.cgo.facts.compilers import Compiler, Compilers
from gomend.cgo.facts.pkgconfig import PkgConfig
from gomend.cgo.facts.targets import Target, Targets
from gomend.cgo.preflight.native import Native, NativePackages
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors
from gomend.ports.files import FileProblem
from gomend.ports.processes import Cmd

_RELEASE: Final = re.compile(rb"GNU C Library [^\n]{0,80}?release version (\d+\.\d+)")
_SMALL: Final = 32 * 1024 * 1024


class Search(Thing, frozen=True):
    """One ``-lNAME`` of one package: the file that a linker would take, empty if there is none; ``archs`` of that file."""

    name: str
    package: str
    found: str
    asked: str
    """How it was looked for."""
    archs: tuple[str, ...] = ()
    fits: bool = True

    def evidence(self) -> Evidence:
        """The question and the answer."""
        return Evidence(source=self.asked, quote=self.found or f"lib{self.name}.so, lib{self.name}.a: not found")


class Searches(Fact, frozen=True):
    """Searches by target name; and the version of the glibc that each target's compiler links, where it could be read."""

    by_target: dict[str, tuple[Search, ...]]
    glibc: dict[str, str] = {}
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"env", "go-env", "tools", "file:*.go", "file:*.a", "file:*.pc", "file:.gomend/env/*.env"})


@collector
async def collect(
    doors: Doors, targets: Targets, compilers: Compilers, native: NativePackages, pkg: PkgConfig | Absent | Unknown
) -> Searches | Absent:
    """Look into the folders that ``-L`` names, then ask the compiler where it would take each library from."""
    found: dict[str, tuple[Search, ...]] = {}
    glibc: dict[str, str] = {}
    for target in targets.items:
        compiler = compilers.of(target)
        if not target.cgo or target.goos != "linux" or compiler is None or not compiler.path or compiler.problem:
            continue
        extra = tuple(quoting.words(target["CGO_LDFLAGS"]))
        if isinstance(pkg, PkgConfig) and target.name in pkg.by_target:
            extra += tuple(word for p in pkg.by_target[target.name].packages for word in p.flags)
        wanted = [(one, k.name) for one in native.of(target) for k in one.package.links if k.kind in {"library", "unknown"}]
        found[target.name] = tuple([await _search(doors, target, compiler, one, name, extra) for one, name in wanted])
        if not compiler.musl and not compiler.zig and any(one.package.prebuilt for one in native.of(target)):
            glibc[target.name] = await linked_glibc(doors, compiler)
    if not found:
        return Absent(reason="no target with cgo has a C compiler")
    return Searches(by_target=found, glibc={t: v for t, v in glibc.items() if v})


async def _search(doors: Doors, target: Target, compiler: Compiler, one: Native, name: str, extra: tuple[str, ...]) -> Search:
    words = (*one.flags("LDFLAGS"), *extra)
    folders = [w[2:] for w in words if w.startswith("-L") and len(w) > 2]
    folders += [words[i + 1] for i, w in enumerate(words[:-1]) if w == "-L"]
    if not target.cross:
        folders += [f for f in doors.environ.variables.get("LIBRARY_PATH", "").split(os.pathsep) if f]

    def told(found: str, asked: str, held: archives.Prebuilt | None = None) -> Search:
        archs, fits = (held.archs, held.fits(target.goos, target.goarch)) if held else ((), True)
        return Search(name=name, package=one.package.path, found=found, asked=asked, archs=archs, fits=fits)

    if name.startswith(":"):
        files: tuple[str, ...] = (name[1:],)
    else:
        files = (f"lib{name}.so", f"lib{name}.a")
    for folder in folders:
        for file in files:
            path = os.path.normpath(os.path.join(one.dir, folder, file))
            if doors.files.entry(path) is not None:
                return told(path, f"-L{folder} -l{name}", _look(doors, path))
    if compiler.zig:
        # zig searches folders of this machine only where it compiles for it without a -target.
        return told("" if "-target" in compiler.words else "?", f"{compiler.value} -l{name}")
    for file in files:
        argv = (*compiler.words, *_mode(target), f"-print-file-name={file}")
        done = await doors.runner.run(Cmd(argv=argv, env={"LC_ALL": "C"}, timeout=20))
        said = done.stdout.strip()
        if not done.ok:
            return told("?", " ".join(argv))
        if "/" in said:
            return told(said, " ".join(argv))
    return told("", f"{compiler.value} -print-file-name=lib{name}.so")


def _mode(target: Target) -> tuple[str, ...]:
    return {"386": ("-m32",), "amd64": ("-m64",)}.get(target.goarch, ())


def _look(doors: Doors, path: str) -> archives.Prebuilt:
    entry = doors.files.entry(path)
    if entry is None or entry.size > _SMALL or not doors.runner.live:
        return archives.Prebuilt(path=path)
    return archives.read(path)


async def linked_glibc(doors: Doors, compiler: Compiler) -> str:
    """The version of the libc.so.6 that a compiler names, empty if it names none that can be read."""
    done = await doors.runner.run(Cmd(argv=(*compiler.words, "-print-file-name=libc.so.6"), timeout=20))
    path = done.stdout.strip()
    if not done.ok or not path.startswith("/"):
        return ""
    try:
        match = _RELEASE.search(doors.files.read(os.path.realpath(path), 16 * 1024 * 1024) or b"")
    except FileProblem:
        return ""
    return match[1].decode() if match else ""
