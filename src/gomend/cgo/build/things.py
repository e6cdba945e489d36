"""What the parts of a build hand to each other; nothing heavy is imported here, so that a second build starts at once."""

from __future__ import annotations

from gomend.model.base import Thing


class Toolchain(Thing, frozen=True):
    """One compiler for one target."""

    kind: str
    """``zig``, ``gcc``, ``clang`` or ``musl-gcc``."""
    version: str
    cc: str
    """Path of the program; zig's is called through a wrapper."""
    cxx: str = ""
    """Path of the C++ compiler, empty if there is none; zig is its own."""
    before: tuple[str, ...] = ()
    """Words before both, of a CC that the caller gave (``ccache``)."""
    after: tuple[str, ...] = ()
    """Words behind both, of a CC that the caller gave (``-march=…``)."""
    target: str = ""
    """What stands behind zig's ``-target``."""
    flags: tuple[str, ...] = ()
    """What zig needs to be told beside its target: an older CPU (GOARM), the ``long double`` of an older glibc."""
    glibc: str = ""
    """The glibc that programs are linked against, as they then need at most that."""
    gnu_cxx: str = ""
    """GNU's C++ library as an archive (``libstdc++.a`` of a gcc for the target), where a prebuilt archive asks for it and zig links."""
    root: str = ""
    """Folder in which the target's loader and libraries lie, for qemu-user's ``-L``; empty if it is this machine's ``/``."""

    @property
    def name(self) -> str:
        """``zig 0.17.1``."""
        return f"{self.kind} {self.version}"


class Needs(Thing, frozen=True):
    """What the project's C code asks of a toolchain."""

    cxx: bool = False
    kernel_headers: bool = False
    libstdcxx: str = ""
    """A prebuilt archive that was made with GNU's C++ library; only that one fits it."""
    glibc_only: str = ""
    """A prebuilt archive that only links with glibc."""


class Reason(Thing, frozen=True):
    """Why a flag or variable is there. ``why`` names a text of ``apps/cgo/built.py``."""

    name: str
    value: str
    why: str


class Plan(Thing, frozen=True):
    """What will be run. ``files`` are programs that must stand at their paths first: path → text."""

    env: dict[str, str]
    argv: tuple[str, ...]
    """Without ``-o FILE``, which comes before the last word."""
    reasons: tuple[Reason, ...]
    files: dict[str, str] = {}
    cgo: bool = True

    def command(self, output: str) -> tuple[str, ...]:
        """The whole command."""
        return (*self.argv[:-1], "-o", output, self.argv[-1])
