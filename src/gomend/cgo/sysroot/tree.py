"""A sysroot on disk: the packages unpacked in two trees, with what it was made of and a digest of every file.

``own`` has what libraries brought (their headers and files); ``base`` has the C library, the kernel's headers and the compiler's parts, which
``zig cc`` brings itself and must not see twice. A C compiler without a library of its own takes both.
"""

from __future__ import annotations

import os
import re
from typing import Final

import msgspec

from gomend.cgo import quoting
from gomend.cgo.sysroot import archives, store
from gomend.cgo.sysroot.packages import Package
from gomend.cgo.sysroot.problem import SysrootProblem
from gomend.model.base import Thing
from gomend.ports.files import write_whole

_BASE: Final = re.compile(
    r"libc6(-.*)?|libc-.*|linux-libc-dev|libgcc-.*|libstdc\+\+.*|gcc-.*|libcrypt.*|libnsl.*|libtirpc.*|libatomic1|libgomp1|rpcsvc-proto"
)
"""Packages of the C library and the compiler."""
LOCK: Final = "sysroot.json"
"""The file that says what a sysroot is made of."""


class Built(Thing, frozen=True):
    """A library that was compiled here. ``files`` are the source archives with their SHA-256, ``key`` all that its bytes depend on."""

    name: str
    version: str
    files: dict[str, str]
    key: str


class Sysroot(Thing, frozen=True):
    """What :data:`LOCK` holds."""

    goarch: str
    release: str
    asked: tuple[str, ...]
    packages: tuple[Package, ...]
    triple: str
    files: dict[str, str]
    """SHA-256 of every file by its path in the folder; ``-> target`` for links."""
    libc: str = "glibc"
    """``glibc``: packages; ``musl``: libraries that were compiled by :attr:`compiler`."""
    built: tuple[Built, ...] = ()
    compiler: str = ""


def unpack(folder: str, downloads: store.Store, sysroot: Sysroot) -> Sysroot:
    """Unpack packages that were downloaded into ``folder`` and write the lock; ``folder`` is complete when this returns.

    Raises:
        SysrootProblem: a package is not the one of the index, or cannot be unpacked.
    """
    for package in sysroot.packages:
        path = downloads.path(package.sha256, package.file)
        actual = store.digest(path)
        if actual != package.sha256:
            raise SysrootProblem("wrong-sum", package=package.name, expected=package.sha256, actual=actual)
        archives.unpack_deb(path, f"{folder}/{'base' if _BASE.fullmatch(package.name) else 'own'}")
    for tree in ("base", "own"):
        _merge(f"{folder}/{tree}")
    return lock(folder, sysroot)


def lock(folder: str, sysroot: Sysroot) -> Sysroot:
    """Write what a complete folder is made of."""
    made = msgspec.structs.replace(sysroot, files=digests(folder))
    write_whole(f"{folder}/{LOCK}", msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
    return made


def _merge(tree: str) -> None:
    """Make paths into a merged /usr work (``lib`` → ``usr/lib``)."""
    for name in ("lib", "lib64", "bin", "sbin"):
        if os.path.isdir(f"{tree}/usr/{name}") and not os.path.lexists(f"{tree}/{name}"):
            os.symlink(f"usr/{name}", f"{tree}/{name}")


def digests(folder: str) -> dict[str, str]:
    """A digest of every file of both trees."""
    found = {}
    trees = (walked for tree in ("base", "own") for walked in os.walk(f"{folder}/{tree}"))
    for above, folders, names in trees:
        for name in (*(f for f in folders if os.path.islink(os.path.join(above, f))), *names):
            path = os.path.join(above, name)
            inner = os.path.relpath(path, folder)
            if os.path.islink(path):
                found[inner] = f"-> {os.readlink(path)}"
            elif os.path.isfile(path):
                found[inner] = store.digest(path)
    return dict(sorted(found.items()))


def read(folder: str) -> Sysroot:
    """The sysroot in a folder.

    Raises:
        SysrootProblem: there is none.
    """
    try:
        with open(f"{folder}/{LOCK}", "rb") as file:
            return msgspec.json.decode(file.read(), type=Sysroot)
    except (OSError, msgspec.MsgspecError) as error:
        raise SysrootProblem("none-here", path=folder, reason=str(error)) from None


def changes(folder: str) -> tuple[str, ...]:
    """Files that are not as they were unpacked: missing, changed or added."""
    wanted, actual = read(folder).files, digests(folder)
    return tuple(sorted(n for n in wanted.keys() | actual.keys() if wanted.get(n) != actual.get(n)))


def flags(folder: str, sysroot: Sysroot, *, whole: bool) -> dict[str, str]:
    """Environment for a build with it. ``whole``: the compiler has no C library of its own for the target."""
    own, base = f"{folder}/own", f"{folder}/base"
    places = [own, *((base,) if whole else ())]
    includes = [f"{p}/usr/include{tail}" for p in places for tail in ("", f"/{sysroot.triple}")]
    return {
        "CGO_CFLAGS": quoting.join(tuple(word for i in includes if os.path.isdir(i) for word in ("-isystem", i))),
        "CGO_LDFLAGS": quoting.join(tuple(f"-L{folder}" for place in places for folder in libraries(place, sysroot))),
        "PKG_CONFIG_LIBDIR": ":".join((f"{own}/usr/lib/{sysroot.triple}/pkgconfig", f"{own}/usr/share/pkgconfig")),
        "PKG_CONFIG_SYSROOT_DIR": own,
        "PKG_CONFIG_PATH": "",
    }


def libraries(tree: str, sysroot: Sysroot) -> tuple[str, ...]:
    """Folders of one of the trees in which libraries lie."""
    places = (f"{tree}/{at}/{sysroot.triple}" for at in ("usr/lib", "lib"))
    return tuple(place for place in places if os.path.isdir(place))
