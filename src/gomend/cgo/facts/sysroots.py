"""Sysroots that a compiler is given, and what it finds in them."""

from __future__ import annotations

import os
import re
from typing import ClassVar, Final

from gomend.binary import elf
from gomend.binary.info import BinaryError
from gomend.cgo import quoting
from gomend.cgo.facts.compilers import Compilers
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Target, Targets
from gomend.model.base import Cost, Thing
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors
from gomend.ports.processes import Cmd

_VALUES: Final = ("CC", "CGO_CFLAGS", "CGO_LDFLAGS")
_SCRIPT_PATH: Final = re.compile(r"(?<![\w.=])(/[\w./+-]+\.(?:so|a)[\w.]*)")


class Sysroot(Thing, frozen=True):
    """One ``--sysroot`` of one target."""

    target: str
    path: str
    named_in: str
    """The setting that names it."""
    exists: bool
    headers: bool
    """Has ``usr/include`` or ``include``."""
    crt1: str
    """What the compiler answers to ``-print-file-name=crt1.o``; the bare name if it finds none."""
    crt1_arch: str = ""
    """CPU of the crt1.o inside the sysroot, whether the compiler takes it or not."""

    @property
    def has_libc(self) -> bool:
        """The start file of C programs comes from the sysroot."""
        return self.crt1.startswith(self.path.rstrip("/") + "/")


class LibcScript(Thing, frozen=True):
    """A libc.so in a folder named by -L: a text for the linker whose absolute paths do not exist on this machine."""

    target: str
    folder: str
    flag: str
    text: str
    missing: tuple[str, ...]
    complete: bool = False
    """All of these lie in the sysroot that the folder belongs to."""


class Sysroots(Fact, frozen=True):
    """Sysroots in CC, CGO_CFLAGS and CGO_LDFLAGS, and libc.so scripts that -L brings in without a sysroot."""

    items: tuple[Sysroot, ...]
    scripts: tuple[LibcScript, ...] = ()
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"env", "go-env", "tools", "file:.gomend/env/*.env"})


@collector
async def collect(doors: Doors, targets: Targets, compilers: Compilers, packages: CgoPackages) -> Sysroots | Absent | Unknown:
    """Find the folders, look into them, and ask the compiler where it takes crt1.o from."""
    del packages
    items = []
    scripts = []
    for target in targets.items:
        compiler = compilers.of(target)
        named = [(name, path) for name in _VALUES for path in _named(quoting.words(target[name]))]
        for name, path in {p: (n, p) for n, p in named}.values():
            crt1 = "crt1.o"
            if compiler and compiler.path:
                argv = compiler.words if name == "CC" else (*compiler.words, f"--sysroot={path}")
                done = await doors.runner.run(Cmd(argv=(*argv, "-print-file-name=crt1.o"), timeout=20))
                crt1 = done.stdout.strip() if done.ok else crt1
            items.append(_look(doors, target, name, path, os.path.normpath(crt1)))
        if not named:
            scripts += _scripts(doors, target)
    if not items and not scripts:
        return Absent(reason="no sysroot is named in CC, CGO_CFLAGS or CGO_LDFLAGS")
    return Sysroots(items=tuple(items), scripts=tuple(scripts))


def _named(words: tuple[str, ...]) -> list[str]:
    found = [w.partition("=")[2] for w in words if w.startswith("--sysroot=")]
    found += [words[i + 1] for i, w in enumerate(words[:-1]) if w in {"--sysroot", "-isysroot"}]
    return [p for p in found if p.startswith("/")]


def _look(doors: Doors, target: Target, name: str, path: str, crt1: str) -> Sysroot:
    inside = crt1 if crt1.startswith(path.rstrip("/") + "/") else _crt1(doors, path)
    raw = doors.files.read(inside) if inside else None
    try:
        arch = elf.inspect(raw).arch if raw else ""
    except BinaryError:
        arch = ""
    entry = doors.files.entry(path)
    return Sysroot(
        target=target.name,
        path=path,
        named_in=name,
        exists=entry is not None and entry.kind != "file",
        headers=any(doors.files.names(os.path.join(path, *f)) for f in (("usr", "include"), ("include",))),
        crt1=crt1,
        crt1_arch=arch,
    )


def _crt1(doors: Doors, path: str) -> str:
    folders = [os.path.join(path, "usr", lib) for lib in ("lib", "lib64")] + [os.path.join(path, "lib")]
    folders += [os.path.join(folder, name) for folder in folders for name in doors.files.names(folder) if name.count("-") >= 2]
    return next((f"{folder}/crt1.o" for folder in folders if doors.files.entry(f"{folder}/crt1.o")), "")


def _scripts(doors: Doors, target: Target) -> list[LibcScript]:
    found = []
    for flag in quoting.words(target["CGO_LDFLAGS"]):
        folder = flag[2:]
        entry = doors.files.entry(os.path.join(folder, "libc.so")) if flag.startswith("-L/") else None
        if entry is None or entry.size > 4096:
            continue
        text = (doors.files.read(os.path.join(folder, "libc.so")) or b"").decode(errors="replace")
        paths = dict.fromkeys(_SCRIPT_PATH.findall(re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)))
        missing = tuple(p for p in paths if doors.files.entry(p) is None)
        if missing and "\0" not in text:
            root = folder.partition("/usr/lib")[0]
            whole = all(doors.files.entry(root + p) for p in missing)
            found.append(LibcScript(target=target.name, folder=folder, flag=flag, text=text, missing=missing, complete=whole))
    return found
