"""Prebuilt archives against nm and against compilers that really made them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.cgo import archives

SOURCE = '#include <stdio.h>\n#include <string.h>\nint pre(char *d, const char *s) { strcpy(d, s); return printf("%s", d); }\n'


def archive(folder: Path, cc: str, source: str = SOURCE, *flags: str) -> Path:
    (folder / "pre.c").write_text(source)
    subprocess.run([cc, "-O2", "-c", *flags, "pre.c", "-o", "pre.o"], cwd=folder, check=True)
    path = folder / "libpre.a"
    path.unlink(missing_ok=True)
    subprocess.run(["ar", "rcs", str(path), "pre.o"], cwd=folder, check=True)
    return path


def test_fortified_for_glibc(tmp_path: Path) -> None:
    made = archives.read(str(archive(tmp_path, "gcc", SOURCE, "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2")))
    assert (made.format, made.archs, made.libc) == ("elf", ("amd64",), "glibc")
    assert any(name.endswith("_chk") for name in made.glibc_only)
    assert "GCC" in made.made_by
    assert made.fits("linux", "amd64")
    assert not made.fits("linux", "arm64")
    assert not made.fits("darwin", "amd64")


def test_for_musl_and_for_arm64(tmp_path: Path) -> None:
    assert archives.read(str(archive(tmp_path, "musl-gcc"))).libc == ""
    made = archives.read(str(archive(tmp_path, "aarch64-linux-gnu-gcc", SOURCE, "-U_FORTIFY_SOURCE")))
    assert made.archs == ("arm64",)


def test_a_symbol_of_a_new_glibc(tmp_path: Path) -> None:
    source = (
        "extern long __isoc23_strtol(const char *, char **, int);\nlong pre(char *s) { return __isoc23_strtol(s, 0, 10); }\n"
    )
    made = archives.read(str(archive(tmp_path, "gcc", source)))
    assert (made.glibc_needed, made.glibc_newest) == ("2.38", ("__isoc23_strtol",))


@pytest.mark.parametrize("path", ["/usr/lib/x86_64-linux-gnu/libutil.a", "/usr/lib/x86_64-linux-musl/libc.a"])
def test_undefined_symbols_are_those_of_nm(path: str) -> None:
    made = archives.read(path)
    listed = subprocess.run(["nm", "-A", path], capture_output=True, text=True, check=False).stdout
    words = [line.split() for line in listed.splitlines()]
    wanted = {w[-1] for w in words if w[-2:-1] == ["U"]}
    given_ = {w[-1] for w in words if len(w) >= 3 and w[-2] not in {"U", "w", "v"} and w[-2].isupper()}
    assert set(made.undefined) <= wanted - given_


@settings(max_examples=15)
@given(st.binary(max_size=400), st.integers(0, 2000))
def test_damaged_files_are_told_never_raised(tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int) -> None:
    folder = tmp_path_factory.mktemp("junk")
    good = archive(folder, "gcc").read_bytes()
    path = folder / "bad.a"
    for raw in (junk, b"!<arch>\n" + junk, good[:at] + junk + good[at + len(junk) :], good[:at]):
        path.write_bytes(raw)
        assert archives.read(str(path)).path == str(path)


def test_what_is_not_there() -> None:
    assert archives.read("/nowhere/libx.a").problem
