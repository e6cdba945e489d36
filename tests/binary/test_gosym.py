"""Functions, lines and inlined calls: the same as Go's debug/gosym and debug/dwarf read, from every shape and layout."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from gomend.binary import debuginfo, gosym
from gomend.binary.image import Image
from gomend.binary.info import BinaryError
from tests.binary import witness

WHOLE = (
    "linux-amd64",
    "linux-s390x",
    "linux-mips64le",
    "linux-arm64-trimpath",
    "windows-amd64",
    "windows-386",
    "darwin-arm64",
    "pie-without-cgo",
    "cgo-pie",
    "cgo-shared",
    "cgo-static-musl",
)
STRIPPED = {"stripped": "linux-amd64", "windows-386-stripped": "windows-386", "darwin-amd64-stripped": "darwin-amd64"}
TOOLCHAINS = ("1.16.15", "1.17.13", "1.18.10", "1.19.13", "1.20.14", "1.21.13", "1.23.12", "1.24.13", "1.25.8", "1.27.2")
PROGRAM = """package main

import (
	"fmt"
	"os"
	"sort"
)

func add(a, b int) int { return a + b }

func twice(a int) int { return add(a, a) }

func main() {
	x := []int{3, 1, twice(len(os.Args))}
	sort.Slice(x, func(i, j int) bool { return x[i] < x[j] })
	fmt.Println(x)
}
"""


@pytest.mark.parametrize("name", WHOLE)
def test_functions_and_lines_are_what_gosym_says(built, symbols_witness: Path, name: str) -> None:
    assert witness.differences(symbols_witness, built(name), part=12) == []


@pytest.mark.parametrize("name", ["linux-s390x", "cgo-pie", "windows-amd64"])
def test_inlined_calls_and_start_lines_are_what_dwarf_says(built, symbols_witness: Path, name: str) -> None:
    asked, bad = witness.inline_differences(symbols_witness, built(name))
    assert asked > 10_000
    assert bad == []


@pytest.mark.parametrize("name", STRIPPED)
def test_stripping_takes_nothing(built, name: str) -> None:
    bare, whole = gosym.open(str(built(name))), gosym.open(str(built(STRIPPED[name])))
    assert bare.files() == whole.files()
    assert [f.name for f in bare.functions()] == [f.name for f in whole.functions()]
    shift = bare.function(0).entry - whole.function(0).entry
    for index in range(0, len(whole), 50):
        ours, theirs = bare.function(index), whole.function(index)
        assert ours.entry - theirs.entry == shift
        moved = [(a - shift, b - shift, file, line) for a, b, file, line in bare.line_runs(ours)]
        assert moved == whole.line_runs(theirs)
        assert bare.inlined_in(ours) == whole.inlined_in(theirs)


def test_lines_of_a_file(built) -> None:
    path = built("linux-amd64")
    symbols = gosym.open(path.read_bytes())
    main = symbols.named("main.main")
    assert main is not None
    source = symbols.at(main.entry)[-1].file
    assert source == str(path.parent / "main.go")
    assert source in symbols.files()
    lines = symbols.lines_of(source)
    assert {11, 12} <= lines.keys() <= set(range(10, 14))
    assert {place.function.name for place in lines[11]} == {"main.main"}
    assert symbols.at(lines[11][0].pc)[-1].line == 11
    assert symbols.lines_of("/no/such.go") == {}
    assert (main.start_line, symbols.named("main.nothing"), symbols.at(1)) == (10, None, ())


def test_lines_of_every_kind_of_file_are_those_of_the_functions(built) -> None:
    symbols = gosym.open(str(built("cgo-pie")))
    chosen = {f for f in symbols.files() if f.endswith(("/proc.go", "/own.go", "_amd64.s", "cgo_gotypes.go"))}
    wanted: dict[str, dict[int, list[int]]] = {file: {} for file in chosen}
    for function in symbols.functions():
        before = ("", -1)
        for start, _, file, line in symbols.line_runs(function):
            if file in chosen and line > 0 and (file, line) != before:
                wanted[file].setdefault(line, []).append(start)
            before = file, line
    assert len(chosen) > 3
    for file in chosen:
        found = {line: [place.pc for place in places] for line, places in symbols.lines_of(file).items()}
        assert found == wanted[file]


def test_where_a_function_went(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/t\n\ngo 1.20\n")
    (tmp_path / "main.go").write_text(PROGRAM)
    for out, flags in (("fast", []), ("slow", ["-gcflags=all=-N -l"])):
        env = {**os.environ, "GOFLAGS": "-buildvcs=false", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
        subprocess.run(["go", "build", *flags, "-o", out, "."], cwd=tmp_path, env=env, check=True)
    fast, slow = gosym.open(str(tmp_path / "fast")), gosym.open(str(tmp_path / "slow"))
    assert (fast.named("main.add"), fast.named("main.twice")) == (None, None)
    main = fast.named("main.main")
    assert main is not None
    assert [f.name for f in fast.places_of("main.add")] == ["main.main"]
    inlined = {(i.name, i.line, i.start_line) for i in fast.inlined_in(main) if i.name.startswith("main.")}
    assert inlined == {("main.twice", 14, 11), ("main.add", 11, 9)}
    whole = slow.named("main.add")
    assert whole is not None
    assert slow.places_of("main.add") == []
    assert fast.places_of("main.nothing") == []
    units = {u.name: u for u in debuginfo.units(Image(str(tmp_path / "slow")))}
    assert not units["main"].optimised
    assert not units["main"].inlined
    assert all(u.optimised and u.inlined for u in debuginfo.units(Image(str(tmp_path / "fast"))) if u.go)


@pytest.mark.parametrize(
    ("name", "symtab", "dwarf"),
    [("linux-amd64", True, True), ("no-dwarf", True, False), ("stripped", False, False), ("darwin-arm64", False, True)],
)
def test_what_a_debugger_finds(built, name: str, symtab: bool, dwarf: bool) -> None:
    image = Image(str(built(name)))
    found = debuginfo.look(image)
    assert (found.symtab, found.dwarf) == (symtab, dwarf)
    units = debuginfo.units(image)
    assert bool(units) == dwarf
    if dwarf:
        assert {"main", "fmt", "runtime"} <= {u.name for u in units}
    if found.go_build_id:
        said = subprocess.run(["go", "tool", "buildid", str(built(name))], capture_output=True, text=True, check=True)
        assert found.go_build_id == said.stdout.strip()


def test_a_separate_debug_file_is_named(built, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copy(built("cgo"), tmp_path / "whole")
    subprocess.run(["objcopy", "--only-keep-debug", "whole", "whole.debug"], cwd=tmp_path, check=True)
    subprocess.run(["objcopy", "--strip-debug", "--add-gnu-debuglink=whole.debug", "whole", "bare"], cwd=tmp_path, check=True)
    import zlib

    found = debuginfo.look(Image(str(bare)))
    assert (found.debuglink, found.dwarf) == ("whole.debug", False)
    assert found.debuglink_crc == zlib.crc32((tmp_path / "whole.debug").read_bytes())


def test_what_is_no_go_program() -> None:
    for path in ("/bin/sh", "/usr/bin/env"):
        with pytest.raises(BinaryError, match="no Go program"):
            gosym.open(path)
    with pytest.raises(BinaryError):
        gosym.open(b"#!/bin/sh\n")


def everything(raw: bytes) -> None:
    symbols = gosym.open(raw)
    files = symbols.files()
    debuginfo.look(symbols.image)
    for index in range(0, min(len(symbols), 3000), 97):
        function = symbols.function(index)
        symbols.line_runs(function)
        symbols.inlined_in(function)
        symbols.at(function.entry)
    for file in files[:3]:
        symbols.lines_of(file)


def damaged(raw: bytes, count: int, seed: int) -> int:
    """Read with bytes changed in the headers and tables; answers how often it was refused."""
    chance, refused = random.Random(seed), 0
    area = Image(raw).section(".gopclntab")
    assert area is not None
    for _ in range(count):
        bad = bytearray(raw)
        for _ in range(chance.randrange(1, 8)):
            start, size = chance.choice([(0, 4096), (area.offset, 100), (area.offset, area.size)])
            bad[start + chance.randrange(size)] = chance.randrange(256)
        if chance.random() < 0.2:
            del bad[chance.randrange(len(bad)) :]
        started = time.process_time()
        try:
            everything(bytes(bad))
        except BinaryError:
            refused += 1
        assert time.process_time() - started < 5
    return refused


def test_damaged_tables_are_refused_or_read(built) -> None:
    assert 0 < damaged(built("stripped").read_bytes(), 60, 1) < 60


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_many_damaged_tables(built) -> None:
    assert 0 < damaged(built("stripped").read_bytes(), 500, 2) < 500


@pytest.fixture(scope="module")
def toolchain(tmp_path_factory: pytest.TempPathFactory):
    """Other versions of Go, as modules; what the module cache holds is not executable."""

    def get(version: str) -> Path:
        env = {**os.environ, "GOFLAGS": "", "GOTOOLCHAIN": "local"}
        module = f"golang.org/toolchain@v0.0.1-go{version}.linux-amd64"
        words = ["go", "mod", "download", "-json", module]
        done = subprocess.run(words, env=env, cwd=tmp_path_factory.mktemp("empty"), capture_output=True, text=True, check=True)
        import json

        root = tmp_path_factory.mktemp("sdk") / "go"
        shutil.copytree(json.loads(done.stdout)["Dir"], root, copy_function=shutil.copyfile)
        for tool in (root / "bin" / "go", *(root / "pkg" / "tool").rglob("*")):
            tool.chmod(0o755)
        return root

    return get


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", TOOLCHAINS)
def test_every_layout_of_go(toolchain, symbols_witness: Path, tmp_path: Path, version: str) -> None:
    root = toolchain(version)
    (tmp_path / "go.mod").write_text("module example.com/t\n\ngo 1.16\n")
    (tmp_path / "main.go").write_text(PROGRAM)
    env = {**os.environ, "GOENV": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOROOT": str(root)}
    env["GOCACHE"] = str(tmp_path / "cache")
    shapes = {"exe": [], "pie": ["-buildmode=pie"], "shared": ["-buildmode=c-shared"], "bare": ["-trimpath", "-ldflags=-s -w"]}
    for name, flags in shapes.items():
        words = [str(root / "bin" / "go"), "build", *flags, "-o", name, "."]
        done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    for name in ("exe", "pie", "shared"):
        if name != "shared" or version not in {"1.16.15", "1.17.13"}:  # there the table has no section for the witness to find
            assert witness.differences(symbols_witness, tmp_path / name, part=3) == []
        assert witness.inline_differences(symbols_witness, tmp_path / name)[1] == []
    bare, exe = gosym.open(str(tmp_path / "bare")), gosym.open(str(tmp_path / "exe"))
    assert {f.name for f in bare.functions()} == {f.name for f in exe.functions()}
    main = bare.named("main.main")
    assert main is not None
    assert {i.name for i in bare.inlined_in(main)} >= {"main.add", "main.twice"}


PAIRS = [
    *(
        ("linux", arch)
        for arch in ("amd64", "arm64", "386", "arm", "riscv64", "s390x", "ppc64le", "loong64", "mips64", "mips64le")
    ),
    *(("windows", arch) for arch in ("amd64", "arm64", "386")),
    *(("darwin", arch) for arch in ("amd64", "arm64")),
]


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("system", "arch"), PAIRS)
def test_every_target_of_go(symbols_witness: Path, tmp_path: Path, system: str, arch: str) -> None:
    from gomend.binary import elf

    (tmp_path / "go.mod").write_text("module example.com/t\n\ngo 1.16\n")
    (tmp_path / "main.go").write_text(PROGRAM)
    env = {
        **os.environ,
        "GOOS": system,
        "GOARCH": arch,
        "CGO_ENABLED": "0",
        "GOFLAGS": "-buildvcs=false",
        "GOTOOLCHAIN": "local",
    }
    subprocess.run(["go", "build", "-o", "whole", "."], cwd=tmp_path, env=env, check=True)
    subprocess.run(["go", "build", "-ldflags=-s -w", "-o", "bare", "."], cwd=tmp_path, env=env, check=True)
    assert witness.differences(symbols_witness, tmp_path / "whole", part=3) == []
    assert witness.inline_differences(symbols_witness, tmp_path / "whole")[1] == []
    bare, whole = gosym.open(str(tmp_path / "bare")), gosym.open(str(tmp_path / "whole"))
    assert bare.files() == whole.files()
    assert [f.name for f in bare.functions()] == [f.name for f in whole.functions()]
    info = elf.inspect(str(tmp_path / "bare"))
    assert info.go is not None
    assert (info.arch, info.format) == (arch, {"linux": "elf", "windows": "pe", "darwin": "macho"}[system])
    assert (info.go.settings["GOOS"], info.go.settings["GOARCH"]) == (system, arch)


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["bin/go", "bin/gofmt", "compile", "link", "asm", "cgo", "cover", "dlv"])
def test_real_programs(symbols_witness: Path, name: str) -> None:
    """Those of Go itself, and dlv; larger ones too, if ``bench/pclntab.py`` has built them."""
    said = subprocess.run(["go", "env", "GOROOT", "GOTOOLDIR"], capture_output=True, text=True, check=True).stdout.split()
    own = Path(__file__).parents[2] / ".cache"
    if name == "dlv":
        paths = [own / "tools/bin/dlv", *(own / "bench/bin").glob("*")]
    else:
        paths = [Path(said[0]) / name] if "/" in name else [Path(said[1]) / name]
    for path in paths:
        assert witness.differences(symbols_witness, path, part=1 if path.stat().st_size < 30_000_000 else 20) == []
