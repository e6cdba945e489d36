"""``gomend binary inspect``: what a binary is and where it would start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gomend.apps.binaries.shapes import BinaryShape, FileShape, LibraryShape, RunsShape
from gomend.apps.cli import base
from gomend.binary import distros, elf
from gomend.binary.distros import COMMON, Distro
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.model.redact import redact
from gomend.model.text import Translator, text
from gomend.ports.files import FileProblem

_NO_BINARY: Final = text("cli.binary.none", "{path} is no ELF, Mach-O or PE file that can be read: {reason}")
_NO_DISTRO: Final = text(
    "cli.binary.no-distro", "{name} is no system that gomend knows; write debian:12, alpine:3.20, glibc:2.28 …"
)
_PIN: Final = text("cli.binary.pin", "glibc {version} is asked for by {symbols}")
_LOWER: Final = text("binary.inspect.lower", "to need less: {command}")
_INSTALL: Final = text("binary.inspect.install", "if these are installed: {libraries}")
_NOT_FOUND: Final = text("binary.inspect.not-found", "{library} is not found (needed by {wanted})")
_PURE: Final = text(
    "binary.inspect.pure", "built without cgo, and still loads libraries (//go:cgo_import_dynamic, as purego does)"
)
_RPATH: Final = text("binary.inspect.rpath", "{path} in the search path: {problems}")
_PROBLEMS: Final = {
    "relative": text("binary.rpath.relative", "relative to wherever it is started"),
    "empty": text("binary.rpath.empty", "empty, which means the current folder"),
    "temporary": text("binary.rpath.temporary", "everyone can write there"),
    "home": text("binary.rpath.home", "a folder of the machine that built it"),
}

_SHOWN: Final = 6
"""Libraries that a line names."""


def systems(names: Sequence[str]) -> tuple[Distro, ...]:
    """The systems that are asked about.

    Raises:
        Problem: one of them is not known.
    """
    found = []
    for name in names or COMMON:
        distro = distros.find(name)
        if distro is None:
            raise base.Problem(_NO_DISTRO, name=name)
        found.append(distro)
    return tuple(found)


def read(path: str) -> BinaryInfo:
    """One binary.

    Raises:
        Problem: it is no binary or cannot be read.
    """
    try:
        return elf.inspect(path)
    except FileProblem as problem:
        raise base.Problem(str(problem)) from None
    except BinaryError as error:
        raise base.Problem(_NO_BINARY, path=path, reason=str(error)) from None


def inspect(paths: Sequence[str], on: Sequence[str], root: str | None, say: Translator) -> BinaryShape:
    """Read binaries and judge where they start.

    Raises:
        Problem: a file is no binary or cannot be read, or a system is not known.
    """
    asked = systems(on)
    return BinaryShape(schema_="gomend.binary/1", files=tuple([_file(path, asked, root, say) for path in paths]))


def _file(path: str, asked: Sequence[Distro], root: str | None, say: Translator) -> FileShape:
    info = read(path)
    return FileShape(
        path=path,
        format=info.format,
        arch=info.arch,
        kind=info.kind,
        interpreter=info.interpreter,
        needed=info.needed,
        soname=info.soname,
        libc=info.libc,
        static_libc=info.static_libc,
        glibc_min=info.glibc_min,
        glibc_symbols=info.glibc_symbols,
        versions=info.versions,
        static=info.static,
        pie=info.pie,
        static_pie=info.static_pie,
        relro=info.relro,
        nx=info.nx,
        canary=info.canary,
        textrel=info.textrel,
        rpath=info.rpath,
        runpath=info.runpath,
        rpath_problems=tuple(dict.fromkeys(problem for entry in info.rpath for problem in rpath_problems(entry))),
        cpu_level=info.cpu_level,
        stripped=info.stripped,
        dwarf=info.dwarf,
        go=info.go.version if info.go else None,
        module=(info.go.module or None) if info.go else None,
        cgo=info.cgo,
        dynamic_without_cgo=info.dynamic_without_cgo,
        settings={name: redact(value) for name, value in info.go.settings.items()} if info.go else {},
        closure=_closure(path, root) if root is not None and info.format == "elf" else None,
        runs_on=tuple([_runs(info, distro, say) for distro in asked]),
    )


def rpath_problems(entry: str) -> list[str]:
    """What is wrong with a DT_RPATH or DT_RUNPATH: ``relative``, ``empty``, ``temporary``, ``home``."""
    found = []
    for folder in entry.split(":"):
        if not folder:
            found.append("empty")
        elif folder.startswith(("/tmp", "/var/tmp", "/dev/shm")):  # noqa: S108 - these are what is looked for
            found.append("temporary")
        elif folder.startswith(("/home/", "/root/", "/Users/", "/builds/", "/build/")):
            found.append("home")
        elif not folder.startswith(("/", "$ORIGIN", "${ORIGIN}")):
            found.append("relative")
    return found


def _closure(path: str, root: str) -> tuple[LibraryShape, ...]:
    from gomend.binary import closure
    from gomend.binary.roots import Root

    try:
        found = closure.closure(path, Root(root))
    except BinaryError as error:
        raise base.Problem(_NO_BINARY, path=path, reason=str(error)) from None
    return tuple(LibraryShape(name=i.name, path=i.path, by=i.by, wanted_by=i.wanted_by) for i in found.loaded)


def _runs(info: BinaryInfo, distro: Distro, say: Translator) -> RunsShape:
    reason = distros.why_not(info, distro)
    install = () if reason else distros.to_install(info, distro)
    return RunsShape(distro=distro.name, ok=reason is None, why=say(reason) if reason else None, install=install)


def pin(info: BinaryInfo | FileShape, glibc: str) -> str:
    """The command that links against a glibc: zig's compiler, which holds the symbols of all of them."""
    from gomend.cgo import triples

    compiler = f"zig cc -target {triples.zig_target('linux', info.arch, glibc=glibc) or f'{info.arch}-linux-gnu.{glibc}'}"
    return f"CC='{compiler}' CGO_ENABLED=1 go build" if info.go else compiler


def shown(file: FileShape, say: Translator) -> str:
    """One binary for people."""
    traits = [
        word
        for word, held in (
            ("static-pie", file.static_pie),
            ("static", file.static and not file.static_pie),
            ("PIE", file.pie and not file.static_pie),
            ("stripped", file.stripped),
            ("DWARF", file.dwarf),
        )
        if held
    ]
    traits += [file.static_libc] if file.static_libc in {"glibc", "musl"} else []
    lines = [f"{file.path}", "  " + ", ".join((f"{file.format} {file.arch} {file.kind}", *traits))]
    if file.go:
        settings = [f"CGO_ENABLED={int(file.cgo)}"] if file.cgo is not None else []
        settings += [
            f"{k}={v}" for k, v in file.settings.items() if k in {"GOAMD64", "GOARM", "GOARM64", "-buildmode", "-trimpath"}
        ]
        lines.append("  " + "  ".join(filter(None, (file.go, file.module or "", *settings))))
    if file.format == "elf" and file.kind in {"executable", "library"}:
        guard = [f"RELRO {file.relro}", f"NX {'✓' if file.nx else '✗'}", *(["canary"] if file.canary else [])]
        guard += ["TEXTREL"] if file.textrel else []
        lines.append("  " + "  ".join(guard))
    if file.interpreter:
        lines.append(f"  PT_INTERP {file.interpreter}")
    if file.needed:
        lines.append(f"  NEEDED {' '.join(file.needed)}")
    lines += _paths(file, say)
    if file.dynamic_without_cgo:
        lines.append("  " + say(_PURE))
    if file.glibc_min:
        named = ", ".join(file.glibc_symbols[:5]) or "?"
        lines.append("  " + say(_PIN, version=file.glibc_min, symbols=named))
    asked = [version for versions in file.versions.values() for version in versions]
    others = [f"{name}{found}" for name in ("GLIBCXX_", "CXXABI_", "GCC_") if (found := distros.highest(asked, name))]
    lines += [f"  {'  '.join(others)}"] if others else []
    for item in file.closure or ():
        lines.append(
            f"  {item.name} → {item.path}  ({item.by})"
            if item.path
            else "  ✗ " + say(_NOT_FOUND, library=item.name, wanted=item.wanted_by)
        )
    lines += _systems(file, say)
    return "\n".join(lines) + "\n"


def _paths(file: FileShape, say: Translator) -> list[str]:
    kind = "RUNPATH" if file.runpath else "RPATH"
    lines = [f"  {kind} {entry}" for entry in file.rpath]
    for entry in file.rpath:
        for folder in entry.split(":"):
            problems = [say(_PROBLEMS[p]) for p in rpath_problems(folder)]
            if problems:
                lines.append("    ▲ " + say(_RPATH, path=folder or '""', problems=", ".join(problems)))
    return lines


def _systems(file: FileShape, say: Translator) -> list[str]:
    width = max((len(run.distro) for run in file.runs_on), default=0)
    lines = []
    for run in file.runs_on:
        named = ", ".join((*run.install[:_SHOWN], *(["…"] if len(run.install) > _SHOWN else [])))
        note = run.why or (say(_INSTALL, libraries=named) if named else "")
        lines.append(f"  {'✓' if run.ok else '✗'} {run.distro:<{width}}  {note}".rstrip())
    old = [d for run in file.runs_on if not run.ok and (d := distros.find(run.distro)) and d.libc == "glibc" and d.version]
    if old and file.glibc_min:
        lowest = min((d.version for d in old), key=elf.version_key)
        lines.append("  " + say(_LOWER, command=pin(file, lowest)))
    return lines
