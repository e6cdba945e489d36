"""Builds side by side, interrupted builds, remembered plans, equal bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gomend.binary import elf

from .test_build import HELLO, PURE, build, project

LONG = "".join(f"int f{n}(int a) {{ int s = 0; for (int i = 0; i < a; i++) s += i * {n}; return s; }}\n" for n in range(4000))


def start(folder: Path, out: Path, *more: str, home: Path | None = None) -> subprocess.Popen[str]:
    env = {**os.environ, "GOFLAGS": "-buildvcs=false", "GOWORK": "off"} | ({"XDG_STATE_HOME": str(home)} if home else {})
    words = [sys.executable, "-m", "gomend", "cgo", "build", str(folder), "-o", str(out), "--format", "json", *more]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, start_new_session=True)


def test_the_plan_of_the_last_build_is_used_only_while_it_holds(tmp_path: Path) -> None:
    """From no C to C, and back: the remembered plan is wrong each time, and the product right."""
    folder = project(tmp_path / "src", PURE)
    kinds = []
    for text in (PURE, PURE, HELLO, HELLO, PURE):
        (folder / "main.go").write_text(text)
        answer = build(folder, "linux/amd64", "musl", "static")
        assert answer["proof"]["ran"] == {"with": "native", "exit": 0}
        kinds.append(answer["toolchain"].split()[0])
        (folder / "out/shop").unlink()
    assert kinds == ["go", "go", "zig", "zig", "go"]


def test_a_raspberry_pi_1_can_run_what_is_built_for_it(tmp_path: Path) -> None:
    """GOARM=6: zig's usual ARM is ARMv7, and ARM1176 ends with SIGILL on it; qemu plays the older CPU."""
    folder = project(tmp_path / "src", HELLO)
    out = tmp_path / "out"
    started = start(folder, out, "--target", "linux/arm", "--no-run", "--dry-run")
    answer = json.loads(started.communicate()[0])
    assert not any(r["value"].startswith("-mcpu=") for r in answer["reasons"])
    env = {**os.environ, "GOARM": "6"}
    words = [
        sys.executable,
        "-m",
        "gomend",
        "cgo",
        "build",
        str(folder),
        "-o",
        str(out),
        "--target",
        "linux/arm",
        "--dry-run",
        "--format",
        "json",
    ]
    answer = json.loads(subprocess.run(words, env=env, capture_output=True, text=True, check=True).stdout)
    assert "-mcpu=arm1176jzf_s" in [r["value"] for r in answer["reasons"]]


def test_equal_bytes_with_zig_in_another_folder(tmp_path: Path) -> None:
    one, other = (
        Path(build(project(tmp_path / name / "deep"), "linux/amd64", "musl", "static")["output"]).read_bytes()
        for name in ("a", "b")
    )
    assert one == other


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_build_leaves_the_old_file(number: signal.Signals, tmp_path: Path) -> None:
    folder = project(tmp_path / "src", HELLO)
    (folder / "more.c").write_text(f"// {tmp_path}\n{LONG}")  # zig keeps what it compiled, by content
    out = tmp_path / "out" / "shop"
    out.parent.mkdir()
    old = Path("/bin/true").read_bytes()
    out.write_bytes(old)
    child = start(folder, out, "--target", "linux/amd64", "--libc", "musl")
    deadline = time.monotonic() + 60
    while not _busy(folder, b"more.c") and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert child.poll() is None, "it was still building"
    os.kill(child.pid, number)
    child.communicate(timeout=30)
    assert child.returncode != 0
    assert out.read_bytes() == old
    left = [p.name for p in out.parent.iterdir() if p.name != "shop"]
    assert left == [] or number == signal.SIGKILL
    while number == signal.SIGKILL and _busy(folder):
        time.sleep(0.1)  # go itself was not killed, and ends its work
    again = build_with(folder, out)
    assert again["proved"]
    assert elf.inspect(str(out)).static
    assert [p.name for p in out.parent.iterdir()] == ["shop"], "and sweeps what a killed one left"


def build_with(folder: Path, out: Path) -> dict[str, object]:
    child = start(folder, out, "--target", "linux/amd64", "--libc", "musl")
    stdout, stderr = child.communicate()
    assert child.returncode == 0, stderr
    answer: dict[str, object] = json.loads(stdout)
    return answer


def _busy(folder: Path, word: bytes = b"") -> bool:
    """Whether a program with a word in its command line works in a folder."""
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").readlink() == folder and word in (process / "cmdline").read_bytes():
                return True
        except OSError:
            continue
    return False


def test_a_file_that_is_no_program_is_not_written_over(tmp_path: Path) -> None:
    folder = project(tmp_path / "src", PURE)
    before = (folder / "main.go").read_text()
    child = start(folder, folder / "main.go", "--target", "linux/amd64")
    stderr = child.communicate()[1]
    assert (child.returncode, (folder / "main.go").read_text()) == (2, before)
    assert "main.go" in stderr


def test_builds_side_by_side_share_their_caches(tmp_path: Path) -> None:
    """Twenty at once from an empty state folder, four kinds; each product is right, and equal ones are equal."""
    kinds = (("musl", "static"), ("glibc:2.28", "dynamic"), ("glibc", "dynamic"), ("glibc", "static"))
    folder = project(tmp_path / "src", HELLO)
    jobs = []
    for number in range(20):
        libc, link = kinds[number % len(kinds)]
        out = tmp_path / "out" / f"shop{number}"
        words = ("--target", "linux/amd64", "--libc", libc, "--link", link, "--no-run")
        jobs.append((libc, link, out, start(folder, out, *words, home=tmp_path / "state")))
    digests: dict[tuple[str, str], set[bytes]] = {}
    for libc, link, out, child in jobs:
        stdout, stderr = child.communicate(timeout=600)
        assert child.returncode == 0, stdout + stderr
        digests.setdefault((libc, link), set()).add(out.read_bytes())
        ran = subprocess.run([str(out)], capture_output=True, text=True, check=True)
        assert ran.stdout == "OK 42\n"
    assert {kind: len(found) for kind, found in digests.items()} == dict.fromkeys(kinds, 1)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(f"shop{n}" for n in range(20))
