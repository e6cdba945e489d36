"""What is told of the needs of a project."""

from __future__ import annotations

from gomend.cgo.archives import Prebuilt
from gomend.model.base import Thing


class Header(Thing, frozen=True):
    """A header that C code of a package includes.

    ``kind``: ``carried`` (the module has it), ``libc``, ``glibc`` (musl has it not), ``linux``, ``c++``, ``library`` (a known one), ``unknown``.
    """

    name: str
    kind: str
    where: str
    """``file:line`` of the first ``#include``, relative to the package."""
    library: str = ""
    conditional: bool = False
    """Stands below a condition that gomend cannot judge."""


class Link(Thing, frozen=True):
    """A library that a package links: ``-lNAME`` or ``-framework NAME``.

    ``kind``: ``carried``, ``libc``, ``compiler``, ``system`` (of Windows or macOS), ``library``, ``unknown``.
    """

    name: str
    kind: str
    library: str = ""


class Wanted(Thing, frozen=True):
    """A C library outside of the modules, the packages that have it in each distribution, and who asks for it."""

    name: str
    wanted_by: tuple[str, ...]
    debian: str = ""
    alpine: str = ""
    fedora: str = ""
    homebrew: str = ""
    vcpkg: str = ""
    verified: tuple[str, ...] = ()


class CPackage(Thing, frozen=True):
    """One Go package with C for one target. Flags have ``${SRCDIR}`` as in the source."""

    path: str
    module: str
    version: str
    own: bool
    why: tuple[str, ...]
    """Import chain from a package that was asked for."""
    cgo_files: tuple[str, ...]
    sources: dict[str, int]
    """Number of files: c, c++, objective-c, fortran, assembly, swig, syso."""
    flags: dict[str, tuple[str, ...]]
    pkg_config: tuple[str, ...] = ()
    headers: tuple[Header, ...] = ()
    links: tuple[Link, ...] = ()
    prebuilt: tuple[Prebuilt, ...] = ()
    partly: bool = False
    """Some of its C files were not read: too many or too large."""


class Loss(Thing, frozen=True):
    """What ``CGO_ENABLED=0`` does to one package.

    ``effect``: ``gone`` (no file is left), ``breaks`` (a name is lost that other files use), ``stub`` (compiles, and says at run time that
    it needs cgo), ``changes`` (other files take part).
    """

    path: str
    effect: str
    detail: str = ""
    """The names that are lost, the files that come in, or the words of the stub."""
    module: str = ""
    wanted_by: str = ""
    """A package that imports it."""


class Without(Thing, frozen=True):
    """What ``CGO_ENABLED=0`` does on one target: to packages, and to the standard library (``net``, ``os/user``, ``plugin``, ``race``)."""

    builds: bool
    losses: tuple[Loss, ...] = ()
    standard: tuple[str, ...] = ()


class Instead(Thing, frozen=True):
    """A module without C that may stand in for one of the build."""

    module: str
    instead: str
    note: str
    source: str


class TargetNeeds(Thing, frozen=True):
    """Everything for one target. ``errors`` is what go says against packages: then the answer is partial."""

    target: str
    packages: tuple[CPackage, ...] = ()
    listed: int = 0
    """Packages in the build, those of the standard library included."""
    standard: tuple[str, ...] = ()
    """Packages of the standard library that use cgo here."""
    without: Without | None = None
    errors: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    """Why nothing could be listed."""


class Needs(Thing, frozen=True):
    """The answer of ``gomend cgo needs``."""

    module: str
    targets: tuple[TargetNeeds, ...]
    libraries: tuple[Wanted, ...] = ()
    instead: tuple[Instead, ...] = ()
    seconds: float = 0.0
