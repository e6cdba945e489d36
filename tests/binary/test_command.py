"""``gomend binary inspect`` as a user runs it, and files that lie."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from gomend.apps.cli.schema import schema
from gomend.binary import elf
from gomend.binary.info import BinaryError

GOMEND = str(Path(sys.executable).parent / "gomend")
SAMPLES = ("/bin/sh", "/usr/bin/env", "/lib64/ld-linux-x86-64.so.2")


def inspect(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([GOMEND, "binary", "inspect", *words], capture_output=True, text=True, check=False)


def test_the_answer_has_its_schema() -> None:
    done = inspect(*SAMPLES, "--format", "json", "--on", "debian:10", "--on", "alpine:3.20")
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema("gomend.binary/1"))
    assert [f["path"] for f in answer["files"]] == list(SAMPLES)
    shell = answer["files"][0]
    assert shell["interpreter"] == "/lib64/ld-linux-x86-64.so.2"
    assert [run["ok"] for run in shell["runs_on"]] == [False, False]
    assert "2.28" in shell["runs_on"][0]["why"]
    assert "interpreter" in shell["runs_on"][1]["why"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/etc/passwd"], "no ELF"),
        (["/nowhere"], "does not exist"),
        (["/"], "regular"),
        (["/bin/sh", "--on", "plan9"], "plan9"),
        ([], "FILE"),
    ],
)
def test_bad_input_is_told(words: list[str], said: str) -> None:
    done = inspect(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def lies(count: int, seed: int) -> int:
    """Read damaged files; nothing but a clear refusal may come of it. Answers how many could still be read."""
    chance = random.Random(seed)
    read = 0
    whole = [Path(name).read_bytes()[:200_000] for name in SAMPLES]
    for _ in range(count):
        raw = bytearray(chance.choice(whole))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(min(len(raw), chance.choice([64, 1024, len(raw)])))
            raw[at] = chance.randrange(256)
        if chance.random() < 0.3:
            del raw[chance.randrange(len(raw)) :]
        try:
            elf.inspect(bytes(raw))
            read += 1
        except BinaryError:
            pass
    return read


def test_damaged_files_are_refused_or_read() -> None:
    assert 0 < lies(500, 1) < 500


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_hundred_thousand_damaged_files() -> None:
    assert 0 < lies(100_000, 2) < 100_000
