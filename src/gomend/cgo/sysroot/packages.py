"""Which packages a set of names needs on a release and architecture, with their checksums: asked of a private apt.

The private apt has its own state, lists and configuration; it reads this system's source files with the release exchanged, so mirrors and
keys are those that this system trusts. Source: apt.conf(5) (Dir, APT::Architecture), apt-get(8) (``--print-uris``).
"""

from __future__ import annotations

import os
import re
from typing import Final

from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.files import write_whole
from gomend.ports.processes import Cmd

DEBIAN: Final = {
    "amd64": "amd64", "arm64": "arm64", "arm": "armhf", "386": "i386", "riscv64": "riscv64", "s390x": "s390x", "ppc64le": "ppc64el",
    "loong64": "loong64", "mips64le": "mips64el",
}  # fmt: skip
"""Debian's names of GOARCH."""
NEWER: Final = frozenset({"riscv64", "loong64"})
"""Architectures that are no part of bookworm."""
_URI: Final = re.compile(r"^'(?P<uri>[^']+)' (?P<file>\S+) (?P<size>\d+) (?P<kind>SHA256|SHA512|MD5Sum):(?P<sum>[0-9a-f]+)")
_NAME: Final = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]+)_(?P<version>[^_]+)_(?P<arch>[a-z0-9]+)\.deb")


class SysrootProblem(Exception):  # noqa: N818 - the name is what people read
    """A sysroot cannot be made or used; ``what`` names the reason (see ``apps/cgo/sysroots.py``)."""

    def __init__(self, what: str, **details: str) -> None:
        """Keep the reason and its details."""
        super().__init__(what)
        self.what = what
        self.details = details


class Package(Thing, frozen=True):
    """One package as the signed index has it."""

    name: str
    version: str
    arch: str
    file: str
    size: int
    sha256: str


class Apt:
    """A private apt below ``folder``."""

    def __init__(self, doors: Doors, folder: str, release: str, goarch: str) -> None:
        """Nothing is written yet."""
        self.doors = doors
        self.folder = folder
        self.release = release
        self.arch = DEBIAN.get(goarch, goarch)

    def _options(self) -> tuple[str, ...]:
        at = self.folder
        words = (
            f"Dir={at}", f"Dir::State={at}/state", f"Dir::State::status={at}/state/status", f"Dir::State::lists={at}/lists",
            f"Dir::Cache={at}/cache", f"Dir::Cache::archives={at}/archives", f"Dir::Etc={at}/etc", f"Dir::Etc::sourcelist={at}/etc/sources.list",
            f"Dir::Etc::sourceparts={at}/etc/sources.list.d", "Dir::Etc::trustedparts=/etc/apt/trusted.gpg.d",
            f"APT::Architecture={self.arch}", f"APT::Architectures={self.arch}", "APT::Install-Recommends=false", "APT::Sandbox::User=",
            "Acquire::Languages=none", "Debug::NoLocking=1", "Dpkg::Use-Pty=0",
        )  # fmt: skip
        return tuple(w for word in words for w in ("-o", word))

    def prepare(self) -> None:
        """Write the configuration: this system's sources, for another release.

        Raises:
            SysrootProblem: this system has no apt sources that can be read.
        """
        for name in ("state", "lists/partial", "archives/partial", "cache", "etc/sources.list.d", "etc/preferences.d"):
            os.makedirs(f"{self.folder}/{name}", exist_ok=True)
        write_whole(f"{self.folder}/state/status", b"")
        write_whole(f"{self.folder}/etc/sources.list", b"")
        found = 0
        for path in ("/etc/apt/sources.list", *sorted(_listed("/etc/apt/sources.list.d"))):
            text = _text(path)
            changed = _for_release(text, self.release, deb822=path.endswith(".sources"))
            if changed:
                found += 1
                write_whole(
                    f"{self.folder}/etc/sources.list.d/{found:02d}{os.path.splitext(path)[1] or '.list'}", changed.encode()
                )
        if not found:
            raise SysrootProblem("no-sources")

    async def update(self) -> None:
        """Fetch and check the indexes.

        Raises:
            SysrootProblem: apt says no.
        """
        done = await self.doors.runner.run(Cmd(argv=("apt-get", *self._options(), "-q", "update"), timeout=600))
        if not done.ok:
            raise SysrootProblem("apt", reason=done.why)

    async def closure(self, names: tuple[str, ...]) -> tuple[Package, ...]:
        """The packages and everything that they depend on.

        Raises:
            SysrootProblem: a package is not there for this release and architecture.
        """
        argv = ("apt-get", *self._options(), "-qq", "--print-uris", "-y", "install", *names)
        done = await self.doors.runner.run(Cmd(argv=argv, timeout=120))
        if not done.ok:
            reason = next((line[3:] for line in done.stderr.splitlines() if line.startswith("E: ")), done.why)
            raise SysrootProblem("no-package", names=" ".join(names), release=self.release, arch=self.arch, reason=reason)
        matches = (_URI.match(line) for line in done.stdout.splitlines())
        files = [m["file"] for m in matches if m]
        return await self._described(files)

    async def _described(self, files: list[str]) -> tuple[Package, ...]:
        """Checksums from the signed Packages index, by ``apt-cache show``."""
        names = [f"{m['name']}={m['version'].replace('%3a', ':')}" for f in files if (m := _NAME.fullmatch(f))]
        done = await self.doors.runner.run(Cmd(argv=("apt-cache", *self._options(), "show", *names), timeout=120))
        found = {}
        for block in done.stdout.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(" "))
            if "SHA256" in fields:
                name = fields["Package"]
                found[name] = Package(
                    name=name, version=fields["Version"], arch=fields["Architecture"], file=fields["Filename"].rpartition("/")[2],
                    size=int(fields["Size"]), sha256=fields["SHA256"],
                )  # fmt: skip
        return tuple(found[n] for n in sorted(found))

    async def fetch(self, packages: tuple[Package, ...]) -> None:
        """Download into ``archives``; apt checks each against the index.

        Raises:
            SysrootProblem: apt says no.
        """
        names = tuple(f"{p.name}={p.version}" for p in packages)
        argv = ("apt-get", *self._options(), "-qq", "download", *names)
        done = await self.doors.runner.run(Cmd(argv=argv, cwd=f"{self.folder}/archives", timeout=1800))
        if not done.ok:
            raise SysrootProblem("apt", reason=done.why)


def _listed(folder: str) -> list[str]:
    try:
        return [f"{folder}/{n}" for n in os.listdir(folder) if n.endswith((".list", ".sources"))]
    except OSError:
        return []


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _for_release(text: str, release: str, *, deb822: bool) -> str:
    """Sources of a distribution's own archive with another release; those of other vendors are left out."""
    if deb822:
        kept = []
        for block in re.split(r"\n\s*\n", text):
            suites = re.search(r"^Suites:\s*(.+)$", block, re.MULTILINE)
            if suites and "-security" not in suites[1] and "debian-archive" in block:
                kept.append(re.sub(r"^Suites:.*$", f"Suites: {release}", block, flags=re.MULTILINE))
        return "\n\n".join(kept[:1]) + ("\n" if kept else "")
    for line in text.splitlines():
        match = re.match(r"deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(main\b.*)", line.strip())
        if match and "-" not in match[3] and "/" not in match[3]:
            return f"deb {match[1] or ''}{match[2]} {release} main\n"
    return ""
