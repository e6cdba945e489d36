"""The binary that is debugged: the file itself, what a debugger finds in it, and how it was built."""

from __future__ import annotations

import os
import zlib
from functools import cached_property

from gomend.binary import debuginfo, gobuildinfo, gosym
from gomend.binary.debuginfo import DebugInfo
from gomend.binary.gobuildinfo import GoBuild
from gomend.binary.gosym import GoSymbols
from gomend.binary.image import Image
from gomend.binary.info import BinaryError
from gomend.binary.opening import mapped
from gomend.debug import buildflags
from gomend.debug.buildflags import Flags
from gomend.debug.pathmap import recorded
from gomend.debug.pathmap.recorded import Module
from gomend.ports.files import FileProblem


class Product:
    """One binary, opened. Nothing is decoded before it is asked for."""

    def __init__(self, path: str) -> None:
        """Open it.

        Raises:
            FileProblem: it cannot be read.
            BinaryError: it is no ELF, Mach-O or PE file.
        """
        self.path = path
        self._raw = mapped(path)
        self.image = Image(self._raw)
        self.info: DebugInfo = debuginfo.look(self.image)
        self.build: GoBuild | None = gobuildinfo.read(self._raw)

    @cached_property
    def symbols(self) -> GoSymbols | None:
        """Functions, files and lines; None where there is no Go table."""
        try:
            return gosym.open(self.path)
        except (BinaryError, FileProblem):
            return None

    @cached_property
    def files(self) -> frozenset[str]:
        """Recorded source files."""
        return frozenset(self.symbols.files()) if self.symbols else frozenset()

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """Where each module was recorded."""
        return recorded.modules(self.symbols, self.build) if self.symbols else ()

    @property
    def packed(self) -> bool:
        """Packed by UPX: its loader is all that can be seen."""
        return self.build is None and bytes(self._raw[:4096]).find(b"UPX!") >= 0

    @property
    def flags(self) -> Flags:
        """Build flags that the binary records (-ldflags is left out under -trimpath)."""
        settings = self.build.settings if self.build else {}
        words = [f"{k}={settings[k]}" for k in ("-gcflags", "-ldflags", "-buildmode", "-trimpath") if k in settings]
        return buildflags.parse_flags(words)

    @property
    def main(self) -> str:
        """The import path of the main package, empty if it is not recorded."""
        return self.build.path if self.build else ""

    def setting(self, name: str) -> str:
        """A build setting, empty if it is not recorded."""
        return self.build.settings.get(name, "") if self.build else ""

    @cached_property
    def _units(self) -> dict[str, tuple[bool, bool]]:
        """Whether each package was built without -N, and without -l, by DWARF."""
        try:
            units = [u for u in debuginfo.units(self.image) if u.go] if self.info.dwarf else []
        except BinaryError:
            units = []
        return {u.name: (u.optimised, u.inlined) for u in units}

    def optimised(self, package: str) -> tuple[bool, bool]:
        """Whether a package was built without -N, and without -l: by DWARF, else by the settings."""
        if package in self._units:
            return self._units[package]
        flags = self.flags
        words = flags.main.flags if flags.main and package == "main" else ()
        words = words or next((g.flags for g in flags.gcflags if g.pattern == "all"), ())
        return "-N" not in words, "-l" not in words

    @cached_property
    def debug_file(self) -> tuple[str, bool | None]:
        """The separate debug file of .gnu_debuglink, and whether its CRC fits; empty if there is none."""
        if not self.info.debuglink:
            return "", None
        folder = os.path.dirname(os.path.abspath(self.path))
        name = self.info.debuglink
        for candidate in (f"{folder}/{name}", f"{folder}/.debug/{name}", f"/usr/lib/debug{folder}/{name}"):
            if os.path.isfile(candidate) and candidate != self.path:
                crc = 0
                with open(candidate, "rb") as file:
                    while piece := file.read(1 << 20):
                        crc = zlib.crc32(piece, crc)
                return candidate, crc == self.info.debuglink_crc
        return "", None
