"""goreleaser settings, and snippets for Bazel and Nix; the table of all forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from gomend.cgo import triples
from gomend.cgo.build.wish import Wish
from gomend.cgo.emit import ci, dockerfile, makefile, script
from gomend.cgo.emit import pins as pinned
from gomend.cgo.emit.pins import Pins


def goreleaser(wish: Wish, pins: Pins, output: str) -> str:
    """The ``builds`` of a .goreleaser.yaml.

    Raises:
        Refused: zig has no target for a CPU.
    """
    static = wish.link == "static"
    name = pinned.name(output)
    prove = "\n".join(f"            {line}" for line in pinned.proof(wish, '"{{ .Path }}"', static=static))
    builds = "".join(
        f"""  - id: linux-{a}
    binary: {name}
    main: {wish.package}
    goos: [linux]
    goarch: ["{a}"]
    flags: [-trimpath]
    tags: {json.dumps(list(wish.tags))}
    ldflags: [{json.dumps(pinned.ldflags(wish, static=static))}]
    env:
      - CGO_ENABLED=1
      - GOTOOLCHAIN={pins.toolchain}
      - CC=python3 -m ziglang cc -target {pinned.target(wish, a, static=static)}
      - CXX=python3 -m ziglang c++ -target {pinned.target(wish, a, static=static)}
      - CGO_CFLAGS=-g -O2
      - CGO_CXXFLAGS=-g -O2
    hooks:
      post:
        - cmd: |-
            sh -ec '
{prove.replace("'", chr(39) + chr(92) + chr(39) * 2)}
            '
"""
        for a in pinned.archs(wish)
    )
    install = "".join(f"#   {line}\n" for line in pins.requirement)
    return f"""# Cross builds with cgo, no container. Made by `gomend cgo build --emit goreleaser`.
# Needs zig as a Python package: pip install {pins.checked}-r zig.txt, with this in zig.txt:
{install}{pinned.reasons(wish, static=static)}version: 2
builds:
{builds}"""


def bazel(wish: Wish, pins: Pins, output: str) -> str:
    """MODULE.bazel, with the target for a BUILD file in its comments.

    Raises:
        Refused: zig has no target for a CPU.
    """
    static = wish.link == "static"
    libc = "musl" if static else f"gnu.{pinned.floor(wish)}"
    archs = [a for a in pinned.archs(wish) if a in {"amd64", "arm64"}] or ["amd64", "arm64"]
    toolchains = "".join(f'    "@zig_sdk//libc_aware/toolchain:linux_{a}_{libc}",\n' for a in archs)
    links = ' gc_linkopts = ["-linkmode=external", "-extldflags=-static"],' if static else ""
    name = pinned.name(output).replace("-", "_")
    return f"""# MODULE.bazel: cgo with zig as the C toolchain, for rules_go. Made by `gomend cgo build --emit bazel`.
# BUILD.bazel beside it (gazelle writes the go_library):
#   go_binary(name = "{name}", embed = [":{name}_lib"], pure = "off",{links})
# Build for a platform; the toolchain follows from its C library:
#   bazel build --platforms @zig_sdk//libc_aware/platform:linux_{wish.goarch}_{libc} //:{name}
# Prove it, with the file that `bazel cquery --output=files` names:
{_commented(pinned.proof(wish, '"$file"', static=static))}
module(name = "{name}")

bazel_dep(name = "platforms", version = "0.0.10")
bazel_dep(name = "rules_go", version = "0.54.0")
bazel_dep(name = "gazelle", version = "0.43.0")
bazel_dep(name = "hermetic_cc_toolchain", version = "3.2.0")

go_sdk = use_extension("@rules_go//go:extensions.bzl", "go_sdk")
go_sdk.download(version = "{pins.go or "1.25.0"}")

# hermetic_cc_toolchain pins its own zig by hash.
toolchains = use_extension("@hermetic_cc_toolchain//toolchain:ext.bzl", "toolchains")
use_repo(toolchains, "zig_sdk")

register_toolchains(
{toolchains})
"""


def nix(wish: Wish, pins: Pins, output: str) -> str:
    """A default.nix.

    Raises:
        Refused: zig has no target, which stands for a CPU that nothing here knows.
    """
    static = wish.link == "static"
    pinned.target(wish, wish.goarch, static=static)
    cpu = triples.GNU_CPU[wish.goarch]
    hard = "eabihf" if wish.goarch == "arm" else ""
    system = f"{cpu}-unknown-linux-{'musl' if static else 'gnu'}{hard}"
    tags = " ".join(json.dumps(t) for t in wish.tags)
    package = "." if wish.package == "." else wish.package.removeprefix("./")
    checks = "\n".join(f"    {line}" for line in pinned.proof(wish, "$out/bin/*", static=static)[:2])
    kind = ".pkgsStatic" if static else ""
    # nixpkgs has gcc for every target and builds libraries with it; a pinned older glibc it has not.
    note = (
        ""
        if static
        else f"# nixpkgs links against its own glibc, by a path in /nix/store: for other systems build static, or use another form (glibc {pinned.floor(wish)}).\n"
    )
    return f"""# nix-build. Cross builds with cgo by nixpkgs' own compilers. Made by `gomend cgo build --emit nix`.
# Pin nixpkgs to a revision and its hash (builtins.fetchTarball {{ url; sha256; }}); it decides the versions of go and the C compiler.
# vendorHash: nix says the right one at the first build; null if the module has no dependencies or is vendored.
{note}{pinned.reasons(wish, static=static)}{{ pkgs ? import <nixpkgs> {{ crossSystem.config = "{system}"; }} }}:
pkgs{kind}.buildGoModule {{
  pname = "{pinned.name(output)}";
  version = "0";
  src = pkgs.lib.cleanSource ./.;
  subPackages = [ "{package}" ];
  vendorHash = pkgs.lib.fakeHash;
  env.CGO_ENABLED = "1";
  tags = [ {tags} ];
  ldflags = [ {" ".join(json.dumps(w) for w in ("-linkmode=external", *(("-extldflags=-static",) if static else ()), *wish.ldflags.split()))} ];
  nativeBuildInputs = [ pkgs.buildPackages.binutils ];
  # The product is read, as it may be made for another CPU.
  doCheck = false;
  postInstall = ''
{checks.replace("''", "'''").replace("${", "''${")}
  '';
}}
"""


def _commented(lines: tuple[str, ...]) -> str:
    return "\n".join(f"#   {line}" for line in lines)


FORMS: Final[dict[str, Callable[[Wish, Pins, str], str]]] = {
    "script": script.text,
    "makefile": makefile.text,
    "dockerfile": dockerfile.text,
    "github": ci.github,
    "gitlab": ci.gitlab,
    "goreleaser": goreleaser,
    "bazel": bazel,
    "nix": nix,
}
"""All forms."""
