"""The libraries that a dynamic ELF file would load in a root, found as its loader finds them.

Sources: ld.so(8) and glibc's ``dl-load.c`` (DT_RPATH of the file and of those that loaded it unless there is a DT_RUNPATH, LD_LIBRARY_PATH,
DT_RUNPATH, the cache that ldconfig makes of ld.so.conf, the default directories); musl's ``dynlink.c`` (LD_LIBRARY_PATH, the runpath of the
file and of those that loaded it, the path file or its defaults; the names of libc's own parts are the loader itself).
"""

from __future__ import annotations

import os
import struct
from typing import Final

from gomend.binary import elf
from gomend.binary.elffile import Elf
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.binary.opening import mapped
from gomend.binary.roots import Root
from gomend.model.base import Thing
from gomend.ports.files import FileProblem

_TRIPLES: Final = {
    "amd64": "x86_64-linux-gnu",
    "386": "i386-linux-gnu",
    "arm64": "aarch64-linux-gnu",
    "arm": "arm-linux-gnueabihf",
    "riscv64": "riscv64-linux-gnu",
    "s390x": "s390x-linux-gnu",
    "ppc64le": "powerpc64le-linux-gnu",
    "loong64": "loongarch64-linux-gnu",
    "mips64le": "mips64el-linux-gnuabi64",
}
_MUSL_OWN: Final = ("libc.so", "libc.musl-", "libpthread.", "libm.", "librt.", "libdl.", "libutil.", "libxnet.", "libcrypt.")
_MUSL_DEFAULT: Final = ("/lib", "/usr/local/lib", "/usr/lib")
_MOST: Final = 2000
"""Libraries of one program."""


class Loaded(Thing, frozen=True):
    """One library of the closure."""

    name: str
    """As it was asked for (DT_NEEDED)."""
    wanted_by: str
    """The path inside the root of the file that asked first."""
    path: str | None
    """Where it lies inside the root, None if it was not found."""
    by: str = ""
    """What led to it: ``RPATH``, ``RUNPATH``, ``LD_LIBRARY_PATH``, ``ld.so.conf``, ``default``, ``path`` or ``loader``."""
    other_cpu: str = ""
    """A file of that name for another CPU, which the loader passes over."""


class Clash(Thing, frozen=True):
    """A symbol version or symbol that a library of the root does not have."""

    wanted_by: str
    library: str
    what: str
    """``GLIBC_2.34``, or a symbol's name for musl, which has no versions."""
    has: str = ""
    """The highest version of that kind that the library has."""


class Closure(Thing, frozen=True):
    """What a loader would find."""

    interpreter: str | None
    """The path on this machine of the interpreter inside the root, None if it is missing or not asked for."""
    loaded: tuple[Loaded, ...] = ()
    clashes: tuple[Clash, ...] = ()

    @property
    def missing(self) -> tuple[Loaded, ...]:
        """Libraries that were not found."""
        return tuple(item for item in self.loaded if item.path is None)


class _Object:
    """A file of the closure, while it is made."""

    def __init__(self, path: str, real: str, read: Elf, info: BinaryInfo, loader: _Object | None) -> None:
        self.path, self.real, self.read, self.info, self.loader = path, real, read, info, loader

    def directories(self) -> list[str]:
        """DT_RPATH or DT_RUNPATH with $ORIGIN and $LIB filled in."""
        own = os.path.dirname(self.path)
        lib = "lib64" if self.read.wide else "lib"
        words = [d for entry in self.info.rpath for d in entry.split(":") if d]
        for key, value in (("ORIGIN", own), ("LIB", lib)):
            words = [d.replace(f"${{{key}}}", value).replace(f"${key}", value) for d in words]
        return [d if d.startswith("/") else os.path.join(os.getcwd(), d) for d in words]


def closure(path: str, root: Root, library_path: str = "") -> Closure:
    """The closure of the file at ``path`` (on this machine) in a root. ``library_path`` is LD_LIBRARY_PATH as it would be set.

    Raises:
        BinaryError: the file is no ELF file, or is cut off.
        FileProblem: it cannot be read.
    """
    read = _elf(path)
    info = elf.describe(read)
    full = os.path.realpath(path)
    inside = root.inside(full) if root.here or full.startswith(root.folder + "/") else full
    first = _Object(inside, full, read, info, None)
    interpreter = root.real(info.interpreter) if info.interpreter else None
    search = _Musl(root, first, library_path) if info.libc == "musl" else _Glibc(root, first, library_path)
    objects, loaded = search.run()
    try:
        clashes = search.clashes(objects)
    except (struct.error, IndexError, OverflowError) as error:
        raise BinaryError(f"the symbol versions cannot be read: {error}") from None
    return Closure(interpreter=interpreter, loaded=tuple(loaded), clashes=tuple(clashes))


def _elf(path: str) -> Elf:
    raw = mapped(path)
    if raw[:4] != b"\x7fELF":
        raise BinaryError("it is no ELF file")
    return Elf(raw)


class _Glibc:
    def __init__(self, root: Root, first: _Object, library_path: str) -> None:
        self.root, self.first = root, first
        self.library_path = [d for d in library_path.replace(";", ":").split(":") if d]
        triple = _TRIPLES.get(first.info.arch, "")
        multiarch = [f"/lib/{triple}", f"/usr/lib/{triple}"] if triple else []
        self.standard = [*multiarch, *(("/lib64", "/usr/lib64") if first.read.wide else ()), "/lib", "/usr/lib"]
        self.configured = root.configured()

    def run(self) -> tuple[list[_Object], list[Loaded]]:
        """Breadth first, as loaders do; a library is loaded once, by its name or by its SONAME."""
        objects, loaded, known = [self.first], list[Loaded](), set[str]()
        if self.first.info.interpreter:
            known |= self.own(os.path.basename(self.first.info.interpreter))
        at = 0
        while at < len(objects) and len(loaded) < _MOST:
            asker = objects[at]
            at += 1
            for name in asker.info.needed:
                if name in known or self.is_loader(name):
                    continue
                known.add(name)
                item, found = self.find(name, asker)
                loaded.append(item)
                if found is not None:
                    known |= {found.info.soname or name}
                    objects.append(found)
        return objects, loaded

    def own(self, interpreter: str) -> set[str]:
        """Names that the interpreter answers to."""
        return {interpreter}

    def is_loader(self, name: str) -> bool:
        """Whether the interpreter itself is meant."""
        return False

    def places(self, asker: _Object) -> list[tuple[str, str]]:
        """Directories in the order of the search, each with what names it."""
        found: list[tuple[str, str]] = []
        if not asker.info.runpath:
            link: _Object | None = asker
            while link is not None:
                if not link.info.runpath:
                    found += [(d, "RPATH") for d in link.directories()]
                link = link.loader
        found += [(d, "LD_LIBRARY_PATH") for d in self.library_path]
        if asker.info.runpath:
            found += [(d, "RUNPATH") for d in asker.directories()]
        found += [(d, "ld.so.conf") for d in self.configured]
        return found + [(d, "default") for d in self.standard]

    def find(self, name: str, asker: _Object) -> tuple[Loaded, _Object | None]:
        """One library."""
        other = ""
        tries = [(name, "path")] if "/" in name else [(f"{d}/{name}", by) for d, by in self.places(asker)]
        for path, by in tries:
            real = self.root.real(path)
            if real is None:
                continue
            try:
                read = _elf(real)
                info = elf.describe(read)
            except (BinaryError, FileProblem):
                continue
            if (read.wide, read.machine) != (self.first.read.wide, self.first.read.machine):
                other = other or f"{path} ({info.arch})"
                continue
            made = _Object(path, real, read, info, asker)
            return Loaded(name=name, wanted_by=asker.path, path=path, by=by), made
        return Loaded(name=name, wanted_by=asker.path, path=None, other_cpu=other), None

    def clashes(self, objects: list[_Object]) -> list[Clash]:
        """Versions asked for that the library in the root does not define."""
        offers: dict[str, set[str]] = {}
        for item in objects:
            defined = item.read.defines()
            if defined:
                offers.setdefault(item.info.soname or os.path.basename(item.path), set(defined))
        found: list[Clash] = []
        for item in objects:
            for library, versions in item.info.versions.items():
                has = offers.get(library)
                lacking = [version for version in versions if version not in has] if has is not None else []
                found += [Clash(wanted_by=item.path, library=library, what=v, has=_best(has or set(), v)) for v in lacking]
        return found


def _best(offered: set[str], wanted: str) -> str:
    """The highest version that is offered with the prefix of the one wanted; empty if there is none."""
    prefix = wanted[: wanted.rfind("_") + 1]
    numbers = [v.removeprefix(prefix) for v in offered if v.startswith(prefix)]
    best = max((n for n in numbers if n.replace(".", "").isdigit()), key=elf.version_key, default="")
    return f"{prefix}{best}" if best else ""


class _Musl(_Glibc):
    def __init__(self, root: Root, first: _Object, library_path: str) -> None:
        super().__init__(root, first, library_path)
        name = os.path.basename(first.info.interpreter or "")
        words = self.root.text(f"/etc/{name.removesuffix('.so.1')}.path")
        self.standard = [d for d in (words or "\n".join(_MUSL_DEFAULT)).replace(":", "\n").split("\n") if d]

    def is_loader(self, name: str) -> bool:
        return name.startswith(_MUSL_OWN)

    def places(self, asker: _Object) -> list[tuple[str, str]]:
        found = [(d, "LD_LIBRARY_PATH") for d in self.library_path]
        link: _Object | None = asker
        while link is not None:
            found += [(d, "RUNPATH") for d in link.directories()]
            link = link.loader
        return found + [(d, "default") for d in self.standard]

    def clashes(self, objects: list[_Object]) -> list[Clash]:
        """Symbols asked for that nothing offers: musl has no versions, and looks for each symbol when it starts."""
        loader = self.root.real(self.first.info.interpreter or "")
        if loader is None:
            return []
        tables = [item.read.symbols() for item in objects]
        try:
            offered = set(_elf(loader).symbols()[2]).union(*(table[2] for table in tables))
        except (BinaryError, FileProblem):
            return []
        return [
            Clash(wanted_by=item.path, library=os.path.basename(loader), what=name)
            for item, (asked, _, _) in zip(objects, tables, strict=True)
            for name in sorted(asked - offered)
        ]
