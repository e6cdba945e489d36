"""The build list of packages as ``go list -deps -json`` tells it, for one target and one setting of CGO_ENABLED."""

from __future__ import annotations

from typing import Final

import msgspec

from gomend.cgo.facts.packages import NO_NETWORK
from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.processes import Cmd


class Module(msgspec.Struct, frozen=True, rename="pascal"):
    """The module of a package."""

    path: str
    version: str = ""
    main: bool = False
    dir: str = ""


class Trouble(msgspec.Struct, frozen=True, rename="pascal"):
    """What go says against a package."""

    err: str = ""
    pos: str = ""


class Package(msgspec.Struct, frozen=True, rename="pascal"):
    """One package, with the names that ``go list`` gives to its fields."""

    import_path: str
    name: str = ""
    dir: str = ""
    standard: bool = False
    dep_only: bool = False
    module: Module | None = None
    imports: tuple[str, ...] = ()
    go_files: tuple[str, ...] = ()
    cgo_files: tuple[str, ...] = ()
    ignored_go_files: tuple[str, ...] = ()
    c_files: tuple[str, ...] = ()
    cxx_files: tuple[str, ...] = msgspec.field(default=(), name="CXXFiles")
    m_files: tuple[str, ...] = ()
    h_files: tuple[str, ...] = ()
    f_files: tuple[str, ...] = ()
    s_files: tuple[str, ...] = ()
    swig_files: tuple[str, ...] = ()
    swig_cxx_files: tuple[str, ...] = msgspec.field(default=(), name="SwigCXXFiles")
    syso_files: tuple[str, ...] = ()
    cflags: tuple[str, ...] = msgspec.field(default=(), name="CgoCFLAGS")
    cppflags: tuple[str, ...] = msgspec.field(default=(), name="CgoCPPFLAGS")
    cxxflags: tuple[str, ...] = msgspec.field(default=(), name="CgoCXXFLAGS")
    ldflags: tuple[str, ...] = msgspec.field(default=(), name="CgoLDFLAGS")
    pkg_config: tuple[str, ...] = msgspec.field(default=(), name="CgoPkgConfig")
    error: Trouble | None = None

    @property
    def native(self) -> bool:
        """Has anything that a C compiler, an assembler of C or a linker of C has to do with."""
        return bool(self.cgo_files or self.syso_files or self.swig_files or self.swig_cxx_files)


class Listing(Thing, frozen=True):
    """Packages by import path in go's order (dependencies first); ``problem`` says why there are none or not all."""

    goos: str
    goarch: str
    cgo: bool
    packages: dict[str, Package] = {}
    problem: str = ""
    seconds: float = 0.0

    @property
    def target(self) -> str:
        """``linux/arm64``."""
        return f"{self.goos}/{self.goarch}"


FIELDS: Final = (
    "ImportPath,Name,Dir,Standard,DepOnly,Module,Imports,Error,GoFiles,CgoFiles,IgnoredGoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,"
    "SFiles,SwigFiles,SwigCXXFiles,SysoFiles,CgoCFLAGS,CgoCPPFLAGS,CgoCXXFLAGS,CgoLDFLAGS,CgoPkgConfig"
)
"""What is asked of ``go list``."""
_DECODER: Final = msgspec.json.Decoder(list[Package])


def parse(text: str) -> dict[str, Package]:
    """Packages in what ``go list -json`` prints: objects one behind the other, each closed by a brace on a line of its own.

    Raises:
        ValueError: it is something else.
    """
    joined = text.strip().replace("\n}\n{", "\n},\n{")
    try:
        return {p.import_path: p for p in _DECODER.decode(f"[{joined}]")}
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None


async def ask(
    doors: Doors,
    root: str,
    pair: tuple[str, str],
    *,
    cgo: bool,
    patterns: tuple[str, ...] = ("./...",),
    tags: tuple[str, ...] = (),
    download: bool = False,
) -> Listing:
    """Ask go for one target, the one that go builds for if the pair is empty; nothing is downloaded unless ``download`` says so."""
    laid = {"CGO_ENABLED": "1" if cgo else "0"} | ({"GOOS": pair[0], "GOARCH": pair[1]} if pair[0] else {})
    # go list needs no compiler, but with cgo on it asks pkg-config only in a build; nothing of C is run here.
    argv = ("go", "list", "-e", "-deps", f"-json={FIELDS}", *((f"-tags={','.join(tags)}",) if tags else ()), *patterns)
    done = await doors.runner.run(Cmd(argv=argv, cwd=root, env=laid | ({} if download else NO_NETWORK), timeout=180))
    made = Listing(goos=pair[0], goarch=pair[1], cgo=cgo, seconds=done.seconds)
    try:
        packages = parse(done.stdout)
    except ValueError:
        return msgspec.structs.replace(made, problem=done.why or "go list -json gave an answer that gomend cannot read")
    return msgspec.structs.replace(made, packages=packages, problem=done.why)


def own(package: Package) -> bool:
    """A package that was asked for, and not only a dependency of one."""
    return not package.dep_only and not package.standard


def chain(packages: dict[str, Package], wanted: str) -> tuple[str, ...]:
    """The shortest way of imports from a package that was asked for to another one; empty if there is none."""
    parents: dict[str, str] = {}
    todo = sorted(path for path, p in packages.items() if own(p))
    seen = set(todo)
    while todo:
        following: list[str] = []
        for path in todo:
            if path == wanted:
                found = [path]
                while found[-1] in parents:
                    found.append(parents[found[-1]])
                return tuple(reversed(found))
            package = packages.get(path)
            for name in package.imports if package else ():
                if name not in seen and name in packages:
                    seen.add(name)
                    parents[name] = path
                    following.append(name)
        todo = following
    return ()


def excluded(package: Package) -> bool:
    """Go says that no file of the package takes part."""
    return package.error is not None and "build constraints exclude all Go files" in package.error.err
