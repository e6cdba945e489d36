"""GitHub Actions and GitLab CI settings: a matrix of CPUs, zig checked by its hash, each product read."""

from __future__ import annotations

import shlex

from gomend.cgo.build.wish import Wish
from gomend.cgo.emit import pins as pinned
from gomend.cgo.emit.pins import Pins


def github(wish: Wish, pins: Pins, output: str) -> str:
    """A GitHub Actions workflow.

    Raises:
        Refused: zig has no target for a CPU.
    """
    static = wish.link == "static"
    rows = "".join(
        f"          - {{ goarch: {_yaml(a)}, target: {pinned.target(wish, a, static=static)} }}\n" for a in pinned.archs(wish)
    )
    name = pinned.name(output)
    product = f'"{name}-linux-$GOARCH"'
    return f"""# Cross builds with cgo, without containers and emulation. Made by `gomend cgo build --emit github`.
{pinned.reasons(wish, static=static)}name: cgo
on: [push, pull_request]
permissions:
  contents: read
jobs:
  build:
    runs-on: ubuntu-24.04
    strategy:
      matrix:
        include:
{rows}    env:
      GOOS: linux
      GOARCH: ${{{{ matrix.goarch }}}}
      TARGET: ${{{{ matrix.target }}}}
      CGO_ENABLED: "1"
      CGO_CFLAGS: -g -O2
      CGO_CXXFLAGS: -g -O2
    steps:
      # Your organisation may want these by the hash of a commit.
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-go@v5
        with:
          go-version: "{pins.go or "stable"}"
      # What zig compiles once for a target (its C library), it keeps here.
      - uses: actions/cache@v4
        with:
          path: ~/.cache/zig
          key: zig-{pins.zig}-${{{{ matrix.target }}}}
      - name: zig
        run: |
{_lines(_install(pins, "zig-venv"), 10)}
      - name: build
        run: |
          export CC="$PWD/zig-venv/bin/python -m ziglang cc -target $TARGET" CXX="$PWD/zig-venv/bin/python -m ziglang c++ -target $TARGET"
          {_build(wish, product, static=static)}
      - name: prove
        run: |
{_lines(pinned.proof(wish, product, static=static), 10)}
      - uses: actions/upload-artifact@v4
        with:
          name: {name}-linux-${{{{ matrix.goarch }}}}
          path: {name}-linux-${{{{ matrix.goarch }}}}
"""


def gitlab(wish: Wish, pins: Pins, output: str) -> str:
    """GitLab CI jobs.

    Raises:
        Refused: zig has no target for a CPU.
    """
    static = wish.link == "static"
    rows = "".join(
        f"      - GOARCH: {_yaml(a)}\n        TARGET: {pinned.target(wish, a, static=static)}\n" for a in pinned.archs(wish)
    )
    name = pinned.name(output)
    product = f'"{name}-linux-$GOARCH"'
    return f"""# Cross builds with cgo, without emulation. Made by `gomend cgo build --emit gitlab`.
{pinned.reasons(wish, static=static)}cgo:
  image: golang:{pins.go or "1"}-bookworm
  parallel:
    matrix:
{rows}  variables:
    GOOS: linux
    CGO_ENABLED: "1"
    CGO_CFLAGS: -g -O2
    CGO_CXXFLAGS: -g -O2
    XDG_CACHE_HOME: $CI_PROJECT_DIR/.cache
  cache:
    key: zig-{pins.zig}-$TARGET
    paths: [.cache/zig]
  before_script:
    - apt-get update && apt-get install -y --no-install-recommends python3-venv binutils
    - |
{_lines(_install(pins, "/opt/zig"), 6)}
  script:
    - export CC="/opt/zig/bin/python -m ziglang cc -target $TARGET" CXX="/opt/zig/bin/python -m ziglang c++ -target $TARGET"
    - {_build(wish, product, static=static)}
    - |
{_lines(pinned.proof(wish, product, static=static), 6)}
  artifacts:
    paths: ["{name}-linux-*"]
"""


def _install(pins: Pins, folder: str) -> tuple[str, ...]:
    words = tuple(line.removesuffix(" \\") for line in pins.requirement)
    return (
        f"python3 -m venv {folder}",
        f"printf '%s ' {words[0]} \\",
        *(f"  {w} \\" for w in words[1:]),
        f"  > {folder}/requirements.txt",
        f"{folder}/bin/pip install --quiet {pins.checked}-r {folder}/requirements.txt",
    )


def _build(wish: Wish, product: str, *, static: bool) -> str:
    flags = shlex.quote(pinned.ldflags(wish, static=static))
    return f"go build -trimpath {pinned.tags(wish)}-ldflags={flags} -o {product} {shlex.quote(wish.package)}"


def _lines(lines: tuple[str, ...], indent: int) -> str:
    return "\n".join(" " * indent + line for line in lines)


def _yaml(goarch: str) -> str:
    """386 would be read as a number."""
    return f'"{goarch}"' if goarch.isdigit() else goarch
