"""Between go and the real zig: every argument that cmd/go allows and cmd/link writes, and what surrounds a call."""

from __future__ import annotations

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gomend.apps.cgo import ordering
from gomend.cgo.build import darwin, gnucxx, toolchains, wrapper
from gomend.cgo.build.things import Plan
from gomend.ports.doors import real_doors

from .arguments import COMPILE, GLIBC, LINK, MAC, MUSL, PPC, REFUSED, allowed, examples

ZIG = toolchains.zig(real_doors()) or ""
MAIN = "int main(void) { return 0; }\n"


def program(folder: Path, target: str, mode: str = "cc", more: tuple[str, ...] = (), cxx: str = "") -> str:
    """The wrapper as a file."""
    path = folder / f"{mode}-{target}"
    path.write_text(wrapper.text(ZIG, mode, target, more, cxx=cxx))
    path.chmod(0o755)
    return str(path)


def run(*argv: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, **env} if env is not None else None
    )


def raw(target: str, *argv: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return run(ZIG, "cc", "-target", target, *argv, cwd=cwd, env=env)


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (COMPILE, ("validCompilerFlags", "validCompilerFlagsWithNextArg")),
        (LINK, ("validLinkerFlags", "validLinkerFlagsWithNextArg")),
    ],
)
def test_there_is_an_example_for_all_that_go_allows(table: dict[str, str], names: tuple[str, ...]) -> None:
    words = [word for _, word in examples(table)]
    patterns = [pattern for name in names for pattern in allowed(name)]
    assert len(patterns) > 50
    assert [p for p in patterns if not any(re.fullmatch(p, word) for word in words)] == []


def _tried(folder: Path, table: dict[str, str], targets: set[str], *, link: bool) -> dict[tuple[str, str], str]:
    """What zig refuses of the examples through the wrapper: its first error."""
    folder.joinpath("x.c").write_text(MAIN)
    folder.joinpath("y.c").write_text("int f(void) { return 0; }\n")
    jobs = [(target, word) for target, word in examples(table) if target in targets]
    programs = {target: program(folder, target) for target in targets}
    if link:
        run(next(iter(programs.values())), "-c", "y.c", "-o", "y.o", cwd=folder)
        run(ZIG, "ar", "rcs", "liby.a", "y.o", cwd=folder)

    def one(job: tuple[str, str]) -> tuple[tuple[str, str], str]:
        target, word = job
        out = f"out-{jobs.index(job)}"
        words = ["x.c", *word.split(), "-o", out] if link else ["-c", *word.split(), "x.c", "-o", out]
        done = run(programs[target], *words, cwd=folder)
        return job, "" if done.returncode == 0 else next(
            (x for x in done.stderr.splitlines() if "error" in x), done.stderr[:80]
        )

    with ThreadPoolExecutor(2) as pool:
        return {job: error for job, error in pool.map(one, jobs) if error}


def test_the_compiler_takes_all_that_go_allows(tmp_path: Path) -> None:
    """Objects only: they need no C library of the target."""
    refused = _tried(tmp_path, COMPILE, set(COMPILE) - {MAC}, link=False)
    assert {job: error for job, error in refused.items() if REFUSED.get(job[1], "?") not in error} == {}
    linked = {word for _, word in examples(LINK)}
    wanted = {word for target, word in examples(COMPILE) if target != MAC and word in REFUSED and word not in linked}
    assert {word for _, word in refused} >= wanted, "what is said to be refused is refused"


def test_the_linker_takes_all_that_go_allows(tmp_path: Path) -> None:
    refused = _tried(tmp_path, LINK, {GLIBC}, link=True)
    assert {job: error for job, error in refused.items() if REFUSED.get(job[1], "?") not in error} == {}


@pytest.mark.full
@pytest.mark.parametrize("target", sorted(set(LINK) - {GLIBC}))
def test_the_linker_of_other_targets_takes_all_that_go_allows(target: str, tmp_path: Path) -> None:
    refused = _tried(tmp_path, LINK, {target}, link=True)
    assert {job: error for job, error in refused.items() if REFUSED.get(job[1], "?") not in error} == {}


@pytest.mark.full
def test_the_compiler_for_macos_takes_all_that_go_allows(tmp_path: Path) -> None:
    refused = _tried(tmp_path, COMPILE, {MAC}, link=False)
    assert {job: error for job, error in refused.items() if REFUSED.get(job[1], "?") not in error} == {}


def test_tuning_for_a_cpu_does_not_make_the_program_need_it(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text("#ifdef __AVX2__\nneeds avx2\n#endif\n")
    assert "needs avx2" in raw(MUSL, "-mtune=haswell", "-E", "x.c", cwd=tmp_path).stdout, (
        "zig itself does it: the rule has a reason"
    )
    assert "needs avx2" not in run(program(tmp_path, MUSL), "-mtune=haswell", "-E", "x.c", cwd=tmp_path).stdout
    assert "needs avx2" in run(program(tmp_path, MUSL), "-march=x86-64-v3", "-E", "x.c", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("target", "argument", "macro"),
    [
        ("arm-linux-musleabihf", "-march=armv6", "__ARM_ARCH 6"),
        ("arm-linux-musleabihf", "-march=armv7-a", "__ARM_ARCH 7"),
        ("aarch64-linux-musl", "-march=armv8-a+crc", "__ARM_FEATURE_CRC32 1"),
        ("aarch64-linux-musl", "-march=armv8.2-a", "__ARM_FEATURE_ATOMICS 1"),
        (PPC, "-mcpu=power9", "_ARCH_PWR9 1"),
        ("x86_64-linux-musl", "-march=x86-64-v2", "__SSE4_2__ 1"),
        ("riscv64-linux-musl", "-march=rv64gc", "__riscv_flen 64"),
    ],
)
def test_the_names_of_cpus_mean_what_gcc_means(target: str, argument: str, macro: str, tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text("")
    done = run(program(tmp_path, target), argument, "-dM", "-E", "x.c", cwd=tmp_path)
    assert f"#define {macro}\n" in done.stdout, done.stderr


@pytest.mark.parametrize("name", ["CPATH", "C_INCLUDE_PATH"])
def test_headers_that_the_caller_keeps_for_this_machine_stay_outside(name: str, tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text("#include <stdio.h>\n")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/stdio.h").write_text("#error this machine's\n")
    env = {name: str(tmp_path / "own")}
    if name == "CPATH":
        assert "this machine's" in raw(MUSL, "-c", "x.c", cwd=tmp_path, env=env).stderr
    assert run(program(tmp_path, MUSL), "-c", "x.c", cwd=tmp_path, env=env).returncode == 0


def test_old_c_builds_with_the_warning_that_gcc_12_gives(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text("int main(void) { return twice(2) - 4; }\nint twice(int a) { return a * 2; }\n")
    assert raw(MUSL, "-c", "x.c", cwd=tmp_path).returncode == 1
    assert run("gcc", "-c", "x.c", cwd=tmp_path).returncode == 0, "gcc before 14"
    done = run(program(tmp_path, MUSL), "-c", "x.c", "-o", "x.o", cwd=tmp_path)
    assert (done.returncode, "implicit" in done.stderr) == (0, True)
    strict = run(program(tmp_path, MUSL), "-Werror=implicit-function-declaration", "-c", "x.c", cwd=tmp_path)
    assert strict.returncode == 1, "the package's own wish counts"


def test_undefined_behaviour_does_not_end_in_a_trap(tmp_path: Path) -> None:
    """zig switches its checks on for code without -O; a package that asks for them gets them."""
    (tmp_path / "x.c").write_text("int main(int n, char **v) { int big = 0x7fffffff; return (big + n) == 0; }\n")
    run(program(tmp_path, MUSL), "-O0", "x.c", "-o", "x", cwd=tmp_path)
    raw(MUSL, "-O0", "x.c", "-o", "y", cwd=tmp_path)
    assert run(str(tmp_path / "x"), cwd=tmp_path).returncode == 0
    assert run(str(tmp_path / "y"), cwd=tmp_path).returncode != 0


def test_states_of_the_linker_are_pushed_and_popped_as_ld_does(tmp_path: Path) -> None:
    """-Bstatic between push and pop reaches one library alone; GNU ld is the judge."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.c").write_text(f"int {name}(void) {{ return 0; }}\n")
        run("gcc", "-c", "-fPIC", f"{name}.c", "-o", f"{name}.o", cwd=tmp_path)
        run("gcc", "-shared", f"{name}.o", "-o", f"lib{name}.so", cwd=tmp_path)
        run("ar", "rcs", f"lib{name}.a", f"{name}.o", cwd=tmp_path)
    (tmp_path / "x.c").write_text("int one(void), two(void);\nint main(void) { return one() + two(); }\n")
    words = ["x.c", "-L.", "-Wl,--push-state", "-Wl,-Bstatic", "-lone", "-Wl,--pop-state", "-ltwo", "-o"]
    needed = []
    for out, compiler in (("ours", program(tmp_path, GLIBC)), ("theirs", "gcc")):
        assert run(compiler, *words, out, cwd=tmp_path).returncode == 0
        shown = run("readelf", "-d", out, cwd=tmp_path).stdout
        needed.append(sorted(re.findall(r"NEEDED.*\[(lib(?:one|two)\.so)\]", shown)))
    assert needed[0] == needed[1] == ["libtwo.so"]


def test_a_file_of_arguments_is_read_as_the_arguments_are(tmp_path: Path) -> None:
    """As cmd/link writes it: one in each line, quoted by Go's %q; with a folder that has a blank and an umlaut."""
    folder = tmp_path / "a bü"
    folder.mkdir()
    (folder / "x.c").write_text(MAIN)
    many = [f"-L{folder}/{n}" for n in range(4000)]
    lines = ["-Wl,--warn-common", "-mtune=generic", *many, str(folder / "x.c"), "-o", str(folder / "x")]
    (folder / "response").write_text("".join(f'"{line}"\n' for line in lines), encoding="utf-8")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = run(program(tmp_path, MUSL), f"@{folder / 'response'}", cwd=tmp_path, env={"TMPDIR": str(temporary)})
    assert done.returncode == 0, done.stderr[-500:]
    assert run(str(folder / "x"), cwd=tmp_path).returncode == 0
    assert list(temporary.iterdir()) == [], "nothing is left"


def test_a_link_too_long_for_a_command_line_goes_through(tmp_path: Path) -> None:
    """A real go build whose link go puts into a response file (cmd/link, passLongArgsInResponseFile)."""
    (tmp_path / "go.mod").write_text("module example.com/x\n\ngo 1.21\n")
    (tmp_path / "main.go").write_text(
        "package main\n\n// #cgo LDFLAGS: -Wl,--warn-common\n// static int f(void) { return 0; }\n"
        'import "C"\n\nfunc main() { println(C.f()) }\n'
    )
    folder = f"-L{tmp_path}/no/such/folder/"
    flags = " ".join(
        f"{folder}{n:04}" for n in range(115_000 // (len(folder) + 5))
    )  # one word of a command line has 128 KiB at most
    env = {"CC": program(tmp_path, MUSL), "CGO_ENABLED": "1", "GOFLAGS": ""}
    done = run(
        "go", "build", f"-ldflags=-linkmode=external -extldflags '-static {flags}' -v", "-o", "x", ".", cwd=tmp_path, env=env
    )
    assert done.returncode == 0, done.stderr[-600:]
    assert "response file" in done.stderr, "go wrote one"
    assert run(str(tmp_path / "x"), cwd=tmp_path).returncode == 0


def test_stubs_of_macos_have_each_name_that_go_asks_for() -> None:
    """The names in GOROOT/src, of the real go."""
    root = run("go", "env", "GOROOT", cwd=Path("/")).stdout.strip()
    done = run(
        "grep", "-rhE", "go:cgo_import_dynamic .*(libresolv|Frameworks/)", "--include=*.go", f"{root}/src", cwd=Path("/")
    )
    asked = {(home, name) for name, home in re.findall(r'cgo_import_dynamic \S+ (\w+) "([^"]+)"', done.stdout)}
    assert len(asked) > 20
    stubbed = {(home, name) for home, names in darwin.STUBS.values() for name in names.split()}
    assert asked <= stubbed


@pytest.mark.parametrize("floor", ["2.17", "2.28"])
def test_an_archive_of_gnus_c_plus_plus_runs_on_an_old_glibc(floor: str, tmp_path: Path) -> None:
    """Exceptions through both compilers' code, strings, random numbers; started under an older glibc than the archive's own."""
    (tmp_path / "lib.cc").write_text(
        "#include <random>\n#include <stdexcept>\n#include <string>\n#include <map>\n#include <iostream>\n"
        'extern "C" int work(int n) {\n  std::map<std::string, int> m;\n  std::random_device d;\n  m[std::to_string(d() % 2)] = n;\n'
        '  try { if (n) throw std::runtime_error("thrown"); }\n  catch (const std::exception &e) { std::cout << e.what() << std::endl; return 0; }\n  return 1;\n}\n'
    )
    (tmp_path / "main.c").write_text("int work(int);\nint main(int n, char **v) { return work(n); }\n")
    assert run("g++", "-O2", "-c", "lib.cc", "-o", "lib.o", cwd=tmp_path).returncode == 0
    archive = run("gcc", "-print-file-name=libstdc++.a", cwd=tmp_path).stdout.strip()
    shim, words = tmp_path / "old-glibc.c", tmp_path / "libstdc++"
    shim.write_text(gnucxx.SHIM)
    words.write_text(gnucxx.arguments(archive, str(shim)))
    compiler = program(tmp_path, f"x86_64-linux-gnu.{floor}", cxx=f"@{words}")
    done = run(compiler, "main.c", "lib.o", "-lstdc++", "-lm", "-o", "x", cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-600:]
    old = Path(__file__).parents[2] / ".cache/roots/bullseye"
    libraries = f"{old}/lib/x86_64-linux-gnu:{old}/usr/lib/x86_64-linux-gnu"
    started = run(f"{old}/lib/x86_64-linux-gnu/ld-2.31.so", "--library-path", libraries, "./x", cwd=tmp_path)
    assert (started.returncode, started.stdout) == (0, "thrown\n")


def test_what_an_older_gomend_wrote_is_written_again(tmp_path: Path) -> None:
    """The stubs' place does not change with their text."""
    path = tmp_path / "darwin/libresolv.tbd"
    for text in ("old\n", "new\n", "new\n"):
        ordering.write_programs(Plan(env={}, argv=("go",), reasons=(), files={str(path): text}))
        assert path.read_text() == text
