"""Libraries of a sysroot that need others of it, and packages that carry their library for some CPUs only."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from gomend.cgo.sysroot import tree

from .test_build import build, project

TRIPLE = "aarch64-linux-gnu"
MAIN = """package main

import (
	"fmt"

	"example.com/shop/outer"
)

func main() { fmt.Println(outer.Value()) }
"""
OUTER = """package outer

// #include "outer.h"
import "C"

// Value comes from C.
func Value() int { return int(C.outer()) }
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """libouter for arm64, which needs libinner; both in a sysroot."""
    folder = tmp_path / "root"
    libraries, headers = folder / "own/usr/lib" / TRIPLE, folder / "own/usr/include"
    (libraries / "pkgconfig").mkdir(parents=True)
    headers.mkdir()
    (folder / "base").mkdir()
    (headers / "outer.h").write_text("int outer(void);\n")
    (libraries / "pkgconfig/outer.pc").write_text(
        f"prefix=/usr\nName: outer\nDescription: outer\nVersion: 1\nLibs: -L${{prefix}}/lib/{TRIPLE} -louter\n"
    )
    for name, text, more in (
        ("inner", "int inner(void) { return 42; }", []),
        ("outer", "int inner(void);\nint outer(void) { return inner(); }", ["-linner"]),
    ):
        (tmp_path / f"{name}.c").write_text(text)
        words = [f"{TRIPLE}-gcc", "-shared", "-fPIC", f"-Wl,-soname,lib{name}.so", "-o", str(libraries / f"lib{name}.so")]
        subprocess.run([*words, str(tmp_path / f"{name}.c"), f"-L{libraries}", *more], check=True)
    tree.lock(str(folder), tree.Sysroot(goarch="arm64", release="own", asked=("outer",), packages=(), triple=TRIPLE, files={}))
    return folder


def shop(folder: Path) -> Path:
    """A package that carries its library for amd64 and takes the system's with a tag of its own."""
    made = project(folder, MAIN)
    outer = made / "outer"
    outer.mkdir()
    (outer / "outer.go").write_text(OUTER)
    (outer / "bundled.go").write_text(
        '//go:build !system && amd64\n\npackage outer\n\n// #cgo LDFLAGS: ${SRCDIR}/libouter.a\nimport "C"\n'
    )
    (outer / "system.go").write_text('//go:build system\n\npackage outer\n\n// #cgo pkg-config: outer\nimport "C"\n')
    (outer / "more.go").write_text('//go:build system && never\n\npackage outer\n\n// #cgo pkg-config: never\nimport "C"\n')
    return made


def test_the_tag_for_the_systems_library_is_found_and_libraries_of_libraries_too(root: Path, tmp_path: Path) -> None:
    made = build(shop(tmp_path / "shop"), "linux/arm64", "glibc", "dynamic", "--sysroot", str(root), "--toolchain", "gcc")
    assert "-tags=system" in made["argv"]
    assert made["proof"]["ran"] == {"with": "qemu-aarch64", "exit": 0}
    assert "libouter.so" in made["proof"]["needed"]
    assert "rpath-link" in made["env"]["CGO_LDFLAGS"]
    env = " ".join(f"{k}={shlex.quote(v)}" for k, v in made["env"].items())
    again = subprocess.run(
        ["/bin/bash", "-c", f"{env} {shlex.join(made['argv'])}"],
        cwd=tmp_path / "shop",
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr


def test_with_zig_too(root: Path, tmp_path: Path) -> None:
    made = build(shop(tmp_path / "shop"), "linux/arm64", "glibc:2.31", "dynamic", "--sysroot", str(root), "--toolchain", "zig")
    assert made["proof"]["ran"] == {"with": "qemu-aarch64", "exit": 0}


def test_a_package_with_its_library_gets_no_tag(root: Path, tmp_path: Path) -> None:
    """Its C is in the folder: the same constraint then stands for another taste, not for a lack."""
    folder = shop(tmp_path / "shop")
    (folder / "outer/outer.c").write_text("int outer(void) { return 1; }\n")
    (folder / "outer/outer.h").write_text("int outer(void);\n")
    made = build(folder, "linux/arm64", "glibc", "dynamic", "--sysroot", str(root), "--toolchain", "gcc")
    assert not any(word.startswith("-tags") for word in made["argv"])
