"""Binaries built with the real tools, read by gomend and by ``go version -m``, ``readelf`` and ``file``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from gomend.binary import distros, elf, gobuildinfo
from gomend.binary.info import BinaryError
from tests.binary.conftest import SHAPES, run


@pytest.mark.parametrize("name", SHAPES)
def test_build_information_is_what_go_says(built, name: str) -> None:
    path = built(name)
    said = run("go", "version", "-m", str(path)).splitlines()
    found = gobuildinfo.read(path.read_bytes())
    assert found is not None
    assert said[0].endswith(f": {found.version}")
    rows = [line.strip().split("\t") for line in said[1:]]
    assert [r[1] for r in rows if r[0] == "path"] == [found.path]
    assert [r[1] for r in rows if r[0] == "mod"] == [found.module]
    shown = {r[1].partition("=")[0]: r[1].partition("=")[2] for r in rows if r[0] == "build"}
    assert shown.keys() == found.settings.keys()
    plain = {k: v for k, v in shown.items() if not v.startswith(('"', "`"))}
    assert plain == {k: found.settings[k] for k in plain}
    if "-ldflags" in shown and '\\"' in shown["-ldflags"]:
        assert found.settings["-ldflags"] == "-X 'main.v=a \"b\" c'"


@pytest.mark.parametrize("name", [n for n in SHAPES if not n.startswith(("windows", "darwin"))])
def test_elf_headers_are_what_readelf_says(built, name: str) -> None:
    path = built(name)
    info = elf.inspect(str(path))
    headers = run("readelf", "-Whl", str(path))
    dynamic = run("readelf", "-Wd", str(path))
    sections = run("readelf", "-WS", str(path))
    versions = run("readelf", "-WV", str(path))
    interpreter = re.search(r"\[Requesting program interpreter: (.+)\]", headers)
    assert info.interpreter == (interpreter[1] if interpreter else None)
    assert list(info.needed) == re.findall(r"\(NEEDED\) +Shared library: \[(.+)\]", dynamic)
    assert info.stripped == (".symtab" not in sections)
    assert info.dwarf == (".debug_info" in sections or ".zdebug_info" in sections)
    numbers = [tuple(map(int, v.split("."))) for v in re.findall(r"Name: GLIBC_([\d.]+)", versions)]
    assert info.glibc_min == (".".join(map(str, max(numbers))) if numbers else None)
    shared = "Type:                              DYN" in headers
    assert info.pie == (shared and name != "cgo-shared")
    assert info.kind == ("library" if name == "cgo-shared" else "executable")
    assert info.static == (not interpreter and not info.needed)


@pytest.mark.parametrize("name", SHAPES)
def test_format_and_cpu_are_what_file_says(built, name: str) -> None:
    path = built(name)
    info = elf.inspect(path.read_bytes())
    said = run("file", "-b", str(path))
    assert {"ELF": "elf", "Mac": "macho", "PE3": "pe"}[said[:3]] == info.format
    cpu = {
        "amd64": "x86-64|x86_64",
        "386": "Intel (i386|80386)",
        "arm64": "aarch64|arm64",
        "riscv64": "RISC-V",
        "mips64le": "64-bit LSB.*MIPS",
        "s390x": "S/390",
    }
    assert re.search(cpu[info.arch], said), said
    assert info.go is not None
    assert info.go.settings["GOARCH"] == info.arch
    if info.format == "elf":
        assert info.stripped == (", stripped" in said)


def test_windows_and_macos_details(built) -> None:
    windows, stripped = elf.inspect(str(built("windows-amd64"))), elf.inspect(str(built("windows-386-stripped")))
    assert windows.needed == ("kernel32.dll",)
    assert (windows.stripped, windows.dwarf) == (False, True)
    assert (stripped.stripped, stripped.dwarf) == (True, False)
    darwin, bare = elf.inspect(str(built("darwin-arm64"))), elf.inspect(str(built("darwin-amd64-stripped")))
    assert darwin.interpreter == "/usr/lib/dyld"
    assert "/usr/lib/libSystem.B.dylib" in darwin.needed
    assert (darwin.stripped, darwin.dwarf, bare.dwarf) == (False, True, False)


def test_what_is_no_binary(built, tmp_path: Path) -> None:
    raw = built("linux-amd64").read_bytes()
    with pytest.raises(BinaryError):
        elf.inspect(b"#!/bin/sh\n")
    for cut in (4, 20, 63, 200):
        with pytest.raises(BinaryError):
            elf.inspect(raw[:cut])
    with pytest.raises(BinaryError):
        elf.inspect(built("darwin-arm64").read_bytes()[:40])
    with pytest.raises(BinaryError):
        elf.inspect(built("windows-amd64").read_bytes()[:100])
    assert gobuildinfo.read(Path(sys.executable).read_bytes()) is None
    assert gobuildinfo.read(b"\xff Go buildinf:\x08\x02" + b"\0" * 16 + b"\xff\xff\xff\xff\xff") is None


def test_a_program_that_holds_the_mark_as_data_is_read_right() -> None:
    """The go command reads build information itself, so the mark is among its strings."""
    go = run("go", "env", "GOROOT").strip() + "/bin/go"
    found = gobuildinfo.read(Path(go).read_bytes())
    assert found is not None
    assert found.path == "cmd/go"


@pytest.mark.parametrize(
    ("name", "libc", "version"),
    [
        ("debian:11", "glibc", "2.31"),
        ("debian:bookworm-slim", "glibc", "2.36"),
        ("registry.example.com/library/ubuntu:22.04", "glibc", "2.35"),
        ("alpine:3.20", "musl", "1.2.5"),
        ("golang:1.26", None, None),
        ("centos:7", "glibc", "2.17"),
        ("rockylinux:9.3", "glibc", "2.34"),
        ("scratch", "none", ""),
        ("example.com/distroless/base-debian12", "glibc", "2.36"),
        ("openeuler:22.03-lts", "glibc", "2.34"),
        ("glibc:2.28", "glibc", "2.28"),
        ("plan9", None, None),
    ],
)
def test_distro_names(name: str, libc: str | None, version: str | None) -> None:
    found = distros.find(name)
    assert (found.libc if found else None, found.version if found else None) == (libc, version)


def test_why_a_binary_does_not_run_somewhere(built) -> None:
    def why(name: str, distro: str, machine: str | None = None) -> str | None:
        found = distros.find(distro)
        assert found is not None
        said = distros.why_not(elf.inspect(str(built(name))), found, machine)
        return said.id if said else None

    assert why("cgo", "debian:12") is None
    assert why("cgo", "debian:11") == "binary.runs.glibc"
    assert why("cgo", "alpine:3.20") == "binary.runs.interpreter"
    assert why("cgo", "scratch") == "binary.runs.interpreter"
    assert why("cgo-dynamic-musl", "debian:12") == "binary.runs.interpreter"
    assert why("cgo-dynamic-musl", "alpine:3.20") is None
    assert why("cgo-static-musl", "scratch") is None
    assert why("linux-amd64", "scratch", "amd64") is None
    assert why("cgo-arm64", "debian:12", "amd64") == "binary.runs.cpu"
    assert why("windows-amd64", "debian:12") == "binary.runs.format"
    assert why("pie-without-cgo", "scratch") == "binary.runs.interpreter"
