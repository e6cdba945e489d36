"""A Makefile that brings its own zig and builds one package for several CPUs, statically and dynamically."""

from __future__ import annotations

import shlex

from gomend.cgo.build.wish import Wish
from gomend.cgo.emit import pins as pinned
from gomend.cgo.emit.pins import Pins


def text(wish: Wish, pins: Pins, output: str) -> str:
    """The Makefile.

    Raises:
        Refused: zig has no target for a CPU.
    """
    archs = pinned.archs(wish)
    targets = "".join(
        f"{kind}_{a} := {pinned.target(wish, a, static=kind == 'STATIC')}\n" for kind in ("STATIC", "DYNAMIC") for a in archs
    )
    install = " ".join(line.removesuffix(" \\") for line in pins.requirement)
    folder, name = output.rpartition("/")[0] or "dist", pinned.name(output)
    return f"""# Builds {wish.package} for Linux: `make static` with musl inside, `make dynamic` with glibc {pinned.floor(wish)} or newer. Each product is checked.
# Needs go 1.21 or newer, readelf, python3 with venv. Made by `gomend cgo build --emit makefile`; gomend is not needed.
#
{pinned.reasons(wish, static=True)}#
ARCHS ?= {" ".join(archs)}
OUT ?= {folder}
# zig {pins.zig}, fetched once into .zig and checked by its hash; or name another: make ZIG=/usr/bin/zig
ZIG ?= .zig/bin/python -m ziglang
NEEDS_ZIG := $(if $(filter file,$(origin ZIG)),.zig/.ready)
# Exactly this go, which any newer one fetches and checks.
export GOTOOLCHAIN ?= {pins.toolchain}
PYTHON ?= python3

{targets}
.PHONY: all static dynamic clean
all: {"static" if wish.link == "static" else "dynamic"}
static: $(ARCHS:%=$(OUT)/{name}-linux-%-static)
dynamic: $(ARCHS:%=$(OUT)/{name}-linux-%-dynamic)

# Always made anew: go knows better than make what is up to date.
.PHONY: FORCE
$(OUT)/{name}-linux-%-static: FORCE | $(NEEDS_ZIG)
\t@mkdir -p $(OUT)
\tGOOS=linux GOARCH=$* CGO_ENABLED=1 CC="$(ZIG) cc -target $(STATIC_$*)" CXX="$(ZIG) c++ -target $(STATIC_$*)" \\
\t  CGO_CFLAGS="-g -O2" CGO_CXXFLAGS="-g -O2" \\
\t  go build -trimpath {pinned.tags(wish)}-ldflags={_made(shlex.quote(pinned.ldflags(wish, static=True)))} -o $@.part {_made(shlex.quote(wish.package))}
{_proof(wish, static=True)}
\t@mv $@.part $@
\t@echo "$@: static"

$(OUT)/{name}-linux-%-dynamic: FORCE | $(NEEDS_ZIG)
\t@mkdir -p $(OUT)
\tGOOS=linux GOARCH=$* CGO_ENABLED=1 CC="$(ZIG) cc -target $(DYNAMIC_$*)" CXX="$(ZIG) c++ -target $(DYNAMIC_$*)" \\
\t  CGO_CFLAGS="-g -O2" CGO_CXXFLAGS="-g -O2" \\
\t  go build -trimpath {pinned.tags(wish)}-ldflags={_made(shlex.quote(pinned.ldflags(wish, static=False)))} -o $@.part {_made(shlex.quote(wish.package))}
{_proof(wish, static=False)}
\t@mv $@.part $@
\t@echo "$@: dynamic, glibc {pinned.floor(wish)} or newer"

.zig/.ready:
\t$(PYTHON) -m venv .zig
\t@printf '%s ' {install} > .zig/requirements.txt
\t.zig/bin/python -m pip install --quiet {pins.checked}-r .zig/requirements.txt
\t@touch $@

clean:
\trm -rf $(OUT) .zig
"""


def _made(word: str) -> str:
    return word.replace("$", "$$")


def _proof(wish: Wish, *, static: bool) -> str:
    lines = pinned.proof(wish, '"@FILE@"', static=static)
    shell = "; \\\n\t  ".join(_made(line) for line in lines).replace('"@FILE@"', "$@.part")
    return f"\t@{shell}"
