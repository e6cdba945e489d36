"""What emitted files insist on: versions and checksums, and the words that several of them share."""

from __future__ import annotations

import re
import shlex
from functools import lru_cache
from importlib.resources import files
from typing import Final

import msgspec

from gomend.cgo import triples
from gomend.cgo.build.wish import Refused, Wish
from gomend.model.base import Thing

DEFAULT_FLOOR: Final = "2.28"
"""The glibc of Debian 10 and RHEL 8, where none is asked for."""
_RELEASE: Final = re.compile(r"1\.\d+(?:\.\d+)?")
_ARCHS: Final = ("amd64", "arm64")


class Pins(Thing, frozen=True):
    """Versions of zig and of go (``1.26.8``; empty if it is no release)."""

    zig: str
    go: str

    @property
    def hashes(self) -> tuple[str, ...]:
        """SHA-256 of the wheels of this zig for all systems, empty if gomend does not know the version."""
        return _hashes().get(self.zig, ())

    @property
    def requirement(self) -> tuple[str, ...]:
        """Lines of a requirements file that pip checks (``--require-hashes``)."""
        lines = (f"ziglang=={self.zig}", *(f"--hash=sha256:{h}" for h in self.hashes))
        return (*(f"{line} \\" for line in lines[:-1]), lines[-1])

    @property
    def checked(self) -> str:
        """The switch that has pip insist on the hashes."""
        return "--require-hashes " if self.hashes else ""

    @property
    def toolchain(self) -> str:
        """The value of GOTOOLCHAIN: exactly this go, fetched and checked by any go since 1.21."""
        return f"go{self.go}" if self.go else "local"


def pins(zig: str, goversion: str) -> Pins:
    """From what ``zig version`` and ``go env GOVERSION`` say."""
    release = goversion.removeprefix("go")
    return Pins(zig=zig.strip(), go=release if _RELEASE.fullmatch(release) else "")


@lru_cache(maxsize=1)
def _hashes() -> dict[str, tuple[str, ...]]:
    return msgspec.json.decode(files("gomend.cgo.emit").joinpath("zig.json").read_bytes(), type=dict[str, tuple[str, ...]])


def floor(wish: Wish) -> str:
    """The oldest glibc of dynamic products."""
    return wish.floor or DEFAULT_FLOOR


def target(wish: Wish, goarch: str, *, static: bool) -> str:
    """Zig's target, with what else zig needs to be told for it.

    Raises:
        Refused: it has none.
    """
    found = triples.zig_target("linux", goarch, glibc=None if static else floor(wish))
    if wish.goos != "linux" or found is None:
        raise Refused("no-emit", target=wish.target)
    return " ".join((found, *triples.zig_flags(goarch, None if static else floor(wish))))


def archs(wish: Wish) -> tuple[str, ...]:
    """CPUs of a matrix: the usual two, and the one that was asked for."""
    return tuple(dict.fromkeys((*_ARCHS, wish.goarch)))


def ldflags(wish: Wish, *, static: bool) -> str:
    """The value of go's ``-ldflags``."""
    words = ("-linkmode=external", *(("-extldflags=-static",) if static else ()), *((wish.ldflags,) if wish.ldflags else ()))
    return " ".join(words)


def tags(wish: Wish) -> str:
    """``-tags=a,b`` and a space, or nothing."""
    return f"-tags={shlex.quote(','.join(wish.tags))} " if wish.tags else ""


def name(output: str) -> str:
    """A program's name: the last part of the output's path."""
    return output.rpartition("/")[2]


def proof(wish: Wish, file: str, *, static: bool) -> tuple[str, ...]:
    """Lines of a POSIX shell that end with an error unless ``file`` (a word of the shell) is what was asked for.

    No ldd: it calls dynamic programs of other CPUs "not a dynamic executable".
    """
    read = f"segments=$(readelf -lW {file}) || exit 1"
    if static:
        return (read, f'case $segments in *INTERP*) echo {file} "is not static" >&2; exit 1 ;; esac')
    high = f"GLIBC_{floor(wish)}"
    return (
        read,
        f'case $segments in *INTERP*) ;; *) echo {file} "is not dynamic" >&2; exit 1 ;; esac',
        f"newest=$(readelf -VW {file} | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)",
        f'if [ "$(printf "%s\\n" "$newest" {high} | sort -V | tail -n 1)" != {high} ]; then echo {file} "wants $newest" >&2; exit 1; fi',
    )


REASONS: Final = (
    "CGO_ENABLED=1: go switches cgo off in every cross build unless it is asked for.",
    "-O2: without it zig adds checks to C code that end in a trap.",
    "-trimpath: no folder of the building machine in the file.",
    "-linkmode=external: go's own linker would pass over the flags for the C linker.",
)
"""Why flags are there, one line each."""


def reasons(wish: Wish, *, static: bool, mark: str = "#") -> str:
    """The reasons as comment lines."""
    last = (
        "-extldflags=-static: musl goes into the file whole; it then runs on every Linux of its CPU."
        if static
        else f"gnu.{floor(wish)} in the target: the oldest glibc that the program starts with. No run path: loader and libc must be of one kind."
    )
    return "".join(f"{mark} {line}\n" for line in (*REASONS, last))
