"""A POSIX shell script that builds one package for one CPU, statically with musl or dynamically with an old glibc, and checks its product.

What scripts of this kind usually get wrong, and this one does not: the compiler that is chosen is the one that go calls (CC); the flags for
the C linker reach it (-linkmode=external); nothing is proved by ``ldd``, which calls a dynamic program of another CPU "not a dynamic
executable", but by the interpreter and the versions in the file; and no run path is set, as the loader and the C library must be of one kind.
"""

from __future__ import annotations

import shlex

from gomend.cgo import triples
from gomend.cgo.build import wrapper
from gomend.cgo.build.wish import Wish
from gomend.cgo.emit import pins as pinned
from gomend.cgo.emit.pins import Pins


def text(wish: Wish, pins: Pins, output: str) -> str:
    """The script.

    Raises:
        Refused: zig has no such target.
    """
    floor = pinned.floor(wish)
    musl, glibc = (pinned.target(wish, wish.goarch, static=static) for static in (True, False))
    static = "yes" if wish.link == "static" else "no"
    wrap = wrapper.text("@ZIG@", "@MODE@", "@TARGET@", cpu=musl.partition("-")[0]).rstrip("\n").replace("'@ZIG@'", "@ZIG@")
    install = "\n".join(f"#   {line}" for line in pins.requirement)
    more = shlex.quote(f" {wish.ldflags}") if wish.ldflags else ""
    return f"""#!/bin/sh
# Builds {wish.package} for {wish.target}: --static with musl, --dynamic with glibc {floor} or newer. Checks what it built.
# Needs go (1.21 or newer; it fetches {pins.toolchain} by itself), readelf, and zig {pins.zig}: from https://ziglang.org, or by
#   pip install {pins.checked}-r zig.txt
# with this in zig.txt:
{install}
# Made by `gomend cgo build --emit script`; gomend is not needed to run it.
set -eu

static={static}
output={shlex.quote(output)}
while [ $# -gt 0 ]; do
  case $1 in
    --static) static=yes ;;
    --dynamic) static=no ;;
    -o) output=${{2:?-o needs a file}}; shift ;;
    *) echo "usage: $0 [--static | --dynamic] [-o FILE]" >&2; exit 2 ;;
  esac
  shift
done

command -v go > /dev/null || {{ echo "go is not on PATH" >&2; exit 2; }}
command -v readelf > /dev/null || {{ echo "readelf is not on PATH (binutils)" >&2; exit 2; }}
if command -v zig > /dev/null; then zig=$(command -v zig)
elif zig=$(python3 -c 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))' 2> /dev/null); then :
else echo "zig is neither on PATH nor installed as the Python package ziglang" >&2; exit 2; fi
version=$("$zig" version)
[ "$version" = "{pins.zig}" ] || {{ echo "this script was tried with zig {pins.zig}, and this is $version; set ANY_ZIG=1 to go on" >&2; [ -n "${{ANY_ZIG:-}}" ] || exit 2; }}

# The same go everywhere; any go since 1.21 fetches it and checks it against the checksum database.
export GOTOOLCHAIN="${{GOTOOLCHAIN:-{pins.toolchain}}}"

# musl goes into the file whole; glibc stays outside, and the version in the target is the oldest one that the program then starts with.
if [ "$static" = yes ]; then target='{musl}'; else target='{glibc}'; fi
{_libraries(wish)}
# go calls CC and CXX with arguments of its own; these two put the target before them. Their path is part of go's cache keys, so it is a fixed one.
tools="${{XDG_CACHE_HOME:-$HOME/.cache}}/go-zig-cc/$version-$target"
mkdir -p "$tools"
for mode in cc c++; do
  sed -e "s|@ZIG@|$zig|; s|@MODE@|$mode|g; s|@TARGET@|$target|g" > "$tools/$mode.$$" << 'WRAPPER'
{wrap}
WRAPPER
  chmod +x "$tools/$mode.$$"
  mv "$tools/$mode.$$" "$tools/$mode"
done

{pinned.reasons(wish, static=True)}ldflags='-linkmode=external'
if [ "$static" = yes ]; then ldflags="$ldflags -extldflags=-static"; fi
env GOOS=linux GOARCH={wish.goarch} CGO_ENABLED=1 CC="'$tools/cc'" CXX="'$tools/c++'" \\
  CGO_CFLAGS="-g -O2{" $cflags" if wish.sysroot else ""}" CGO_CXXFLAGS="-g -O2{" $cflags" if wish.sysroot else ""}"{' CGO_LDFLAGS="-g -O2 $libs"' if wish.sysroot else ""} \\
  go build -trimpath {pinned.tags(wish)}-ldflags="$ldflags"{more} -o "$output.part" {shlex.quote(wish.package)}

# Read the product.
if [ "$static" = yes ]; then
{_indented(pinned.proof(wish, '"$output.part"', static=True))}
  echo "static: no interpreter"
else
{_indented(pinned.proof(wish, '"$output.part"', static=False))}
  echo "dynamic: $(readelf -lW "$output.part" | sed -n 's/.*interpreter: \\(.*\\)]/\\1/p'), glibc {floor} or newer"
fi
mv "$output.part" "$output"
"""


def _indented(lines: tuple[str, ...]) -> str:
    return "\n".join(f"  {line}" for line in lines)


def _libraries(wish: Wish) -> str:
    """Lines that point the C compiler and pkg-config to a folder of libraries."""
    if not wish.sysroot:
        return ""
    cpu = triples.GNU_CPU[wish.goarch]
    hard = "eabihf" if wish.goarch == "arm" else ""
    return f"""
# Libraries of the target: SYSROOT has usr/include and usr/lib (`gomend cgo sysroot make` makes one: it is the folder "own" in it).
own=${{SYSROOT:?set SYSROOT to the folder that has usr/include and usr/lib of {wish.target}}}
case $own in *" "*) echo "go cannot pass $own to the linker: it has a space" >&2; exit 2 ;; esac
for triple in {cpu}-linux-musl{hard} {cpu}-linux-gnu{hard} i386-linux-gnu; do
  [ -d "$own/usr/lib/$triple" ] && break
done
export PKG_CONFIG_SYSROOT_DIR="$own" PKG_CONFIG_LIBDIR="$own/usr/lib/$triple/pkgconfig:$own/usr/share/pkgconfig" PKG_CONFIG_PATH=
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
cflags="-isystem $own/usr/include -isystem $own/usr/include/$triple"
libs="-L$own/usr/lib/$triple"
"""
