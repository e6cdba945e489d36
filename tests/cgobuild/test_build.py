"""Real builds with real compilers: what is built is what was asked for, it starts, and nothing half done is left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gomend.binary import elf

HELLO = 'package main\n\n// static int add(int a, int b) { return a + b; }\nimport "C"\nimport "fmt"\n\nfunc main() { fmt.Println("OK", C.add(2, 40)) }\n'
NET = 'package main\n\nimport (\n\t"fmt"\n\t"net"\n\t"os/user"\n)\n\nfunc main() {\n\t_, err := net.LookupHost("localhost")\n\t_, err2 := user.LookupId("0")\n\tfmt.Println("OK", err, err2)\n}\n'
PURE = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("OK") }\n'


def project(folder: Path, text: str = HELLO) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text("module example.com/shop\n\ngo 1.22\n")
    (folder / "main.go").write_text(text)
    return folder


def gomend(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
    argv = [sys.executable, "-m", "gomend", "cgo", "build", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, env=env, cwd=cwd)


def build(folder: Path, target: str, libc: str, link: str, *more: str) -> dict[str, Any]:
    out = folder / "out" / "shop"
    done = gomend("--target", target, "--libc", libc, "--link", link, str(folder), "-o", str(out), "--format", "json", *more)
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["schema"] == "gomend.build/1"
    assert out.exists()
    assert [p.name for p in out.parent.iterdir()] == ["shop"], "no half file is left"
    return answer


@pytest.mark.parametrize(
    ("target", "libc", "link", "text", "kind", "runner"),
    [
        ("linux/amd64", "glibc", "dynamic", HELLO, "gcc", "native"),
        ("linux/amd64", "glibc", "static", NET, "gcc", "native"),
        ("linux/amd64", "musl", "static", HELLO, "zig", "native"),
        ("linux/amd64", "musl", "static", NET, "zig", "native"),
        ("linux/amd64", "glibc:2.17", "dynamic", HELLO, "zig", "native"),
        ("linux/arm64", "glibc", "dynamic", HELLO, "gcc", "qemu-aarch64"),
        ("linux/arm64", "musl", "static", HELLO, "zig", "qemu-aarch64"),
        ("linux/arm64", "musl", "static", PURE, "go", "qemu-aarch64"),
    ],
)
def test_what_was_asked_for_is_built_and_starts(
    target: str, libc: str, link: str, text: str, kind: str, runner: str, tmp_path: Path
) -> None:
    answer = build(project(tmp_path / "src", text), target, libc, link)
    info = elf.inspect(answer["output"])
    assert info.arch == target.partition("/")[2]
    assert answer["toolchain"].split()[0] == kind
    assert answer["proof"]["ran"] == {"with": runner, "exit": 0}
    if link == "static":
        assert (info.interpreter, info.needed) == (None, ())
    else:
        assert info.interpreter == answer["proof"]["interpreter"] is not None
    if ":" in libc:
        assert elf.version_key(info.glibc_min or "0") <= elf.version_key(libc.partition(":")[2])
    shown = subprocess.run(["readelf", "-lW", answer["output"]], capture_output=True, text=True, check=True).stdout
    assert ("interpreter" in shown) == (link == "dynamic")


def test_the_plan_works_without_gomend(tmp_path: Path) -> None:
    folder = project(tmp_path / "src")
    out = tmp_path / "by-hand"
    done = gomend(
        "--target",
        "linux/arm64",
        "--libc",
        "glibc",
        "--link",
        "dynamic",
        str(folder),
        "-o",
        str(out),
        "--dry-run",
        "--format",
        "json",
    )
    answer = json.loads(done.stdout)
    assert not out.exists()
    env = {**os.environ, **answer["env"], "GOFLAGS": "-buildvcs=false"}
    subprocess.run(answer["argv"], cwd=folder, env=env, check=True, capture_output=True)
    assert elf.inspect(str(out)).arch == "arm64"


def test_the_same_bytes_in_another_folder(tmp_path: Path) -> None:
    one, other = (
        Path(build(project(tmp_path / name / "deep"), "linux/amd64", "glibc", "dynamic")["output"]).read_bytes()
        for name in ("a", "b")
    )
    assert one == other


def test_a_package_without_main_is_proved_by_its_tests(tmp_path: Path) -> None:
    folder = project(tmp_path / "src", HELLO.replace("package main", "package shop").replace("func main()", "func Show()"))
    (folder / "shop_test.go").write_text('package shop\n\nimport "testing"\n\nfunc TestShow(t *testing.T) { Show() }\n')
    answer = build(folder, "linux/amd64", "glibc", "dynamic")
    assert answer["proof"]["ran"] == {"with": "native", "exit": 0}


def test_a_failed_build_writes_nothing_and_says_what_the_compiler_said(tmp_path: Path) -> None:
    folder = project(tmp_path / "src", HELLO.replace("return a + b;", "return a + ;"))
    out = tmp_path / "out" / "shop"
    done = gomend("--target", "linux/amd64", "--libc", "glibc", "--link", "dynamic", str(folder), "-o", str(out))
    assert done.returncode == 1
    assert "expected expression" in done.stdout
    assert list(out.parent.iterdir()) == []


def test_a_program_that_does_not_start_is_not_put_in_place(tmp_path: Path) -> None:
    text = HELLO.replace(
        "// static int add(int a, int b) { return a + b; }",
        "// #cgo LDFLAGS: -L${SRCDIR}/third -lthird\n// int add(int a, int b);",
    )
    folder = project(tmp_path / "src", text)
    (folder / "third").mkdir()
    (folder / "third/third.txt").write_text("int add(int a, int b) { return a + b; }\n")
    subprocess.run(["gcc", "-shared", "-x", "c", "third/third.txt", "-o", "third/libthird.so"], cwd=folder, check=True)
    out = tmp_path / "out" / "shop"
    done = gomend(
        "--target", "linux/amd64", "--libc", "glibc", "--link", "dynamic", str(folder), "-o", str(out), "--format", "json"
    )
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert (answer["built"], answer["proved"]) == (True, False)
    assert "libthird.so" in answer["proof"]["wrong"][0]
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--target", "linux/amd65", "--libc", "musl"], "linux/amd65"),
        (["--target", "linux/amd64", "--libc", "uclibc"], "uclibc"),
        (["--target", "linux/amd64", "--libc", "glibc:two"], "glibc:two"),
        (["--target", "linux/loong64", "--libc", "glibc:2.17", "--link", "dynamic"], "2.36"),
        (["--target", "linux/amd64", "--libc", "musl", "--sysroot", "/nowhere"], "/nowhere"),
        (["--target", "linux/arm64", "--libc", "glibc", "--link", "static", "--toolchain", "zig"], "static glibc"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(words: list[str], says: str, tmp_path: Path) -> None:
    done = gomend(*words, str(project(tmp_path / "src")), "-o", str(tmp_path / "o"))
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_script_stands_alone_in_both_forms(tmp_path: Path) -> None:
    folder = project(tmp_path / "src")
    zig = json.loads(
        gomend("--target", "linux/amd64", "--libc", "musl", str(folder), "-o", "x", "--dry-run", "--format", "json").stdout
    )
    assert zig["toolchain"].startswith("zig")
    made = gomend(
        "--target",
        "linux/amd64",
        "--libc",
        "glibc:2.28",
        "--link",
        "dynamic",
        str(folder),
        "-o",
        str(folder / "shop"),
        "--emit",
        "script",
    )
    (folder / "build.sh").write_text(made.stdout)
    subprocess.run(["shellcheck", str(folder / "build.sh")], check=True)
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "GOFLAGS": "-buildvcs=false"}
    for flag, says in (("--static", "static: no interpreter"), ("--dynamic", "dynamic: /lib64/ld-linux-x86-64.so.2")):
        done = subprocess.run(
            ["sh", "build.sh", flag, "-o", "shop"], cwd=folder, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert says in done.stdout
        assert subprocess.run([str(folder / "shop")], capture_output=True, text=True, check=True).stdout == "OK 42\n"


@pytest.mark.parametrize("form", ["makefile", "dockerfile", "github", "gitlab", "goreleaser"])
def test_other_forms_name_versions_and_no_folder_of_this_machine(form: str, tmp_path: Path) -> None:
    folder = project(tmp_path / "src")
    made = gomend("--target", "linux/arm64", "--libc", "musl", str(folder), "-o", str(folder / "dist/shop"), "--emit", form)
    assert made.returncode == 0, made.stderr
    assert str(tmp_path) not in made.stdout
    assert "shop" in made.stdout or form == "dockerfile"
    if form in {"github", "gitlab", "goreleaser"}:
        from ruamel.yaml import YAML

        assert YAML(typ="safe").load(made.stdout)


@pytest.mark.full
def test_a_sysroot_of_another_cpu(tmp_path: Path) -> None:
    """zlib for arm64 from Debian's packages: dynamic with the cross gcc, static with musl by zig, both started in qemu."""
    made = subprocess.run(
        [sys.executable, "-m", "gomend", "cgo", "sysroot", "make", "zlib1g-dev", "--target", "linux/arm64", "-o", str(tmp_path / "root"), "--format", "json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    text = 'package main\n\n// #cgo pkg-config: zlib\n// #include <zlib.h>\nimport "C"\nimport "fmt"\n\nfunc main() { fmt.Println("OK", C.GoString(C.zlibVersion())) }\n'
    folder = project(tmp_path / "src", text)
    for libc, link in (("glibc", "dynamic"), ("musl", "static")):
        answer = build(folder, "linux/arm64", libc, link, "--sysroot", str(tmp_path / "root"))
        assert answer["proof"]["ran"] == {"with": "qemu-aarch64", "exit": 0}
        shutil.rmtree(folder / "out")
    (tmp_path / "root/own/usr/include/zlib.h").write_text("changed")
    verified = subprocess.run(
        [sys.executable, "-m", "gomend", "cgo", "sysroot", "verify", str(tmp_path / "root")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 1
    assert "own/usr/include/zlib.h" in verified.stdout


@pytest.mark.full
@pytest.mark.parametrize(("cpu", "qemu"), [("riscv64", "qemu-riscv64"), ("loong64", "qemu-loongarch64")])
def test_a_cpu_that_came_with_a_later_release(cpu: str, qemu: str, tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "gomend", "cgo", "sysroot", "make", "zlib1g-dev", "--target", f"linux/{cpu}", "-o", str(tmp_path / "root"), "--format", "json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    text = 'package main\n\n// #cgo pkg-config: zlib\n// #include <zlib.h>\nimport "C"\nimport "fmt"\n\nfunc main() { fmt.Println("OK", C.GoString(C.zlibVersion())) }\n'
    answer = build(project(tmp_path / "src", text), f"linux/{cpu}", "glibc", "dynamic", "--sysroot", str(tmp_path / "root"))
    if answer["proof"]["ran"] is None:  # qemu 7.2 lacks LoongArch's vectors, and that release's C library has them
        assert "does not even run this C library" in answer["proof"]["not_run"]
        assert cpu == "loong64"
    else:
        assert answer["proof"]["ran"] == {"with": qemu, "exit": 0}


def plan(folder: Path, *words: str, **env: str) -> dict[str, Any]:
    argv = [
        sys.executable,
        "-m",
        "gomend",
        "cgo",
        "build",
        *words,
        str(folder),
        "-o",
        str(folder / "o"),
        "--dry-run",
        "--format",
        "json",
    ]
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, env={**os.environ, "GOFLAGS": "-buildvcs=false", **env}
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_callers_own_compiler_comes_first_where_it_fits(tmp_path: Path) -> None:
    """With a launcher before it, as ccache is put: here env(1) under that name, since only its place counts."""
    folder = project(tmp_path / "src")
    launcher = tmp_path / "ccache"
    launcher.write_text('#!/bin/sh\necho used >> "$0.log"\nexec "$@"\n')
    launcher.chmod(0o755)
    own = f"{launcher} aarch64-linux-gnu-gcc -march=armv8-a"
    dynamic = ("--libc", "glibc", "--link", "dynamic")
    answer = plan(folder, "--target", "linux/arm64", *dynamic, CC=own)
    assert answer["env"]["CC"].split() == [str(launcher), shutil.which("aarch64-linux-gnu-gcc"), "-march=armv8-a"]
    assert plan(folder, "--target", "linux/arm64", "--libc", "musl", CC=own)["toolchain"].startswith("zig"), "it has no musl"
    assert plan(folder, "--target", "linux/amd64", *dynamic, CC=own)["env"]["CC"] == shutil.which("gcc"), "it makes other code"
    assert plan(folder, "--target", "linux/arm64", *dynamic, CC="no-such-compiler")["toolchain"].startswith("gcc")
    env = {**os.environ, **answer["env"], "GOFLAGS": "-buildvcs=false", "GOCACHE": str(tmp_path / "cache")}
    subprocess.run(answer["argv"], cwd=folder, env=env, check=True, capture_output=True)
    assert (tmp_path / "ccache.log").exists()


def test_c_plus_plus_needs_its_own_compiler_of_the_target(tmp_path: Path) -> None:
    """A cross gcc without its g++: go would call this machine's, so zig is taken."""
    folder = project(
        tmp_path / "src", HELLO.replace("// static int add(int a, int b) { return a + b; }", "// int add(int a, int b);")
    )
    (folder / "add.cc").write_text('extern "C" int add(int a, int b) { return a + b; }\n')
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("go", "aarch64-linux-gnu-gcc", "sh"):
        (tools / name).symlink_to(shutil.which(name) or "")
    answer = plan(folder, "--target", "linux/arm64", "--libc", "glibc", "--link", "dynamic", PATH=str(tools))
    assert answer["toolchain"].startswith("zig")


@pytest.mark.parametrize("target", ["darwin/arm64", "darwin/amd64", "windows/arm64"])
def test_other_systems_are_planned_and_read(target: str, tmp_path: Path) -> None:
    answer = plan(project(tmp_path / "src", NET), "--target", target)
    assert answer["toolchain"].split()[0] in {"go", "zig"}
    answer = plan(project(tmp_path / "src", HELLO), "--target", target)
    assert answer["toolchain"].split()[0] == "zig"
    assert [r["value"] for r in answer["reasons"] if r["name"] == "-ldflags"] == (["-w"] if target.startswith("darwin") else [])


@pytest.mark.full
@pytest.mark.parametrize("target", ["darwin/arm64", "windows/amd64"])
def test_other_systems_are_built(target: str, tmp_path: Path) -> None:
    text = NET.replace("import (\n", '// static int one(void) { return 1; }\nimport "C"\n\nimport (\n\t"net/http"\n').replace(
        'net.LookupHost("localhost")', "net.LookupHost(http.MethodGet)\n\tC.one()"
    )
    answer = build(project(tmp_path / "src", text), target, "musl", "static")
    assert answer["proof"]["arch"] == target.partition("/")[2]
    assert answer["proof"]["wrong"] == []
