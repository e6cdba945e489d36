"""Ready-made packages for the examples of rules that look ahead."""

from __future__ import annotations

from typing import Any

from gomend.cgo.archives import Prebuilt
from gomend.cgo.needs.things import CPackage, Header, Link
from gomend.cgo.preflight.native import Native, NativePackages, Orphan
from gomend.cgo.preflight.searching import Search, Searches


def package(
    *, links: tuple[str, ...] = (), headers: dict[str, str] | None = None, orphans: tuple[str, ...] = (), **fields: Any
) -> Native:
    """One package of the project: names after ``-l``, headers with their kinds, functions that nobody defines."""
    made = CPackage(
        path="example.com/shop",
        module="example.com/shop",
        version="",
        own=True,
        why=("example.com/shop",),
        cgo_files=("main.go",),
        sources=fields.pop("sources", {}),
        flags=fields.pop("flags", {}),
        links=tuple(Link(name=name, kind="unknown") for name in links),
        headers=tuple(Header(name=n, kind=k, where="main.go:4") for n, k in (headers or {}).items()),
        **fields,
    )
    return Native(package=made, dir="/project", orphans=tuple(Orphan(name=name, file="main.go", line=3) for name in orphans))


def natives(*packages: Native, target: str = "linux/amd64", standard: tuple[str, ...] = ()) -> NativePackages:
    """The fact for one target."""
    return NativePackages(by_target={target: packages}, standard={target: standard})


def searches(*found: Search, glibc: str = "", target: str = "linux/amd64") -> Searches:
    """The fact for one target."""
    return Searches(by_target={target: found}, glibc={target: glibc} if glibc else {})


def archive(name: str = "lib/libpre.a", **fields: Any) -> Prebuilt:
    """A prebuilt archive of ELF objects for amd64."""
    made: dict[str, Any] = {"path": f"/project/{name}", "format": "elf", "archs": ("amd64",), "members": 1}
    return Prebuilt(**{**made, **fields})
