"""Compilers, pkg-configs and folders that misbehave: gomend ends in time, says what it could not know, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from gomend.model.base import Cost, Severity
from tests.cgo.bench import Bench

FILES = {
    "go.mod": "module example.com/shop\n\ngo 1.21\n",
    "main.go": 'package main\n\n// #cgo CFLAGS: -I${SRCDIR}/../sdk\n// static int add(int a, int b) { return a + b; }\nimport "C"\n\nfunc main() { println(C.add(2, 40)) }\n',
}


@pytest.fixture
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that must be empty afterwards."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def compiler(bench: Bench, script: str, name: str = "cc") -> str:
    path = bench.folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("sleep 1000", marks=pytest.mark.full),
        pytest.param("trap '' TERM; while :; do sleep 1; done", marks=pytest.mark.full),
        pytest.param("exec yes", marks=pytest.mark.full),
        pytest.param("exec cat /dev/zero", marks=pytest.mark.full),
        "kill -SEGV $$",
        "printf '\\377\\376\\000'",
    ],
    ids=["hangs", "ignores-signals", "never-stops-talking", "zeros", "crashes", "no-text"],
)
def test_compiler_that_misbehaves(bench, quiet: Path, script: str) -> None:
    b = bench(FILES)
    b.env |= {"CC": compiler(b, script), "CGO_ENABLED": "1"}
    # go env asks the compiler too, so a compiler that hangs costs two deadlines.
    started = time.monotonic()
    report = b.check(depth=Cost.CHEAP, codes=("GM201", "GM203", "GM204", "GM213", "GM214"))
    assert time.monotonic() - started < 150
    assert [f.code for f in report.findings] == ["GM203"]
    assert len(str(report.findings[0])) < 20_000
    assert not list(quiet.iterdir())


def test_pkg_config_that_hangs(bench, quiet: Path) -> None:
    b = bench({**FILES, "main.go": FILES["main.go"].replace("CFLAGS: -I${SRCDIR}/../sdk", "pkg-config: foo")})
    b.env["PKG_CONFIG"] = compiler(b, "sleep 1000", "pkg-config")
    started = time.monotonic()
    report = b.check(codes=("GM211",))
    assert time.monotonic() - started < 60
    assert [f.code for f in report.findings] == ["GM211"]


@pytest.mark.parametrize("folder", ["with blank", "Ünïcödé-文件夹"])
def test_wrapper_in_an_odd_folder(bench, folder: str) -> None:
    b = bench(FILES)
    place = b.folder / folder
    place.mkdir()
    wrapper = place / "gcc"
    wrapper.write_text('#!/bin/sh\nexec gcc "$@"\n')
    wrapper.chmod(0o755)
    b.env |= {"CC": f"'{wrapper}'", "CGO_ENABLED": "1"}
    assert not b.check(depth=Cost.DEEP).findings


def test_sysroot_with_a_loop_of_links(bench) -> None:
    b = bench(FILES)
    root = b.folder / "sysroot"
    (root / "usr").mkdir(parents=True)
    (root / "usr/include").symlink_to(root / "usr/include")
    (root / "usr/lib").symlink_to("../usr/lib64")
    (root / "usr/lib64").symlink_to("../usr/lib")
    b.env |= {"CC": f"gcc --sysroot={root}", "CGO_ENABLED": "1"}
    report = b.check(codes=("GM213", "GM214", "GM215"))
    assert [f.code for f in report.findings] == ["GM213"]
    assert not report.undetermined


def test_headers_with_a_loop_of_links(bench) -> None:
    b = bench(FILES)
    sdk = b.folder / "sdk"
    sdk.mkdir()
    (sdk / "again").symlink_to(sdk)
    (sdk / "a.h").write_text("#define A 1\n")
    assert b.run("go", "build", "./...").returncode == 0
    report = b.check(depth=Cost.DEEP, codes=("GM237", "GM238"))
    assert not report.findings
    assert not report.undetermined


def test_build_cache_that_cannot_be_written(bench, quiet: Path) -> None:
    """Root writes everywhere but here: below /proc no folder can be made."""
    b = bench(FILES)
    (b.folder / "sdk").mkdir()
    (b.folder / "sdk/a.h").write_text("\n")
    b.env["GOCACHE"] = "/proc/none"
    report = b.check(depth=Cost.DEEP, codes=("GM237", "GM238"))
    assert {v.code for v in report.undetermined} == {"GM237", "GM238"}
    assert not list(quiet.iterdir())


def test_private_cache_leaves_nothing(bench, quiet: Path) -> None:
    b = bench(FILES)
    (b.folder / "sdk").mkdir()
    header = b.folder / "sdk" / "level.h"
    header.write_text("#define LEVEL 1\n")
    (b.root / "main.go").write_text(
        FILES["main.go"].replace("// static", '// #include "level.h"\n// static').replace("2, 40", "C.LEVEL, 0")
    )
    assert b.run("go", "build", "-o", "o", ".").returncode == 0
    header.write_text("#define LEVEL 2\n")
    before = {p: p.stat().st_size for p in Path(b.env["GOCACHE"]).rglob("*") if p.is_file()}
    report = b.check(depth=Cost.DEEP, codes=("GM237", "GM238"))
    assert [f.code for f in report.findings] == ["GM238"]
    assert report.findings[0].severity is Severity.WARNING
    assert not list(quiet.iterdir())
    assert all(p.exists() and p.stat().st_size == size for p, size in before.items())


def test_run_changes_nothing_of_a_command_that_works(bench) -> None:
    """Output, exit code and environment are the command's own, also where gomend then looks at what was built."""
    b = bench({**FILES, "main.go": FILES["main.go"].replace("// static", "// static")})
    b.env["GOMEND_STATE"] = str(b.folder / "state")
    script = (
        "go build -buildmode=pie -ldflags '-linkmode external -extldflags -static' -o ../o . && env | sort && printf 'a\\377b'"
    )
    plain = subprocess.run(["sh", "-c", script], cwd=b.root, env=b.env, capture_output=True, check=True)
    words = [sys.executable, "-m", "gomend", "run", "--", "sh", "-c", script]
    through = subprocess.run(words, cwd=b.root, env=b.env, capture_output=True, check=False)
    assert through.returncode == 0
    assert [line for line in through.stdout.split(b"\n") if not line.startswith(b"_=")] == [
        line for line in plain.stdout.split(b"\n") if not line.startswith(b"_=")
    ]
    assert b"pie-static-conflict" in through.stderr
    assert sorted(os.listdir(b.root)) == ["go.mod", "main.go"]
