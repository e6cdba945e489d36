"""Damaged, cut off, packed and foreign binaries: a clear answer, never a crash, never long."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gomend.apps.cli.base import Problem
from gomend.apps.debug import mapping
from gomend.binary.info import BinaryError
from gomend.debug.pathmap import rules
from gomend.debug.pathmap.here import Machine
from gomend.debug.why import judge
from gomend.debug.why.ask import Ask
from gomend.debug.why.mends import Mends

LIMIT = 2.0
"""Seconds for one binary."""
OFTEN, ALL = 500, 100_000
MAIN = "package main\n\nfunc add(a, b int) int {\n\tc := a + b\n\treturn c\n}\n\nfunc main() {\n\tprintln(add(1, 2))\n}\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    (folder / "go.mod").write_text("module example.com/small\n\ngo 1.25\n")
    (folder / "main.go").write_text(MAIN)
    subprocess.run(["go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-w", "-o", "small", "."], cwd=folder, check=True)
    return folder / "small"


def damaged(whole: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Cut off, bits flipped, ranges filled, words changed: mostly where tables are."""
    chance = random.Random(seed)
    table = max(whole.find(b"\xf1\xff\xff\xff\0\0"), 0)
    places = ((0, 1024), (table, table + 4096), (len(whole) - 8192, len(whole)), (0, len(whole)), (table, len(whole)))
    for _ in range(count):
        raw = bytearray(whole)
        if chance.random() < 0.2:
            yield bytes(raw[: chance.randrange(len(raw))])
            continue
        start, end = chance.choice(places)
        for _ in range(chance.choice((1, 1, 2, 8, 64))):
            at = chance.randrange(start, end - 8)
            size = chance.choice((1, 1, 2, 4, 8))
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


def storm(program: Path, folder: Path, count: int) -> None:
    whole = program.read_bytes()
    target = folder / "damaged"
    for number, raw in enumerate(damaged(whole, count, 20260101)):
        target.write_bytes(raw)
        started = time.process_time()
        look(target)
        assert time.process_time() - started < LIMIT, number


def test_no_damage_crashes_or_takes_long(program: Path, tmp_path: Path) -> None:
    look(program)
    storm(program, tmp_path, OFTEN)


@pytest.mark.full
def test_no_damage_of_very_much_crashes_or_takes_long(program: Path, tmp_path: Path) -> None:
    storm(program, tmp_path, ALL)


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
