"""``gomend binary inspect`` as a user runs it, and files that lie."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.apps.cli.schema import schema
from gomend.binary import elf, gosym
from gomend.binary.info import BinaryError
from tests.binary import roots

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


@pytest.fixture(scope="module")
def whole(built) -> list[bytes]:
    """Binaries of all formats: the first part of large ones, which has their headers and tables."""
    paths = [
        *map(Path, SAMPLES),
        built("darwin-arm64"),
        built("windows-amd64"),
        built("windows-386"),
        built("linux-s390x"),
        built("cgo-pie"),
    ]
    return [path.read_bytes()[:200_000] for path in paths]


def lies(whole: list[bytes], count: int, seed: int) -> int:
    """Read damaged files; nothing but a clear refusal may come of it, and soon. Answers how many could still be read."""
    chance = random.Random(seed)
    read, longest = 0, 0.0
    for _ in range(count):
        raw = bytearray(chance.choice(whole))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(min(len(raw), chance.choice([64, 1024, 4096, len(raw)])))
            size = chance.choice([1, 1, 2, 4, 8])
            raw[at : at + size] = chance.choice([chance.randbytes(size), b"\xff" * size, b"\0" * size])
        if chance.random() < 0.3:
            del raw[chance.randrange(len(raw)) :]
        started = time.process_time()
        try:
            elf.inspect(bytes(raw))
            read += 1
        except BinaryError:
            pass
        longest = max(longest, time.process_time() - started)
    assert longest < 2
    return read


def test_damaged_files_are_refused_or_read(whole: list[bytes]) -> None:
    assert 0 < lies(whole, 2000, 1) < 2000


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_damaged_files(whole: list[bytes]) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert 0 < lies(whole, 100_000, 2) < 100_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 512 * 1024  # KB


@given(st.binary(max_size=300), st.sampled_from([b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe\0\0\0\2", b"MZ", b""]))
def test_noise_is_refused(noise: bytes, magic: bytes) -> None:
    for read in (elf.inspect, gosym.open):
        with contextlib.suppress(BinaryError):
            read(magic + noise)


def test_a_packed_program(built, tmp_path: Path) -> None:
    """UPX leaves no sections and no build information that could be read: what is left is told, and nothing invented."""
    root = roots.GLIBC["debian:13"]
    shutil.copy(built("stripped"), tmp_path / "packed")
    upx = roots.start(root / "usr/bin/upx-ucl", root, "-q", "-1", str(tmp_path / "packed"))
    assert upx.returncode == 0, upx.stderr
    info = elf.inspect(str(tmp_path / "packed"))
    assert (info.format, info.static, info.stripped, info.dwarf, info.go) == ("elf", True, True, False, None)
    with pytest.raises(BinaryError, match="packed"):
        gosym.open(str(tmp_path / "packed"))
    done = inspect(str(tmp_path / "packed"))
    assert (done.returncode, done.stderr) == (0, "")


def test_places_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "huge").touch()
    os.truncate(tmp_path / "huge", 1 << 40)
    for name in ("pipe", "huge", "."):
        done = inspect(str(tmp_path / name))
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
    closed = tmp_path / "closed"
    shutil.copy("/bin/true", closed)
    closed.chmod(0)
    words = ["setpriv", "--reuid=65534", "--clear-groups", GOMEND, "binary", "inspect", str(closed)]
    done = subprocess.run(words if os.geteuid() == 0 else words[3:], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
