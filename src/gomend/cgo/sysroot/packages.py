"""Which packages a set of names needs on a release and architecture, with their checksums: asked of a private apt.

The private apt has its own state, lists and configuration; it reads this system's source files with the release exchanged, so mirrors and
keys are those that this system trusts. Source: apt.conf(5) (Dir, APT::Architecture), apt-get(8) (``--print-uris``).
"""

from __future__ import annotations

import os
import re
from typing import Final

from gomend.cgo.sysroot.problem import SysrootProblem
from gomend.cgo.sysroot.store import Remote
from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.files import write_whole
from gomend.ports.processes import Cmd

DEBIAN: Final = {
    "amd64": "amd64", "arm64": "arm64", "arm": "armhf", "386": "i386", "riscv64": "riscv64", "s390x": "s390x", "ppc64le": "ppc64el",
    "loong64": "loong64", "mips64le": "mips64el",
}  # fmt: skip
"""Debian's names of GOARCH."""
RELEASE: Final = "bookworm"
"""Where packages come from unless a release is named."""
_SINCE: Final = {"riscv64": "trixie", "loong64": "forky"}
"""The first release that has a CPU (Debian's release notes), where it is later than :data:`RELEASE`."""
_URI: Final = re.compile(r"^'(?P<uri>[^']+)' (?P<file>\S+) (?P<size>\d+) (?P<kind>SHA256|SHA512|MD5Sum):(?P<sum>[0-9a-f]+)")
_NAME: Final = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]+)_(?P<version>[^_]+)_(?P<arch>[a-z0-9]+)\.deb")


def release_of(goarch: str) -> str:
    """The release whose packages a CPU gets unless one is named."""
    return _SINCE.get(goarch, RELEASE)


class Package(Thing, frozen=True):
    """One package as the signed index has it."""

    name: str
    version: str
    arch: str
    file: str
    size: int
    sha256: str


class Source(Thing, frozen=True):
    """One source package. ``files`` are its description, the archive of its authors and Debian's own part with corrections."""

    name: str
    version: str
    files: tuple[Remote, ...]


class Apt:
    """A private apt below ``folder``, for one release. Its lists are kept, so that a later call asks only whether they are the newest."""

    def __init__(self, doors: Doors, folder: str, release: str) -> None:
        """Nothing is written yet."""
        self.doors = doors
        self.folder = folder
        self.release = release
        self.keep_open: tuple[int, ...] = ()
        """File descriptors that apt inherits: a lock, so that no other apt works in the folder while this one does."""

    def options(self, *goarchs: str) -> tuple[str, ...]:
        """Settings of apt for packages of these CPUs; the first is the one that is meant where none is named."""
        at = self.folder
        archs = tuple(dict.fromkeys(DEBIAN.get(a, a) for a in goarchs))
        words = (
            f"Dir={at}", f"Dir::State={at}/state", f"Dir::State::status={at}/state/status", f"Dir::State::lists={at}/lists",
            f"Dir::Cache={at}/cache", f"Dir::Cache::archives={at}/archives", f"Dir::Etc={at}/etc", f"Dir::Etc::sourcelist={at}/etc/sources.list",
            f"Dir::Etc::sourceparts={at}/etc/sources.list.d", "Dir::Etc::trustedparts=/etc/apt/trusted.gpg.d",
            "APT::Install-Recommends=false", "APT::Sandbox::User=", "APT::Get::List-Cleanup=false",
            "Acquire::Languages=none", "Acquire::GzipIndexes=false", "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false", "Debug::NoLocking=1", "Dpkg::Use-Pty=0",
            # apt's own digest of its lists, one for each CPU: processes for several run at once
            f"Dir::Cache::pkgcache=pkgcache-{'-'.join(archs) or 'source'}.bin", "Dir::Cache::srcpkgcache=",
            *((f"APT::Architecture={archs[0]}", f"APT::Architectures::={archs[0]}") if archs else ()),
            *(f"APT::Architectures::={a}" for a in archs[1:]),
        )  # fmt: skip
        return tuple(w for word in words for w in ("-o", word))

    def prepare(self, *, source: bool = False) -> None:
        """Write the configuration: this system's sources, for another release; ``source`` for source packages.

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
                if source:
                    changed = re.sub(r"^(Types: )?deb\b.*?(?=$| )", r"\1deb-src", changed, flags=re.MULTILINE)
                write_whole(
                    f"{self.folder}/etc/sources.list.d/{found:02d}{os.path.splitext(path)[1] or '.list'}", changed.encode()
                )
        if not found:
            raise SysrootProblem("no-sources")

    async def update(self, goarchs: tuple[str, ...] = ()) -> None:
        """Fetch and check the indexes for these CPUs, all at once; those that are the newest are not fetched again.

        Raises:
            SysrootProblem: apt says no.
        """
        argv = ("apt-get", *self.options(*goarchs), "-q", "update")
        done = await self.doors.runner.run(Cmd(argv=argv, timeout=600, keep_open=self.keep_open))
        if not done.ok or "\nE: " in f"\n{done.stderr}":
            raise SysrootProblem("apt", reason=_error(done.stderr) or done.why)

    async def closure(self, goarch: str, names: tuple[str, ...]) -> tuple[tuple[Package, Remote], ...]:
        """The packages and everything that they depend on, and where they are.

        Raises:
            SysrootProblem: a package is not there for this release and architecture.
        """
        argv = ("apt-get", *self.options(goarch), "-qq", "--print-uris", "-y", "install", *names)
        done = await self.doors.runner.run(Cmd(argv=argv, timeout=120))
        if not done.ok:
            reason = _error(done.stderr) or done.why
            arch = DEBIAN.get(goarch, goarch)
            raise SysrootProblem("no-package", names=" ".join(names), release=self.release, arch=arch, reason=reason)
        matches = [m for line in done.stdout.splitlines() if (m := _URI.match(line))]
        uris = {f"{n['name']}_{n['arch']}": m["uri"] for m in matches if (n := _NAME.fullmatch(m["file"]))}
        packages = await self._described(goarch, [m["file"] for m in matches])
        return tuple((p, Remote(uri=uris[f"{p.name}_{p.arch}"], file=p.file, size=p.size, sha256=p.sha256)) for p in packages)

    async def _described(self, goarch: str, files: list[str]) -> tuple[Package, ...]:
        """Checksums from the signed Packages index, by ``apt-cache show``."""
        names = [f"{m['name']}={m['version'].replace('%3a', ':')}" for f in files if (m := _NAME.fullmatch(f))]
        done = await self.doors.runner.run(Cmd(argv=("apt-cache", *self.options(goarch), "show", *names), timeout=120))
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

    async def source(self, name: str) -> Source:
        """A source package's files.

        Raises:
            SysrootProblem: the release has no such source.
        """
        argv = ("apt-get", *self.options(), "-qq", "--print-uris", "--only-source", "--download-only", "source", name)
        done = await self.doors.runner.run(Cmd(argv=argv, timeout=120))
        files = [
            Remote(uri=m["uri"], file=m["file"], size=int(m["size"]), sha256=m["sum"])
            for line in done.stdout.splitlines()
            if (m := _URI.match(line)) and m["kind"] == "SHA256" and not m["file"].endswith(".asc")
        ]
        description = next((f.file for f in files if f.file.endswith(".dsc")), "")
        if not done.ok or not description:
            reason = _error(done.stderr) or done.why
            raise SysrootProblem("no-package", names=name, release=self.release, arch="source", reason=reason)
        version = description.removesuffix(".dsc").partition("_")[2]
        return Source(name=name, version=version, files=tuple(files))


def _error(said: str) -> str:
    return next((line[3:] for line in said.splitlines() if line.startswith("E: ")), "")


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
