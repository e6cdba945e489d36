"""Real projects, really broken; the fix is done, the rule is silent, and the build works."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from gomend.binary import elf
from gomend.model.base import Cost, Severity

MOD = "module example.com/shop\n\ngo 1.22\n"
CGO = 'package main\n\n// static int add(int a, int b) { return a + b; }\nimport "C"\n\nfunc main() { println("OK", C.add(2, 40)) }\n'
PURE = 'package main\n\nfunc main() { println("OK") }\n'
NET = 'package main\n\nimport (\n\t"fmt"\n\t"os/user"\n)\n\nfunc main() {\n\t_, err := user.Lookup("root")\n\tfmt.Println("OK", err)\n}\n'
PROJECT = {"go.mod": MOD, "main.go": CGO}
ARM = ("linux/arm64",)


def builds(bench, *, output: str = "o", env: dict[str, str] | None = None) -> Path:
    done = bench.run("go", "build", "-o", output, ".", env=env)
    assert done.returncode == 0, done.stderr
    return bench.root / output


def test_cross_build_with_the_cross_gcc(bench) -> None:
    b = bench(PROJECT)
    assert b.check(depth=Cost.DEEP, codes=("GM260",), targets=ARM).findings
    finding = b.finding("GM205", targets=ARM)
    assert finding.severity is Severity.ERROR
    b.mend(finding)
    assert not b.check(depth=Cost.DEEP, targets=ARM).findings
    built = builds(b, env=b.target_env("linux/arm64"))
    info = elf.inspect(str(built))
    assert (info.arch, info.interpreter) == ("arm64", "/lib/ld-linux-aarch64.so.1")
    assert "OK 42" in b.run("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", str(built)).stderr
    # A second look has nothing left to change.
    before = (b.root / ".gomend/env/linux_arm64.env").read_text()
    assert not b.check(targets=ARM).findings
    assert before == (b.root / ".gomend/env/linux_arm64.env").read_text()


def test_cross_build_with_zig_where_no_cross_gcc_is_installed(bench) -> None:
    b = bench(PROJECT)
    b.tools("gcc", "qemu-aarch64")
    finding = b.finding("GM205", targets=ARM)
    fix = b.mend(finding)
    assert "zig" in fix.title.parameters["compiler"]
    assert not b.check(depth=Cost.DEEP, targets=ARM).findings
    info = elf.inspect(str(builds(b, env=b.target_env("linux/arm64"))))
    assert (info.arch, info.static) == ("arm64", True)
    assert "OK 42" in b.run("qemu-aarch64", "./o").stderr


def test_host_gcc_for_arm64(bench) -> None:
    b = bench(PROJECT)
    b.env |= {"GOARCH": "arm64", "CGO_ENABLED": "1"}
    assert "Assembler" in b.run("go", "build", "./...").stderr
    b.mend(b.finding("GM204"))
    assert not b.check().findings
    assert elf.inspect(str(builds(b, env=b.target_env("linux/arm64")))).arch == "arm64"


def test_cc_for_target_is_taken_over(bench) -> None:
    b = bench(PROJECT)
    b.env |= {"GOARCH": "arm64", "CGO_ENABLED": "1", "CC_FOR_linux_arm64": "aarch64-linux-gnu-gcc"}
    b.mend(b.finding("GM219"))
    assert b.target_env("linux/arm64")["CC"] == "aarch64-linux-gnu-gcc"
    assert not b.check(depth=Cost.DEEP).findings


@pytest.mark.parametrize(
    ("code", "value"), [("GM201", "/opt/gone/gcc"), ("GM203", "/bin/false"), ("GM204", "aarch64-linux-gnu-gcc")]
)
def test_cc_of_this_machine(bench, code: str, value: str) -> None:
    b = bench(PROJECT)
    assert b.run("go", "env", "-w", f"CC={value}", "CGO_ENABLED=1").returncode == 0
    assert b.run("go", "build", "./...").returncode != 0
    b.mend(b.finding(code))
    assert not b.check(depth=Cost.DEEP).findings
    assert "OK 42" in b.run(str(builds(b))).stderr


def test_cc_with_a_blank_in_its_path(bench) -> None:
    b = bench(PROJECT)
    folder = b.folder / "my tools"
    folder.mkdir()
    (folder / "gcc").symlink_to(shutil.which("gcc") or "gcc")
    b.run("go", "env", "-w", f"CC={folder}/gcc", "CGO_ENABLED=1")
    assert b.run("go", "build", "./...").returncode != 0
    b.mend(b.finding("GM202"))
    assert not b.check().findings
    builds(b)


def test_no_compiler_but_zig(bench) -> None:
    b = bench(PROJECT)
    b.tools()
    assert b.run("go", "env", "CGO_ENABLED").stdout == "0\n"
    finding = b.finding("GM206")
    b.mend(finding)
    assert b.run("go", "env", "CGO_ENABLED", "CC").stdout.splitlines()[0] == "1"
    assert not b.check().findings
    assert "OK 42" in b.run(str(builds(b))).stderr


def test_cgo_switched_off(bench) -> None:
    add = 'package main\n\n// static int add(int a, int b) { return a + b; }\nimport "C"\n\nfunc cAdd(a, b C.int) C.int { return C.add(a, b) }\n'
    b = bench({"go.mod": MOD, "main.go": 'package main\n\nfunc main() { println("OK", cAdd(2, 40)) }\n', "add.go": add})
    b.run("go", "env", "-w", "CGO_ENABLED=0")
    log = b.run("go", "build", "./...").stderr
    report = b.check(log=log, log_source="log")
    assert [(f.code, f.explained_by is None) for f in report.findings] == [("GM207", True), ("GM252", False)]
    b.mend(b.finding("GM207"))
    assert not b.check(depth=Cost.DEEP).findings
    builds(b)


def test_flags_with_the_quotes_of_a_shell(bench) -> None:
    b = bench({"go.mod": MOD, "main.go": CGO.replace("a + b", "a + b + sizeof(NAME) - 4")})
    (b.folder / "goenv").write_text("CGO_CFLAGS=-DNAME='\"a b\"'\n")
    assert b.run("go", "build", "./...").returncode != 0
    b.mend(b.finding("GM218"))
    assert not b.check(codes=("GM218",)).findings
    assert "OK 42" in b.run(str(builds(b))).stderr


def test_flag_that_go_refuses(bench) -> None:
    b = bench({"go.mod": MOD, "main.go": CGO.replace("// static", "// #cgo CFLAGS: -fexcess-precision=standard\n// static")})
    log = b.run("go", "build", "./...").stderr
    b.mend(b.finding("GM266", log=log, log_source="log"))
    builds(b)


PC = "prefix={}\nName: foo\nDescription: foo\nVersion: 1.0\nCflags: -I${{prefix}}/include\nLibs: -L${{prefix}}/lib -lfoo\n"
ASKS = 'package main\n\n// #cgo pkg-config: foo\n// #include <foo.h>\nimport "C"\n\nfunc main() { println("OK", C.foo()) }\n'


def library(bench, cc: str) -> None:
    for folder in ("third/include", "third/lib/pkgconfig"):
        (bench.root / folder).mkdir(parents=True)
    (bench.root / "third/include/foo.h").write_text("int foo(void);\n")
    (bench.root / "third/foo.txt").write_text("int foo(void) { return 42; }\n")
    (bench.root / "third/lib/pkgconfig/foo.pc").write_text(PC.format(bench.root / "third"))
    for argv in (
        (cc, "-x", "c", "-c", "third/foo.txt", "-o", "third/foo.o"),
        ("ar", "rcs", "third/lib/libfoo.a", "third/foo.o"),
    ):
        done = bench.run(*argv)
        assert done.returncode == 0, done.stderr


def test_pkg_config_file_inside_the_project(bench) -> None:
    b = bench({"go.mod": MOD, "main.go": ASKS})
    library(b, "gcc")
    b.mend(b.finding("GM211"))
    assert not b.check(depth=Cost.DEEP).findings
    assert "OK 42" in b.run(str(builds(b, env=b.target_env("linux/amd64")))).stderr


def test_pkg_config_of_this_machine_leaks_into_a_cross_build(bench) -> None:
    b = bench({"go.mod": MOD, "main.go": ASKS})
    library(b, "gcc")
    b.env |= {
        "GOARCH": "arm64",
        "CGO_ENABLED": "1",
        "CC": "aarch64-linux-gnu-gcc",
        "PKG_CONFIG_PATH": str(b.root / "third/lib/pkgconfig"),
    }
    log = b.run("go", "build", "./...").stderr
    assert "libfoo.a" in log
    report = b.check(log=log, log_source="log")
    assert report.findings[0].code == "GM212"
    library_findings = [f for f in report.findings if f.explained_by]
    assert {f.code for f in library_findings} <= {"GM268", "GM279"}
    shutil.rmtree(b.root / "third")
    library(b, "aarch64-linux-gnu-gcc")
    del b.env["PKG_CONFIG_PATH"]
    b.env["PKG_CONFIG_LIBDIR"] = str(b.root / "third/lib/pkgconfig")
    assert not b.check(depth=Cost.DEEP).findings


def test_vendor_without_the_headers(bench) -> None:
    dep = 'package dep\n\n// #cgo CFLAGS: -I${SRCDIR}/include\n// #include "dep.h"\nimport "C"\n\nfunc F() int { return int(C.depf()) }\n'
    b = bench(
        {
            "go.mod": MOD + "\nrequire example.com/dep v0.0.0\n\nreplace example.com/dep => ./dep\n",
            "main.go": 'package main\n\nimport "example.com/dep"\n\nfunc main() { println("OK", dep.F()) }\n',
            "dep/go.mod": "module example.com/dep\n\ngo 1.22\n",
            "dep/dep.go": dep,
            "dep/include/dep.h": "static int depf(void) { return 42; }\n",
        }
    )
    assert b.run("go", "mod", "vendor").returncode == 0
    assert b.run("go", "build", "./...").returncode != 0
    b.mend(b.finding("GM226"))
    assert not b.check(depth=Cost.DEEP).findings
    builds(b)


def test_binary_for_an_older_glibc(bench) -> None:
    b = bench(
        {
            "go.mod": MOD,
            "main.go": CGO.replace("// static", "// #include <pthread.h>\n// static").replace(
                "a + b", "a + b + !pthread_self()"
            ),
        }
    )
    path = builds(b, output="bin/shop")
    assert elf.version_key(elf.inspect(str(path)).glibc_min or "0") > (2, 31)
    b.mend(b.finding("GM221", deploy="debian:11"))
    assert not b.check(deploy="debian:11").findings
    assert elf.version_key(elf.inspect(str(path)).glibc_min or "0") <= (2, 31)
    assert "OK 42" in b.run(str(path)).stderr


@pytest.mark.parametrize("deploy", ["alpine:3.20", "scratch"])
def test_binary_for_a_system_without_glibc(bench, deploy: str) -> None:
    b = bench({"go.mod": MOD, "main.go": NET})
    path = builds(b, output="bin/shop")
    finding = b.finding("GM222", deploy=deploy)
    b.mend(finding)
    assert not b.check(deploy=deploy).findings
    assert elf.inspect(str(path)).static
    assert "OK <nil>" in b.run(str(path)).stdout


def test_musl_binary_for_alpine(bench) -> None:
    b = bench(PROJECT)
    path = builds(b, output="bin/shop")
    b.mend(b.finding("GM222", deploy="alpine:3.20"))
    assert not b.check(deploy="alpine:3.20").findings
    info = elf.inspect(str(path))
    assert info.static
    assert info.go is not None
    assert info.go.settings["CGO_ENABLED"] == "1"


@pytest.mark.parametrize(
    "files",
    [
        {"go.mod": MOD, "main.go": PURE},
        {"go.mod": MOD, "main.go": NET},
        PROJECT,
        {"go.mod": MOD, "main.go": CGO, "main_pure.go": "//go:build !cgo\n\n" + PURE},
        {"go.mod": MOD, "lib/lib.go": CGO.replace("package main", "package lib").replace("func main()", "func F()")},
    ],
    ids=["pure", "standard-library", "cgo", "cgo-with-stub", "library"],
)
def test_healthy_projects_are_left_alone(bench, files: dict[str, str]) -> None:
    b = bench(files)
    report = b.check(depth=Cost.DEEP)
    assert not report.findings
    assert not report.undetermined


def test_healthy_cross_builds_are_left_alone(bench) -> None:
    pure = bench({"go.mod": MOD, "main.go": NET})
    assert not pure.check(depth=Cost.DEEP, targets=("linux/arm64", "windows/amd64", "darwin/arm64")).findings
    pure.env |= {"CGO_ENABLED": "0"}
    assert not pure.check(depth=Cost.DEEP, targets=ARM).findings


def test_declared_target_is_mended_with_what_the_environment_cannot_say(bench) -> None:
    """The wheel of zig that stands beside gomend is found by the Python that runs gomend."""
    b = bench(PROJECT)
    b.tools("gcc")
    fix = b.mend(b.finding("GM205", targets=("linux/riscv64",)))
    assert sys.executable in fix.title.parameters["compiler"]
    assert b.target_env("linux/riscv64")["CC"].endswith("cc -target riscv64-linux-musl")
