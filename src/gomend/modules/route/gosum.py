"""go.sum in memory: what it holds, what was used, what is new.

Source: cmd/go/internal/modfetch/fetch.go (readGoSum, HaveSum, haveModSumLocked, WriteGoSum, tidyGoSum).
"""

from __future__ import annotations

from typing import Final

from gomend.golang import semver
from gomend.modules.route.errors import Mod
from gomend.modules.route.process import Process

_EMPTY: Final = "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY="
_MISMATCH: Final = (
    "\n\nSECURITY ERROR\nThis download does NOT match an earlier download recorded in go.sum.\n"
    "The bits may have been replaced on the origin server, or an attacker may\n"
    "have intercepted the download attempt.\n\nFor more information, see 'go help module-auth'.\n"
)


_UNKNOWN: Final = (
    "\n\nSECURITY WARNING\nThis download is listed in go.sum, but using an unknown hash algorithm.\n"
    "The download cannot be verified.\n\nFor more information, see 'go help module-auth'.\n\n"
)


class GoSum:
    """The go.sum of the main module (of a workspace go.work.sum, with the go.sum of each module beside it)."""

    def __init__(self, process: Process) -> None:
        """Nothing is read before the first use."""
        self.process = process
        self.file = ""
        self.others: list[str] = []
        self.malformed = False
        self.sums: dict[Mod, list[str]] | None = None
        self.beside: dict[str, dict[Mod, list[str]]] = {}
        self.used: set[tuple[Mod, str]] = set()
        self.dirty: set[tuple[Mod, str]] = set()

    def load(self) -> dict[Mod, list[str]] | None:
        """The sums by module; None if go.sum is not in use."""
        if self.sums is None and self.file:
            self.beside = {name: self._read(name) for name in self.others}
            self.sums = self._read(self.file)
        return self.sums

    def _read(self, name: str) -> dict[Mod, list[str]]:
        text = self.process.machine.text(name) or ""
        found: dict[Mod, list[str]] = {}
        for number, line in enumerate(text.split("\n"), 1):
            words = line.split()
            if not words:
                continue
            if len(words) != 3:
                if self.process.command == "mod tidy":
                    continue
                told = f"malformed go.sum:\n{name}:{number}: wrong number of fields {len(words)}\n"
                if not self.process.machine.does("malformed-sum-ends"):
                    self.malformed = True
                    return found
                self.process.fatal(told)
            if words[2] != _EMPTY:
                found.setdefault(Mod(words[0], words[1]), []).append(words[2])
        return found

    def have(self, mod: Mod) -> bool:
        """modfetch.HaveSum: recorded, and not only since this run."""
        first = self.sums is None
        sums = self.load()
        if first and self.malformed:
            return False  # the next question is answered by what was read before the error
        if sums is None:
            return False
        known = [h for each in (*self.beside.values(), sums) for h in each.get(mod, ())]
        return any(h.startswith("h1:") and (mod, h) not in self.dirty for h in known)

    def listed(self, mod: Mod, h1: str) -> bool:
        """Whether this very sum stands there; another one ends the process."""
        name = "go.work.sum" if self.file.endswith("go.work.sum") else "go.sum"
        for known in (self.load() or {}).get(mod, ()):
            if known == h1:
                return True
            self._agrees(mod, h1, known, name)
        found = False
        for name, sums in self.beside.items():
            for known in sums.get(mod, ()):
                found = found or known == h1
                self._agrees(mod, h1, known, name)
        return found

    def _agrees(self, mod: Mod, h1: str, known: str, name: str) -> None:
        if known.startswith("h1:") and known != h1:
            self.process.fatal(
                f"verifying {mod.path}@{mod.version}: checksum mismatch\n\tdownloaded: {h1}\n\t{name}:     {known}{_MISMATCH}"
            )

    def add(self, mod: Mod, h1: str) -> None:
        """Keep a new sum, to be written at the end."""
        sums = self.load()
        if sums is not None and not self.listed(mod, h1):
            if known := sums.get(mod):
                told = f"unknown hashes in go.sum: {', '.join(known)}; adding {h1}"
                self.process.say(f"warning: verifying {mod.path}@{mod.version}: {told}{_UNKNOWN}")
            sums.setdefault(mod, []).append(h1)
            self.dirty.add((mod, h1))

    def write(self, keep: set[Mod], *, read_only: bool, trim: bool = False) -> bool:
        """Write go.sum back; False if that is needed and forbidden."""
        if self.sums is None:
            return True
        wanted = {(m, h) for m, h in self.dirty if m in keep}
        if not trim and not wanted:
            return True
        if read_only and wanted:
            return False
        lines: list[str] = []
        for mod in sorted(self.sums, key=_order):
            if any(mod in sums for sums in self.beside.values()):
                continue
            for h1 in self.sums[mod]:
                if (mod in keep) if (trim or (mod, h1) in self.dirty) else True:
                    lines.append(f"{mod.path} {mod.version} {h1}\n")
                    self.dirty.discard((mod, h1))
        self.process.machine.files[self.file] = "".join(lines)
        return True


def _order(mod: Mod) -> tuple[str, semver.Key, str]:
    version, _, file = mod.version.partition("/")
    return mod.path, semver.key(mod.path, version), file
