"""What a build is asked for."""

from __future__ import annotations

import re
from typing import Final

from gomend.model.base import Thing

_FLOOR: Final = re.compile(r"\d+\.\d+")


class Wish(Thing, frozen=True):
    """A target, the C library and how it is linked, and what to build."""

    goos: str
    goarch: str
    libc: str
    """``musl``, ``glibc``, or empty for the C library of a system other than Linux."""
    floor: str = ""
    """The oldest glibc that the product must start with (``2.28``), empty for the one of the toolchain."""
    link: str = "static"
    """``static`` or ``dynamic``."""
    package: str = "."
    tags: tuple[str, ...] = ()
    own_tags: dict[str, str] = {}
    """Those among :attr:`tags` that the packages' own constraints ask for, and not the caller: tag → why (``apps/cgo/built.py``)."""
    ldflags: str = ""
    """The caller's own ``-ldflags``; ours stand before it."""
    toolchain: str = ""
    """``zig``, ``gcc``, ``clang`` or ``musl-gcc`` if only that one will do."""

    sysroot: str = ""
    """Folder of a sysroot that ``gomend cgo sysroot`` made."""

    @property
    def target(self) -> str:
        """``linux/arm64``."""
        return f"{self.goos}/{self.goarch}"


class Refused(Exception):  # noqa: N818 - the name is what people read
    """What is asked for cannot be built, or not here; ``what`` names the reason (see ``apps/cgo/ordering.py``)."""

    def __init__(self, what: str, **details: str) -> None:
        """Keep the reason and its details."""
        super().__init__(what)
        self.what = what
        self.details = details


def libc(value: str, goos: str) -> tuple[str, str]:
    """C library and glibc floor of ``--libc musl|glibc[:MIN]``; both empty for systems other than Linux.

    Raises:
        Refused: it is none of these.
    """
    if goos != "linux":
        return "", ""
    name, mark, floor = value.partition(":")
    if name not in {"musl", "glibc"} or (mark and (name == "musl" or not _FLOOR.fullmatch(floor))):
        raise Refused("bad-libc", value=value)
    return name, floor
