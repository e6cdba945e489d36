"""Makefile, Dockerfile, GitHub Actions, GitLab CI and goreleaser settings around the same build."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gomend.cgo import triples
from gomend.cgo.build.wish import Wish
from gomend.cgo.emit import script

_ARCHS: Final = ("amd64", "arm64")
"""CPUs of matrices."""


def makefile(wish: Wish, zig: str, output: str, go: str) -> str:
    """A Makefile whose targets call the script beside it."""
    del go, zig
    name = f"build-{wish.goos}-{wish.goarch}.sh"
    return f"""# Builds {wish.target} with {name} (made by `gomend cgo build --emit script -o {name}`).
OUTPUT ?= {output}

.PHONY: static dynamic
static:   ## with musl inside: runs on every Linux of this CPU
\tsh {name} --static -o $(OUTPUT)

dynamic:  ## with glibc {wish.floor or script.DEFAULT_FLOOR} or newer
\tsh {name} --dynamic -o $(OUTPUT)
"""


def dockerfile(wish: Wish, zig: str, output: str, go: str) -> str:
    """A multi-stage, multi-arch Dockerfile; the compiler runs natively, whatever the image is for."""
    del output
    static = wish.link == "static"
    target = "musl" if static else f"gnu.{wish.floor or script.DEFAULT_FLOOR}"
    base = "scratch" if static else "debian:12-slim"
    flags = "-linkmode=external -extldflags=-static" if static else "-linkmode=external"
    return f"""# docker buildx build --platform linux/amd64,linux/arm64 .
# The build stage runs on the building machine's own CPU; only the compiler's target changes, so nothing is emulated.
FROM --platform=$BUILDPLATFORM golang:{go}-bookworm AS build
# Debian's own Python keeps its packages apart; a venv does not mind.
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/* \\
 && python3 -m venv /zig && /zig/bin/pip install --no-cache-dir ziglang=={zig}
WORKDIR /src
COPY go.mod go.sum* ./
RUN go mod download
COPY . .
ARG TARGETARCH
# -O2: without it zig adds checks that end in a trap. external: go's own linker would pass over flags for the C linker.
RUN case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) echo "no target for $TARGETARCH" >&2; exit 1 ;; esac; \\
    printf '#!/bin/sh\\nexec /zig/bin/python -m ziglang cc -target %s-linux-{target} -fno-sanitize=undefined "$@"\\n' "$cpu" > /usr/local/bin/target-cc; \\
    printf '#!/bin/sh\\nexec /zig/bin/python -m ziglang c++ -target %s-linux-{target} -fno-sanitize=undefined "$@"\\n' "$cpu" > /usr/local/bin/target-cxx; \\
    chmod +x /usr/local/bin/target-cc /usr/local/bin/target-cxx; \\
    GOOS=linux GOARCH=$TARGETARCH CGO_ENABLED=1 CC=target-cc CXX=target-cxx CGO_CFLAGS='-g -O2' CGO_CXXFLAGS='-g -O2' \\
    go build -trimpath -ldflags='{flags}' -o /out/program {wish.package}
# The product proves itself: {"no interpreter" if static else "an interpreter that the next stage has"}.
RUN {"! readelf -lW /out/program | grep -q interpreter" if static else "readelf -lW /out/program | grep interpreter"}

FROM {base}
COPY --from=build /out/program /program
ENTRYPOINT ["/program"]
"""


def github(wish: Wish, zig: str, output: str, go: str) -> str:
    """A GitHub Actions workflow with a matrix."""
    rows = "".join(f"          - {{ goarch: {a}, triple: {_triple(wish, a)} }}\n" for a in _ARCHS)
    flags = "-linkmode=external -extldflags=-static" if wish.link == "static" else "-linkmode=external"
    return f"""# Cross builds with cgo, no container and no emulation. Made by `gomend cgo build --emit github`.
name: cgo
on: [push, pull_request]
permissions:
  contents: read
jobs:
  build:
    runs-on: ubuntu-24.04
    strategy:
      matrix:
        include:
{rows}    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-go@v5
        with:
          go-version: "{go}"
      - uses: actions/cache@v4
        with:
          path: ~/.cache/zig
          key: zig-{zig}-${{{{ matrix.triple }}}}
      - run: pip install ziglang=={zig}
      - name: build
        env:
          GOOS: linux
          GOARCH: ${{{{ matrix.goarch }}}}
          # go switches cgo off in cross builds unless it is asked for
          CGO_ENABLED: "1"
          CC: python3 -m ziglang cc -target ${{{{ matrix.triple }}}}
          CXX: python3 -m ziglang c++ -target ${{{{ matrix.triple }}}}
          # without -O2 zig adds checks that end in a trap
          CGO_CFLAGS: -g -O2
          CGO_CXXFLAGS: -g -O2
        run: go build -trimpath -ldflags='{flags}' -o {output}-${{{{ matrix.goarch }}}} {wish.package}
      - name: prove
        run: {_prove(wish, f"{output}-${{{{ matrix.goarch }}}}")}
"""


def gitlab(wish: Wish, zig: str, output: str, go: str) -> str:
    """GitLab CI jobs with a matrix."""
    rows = "".join(f"      - GOARCH: {a}\n        TRIPLE: {_triple(wish, a)}\n" for a in _ARCHS)
    flags = "-linkmode=external -extldflags=-static" if wish.link == "static" else "-linkmode=external"
    return f"""# Cross builds with cgo, no emulation. Made by `gomend cgo build --emit gitlab`.
cgo:
  image: golang:{go}-bookworm
  parallel:
    matrix:
{rows}  variables:
    GOOS: linux
    CGO_ENABLED: "1"  # go switches cgo off in cross builds unless it is asked for
    CGO_CFLAGS: -g -O2  # without -O2 zig adds checks that end in a trap
    CGO_CXXFLAGS: -g -O2
  script:
    - apt-get update && apt-get install -y --no-install-recommends python3-venv binutils
    - python3 -m venv /zig && /zig/bin/pip install ziglang=={zig}
    - export CC="/zig/bin/python -m ziglang cc -target $TRIPLE" CXX="/zig/bin/python -m ziglang c++ -target $TRIPLE"
    - go build -trimpath -ldflags='{flags}' -o {output}-$GOARCH {wish.package}
    - "{_prove(wish, f"{output}-$GOARCH")}"
  artifacts:
    paths: ["{output}-*"]
"""


def goreleaser(wish: Wish, zig: str, output: str, go: str) -> str:
    """The ``builds`` part of a .goreleaser.yaml."""
    del zig, go
    flags = "-linkmode=external -extldflags=-static" if wish.link == "static" else "-linkmode=external"
    builds = "".join(
        f"""  - id: linux-{a}
    binary: {output.rpartition("/")[2]}
    main: {wish.package}
    goos: [linux]
    goarch: [{a}]
    flags: [-trimpath]
    ldflags: ["{flags}"]
    env:
      - CGO_ENABLED=1
      - CC=python3 -m ziglang cc -target {_triple(wish, a)}
      - CXX=python3 -m ziglang c++ -target {_triple(wish, a)}
      - CGO_CFLAGS=-g -O2
      - CGO_CXXFLAGS=-g -O2
"""
        for a in _ARCHS
    )
    return (
        f"# Cross builds with cgo, no container. Made by `gomend cgo build --emit goreleaser`.\nversion: 2\nbuilds:\n{builds}"
    )


def _triple(wish: Wish, goarch: str) -> str:
    floor = None if wish.link == "static" else wish.floor or script.DEFAULT_FLOOR
    return triples.zig_target("linux", goarch, glibc=floor) or ""


def _prove(wish: Wish, product: str) -> str:
    if wish.link == "static":
        return f"if readelf -lW {product} | grep interpreter; then exit 1; fi"
    return f"readelf -lW {product} | grep interpreter"


FORMS: Final[dict[str, Callable[[Wish, str, str, str], str]]] = {
    "makefile": makefile,
    "dockerfile": dockerfile,
    "github": github,
    "gitlab": gitlab,
    "goreleaser": goreleaser,
}
"""Forms other than the script."""
