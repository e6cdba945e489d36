"""A start under the real loader and C library of an old Debian (``tools/test_tools.sh`` fetches them)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gomend.apps.cgo import oldroots
from gomend.binary import distros
from gomend.binary.elf import version_key
from gomend.cgo.build.prove import Ran
from gomend.cgo.sysroot import oldroot, tree
from gomend.cgo.sysroot.oldroot import Root
from gomend.cgo.sysroot.packages import Package
from gomend.cgo.sysroot.tree import Sysroot
from gomend.ports.doors import real_doors

BULLSEYE = Path(__file__).parents[2] / ".cache/roots/bullseye"
HELLO = 'package main\n\n// static int add(int a, int b) { return a + b; }\nimport "C"\nimport "fmt"\n\nfunc main() { fmt.Println("OK", C.add(2, 40)) }\n'


@pytest.fixture
def root(tmp_path: Path) -> Root:
    """debian:11 as gomend keeps it, made of the packages that the test tools unpacked."""
    folder = tmp_path / "state/roots/amd64-debian-11"
    shutil.copytree(BULLSEYE, folder / "base", symlinks=True)
    loader = folder / "base/lib64/ld-linux-x86-64.so.2"  # dpkg-deb left an absolute link; gomend would have made it so:
    loader.unlink()
    loader.symlink_to("../lib/x86_64-linux-gnu/ld-2.31.so")
    libc = Package(name="libc6", version="2.31-13+deb11u11", arch="amd64", file="libc6.deb", size=1, sha256="0" * 64)
    made = Sysroot(
        goarch="amd64", release="bullseye", asked=oldroot.PACKAGES, packages=(libc,), triple="x86_64-linux-gnu", files={}
    )
    found = oldroot.root_of("debian:11", str(folder), tree.lock(str(folder), made))
    assert found is not None
    return found


def gomend(*words: str, state: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "GOMEND_STATE": str(state), "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
    return subprocess.run([sys.executable, "-m", "gomend", *words], capture_output=True, text=True, check=False, env=env)


def compiled(path: Path, text: str, *words: str) -> str:
    subprocess.run(["gcc", "-x", "c", "-", "-o", str(path), *words], input=text, text=True, check=True)
    return str(path)


def test_a_root_that_is_here_starts_what_was_built_for_its_floor(root: Root, tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/shop\n\ngo 1.22\n")
    (tmp_path / "main.go").write_text(HELLO)
    words = ("--target", "linux/amd64", "--libc", "glibc:2.31", "--link", "dynamic", str(tmp_path), "-o", str(tmp_path / "out"))
    done = gomend("cgo", "build", *words, "--format", "json", state=tmp_path / "state")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["proof"]["ran"] == {"with": "debian:11", "exit": 0}


def test_the_old_loader_says_what_a_new_program_lacks(root: Root, tmp_path: Path) -> None:
    text = "#define _GNU_SOURCE\n#include <stdlib.h>\nint main(void) { return arc4random() == 0; }\n"
    new = compiled(tmp_path / "new", text)
    assert subprocess.run([new], check=False).returncode == 0, "this machine's own loader starts it"
    ran = oldroots.start(real_doors(), root, new, "amd64", ())
    assert isinstance(ran, Ran)
    assert not ran.started
    assert "version `GLIBC_2.3" in ran.said
    assert ran.exit == 1, "so that the exit code alone would say nothing"


def test_a_library_that_is_no_part_of_the_root_is_named(root: Root, tmp_path: Path) -> None:
    shared = compiled(tmp_path / "libthird.so", "int add(int a) { return a; }\n", "-shared", "-fPIC")
    text = "int add(int a);\nint main(void) { return add(0); }\n"
    program = compiled(tmp_path / "p", text, "-x", "none", shared)
    ran = oldroots.start(real_doors(), root, program, "amd64", ())
    assert isinstance(ran, str)
    assert "libthird.so" in ran


def test_assert_really_starts_it(root: Root, tmp_path: Path) -> None:
    old = compiled(tmp_path / "old", "int main(void) { return 0; }\n", "-nostartfiles", "-Wl,-emain")
    done = gomend("binary", "assert", "--starts-on", "debian:11", old, state=tmp_path / "state")
    assert done.returncode == 1, "it has no end of its own"
    assert "starts-on=debian:11" in done.stdout
    refused = gomend("binary", "assert", "--starts-on", "alpine:3.20", old, state=tmp_path / "state")
    assert refused.returncode == 2
    assert "debian:11" in refused.stderr


def test_the_newest_root_below_the_floor_is_taken_else_the_oldest() -> None:
    roots = tuple(Root(distro=v, glibc=v, folder="", triple="") for v in ("2.36", "2.31", "2.41"))
    for floor, chosen in (
        ("2.17", "2.31"),
        ("2.28", "2.31"),
        ("2.31", "2.31"),
        ("2.35", "2.31"),
        ("2.36", "2.36"),
        ("2.99", "2.41"),
    ):
        found = oldroot.fitting(roots, floor)
        assert found is not None
        assert found.glibc == chosen
    assert oldroot.fitting((), "2.31") is None


def test_every_name_is_a_system_that_is_known_and_older_ones_have_an_older_glibc() -> None:
    names = oldroots.code_names()
    assert names["debian:11"] == "bullseye"
    versions = []
    for name in sorted(names, key=lambda n: int(n.partition(":")[2])):
        found = distros.find(name)
        assert found is not None
        versions.append(version_key(found.version))
    assert versions == sorted(versions)


@pytest.mark.full
def test_a_root_of_another_cpu_is_fetched_once_and_said(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/shop\n\ngo 1.22\n")
    (tmp_path / "main.go").write_text(HELLO)
    words = ("--target", "linux/arm64", "--libc", "glibc:2.31", "--link", "dynamic", str(tmp_path), "-o", str(tmp_path / "out"))
    for fetches in (True, False):
        done = gomend("cgo", "build", *words, "--start-on", "debian:11", "--format", "json", state=tmp_path / "state")
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(done.stdout)["proof"]["ran"] == {"with": "debian:11, qemu-aarch64", "exit": 0}
        assert bool(done.stderr) == fetches
