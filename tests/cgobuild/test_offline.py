"""What ``cgo build`` needs goes into one bundle, and works where there is no network: a namespace with no interface but its own loopback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from gomend.cgo.sysroot import packing, tree
from gomend.cgo.sysroot.problem import SysrootProblem
from gomend.cgo.sysroot.tree import Sysroot

ZLIB = 'package main\n\n// #cgo pkg-config: zlib\n// #include <zlib.h>\nimport "C"\n\nimport (\n\t"fmt"\n\n\t"golang.org/x/text/cases"\n\t"golang.org/x/text/language"\n)\n\nfunc main() { fmt.Println(cases.Upper(language.English).String("ok"), C.GoString(C.zlibVersion())) }\n'


def sysroot(folder: Path) -> Path:
    """A small one, made of nothing fetched."""
    own = folder / "own/usr/include"
    own.mkdir(parents=True)
    (own / "third.h").write_text("int third(void);\n")
    (folder / "own/include").symlink_to("usr/include")
    tree.lock(str(folder), Sysroot(goarch="arm64", release="bookworm", asked=("third-dev",), packages=(), triple="x", files={}))
    return folder


def test_packed_and_unpacked_it_is_the_same_and_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = sysroot(tmp_path / "a/s"), sysroot(tmp_path / "b/s")
    os.utime(other / "own/usr/include/third.h", (1, 1))
    for folder in (one, other):
        packing.pack(str(folder), str(folder.parent / "s.sysroot.tar"))
    assert (tmp_path / "a/s.sysroot.tar").read_bytes() == (tmp_path / "b/s.sysroot.tar").read_bytes()
    packing.unpack(str(tmp_path / "a/s.sysroot.tar"), str(tmp_path / "c"))
    assert tree.read(str(tmp_path / "c")) == tree.read(str(one))
    assert not tree.changes(str(tmp_path / "c"))


def test_a_changed_sysroot_is_neither_packed_nor_taken(tmp_path: Path) -> None:
    folder = sysroot(tmp_path / "s")
    packing.pack(str(folder), str(tmp_path / "s.sysroot.tar"))
    (folder / "own/usr/include/third.h").write_text("int third(int);\n")
    with pytest.raises(SysrootProblem, match="changed"):
        packing.pack(str(folder), str(tmp_path / "t.sysroot.tar"))
    with tarfile.open(tmp_path / "bad.sysroot.tar", "w") as archive:
        archive.add(folder, ".")
    with pytest.raises(SysrootProblem, match="changed"):
        packing.unpack(str(tmp_path / "bad.sysroot.tar"), str(tmp_path / "out"))
    env = {**os.environ, "GOMEND_STATE": str(tmp_path / "state")}
    argv = [sys.executable, "-m", "gomend", "cgo", "sysroot", "unpack"]
    refused = subprocess.run([*argv, str(tmp_path / "bad.sysroot.tar")], env=env, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert not list((tmp_path / "state").rglob("*.h"))
    taken = subprocess.run([*argv, str(tmp_path / "s.sysroot.tar")], env=env, capture_output=True, text=True, check=False)
    assert taken.returncode == 0, taken.stderr
    assert (tmp_path / "state/sysroots/s/own/include/third.h").read_text() == "int third(void);\n"


@pytest.mark.full
@pytest.mark.timeout(2400)
def test_from_one_bundle_in_an_empty_network_namespace(tmp_path: Path) -> None:
    """Modules, zig's wheel and a musl zlib: bundled with network; imported, installed, built, proved and run without any."""
    project = tmp_path / "src"
    project.mkdir()
    (project / "go.mod").write_text("module example.com/shop\n\ngo 1.22\n\nrequire golang.org/x/text v0.14.0\n")
    (project / "main.go").write_text(ZLIB)
    base = {
        **os.environ,
        "GOFLAGS": "-buildvcs=false -modcacherw",
        "GOWORK": "off",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    subprocess.run(["go", "mod", "tidy"], cwd=project, env=base, check=True, capture_output=True)
    there = base | {"GOMEND_STATE": str(tmp_path / "there")}
    words = ["cgo", "sysroot", "make", "--target", "linux/amd64", "--libc", "musl", "zlib", "--format", "json"]
    made = gomend(*words, env=there)
    zig = subprocess.run(
        [sys.executable, "-m", "ziglang", "version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    bundle = tmp_path / "all.bundle"
    gomend(
        "mod",
        "bundle",
        "make",
        str(project),
        "-o",
        str(bundle),
        "--wheel",
        f"ziglang=={zig}",
        "--sysroot",
        json.loads(made)["path"],
        env=there,
    )
    shutil.rmtree(tmp_path / "there")
    # The other side: nothing of go's, zig's or gomend's caches, and no network.
    other = tmp_path / "other"
    site = other / "site"
    lines = [
        "set -e",
        "ip link set lo up 2> /dev/null || true",
        f"! {sys.executable} -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 2)' 2> /dev/null",
        f"{sys.executable} -m gomend mod bundle import {bundle} --to {site} --quiet",
        f"{sys.executable} -m venv {other}/venv",
        f"{other}/venv/bin/pip install --quiet --no-index --find-links {site}/wheels ziglang",
        f"ln -s {other}/venv/lib/python3*/site-packages/ziglang {other}/zig",
        f"export PATH={other}/zig:$PATH",
        f"{sys.executable} -m gomend cgo sysroot unpack {site}/sysroots/*.tar",
        f"root=$({sys.executable} -m gomend cgo sysroot make --target linux/amd64 --libc musl zlib --format json | {sys.executable} -c 'import json, sys; print(json.load(sys.stdin)[\"path\"])')",
        f'{sys.executable} -m gomend cgo build {project} --target linux/amd64 --libc musl --sysroot "$root" -o {other}/shop --format json > {other}/answer',
        f"{other}/shop",
    ]
    env = base | {
        "GOMEND_STATE": str(other / "state"), "GOMODCACHE": str(other / "mod"), "GOCACHE": str(other / "go"), "ZIG_GLOBAL_CACHE_DIR": str(other / "zig-cache"),
        "GOPROXY": f"file://{site}", "GONOPROXY": "none", "GOTOOLCHAIN": "local",
    }  # fmt: skip
    other.mkdir()
    done = subprocess.run(
        ["unshare", "-n", "bash", "-c", "\n".join(lines)], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.splitlines()[-1].startswith("OK 1.")
    answer = json.loads((other / "answer").read_text())
    assert (answer["proved"], answer["toolchain"], answer["proof"]["static"]) == (True, f"zig {zig}", True)


def gomend(*words: str, env: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-m", "gomend", *words], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
