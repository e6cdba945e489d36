"""Damaged, cut off, packed and foreign binaries: a clear answer, never a crash, never long."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gomend.apps.cli.base import Problem
from gomend.apps.debug import mapping
from gomend.binary.image import Image
from gomend.binary.info import BinaryError
from gomend.debug.pathmap import rules
from gomend.debug.pathmap.here import Machine
from gomend.debug.why import judge
from gomend.debug.why.ask import Ask
from gomend.debug.why.mends import Mends

LIMIT = 2.0
"""Seconds for one binary."""
OFTEN, ALL = 240, 100_000
MAIN = "package main\n\nfunc add(a, b int) int {\n\tc := a + b\n\treturn c\n}\n\nfunc main() {\n\tprintln(add(1, 2))\n}\n"


TARGETS = ("linux/amd64", "darwin/arm64", "windows/amd64")
"""One of each format: ELF, Mach-O, PE."""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    folder = tmp_path_factory.mktemp("small")
    (folder / "go.mod").write_text("module example.com/small\n\ngo 1.25\n")
    (folder / "main.go").write_text(MAIN)
    made = []
    for target in TARGETS:
        goos, goarch = target.split("/")
        argv = ["go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-w", "-o", goos, "."]
        env = {**os.environ, "GOOS": goos, "GOARCH": goarch, "CGO_ENABLED": "0"}
        subprocess.run(argv, cwd=folder, check=True, env=env)
        made.append(folder / goos)
    return tuple(made)


def damaged(whole: bytes, others: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Cut off, bits flipped, ranges filled, words changed, headers of another format: mostly where tables are."""
    chance = random.Random(seed)
    table = max(whole.find(b"\xf1\xff\xff\xff\0\0"), 0)
    places = ((0, 1024), (table, table + 4096), (len(whole) - 8192, len(whole)), (0, len(whole)), (table, len(whole)))
    for _ in range(count):
        raw = bytearray(whole)
        if chance.random() < 0.2:
            yield bytes(raw[: chance.randrange(len(raw))])
            continue
        if chance.random() < 0.1:
            size = chance.choice((4, 16, 64, 512, 4096))
            yield chance.choice(others)[:size] + bytes(raw[size:])
            continue
        start, end = chance.choice(places)
        for _ in range(chance.choice((1, 1, 2, 8, 64))):
            at = chance.randrange(start, end - 8)
            size = chance.choice((1, 1, 2, 4, 8))
            if chance.random() < 0.3:
                raw[at] ^= 1 << chance.randrange(8)
            else:
                raw[at : at + size] = chance.choice((bytes(size), b"\xff" * size, chance.randbytes(size)))
        yield bytes(raw)


def look(path: Path) -> None:
    """What ``debug map`` and ``debug why`` do with a binary."""
    try:
        product, files = mapping.opened(str(path))
        made, _ = rules.infer(product.modules, files, (str(path.parent),), Machine(goroot="/usr/local/go"))
        mapping.reverse(made)
    except (Problem, BinaryError):
        return
    ask = Ask(breakpoints=(), launch={"mode": "exec", "program": str(path)})
    mends = Mends(ask, str(path))
    for line in (3, 4, 9):
        try:
            judge.session(ask, product, mends)
            judge.breakpoint_(ask, product, Machine(), mends, lambda _: {}, "example.com/small/main.go", line)
        except BinaryError:
            return


def storm(programs: tuple[Path, ...], folder: Path, count: int) -> float:
    """Look at ``count`` damaged files in all; the longest look in seconds of processor time."""
    target, longest = folder / "damaged", 0.0
    wholes = [program.read_bytes() for program in programs]
    for seed, whole in enumerate(wholes):
        for number, raw in enumerate(damaged(whole, wholes, -(-count // len(wholes)), 20260101 + seed)):
            target.write_bytes(raw)
            started = time.process_time()
            look(target)
            longest = max(longest, time.process_time() - started)
            assert longest < LIMIT, (seed, number)
    return longest


def test_no_damage_crashes_or_takes_long(programs: tuple[Path, ...], tmp_path: Path) -> None:
    for program in programs:
        assert mapping.opened(str(program))[0].modules, program
        look(program)
    storm(programs, tmp_path, OFTEN)


def test_an_address_that_no_pointer_holds_is_found_nowhere(programs: tuple[Path, ...]) -> None:
    """A damaged section header can place a table beyond every address; one in 20,000 damaged files did."""
    for program in programs:
        for address in (1 << 64, (1 << 64) + 4096, -8):
            assert list(Image(str(program)).pointing_to(address)) == []


@pytest.mark.full
@pytest.mark.timeout(7200)
def test_no_damage_of_very_much_crashes_or_takes_long(programs: tuple[Path, ...], tmp_path: Path) -> None:
    longest = storm(programs, tmp_path, ALL)
    print(f"{ALL} damaged files, the longest look {longest:.2f} s")


def test_encrypted_and_foreign_programs_have_one_clear_answer(programs: tuple[Path, ...], tmp_path: Path) -> None:
    """A body that is noise behind its headers, as a protector leaves it, and a program for a processor that is not here."""
    raw = bytearray(programs[0].read_bytes())
    raw[4096:] = random.Random(1).randbytes(len(raw) - 4096)
    (tmp_path / "noise").write_bytes(raw)
    argv = [sys.executable, "-m", "gomend", "debug", "map", str(tmp_path / "noise")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "noise" in done.stderr
    argv = [sys.executable, "-m", "gomend", "debug", "map", str(programs[1]), "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    assert "example.com/small" in done.stdout


@pytest.mark.parametrize(
    "content", [b"", b"\x7fELF", b"MZ" + b"\0" * 100, b"#!/bin/sh\n", b"\xcf\xfa\xed\xfe" + b"\xff" * 64, b"\0" * 4096]
)
def test_what_is_no_program_has_one_clear_answer(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "程序 x"
    file.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "gomend", "debug", "map", str(file)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "程序 x" in done.stderr
    assert "Traceback" not in done.stderr
