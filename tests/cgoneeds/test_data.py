"""The data files against the libraries of this machine."""

from __future__ import annotations

import subprocess

import msgspec
import pytest

from gomend.binary.elf import version_key
from gomend.cgo.data import load


def defined(path: str) -> list[str]:
    done = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True)
    return [line.split()[-1] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("goarch", "folder"), [("amd64", "/lib/x86_64-linux-gnu"), ("arm64", "/usr/aarch64-linux-gnu/lib")])
def test_glibc_versions_are_those_of_the_real_libraries(goarch: str, folder: str) -> None:
    since = load.glibc_since(goarch)
    real: dict[str, list[str]] = {}
    for name in ("libc.so.6", "libm.so.6"):
        for word in defined(f"{folder}/{name}"):
            symbol, _, version = word.partition("@")
            version = version.strip("@").removeprefix("GLIBC_")
            if version[:2] == "2.":
                real.setdefault(symbol, []).append(version)
    assert len(real) > 2500
    wrong = {s: (v, since.get(s)) for s, v in real.items() if since.get(s) != min(v, key=version_key)}
    # Functions that moved from libanl into libc have their old version in libanl alone.
    assert {s for s in wrong if not s.startswith(("gai_", "getaddrinfo_a"))} == set(), wrong


def test_musl_symbols_are_in_the_real_library() -> None:
    real = set(defined("/usr/lib/x86_64-linux-musl/libc.so"))
    known = load.libc().musl
    # 64-bit doubles of file functions are gone since 1.2.4, which is what links today.
    # Debian adds fts to its musl.
    assert {s for s in real - known if "64" not in s and not s.startswith("fts_")} == set()
    assert {"printf", "getaddrinfo", "pthread_create"} <= known
    assert not {"__strcpy_chk", "__isoc23_strtol", "backtrace", "gnu_get_libc_version"} & known


def test_headers() -> None:
    assert load.system_header("stdio.h") == "libc"
    assert load.system_header("execinfo.h") == "glibc"
    assert load.system_header("linux/if.h") == "linux"
    assert load.system_header("pcap.h") == ""


def test_libraries_are_many_well_formed_and_mostly_verified() -> None:
    libraries = load.libraries()
    assert len(libraries) >= 120
    assert len({library.name for library in libraries}) == len(libraries)
    assert sum("debian" in library.verified for library in libraries) >= 200
    assert all(library.debian for library in libraries if "debian" in library.verified)
    assert all(library.headers or library.libs for library in libraries)
    for library in libraries:
        for name in library.libs:
            assert load.of_lib(name) is not None


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("zlib.h", "zlib"),
        ("pcap.h", "libpcap"),
        ("openssl/ssl.h", "openssl"),
        ("librdkafka/rdkafka.h", "librdkafka"),
        ("GL/glew.h", "glew"),
    ],
)
def test_of_header(header: str, name: str) -> None:
    found = load.of_header(header)
    assert found is not None
    assert found.name == name


def test_alternatives_say_where_they_come_from() -> None:
    found = load.alternatives()
    assert len(found) >= 30
    assert all(a.source.startswith("https://pkg.go.dev/") and a.note and a.instead != a.module for a in found.values())
    assert msgspec.json.encode(list(found.values()))
