"""Why a file does not start in a root, in the order in which the kernel and the loader would meet it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from typing import Final, NamedTuple

from gomend.apps.binaries import words
from gomend.apps.binaries.cause import Cause
from gomend.apps.binaries.inspecting import pin
from gomend.apps.binaries.scripts import script
from gomend.binary import closure, elf
from gomend.binary.elffile import Elf
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.binary.opening import mapped
from gomend.binary.roots import Root
from gomend.cgo import triples
from gomend.model.base import Thing
from gomend.model.text import Said, say
from gomend.ports.files import FileProblem

_NOEXEC: Final = 8
"""ST_NOEXEC of statvfs(3)."""
_QEMU: Final = {
    "arm64": "aarch64",
    "386": "i386",
    "amd64": "x86_64",
    "mips64le": "mips64el",
    "mipsle": "mipsel",
    "loong64": "loongarch64",
}
_RUNS_TOO: Final = {("amd64", "386"), ("arm64", "arm")}
"""CPUs that also run programs of another."""
_LOADER_PACKAGES: Final = {
    "glibc": "libc6 (Debian, Ubuntu), glibc (RHEL, Fedora, SUSE)",
    "musl": "musl (Debian, Ubuntu; Alpine has it)",
}
_LEVEL_FLAGS: Final = {
    "v2": ("cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"),
    "v3": ("avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"),
    "v4": ("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"),
}
"""CPU flags of /proc/cpuinfo that each x86-64 level adds (x86-64 psABI, "Micro-Architecture Levels")."""
_SNIFFS: Final = (
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ", "xz"),
    (b"(\xb5/\xfd", "zstd"),
    (b"!<arch>\n", "ar"),
    (b"\0asm", "WebAssembly"),
    (b"<!DOCTYPE", "HTML"),
    (b"<html", "HTML"),
    (b"\xca\xfe\xba\xbe", "Java class"),
)


class Machine(Thing, frozen=True):
    """The machine that is to start it: GOARCH and the flags of its CPU."""

    arch: str
    flags: frozenset[str] = frozenset()


def causes(path: str, root: Root, machine: Machine, library_path: str = "") -> Iterator[Cause]:
    """All reasons that can be seen without running it, the first met first."""
    try:
        found = os.stat(path)
    except OSError:
        yield Cause(slug="file-missing", message=say(words.ABSENT, path=path))
        return
    if not stat.S_ISREG(found.st_mode):
        yield Cause(slug="not-a-file", message=say(words.FOLDER, path=path))
        return
    yield from _permission(path, root, found)
    try:
        raw = mapped(path)
    except FileProblem as problem:
        yield Cause(slug="not-readable", message=say(words.UNREADABLE, path=path, reason=problem))
        return
    head = raw[:512]
    if not head:
        yield Cause(slug="exec-format", message=say(words.EMPTY, path=path))
    elif head.startswith(b"#!"):
        yield from script(path, head, root)
    elif head.startswith(b"\x7fELF"):
        yield from _elf(path, _Ask(path, root, machine, library_path))
    else:
        yield _foreign(path, head, machine)


class _Ask(NamedTuple):
    """A file and where it is to start."""

    path: str
    root: Root
    machine: Machine
    library_path: str


def _permission(path: str, root: Root, found: os.stat_result) -> Iterator[Cause]:
    allowed = os.access(path, os.X_OK) if root.here and os.geteuid() else bool(found.st_mode & 0o111)
    if not allowed:
        mode = stat.filemode(found.st_mode)
        fixes = (say(words.FIX_CHMOD, path=path),)
        yield Cause(
            slug="not-executable", message=say(words.NOT_EXECUTABLE, path=path), evidence=(f"{mode} {path}",), fixes=fixes
        )
    try:
        flags = os.statvfs(path).f_flag
    except OSError:
        return
    if flags & _NOEXEC and root.here:
        mount = os.path.realpath(path)
        while mount != "/" and not os.path.ismount(mount):
            mount = os.path.dirname(mount)
        fixes = (say(words.FIX_NOEXEC, mount=mount),)
        yield Cause(slug="noexec-mount", message=say(words.NO_EXEC, path=path), evidence=(f"{mount}: noexec",), fixes=fixes)


def _foreign(path: str, head: bytes, machine: Machine) -> Cause:
    what = next((name for magic, name in _SNIFFS if head.lower().startswith(magic.lower())), "")
    fixes: tuple[Said, ...] = ()
    if head.startswith(b"MZ"):
        what = "PE (Windows)"
    elif head[:4] in {b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf"} or (
        head[:4] == b"\xca\xfe\xba\xbe" and 0 < int.from_bytes(head[4:8], "big") < 16
    ):
        what = "Mach-O (macOS)"
    if what.startswith(("PE", "Mach-O")):
        fixes = (say(words.FIX_GOOS, machine=machine.arch),)
    if not what and b"\0" not in head:
        return Cause(
            slug="exec-format",
            message=say(words.NO_HEAD, path=path),
            evidence=(repr(head[:40])[1:],),
            fixes=(say(words.FIX_HEAD),),
        )
    message = say(words.FORMAT, path=path, what=what or "?")
    return Cause(slug="exec-format", message=message, evidence=(f"first bytes: {head[:8].hex(' ')}",), fixes=fixes)


def _elf(path: str, ask: _Ask) -> Iterator[Cause]:
    try:
        read = Elf(mapped(path))
        info = elf.describe(read)
    except BinaryError as error:
        yield Cause(slug="binary-cut-off", message=say(words.DAMAGED, path=path, reason=error))
        return
    wanted = max((s.offset + s.size for s in read.segments), default=0)
    if wanted > read.size:
        yield Cause(slug="binary-cut-off", message=say(words.CUT, path=path, wanted=wanted, size=read.size))
        return
    if info.kind in {"object", "core", "other"}:
        yield Cause(slug="exec-format", message=say(words.NOT_PROGRAM, path=path, what=f"ELF {info.kind}"))
        return
    if info.arch != ask.machine.arch and (ask.machine.arch, info.arch) not in _RUNS_TOO:
        yield _other_cpu(path, info, ask.machine)
        if ask.root.here:
            return  # what it would need here besides is another CPU's business
    yield from _level(path, info, ask.machine)
    yield from _libraries(path, info, ask)


def _other_cpu(path: str, info: BinaryInfo, machine: Machine) -> Cause:
    program = f"qemu-{_QEMU.get(info.arch, info.arch)}"
    there = shutil.which(program) or shutil.which(f"{program}-static")
    fixes = [say(words.FIX_GOARCH, machine=machine.arch)]
    if there is None:
        fixes.append(say(words.FIX_QEMU, program=program, path=path))
    else:
        fixes.append(say(words.FIX_QEMU_HERE, program=there, path=path))
    return Cause(
        slug="binary-wrong-cpu",
        message=say(words.CPU, path=path, arch=info.arch, machine=machine.arch),
        evidence=(f"e_machine: {info.arch}", f"GOARCH: {machine.arch}", f"{program}: {there or '-'}"),
        fixes=tuple(fixes),
    )


def _level(path: str, info: BinaryInfo, machine: Machine) -> Iterator[Cause]:
    level = info.cpu_level if info.arch == "amd64" and machine.arch == "amd64" else None
    if level not in _LEVEL_FLAGS or not machine.flags:
        return
    needed = [flag for name, flags in _LEVEL_FLAGS.items() if name <= level for flag in flags]
    lacking = [flag for flag in needed if flag not in machine.flags]
    if lacking:
        said = info.go.settings.get("GOAMD64") if info.go else None
        source = f"go version -m: GOAMD64={said}" if said else "GNU_PROPERTY_X86_ISA_1_NEEDED"
        yield Cause(
            slug="cpu-level-too-new",
            message=say(words.LEVEL, path=path, level=level, flags=", ".join(lacking)),
            evidence=(source, f"/proc/cpuinfo lacks {' '.join(lacking)}"),
            fixes=(say(words.FIX_LEVEL),),
        )


def _libraries(path: str, info: BinaryInfo, ask: _Ask) -> Iterator[Cause]:
    if info.interpreter is None and not info.needed:
        return
    found = closure.closure(path, ask.root, ask.library_path)
    place = "/" if ask.root.here else ask.root.folder
    if info.interpreter and found.interpreter is None:
        yield _no_interpreter(path, info, ask.root, place)
        return
    for item in found.missing:
        slug, message = "shared-library-missing", say(words.LIBRARY, library=item.name, wanted=item.wanted_by, root=place)
        if item.other_cpu:
            slug = "library-wrong-arch"
            message = say(words.LIBRARY_CPU, library=item.name, wanted=item.wanted_by, other=item.other_cpu)
        evidence = (f"{item.wanted_by}: NEEDED {item.name}", *(f"RUNPATH {d}" for d in info.rpath))
        fixes = (say(words.FIX_LIBRARY, library=item.name, arch=info.arch),)
        yield Cause(slug=slug, message=message, evidence=evidence, fixes=fixes)
    yield from _clashes(path, info, ask, found, place)


def _no_interpreter(path: str, info: BinaryInfo, root: Root, place: str) -> Cause:
    fixes = []
    if info.go is not None and info.cgo is False and info.pie and not info.needed:
        fixes.append(say(words.FIX_PIE))
    elif info.go is not None:
        fixes.append(say(words.FIX_CGO))
    message = words.INTERPRETER
    loaders = {*_names(root, "/lib"), *_names(root, "/lib64")}
    only_musl = any(n.startswith("ld-musl-") for n in loaders) and not any(n.startswith("ld-linux") for n in loaders)
    if info.libc == "glibc" and only_musl:
        message = words.INTERPRETER_MUSL
        if info.go is not None:
            fixes.append(say(words.FIX_MUSL, target=triples.zig_target("linux", info.arch) or f"{info.arch}-linux-musl"))
    elif info.libc == "musl":
        message = words.INTERPRETER_GLIBC
    fixes.append(say(words.FIX_PACKAGE, package=_LOADER_PACKAGES.get(info.libc or "", info.interpreter or "")))
    said = say(message, path=path, interpreter=info.interpreter or "", root=place)
    return Cause(slug="interpreter-missing", message=said, evidence=(f"PT_INTERP {info.interpreter}",), fixes=tuple(fixes))


def _names(root: Root, folder: str) -> list[str]:
    real = root.real(folder)
    try:
        return os.listdir(real) if real else []
    except OSError:
        return []


def _clashes(path: str, info: BinaryInfo, ask: _Ask, found: closure.Closure, place: str) -> Iterator[Cause]:
    for wanted in dict.fromkeys(clash.wanted_by for clash in found.clashes):
        mine = [clash for clash in found.clashes if clash.wanted_by == wanted]
        if not mine[0].what.startswith(("GLIBC", "CXXABI", "GCC")) and info.libc == "musl":
            names = ", ".join(c.what for c in mine[:8])
            yield Cause(
                slug="symbol-undefined",
                message=say(words.SYMBOLS, wanted=wanted, symbols=names),
                evidence=tuple(f"{wanted}: {c.what}" for c in mine[:8]),
                fixes=(say(words.FIX_MUSL_SYMBOLS),),
            )
            continue
        for library in dict.fromkeys(clash.library for clash in mine):
            yield _too_new(path, info, ask, [c for c in mine if c.library == library], place)


def _too_new(path: str, info: BinaryInfo, ask: _Ask, clashes: list[closure.Clash], place: str) -> Cause:
    first = clashes[0]
    worst = max(clashes, key=lambda c: elf.version_key(elf.glibc_of(c.what) or "0"))
    glibc = elf.glibc_of(first.has) or ""
    real = path if first.wanted_by in {os.path.realpath(path), ask.root.inside(os.path.realpath(path))} else None
    symbols: dict[str, str] = {}
    if glibc and first.library.startswith(("libc.so", "libm.so", "libpthread", "libdl", "librt")):
        symbols = elf.glibc_symbols(real or ask.root.real(first.wanted_by) or path, glibc)
    named = ", ".join(f"{name}@GLIBC_{version}" for name, version in list(symbols.items())[:8]) or "?"
    message = say(
        words.VERSION,
        wanted=first.wanted_by,
        version=worst.what,
        library=first.library,
        root=place,
        has=first.has or "?",
        symbols=named,
    )
    fixes = []
    if glibc and info.go is not None and info.cgo:
        fixes.append(say(words.FIX_CGO))
    if glibc:
        fixes.append(say(words.FIX_PIN, version=glibc, command=pin(info, glibc)))
    evidence = tuple(f"{first.library}: version `{c.what}' not found (required by {first.wanted_by})" for c in clashes[:6])
    slug = "glibc-too-new" if glibc else "symbol-version-missing"
    return Cause(slug=slug, message=message, evidence=evidence, fixes=tuple(fixes))
