"""A POSIX shell script that builds one package for one CPU, statically with musl or dynamically with an old glibc, and checks its product.

What scripts of this kind usually get wrong, and this one does not: the compiler that is chosen is the one that go calls (CC); the flags for
the C linker reach it (-linkmode=external); nothing is proved by ``ldd``, which calls a dynamic program of another CPU "not a dynamic
executable", but by the interpreter and the versions in the file; and no run path is set, as the loader and the C library must be of one kind.
"""

from __future__ import annotations

from gomend.cgo import triples
from gomend.cgo.build import wrapper
from gomend.cgo.build.wish import Refused, Wish

DEFAULT_FLOOR = "2.28"
"""The glibc of Debian 10 and RHEL 8, where none is asked for."""


def text(wish: Wish, zig: str, output: str) -> str:
    """The script. ``zig`` is the version that it insists on.

    Raises:
        Refused: zig has no such target.
    """
    floor = wish.floor or DEFAULT_FLOOR
    musl, glibc = triples.zig_target("linux", wish.goarch), triples.zig_target("linux", wish.goarch, glibc=floor)
    if wish.goos != "linux" or musl is None or glibc is None:
        raise Refused("no-emit", target=wish.target)
    static = "yes" if wish.link == "static" else "no"
    tags = f"-tags={','.join(wish.tags)} " if wish.tags else ""
    wrap = wrapper.text("@ZIG@", "@MODE@", "@TARGET@", cpu=musl.partition("-")[0]).rstrip("\n").replace("'@ZIG@'", "@ZIG@")
    return f"""#!/bin/sh
# Builds {wish.package} for {wish.target}: --static with musl, --dynamic with glibc {floor} or newer. Checks what it built.
# Needs go and zig {zig} (https://ziglang.org, or: pip install ziglang=={zig}). Made by `gomend cgo build --emit script`.
set -eu

static={static}
output={output}
while [ $# -gt 0 ]; do
  case $1 in
    --static) static=yes ;;
    --dynamic) static=no ;;
    -o) output=$2; shift ;;
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
[ "$version" = "{zig}" ] || {{ echo "this script was tried with zig {zig}, and this is $version; set ANY_ZIG=1 to go on" >&2; [ -n "${{ANY_ZIG:-}}" ] || exit 2; }}

# musl goes into the file whole; glibc stays outside, and the version in the target is the oldest one that the program then starts with.
if [ "$static" = yes ]; then target={musl}; else target={glibc}; fi

# go calls CC and CXX with arguments of its own; these two put the target before them. Their path is part of go's cache keys, so it is a fixed one.
tools="${{XDG_CACHE_HOME:-$HOME/.cache}}/go-zig-cc/$version-$target"
mkdir -p "$tools"
for mode in cc c++; do
  sed -e "s|@ZIG@|$zig|; s|@MODE@|$mode|g; s|@TARGET@|$target|g" > "$tools/$mode.new" << 'WRAPPER'
{wrap}
WRAPPER
  chmod +x "$tools/$mode.new"
  mv "$tools/$mode.new" "$tools/$mode"
done

# Cross builds switch cgo off unless it is asked for. -linkmode=external: go's own linker would pass over -extldflags.
# -O2: without it zig adds checks that end in a trap. -trimpath: no folder of this machine in the file.
ldflags=-linkmode=external
if [ "$static" = yes ]; then ldflags="$ldflags -extldflags=-static"; fi
env GOOS=linux GOARCH={wish.goarch} CGO_ENABLED=1 CC="$tools/cc" CXX="$tools/c++" CGO_CFLAGS="-g -O2" CGO_CXXFLAGS="-g -O2" \\
  go build -trimpath {tags}-ldflags="$ldflags" -o "$output.part" {wish.package}

# Read the product; ldd would not do for another CPU.
interpreter=$(readelf -lW "$output.part" | sed -n 's/.*interpreter: \\(.*\\)]/\\1/p')
if [ "$static" = yes ]; then
  [ -z "$interpreter" ] || {{ echo "not static: it wants $interpreter" >&2; exit 1; }}
  echo "static: no interpreter"
else
  newest=$(readelf -VW "$output.part" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -n 1)
  [ "$(printf '%s\\n' "${{newest:-0}}" {floor} | sort -V | tail -n 1)" = {floor} ] || {{ echo "it wants glibc $newest, newer than {floor}" >&2; exit 1; }}
  echo "dynamic: $interpreter, glibc ${{newest:-any}} or newer"
fi
mv "$output.part" "$output"
"""
