"""Compile a library from its recipe with ``zig cc`` into a cache; the same inputs are compiled once.

The folder's name holds a digest of all that its bytes depend on: recipe, source archives, CPU, zig, and the libraries that it needs.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
from collections.abc import Callable
from typing import Final

import msgspec

from gomend.cgo import triples
from gomend.cgo.build import wrapper
from gomend.cgo.build.things import Toolchain
from gomend.cgo.sysroot import archives, drafts, tree
from gomend.cgo.sysroot.packages import Source
from gomend.cgo.sysroot.problem import SysrootProblem
from gomend.cgo.sysroot.recipes import Recipe
from gomend.cgo.sysroot.store import Store
from gomend.cgo.sysroot.tree import Built, Sysroot
from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.files import write_whole
from gomend.ports.processes import Cmd

_LIMIT: Final = 3600.0
_FLAGS: Final = "-O2 -g0 -fPIC"
"""-fPIC: the archive also fits position-independent programs; -g0: no folder of this machine in it."""
_NEUTRAL: Final = {
    "LC_ALL": "C", "SOURCE_DATE_EPOCH": "315532800", "MAKEFLAGS": "", "CPPFLAGS": "", "LIBS": "", "CONFIG_SITE": "", "PKG_CONFIG_PATH": "",
}  # fmt: skip
"""What the caller's environment must not decide."""
_PRIVATE: Final = re.compile(r"^(Requires|Libs)(\.private)?:[ \t]*(.*)$", re.MULTILINE)


class Workshop(Thing, frozen=True):
    """What libraries of one CPU are compiled with (zig, as programs are), and where they are kept."""

    goarch: str
    zig: Toolchain
    folder: str

    @property
    def triple(self) -> str:
        """The same for the libraries' own configure scripts, and for the folder below ``usr/lib``."""
        cpu = triples.GNU_CPU[self.goarch]
        return f"{cpu}-linux-{'musleabihf' if self.goarch == 'arm' else 'musl'}"


def key(workshop: Workshop, recipe: Recipe, source: Source, needed: tuple[Built, ...]) -> str:
    """A digest of all that the library's bytes depend on."""
    parts = [
        workshop.goarch, workshop.zig.version, _FLAGS, wrapper.text("zig", "cc", workshop.zig.target, workshop.zig.flags), msgspec.json.encode(recipe).decode(),
        *(f.sha256 for f in source.files), *(n.key for n in needed),
    ]  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


async def build(
    doors: Doors, workshop: Workshop, name: str, recipe: Recipe, source: Source, needed: tuple[Built, ...], downloads: Store,
    told: Callable[[str, str], None],
) -> Built:  # fmt: skip
    """The library in the cache, compiled if it is not there; ``told`` hears its name and version before it is.

    Raises:
        SysrootProblem: a tool is missing, or a step fails.
    """
    digest = key(workshop, recipe, source, needed)
    built = Built(name=name, version=source.version, files={f.file: f.sha256 for f in source.files}, key=digest)
    folder = place(workshop, built)
    if os.path.exists(f"{folder}/{tree.LOCK}"):
        if not tree.changes(folder):
            return built
        shutil.rmtree(folder)
    for tool, package in recipe.tools.items():
        if doors.runner.which(tool) is None:
            raise SysrootProblem("no-tool", tool=tool, package=package, library=name)
    told(name, source.version)
    await downloads.fetch(source.files)
    with drafts.draft(workshop.folder) as scratch:
        await _source(doors, source, downloads, f"{scratch}/source")
        for each in needed:
            shutil.copytree(f"{place(workshop, each)}/own", f"{scratch}/needed", dirs_exist_ok=True, symlinks=True)
        await _steps(doors, workshop, name, recipe, scratch)
        _tidy(f"{scratch}/out", workshop, name)
        os.makedirs(f"{scratch}/made")
        os.rename(f"{scratch}/out", f"{scratch}/made/own")
        made = Sysroot(
            goarch=workshop.goarch, release="", asked=(name,), packages=(), triple=workshop.triple, files={}, libc="musl", built=(built,),
            compiler=f"zig {workshop.zig.version}",
        )  # fmt: skip
        tree.lock(f"{scratch}/made", made)
        if not os.path.exists(folder):  # another process may have been first: what it made is the same
            os.replace(f"{scratch}/made", folder)
    return built


def place(workshop: Workshop, built: Built) -> str:
    """The library's folder in the cache."""
    return f"{workshop.folder}/{workshop.goarch}-{built.name}-{built.key[:16]}"


async def _source(doors: Doors, source: Source, downloads: Store, folder: str) -> None:
    """Unpack the authors' archive and apply Debian's corrections to it, in their order."""
    for file in sorted(source.files, key=lambda f: ".debian.tar." in f.file):
        path = downloads.path(file.sha256, file.file)
        if ".debian.tar." in file.file:
            archives.unpack_source(path, folder, strip=0)
        elif ".orig.tar." in file.file:
            archives.unpack_source(path, folder, strip=1)
    series = doors.files.read(f"{folder}/debian/patches/series") or b""
    lines = [line.split() for line in series.decode("utf-8", "replace").splitlines()]
    patches = [words[0] for words in lines if words and not words[0].startswith("#")]
    for patch in patches:
        done = await doors.runner.run(
            Cmd(argv=("patch", "-s", "-p1", "-i", f"debian/patches/{patch}"), cwd=folder, timeout=120)
        )
        if not done.ok:
            raise SysrootProblem("step", library=source.name, step=f"patch {patch}", reason=done.stdout.strip() or done.why)


async def _steps(doors: Doors, workshop: Workshop, name: str, recipe: Recipe, scratch: str) -> None:
    bin_folder = f"{scratch}/bin"
    programs = {
        f"{workshop.triple}-cc": wrapper.text(workshop.zig.cc, "cc", workshop.zig.target, workshop.zig.flags),
        f"{workshop.triple}-c++": wrapper.text(workshop.zig.cc, "c++", workshop.zig.target, workshop.zig.flags),
        f"{workshop.triple}-ar": _plain(workshop.zig.cc, "ar"),
        f"{workshop.triple}-ranlib": _plain(workshop.zig.cc, "ranlib"),
    }
    for program, text in programs.items():
        write_whole(f"{bin_folder}/{program}", text.encode(), 0o755)
    cc, cxx, ar, ranlib = programs
    libdir = f"/usr/lib/{workshop.triple}"
    needed = f"{scratch}/needed"
    env = {
        **_NEUTRAL, "PATH": f"{bin_folder}:{doors.environ.variables.get('PATH', os.defpath)}",
        "CC": cc, "CXX": cxx, "AR": ar, "RANLIB": ranlib,
        "CFLAGS": f"{_FLAGS} -I{needed}/usr/include", "CXXFLAGS": f"{_FLAGS} -I{needed}/usr/include", "LDFLAGS": f"-L{needed}{libdir}",
        "PKG_CONFIG_LIBDIR": f"{needed}{libdir}/pkgconfig", "PKG_CONFIG_SYSROOT_DIR": needed,
    }  # fmt: skip
    words = {
        "triple": workshop.triple, "build": f"{triples.GNU_CPU.get(doors.environ.machine, doors.environ.machine)}-linux-gnu",
        "libdir": libdir, "out": f"{scratch}/out", "jobs": str(os.cpu_count() or 1),
        "cc": cc, "cxx": cxx, "ar": ar,
    }  # fmt: skip
    for step in recipe.steps:
        given = (w for word in step for w in (recipe.cpus.get(workshop.goarch, ()) if word == "{cpu}" else (word,)))
        argv = tuple(word.format_map(words) for word in given)
        done = await doors.runner.run(Cmd(argv=argv, cwd=f"{scratch}/source", env=env, timeout=_LIMIT))
        if not done.ok:
            lines = [line for line in (done.stdout + done.stderr).splitlines() if "rror" in line][:3]
            reason = " · ".join(lines) or done.why
            raise SysrootProblem(
                "step", library=name, step=shlex.join(argv).replace(scratch, "…"), reason=reason.replace(scratch, "…")
            )


def _plain(zig: str, mode: str) -> str:
    return f'#!/bin/sh\nexec {shlex.quote(zig)} {mode} "$@"\n'


def _tidy(out: str, workshop: Workshop, name: str) -> None:
    """Keep headers, archives and .pc files; each .pc names all that a static link needs, as nothing else can be done with it."""
    libdir = f"{out}/usr/lib/{workshop.triple}"
    for above, folders, names in os.walk(out, topdown=False):
        inner = os.path.relpath(above, out)
        for file in names:
            keep = inner.startswith("usr/include") or (above.startswith(libdir) and file.endswith((".a", ".pc")))
            if not keep:
                os.unlink(f"{above}/{file}")
            elif file.endswith(".pc"):
                with open(f"{above}/{file}", encoding="utf-8") as old:
                    text = old.read()
                write_whole(f"{above}/{file}", static_pc(text).encode())
        for folder in folders:
            path = f"{above}/{folder}"
            if os.path.islink(path):
                os.unlink(path)
            elif not os.listdir(path):
                os.rmdir(path)
    if not any(f.endswith(".a") for _, _, files in os.walk(libdir) for f in files):
        raise SysrootProblem("step", library=name, step="install", reason="no archive was made")


def static_pc(text: str) -> str:
    """A .pc file whose private requirements and libraries are public: the archive is all that there is (pkg-config(1), ``--static``)."""
    found: dict[str, list[str]] = {"Requires": [], "Libs": []}
    for match in _PRIVATE.finditer(text):
        if match[3].strip():
            found[match[1]].append(match[3].strip().strip(","))
    rest = _PRIVATE.sub("", text).rstrip("\n")
    rest = re.sub(r"\n{3,}", "\n\n", rest)
    lines = [f"{n}: {(', ' if n == 'Requires' else ' ').join(words)}" for n, words in found.items() if words]
    return "\n".join([rest, *lines]) + "\n"
