"""The binaries that launch configurations start ready made (mode exec): what a debugger will find in them."""

from __future__ import annotations

import zlib
from typing import ClassVar, Final

from gomend.binary import debuginfo, gobuildinfo, gosym
from gomend.binary.debuginfo import DebugInfo
from gomend.binary.gobuildinfo import GoBuild
from gomend.binary.image import Image
from gomend.binary.info import BinaryError
from gomend.debug import buildflags, paths
from gomend.debug.buildflags import Flags
from gomend.debug.facts.launch import LaunchConfig, LaunchConfigs
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Doors
from gomend.ports.files import FileProblem

LIMIT: Final = 256 * 1024 * 1024
"""Bytes of a binary that are read at most."""


class ExecBinary(Thing, frozen=True):
    """One binary. ``problem`` says why it could not be read; ``exists`` tells that from a missing one."""

    path: str
    exists: bool
    problem: str = ""
    format: str = ""
    symbols: bool = True
    dwarf: bool = True
    go: GoBuild | None = None
    sources: tuple[str, ...] = ()
    """Recorded paths of the main module's Go files (from pclntab, which survives stripping)."""
    debuglink: str = ""
    """Name in .gnu_debuglink."""
    debuglink_file: str = ""
    """The separate debug file that was found for it, empty if none was."""
    debuglink_match: bool | None = None
    """Whether that file's CRC is the one in the link."""
    mtime_ns: int = 0

    @property
    def debuggable(self) -> bool:
        """Whether Delve finds DWARF in it or beside it."""
        return self.dwarf or bool(self.debuglink_file and self.debuglink_match)

    @property
    def flags(self) -> Flags:
        """The build flags that the binary itself records (-ldflags is not recorded under -trimpath)."""
        settings = self.go.settings if self.go else {}
        words = [f"{k}={settings[k]}" for k in ("-gcflags", "-ldflags", "-buildmode", "-trimpath") if k in settings]
        return buildflags.parse_flags(words)

    def setting(self, name: str) -> Evidence:
        """One build setting, as ``go version -m`` shows it."""
        value = self.go.settings.get(name) if self.go else None
        quote = f"build\t{name}={value}" if value is not None else f"no {name} among the build settings"
        return Evidence(source=f"go version -m {self.path}", quote=quote)

    def sections(self) -> Evidence:
        """Which of the debugger's sections are there."""
        said = [f".symtab {'present' if self.symbols else 'missing'}", f".debug_info {'present' if self.dwarf else 'missing'}"]
        if self.debuglink:
            said.append(f".gnu_debuglink names {self.debuglink}")
        return Evidence(source=self.path, quote=", ".join(said), where="sections")


class ExecBinaries(Fact, frozen=True):
    """The binaries by path."""

    binaries: tuple[ExecBinary, ...]
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"file:*", "build"})

    def of(self, config: LaunchConfig) -> ExecBinary | None:
        """The binary that a configuration starts, if it was looked at."""
        return next((b for b in self.binaries if config.is_exec and b.path == config.program), None)


@collector
async def collect(doors: Doors, configs: LaunchConfigs) -> ExecBinaries | Absent:
    """Read every binary that a configuration in mode exec names."""
    wanted = sorted({c.program for c in configs.configs if c.is_exec and c.resolved})
    if not wanted:
        return Absent(reason="no launch configuration starts a ready-made binary")
    return ExecBinaries(binaries=tuple(read(doors, path) for path in wanted))


def read(doors: Doors, path: str) -> ExecBinary:
    """Look at one binary."""
    entry = doors.files.entry(path)
    try:
        raw = doors.files.read(path, limit=LIMIT)
    except FileProblem as problem:
        return ExecBinary(path=path, exists=True, problem=str(problem))
    if raw is None:
        return ExecBinary(path=path, exists=False, problem=f"{path} does not exist")
    try:
        image = Image(raw)
        info = debuginfo.look(image)
    except BinaryError as error:
        return ExecBinary(path=path, exists=True, problem=f"{path}: {error}")
    linked, match = _debuglink(doors, path, info)
    go = gobuildinfo.read(raw)
    return ExecBinary(
        path=path,
        exists=True,
        format=image.format,
        symbols=info.symtab or image.format != "elf",
        dwarf=info.dwarf,
        go=go,
        sources=_sources(raw, go),
        debuglink=info.debuglink,
        debuglink_file=linked,
        debuglink_match=match,
        mtime_ns=entry.mtime_ns if entry else 0,
    )


def _debuglink(doors: Doors, path: str, info: DebugInfo) -> tuple[str, bool | None]:
    """Source: GDB's manual, "Separate Debug Files"; Delve looks beside the binary, in .debug and in /usr/lib/debug."""
    if not info.debuglink:
        return "", None
    folder, found = paths.join(path, ".."), ""
    for place in (folder, f"{folder}/.debug", f"/usr/lib/debug{folder}"):
        candidate = f"{place}/{info.debuglink}"
        other = doors.files.read(candidate, limit=LIMIT) if candidate != path else None
        if other is not None:
            if zlib.crc32(other) == info.debuglink_crc:
                return candidate, True
            found = found or candidate
    return found, False if found else None


def _sources(raw: bytes, go: GoBuild | None) -> tuple[str, ...]:
    """Recorded Go files that are not the standard library's or a dependency's of the module cache."""
    try:
        every = sorted(f for f in gosym.open(raw).files() if f.endswith(".go"))
    except BinaryError:  # no Go program, packed, or damaged: its files are not known
        return ()
    runtime = next((p for p in every if p.endswith("/runtime/proc.go")), "")
    goroot = runtime.removesuffix("runtime/proc.go")
    if goroot:
        kept = [p for p in every if not p.startswith(goroot) and "@v" not in p]
    else:  # built with -trimpath: the standard library stands there as fmt/print.go
        main = (f"{go.module}/", "command-line-arguments/", "/", "./") if go and go.module else ("/", "./")
        kept = [p for p in every if p.startswith(main)]
    return tuple(kept[:5000])
