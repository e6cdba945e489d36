"""Binaries read with pyelftools (ELF) and by hand (Mach-O, PE).

Sources: the System V ABI (PT_INTERP, DT_NEEDED), the Linux Standard Base (``.gnu.version_r``), and Go's ``internal/goarch``
for the names of CPUs.
"""

from __future__ import annotations

import io
import re
from typing import Any, Final

from gomend.binary import gobuildinfo, macho, pe
from gomend.binary.info import BinaryError, BinaryInfo

BINARY_LIMIT: Final = 512 * 1024 * 1024
"""Bytes of a binary that are read at most."""

_ARCHS: Final = {
    "EM_X86_64": "amd64",
    "EM_386": "386",
    "EM_ARM": "arm",
    "EM_AARCH64": "arm64",
    "EM_RISCV": "riscv64",
    "EM_S390": "s390x",
    "EM_LOONGARCH": "loong64",
}
_KINDS: Final = {"ET_EXEC": "executable", "ET_DYN": "library", "ET_REL": "object"}
_GLIBC: Final = re.compile(r"GLIBC_(\d+(?:\.\d+)+)")
_PIE: Final = 0x08000000
"""DF_1_PIE."""


def inspect(source: bytes | str) -> BinaryInfo:
    """Read one binary, given as its bytes or as the path of a file.

    Raises:
        BinaryError: it is no ELF, Mach-O or PE file, or it is cut off.
        FileProblem: the path cannot be read.
    """
    raw = _load(source) if isinstance(source, str) else source
    if raw.startswith(b"\x7fELF"):
        return _elf(raw)
    if macho.is_macho(raw):
        return macho.inspect(raw)
    if raw.startswith(b"MZ"):
        return pe.inspect(raw)
    raise BinaryError("it has no ELF, Mach-O or PE header")


def version_key(version: str) -> tuple[int, ...]:
    """A key that sorts dotted versions by number: 2.4 < 2.17 < 2.34."""
    return tuple(int(part) for part in version.split("."))


def _load(path: str) -> bytes:
    from gomend.ports.files import FileProblem, RealFiles

    raw = RealFiles().read(path, limit=BINARY_LIMIT)
    if raw is None:
        msg = f"{path} does not exist"
        raise FileProblem(msg)
    return raw


def _elf(raw: bytes) -> BinaryInfo:
    from elftools.common.exceptions import ELFError
    from elftools.construct import ConstructError
    from elftools.elf.elffile import ELFFile

    try:
        return _read(ELFFile(io.BytesIO(raw)), raw)
    except (
        ELFError,
        ConstructError,
        ValueError,
        KeyError,
        AttributeError,
        IndexError,
        AssertionError,
        UnicodeDecodeError,
    ) as error:
        msg = f"the ELF file cannot be read: {type(error).__name__} {error}"
        raise BinaryError(msg) from None


def _read(elf: Any, raw: bytes) -> BinaryInfo:
    interpreter: str | None = None
    needed: list[str] = []
    flags = 0
    for segment in elf.iter_segments():
        if segment["p_type"] == "PT_INTERP":
            interpreter = segment.get_interp_name()
        elif segment["p_type"] == "PT_DYNAMIC":
            for tag in segment.iter_tags():
                if tag.entry.d_tag == "DT_NEEDED":
                    needed.append(tag.needed)
                elif tag.entry.d_tag == "DT_FLAGS_1":
                    flags = tag.entry.d_val
    kind = _KINDS.get(elf["e_type"], "other")
    pie = kind == "library" and bool(interpreter or flags & _PIE)
    names = {section.name for section in elf.iter_sections()}
    glibc, symbols = _glibc(elf)
    return BinaryInfo(
        format="elf",
        arch=_arch(elf),
        kind="executable" if pie else kind,
        interpreter=interpreter,
        needed=tuple(needed),
        glibc_min=glibc,
        glibc_symbols=symbols,
        static=interpreter is None and not needed and kind != "object",
        pie=pie,
        stripped=".symtab" not in names,
        dwarf=bool(names & {".debug_info", ".zdebug_info"}),
        go=gobuildinfo.read(raw),
    )


def _arch(elf: Any) -> str:
    machine = str(elf["e_machine"])
    if machine in _ARCHS:
        return _ARCHS[machine] if machine != "EM_RISCV" or elf.elfclass == 64 else "unknown"
    if machine == "EM_PPC64":
        return "ppc64le" if elf.little_endian else "ppc64"
    if machine == "EM_MIPS":
        return f"mips{'64' if elf.elfclass == 64 else ''}{'le' if elf.little_endian else ''}"
    return "unknown"


def _glibc(elf: Any) -> tuple[str | None, tuple[str, ...]]:
    """The highest glibc version needed and the symbols that need it."""
    section = elf.get_section_by_name(".gnu.version_r")
    if not hasattr(section, "iter_versions"):
        return None, ()  # there is none, or an empty one that go's own linker leaves without its type
    wanted: dict[int, str] = {}
    for _, auxiliaries in section.iter_versions():
        for auxiliary in auxiliaries:
            match = _GLIBC.fullmatch(auxiliary.name)
            if match:
                wanted[auxiliary["vna_other"]] = match[1]
    if not wanted:
        return None, ()
    highest = max(wanted.values(), key=version_key)
    versions = elf.get_section_by_name(".gnu.version")
    symbols = elf.get_section_by_name(".dynsym")
    found = set()
    if hasattr(versions, "num_symbols") and hasattr(symbols, "num_symbols"):
        for index in range(min(versions.num_symbols(), symbols.num_symbols())):
            number = versions.get_symbol(index)["ndx"]
            if isinstance(number, int) and wanted.get(number & 0x7FFF) == highest:
                found.add(symbols.get_symbol(index).name)
    return highest, tuple(sorted(found))
