"""What a binary is: :func:`inspect` reads ELF here, Mach-O in ``macho.py``, PE in ``pe.py``.

Sources: the gABI, glibc's ``elf.h`` (DT_FLAGS_1, PT_GNU_*), the x86-64 psABI supplement (``.note.gnu.property``),
Go's ``internal/goarch`` for the names of CPUs.
"""

from __future__ import annotations

import re
from struct import Struct
from struct import error as struct_error
from typing import Final

from gomend.binary import elffile, gobuildinfo, macho, pe
from gomend.binary.elffile import Elf
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.binary.opening import Raw, mapped

_ARCHS: Final = {62: "amd64", 3: "386", 40: "arm", 183: "arm64", 243: "riscv64", 22: "s390x", 258: "loong64"}
"""``e_machine`` → GOARCH, where nothing else decides."""
_KINDS: Final = {1: "object", 2: "executable", 3: "library", 4: "core"}
_STACK, _RELRO, _PROPERTY = 0x6474E551, 0x6474E552, 0x6474E553
_NEEDED, _SONAME, _RPATH, _RUNPATH, _TEXTREL, _FLAGS, _BIND_NOW, _FLAGS_1 = 1, 14, 15, 29, 22, 30, 24, 0x6FFFFFFB
_PIE, _NOW_1, _NOW, _TEXTREL_FLAG = 0x08000000, 1, 8, 4
_GLIBC: Final = re.compile(r"GLIBC_(\d+(?:\.\d+)+)")
_MARKS: Final = {"GLIBC_ABI_DT_RELR": "2.36", "GLIBC_ABI_GNU_TLS": "2.42", "GLIBC_ABI_GNU2_TLS": "2.42"}
"""Versions without a number, and the glibc that brought them (its NEWS)."""
_X86_NEEDED, _X86_64 = 0xC0008002, 62
_LEVELS: Final = ((8, "v4"), (4, "v3"), (2, "v2"), (1, "v1"))
_CANARY: Final = (b"\0__stack_chk_fail\0", b"\0__stack_chk_guard\0", b"\0__stack_smash_handler\0")


def inspect(source: Raw | str) -> BinaryInfo:
    """Read one binary, given as its bytes or as the path of a file.

    Raises:
        BinaryError: it is no ELF, Mach-O or PE file, or it is cut off.
        FileProblem: the path cannot be read.
    """
    raw = mapped(source) if isinstance(source, str) else source
    if raw[:4] == b"\x7fELF":
        return describe(Elf(raw))
    if macho.is_macho(raw[:8]):
        return macho.inspect(raw)
    if raw[:2] == b"MZ":
        return pe.inspect(raw)
    raise BinaryError("it has no ELF, Mach-O or PE header")


def version_key(version: str) -> tuple[int, ...]:
    """A key that sorts dotted versions by number: 2.4 < 2.17 < 2.34."""
    return tuple([int(part) for part in version.split(".")])


def glibc_of(name: str) -> str | None:
    """The glibc that a symbol version asks for: ``GLIBC_2.34`` → ``2.34``; None for versions of others."""
    match = _GLIBC.fullmatch(name)
    return match[1] if match else _MARKS.get(name)


def glibc_symbols(source: Raw | str, above: str = "0") -> dict[str, str]:
    """The symbols of an ELF file that ask for a glibc above a version, and the version that each asks for.

    Raises:
        BinaryError: it is no ELF file, or cut off.
        FileProblem: the path cannot be read.
    """
    raw = mapped(source) if isinstance(source, str) else source
    if raw[:4] != b"\x7fELF":
        raise BinaryError("it is no ELF file")
    read, floor = Elf(raw), version_key(above)
    try:
        numbers = {n: v for names in read.versions().values() for n, name in names.items() if (v := glibc_of(name))}
        high = {n: v for n, v in numbers.items() if version_key(v) > floor}
        return {name: high[number] for name, number in sorted(read.imports(high))}
    except (struct_error, IndexError, OverflowError) as error:
        raise BinaryError(f"the ELF file cannot be read: {type(error).__name__} {error}") from None


def describe(read: Elf) -> BinaryInfo:
    """Everything that is told of an ELF file.

    Raises:
        BinaryError: a table points outside of the file.
    """
    try:
        return _describe(read)
    except (struct_error, IndexError, OverflowError) as error:
        raise BinaryError(f"the ELF file cannot be read: {type(error).__name__} {error}") from None


def _describe(read: Elf) -> BinaryInfo:
    segments, tag, names = {s.kind: s for s in reversed(read.segments)}, read.tag, read.names
    held = segments.get(elffile.INTERP)
    interpreter = (read.text(held.offset, held.size) if held else None) or None
    needed, paths, old = [], [], []
    for name, value in read.dynamic:
        if name == _NEEDED:
            needed.append(read.string(value))
        elif name == _RUNPATH:
            paths.append(read.string(value))
        elif name == _RPATH:
            old.append(read.string(value))
    flags, flags_1 = tag(_FLAGS) or 0, tag(_FLAGS_1) or 0
    kind = _KINDS.get(read.type, "other")
    pie = kind == "library" and bool(interpreter or flags_1 & _PIE)
    static = interpreter is None and not needed and kind not in {"object", "core"}
    versions = read.versions()
    glibc, symbols = _floor(read, versions)
    now = bool(flags_1 & _NOW_1 or flags & _NOW or tag(_BIND_NOW) is not None)
    stack, soname = segments.get(_STACK), tag(_SONAME)
    go = _go(read, names)
    return BinaryInfo(
        format="elf",
        arch=arch(read),
        kind="executable" if pie else kind,
        interpreter=interpreter,
        needed=tuple(needed),
        soname=read.string(soname) if soname is not None else None,
        glibc_min=glibc,
        glibc_symbols=symbols,
        versions={library: tuple(sorted(set(found.values()))) for library, found in versions.items()},
        rpath=tuple(old + paths),
        runpath=bool(paths),
        relro="none" if _RELRO not in segments else "full" if now else "partial",
        nx=stack is not None and not stack.flags & 1,
        canary=_canary(read, static=static and go is None),
        textrel=tag(_TEXTREL) is not None or bool(flags & _TEXTREL_FLAG),
        level=_level(read, segments) if read.machine == _X86_64 and _PROPERTY in segments else None,
        static=static,
        pie=pie,
        stripped=".symtab" not in names,
        dwarf=".debug_info" in names or ".zdebug_info" in names,
        static_libc=_static_libc(read, go) if (static and kind == "executable") or (static and pie) else None,
        go=go,
    )


def arch(read: Elf) -> str:
    """GOARCH of an ELF file, ``unknown`` for a CPU that Go does not know."""
    if read.machine == 21:
        return "ppc64le" if read.little else "ppc64"
    if read.machine == 8:
        return f"mips{'64' if read.wide else ''}{'le' if read.little else ''}"
    if read.machine == 243 and not read.wide:
        return "unknown"
    return _ARCHS.get(read.machine, "unknown")


def _floor(read: Elf, versions: dict[str, dict[int, str]]) -> tuple[str | None, tuple[str, ...]]:
    """The highest glibc version needed and the symbols that need it."""
    wanted = {
        n: v for names in versions.values() for n, name in names.items() if name[:6] == "GLIBC_" and (v := glibc_of(name))
    }
    if not wanted:
        return None, ()
    highest = max(set(wanted.values()), key=version_key)
    chosen = [number for number, version in wanted.items() if version == highest]
    return highest, tuple(sorted({name for name, _ in read.imports(chosen)}))


def _canary(read: Elf, *, static: bool) -> bool:
    if read.dynamic and any(name in read.strings for name in _CANARY):
        return True
    return static and any(read.holds(name, ".strtab") for name in _CANARY[:1])


def _level(read: Elf, segments: dict[int, elffile.Segment]) -> str | None:
    """The x86-64 level that the linker noted as needed (GNU_PROPERTY_X86_ISA_1_NEEDED)."""
    segment = segments[_PROPERTY]
    note = read.raw[segment.offset : segment.offset + min(segment.size, 4096)]
    at, word = 16, Struct(f"{read.order}II")
    while at + 12 <= len(note):
        kind, size = word.unpack_from(note, at)
        if kind == _X86_NEEDED and size == 4:
            bits = word.unpack_from(note, at + 4)[1]
            return next((name for bit, name in _LEVELS if bits & bit), None)
        at += 8 + (size + 7 & ~7)
    return None


def _static_libc(read: Elf, go: gobuildinfo.GoBuild | None) -> str:
    """The C library inside a static binary: glibc's start files carry a note, musl's and Go's do not."""
    if ".note.ABI-tag" in read.names:
        return "glibc"
    if go is not None and go.settings.get("CGO_ENABLED") != "1":
        return "none"
    if any(name in read.names for name in (".eh_frame", ".init_array", ".init", ".ctors")):
        return "musl" if _says_musl(read) else "unknown"
    return "none"


def _says_musl(read: Elf) -> bool:
    words = ((b"__init_libc\0", ".strtab"), (b"__libc_start_init\0", ".strtab"), (b"No error information\0", ".rodata"))
    return any(read.holds(needle, section) for needle, section in words)


def _go(read: Elf, names: dict[str, elffile.Section]) -> gobuildinfo.GoBuild | None:
    """Go's build information: in its section, or, where sections were cut off, at the start of the data (debug/buildinfo)."""
    section = names.get(".go.buildinfo")
    if section is not None:
        return gobuildinfo.read(read.raw, section.offset, section.offset + section.size)
    if read.sections:
        return None
    for kind, flags, offset, _, size in read.segments:
        if kind == elffile.LOAD and flags & 3 == 2:
            found = gobuildinfo.read(read.raw, offset, offset + size)
            if found is not None:
                return found
    return None
