"""The lab: makes each case of ``cases.json`` and ``variants.json`` with the real go, and asks ``gomend debug why`` about it."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
TOOLS = ROOT / ".cache" / "tools" / "bin"
TRIXIE = ROOT / ".cache" / "roots" / "trixie"
ENV = {**os.environ, "GOFLAGS": "-buildvcs=false", "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
CASES: list[dict[str, Any]] = [
    case for name in ("cases.json", "variants.json") for case in json.loads((HERE / name).read_text())
]
_LOADER = TRIXIE / "lib64/ld-linux-x86-64.so.2"
_LIBRARIES = ":".join(str(TRIXIE / "usr" / folder) for folder in ("lib/x86_64-linux-gnu", "lib"))
UPX = shlex.join([str(_LOADER), "--library-path", _LIBRARIES, str(TRIXIE / "usr/bin/upx-ucl")])
"""The real upx of Debian trixie, started with that system's loader."""
PTRACE = {"x86_64": 101, "aarch64": 117}[platform.machine()]


def no_ptrace() -> None:
    """Have the kernel refuse ptrace to this process and its children, as a container's filter does."""

    class Line(ctypes.Structure):
        _fields_ = [("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32)]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint16), ("lines", ctypes.POINTER(Line))]

    lines = (Line * 4)(
        Line(0x20, 0, 0, 0), Line(0x15, 0, 1, PTRACE), Line(0x06, 0, 0, 0x00050001), Line(0x06, 0, 0, 0x7FFF0000)
    )
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.byref(Program(4, lines)), 0, 0) == 0


def _filled(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"\$(GOMODCACHE|GOROOT|UPX|PID|W|S)\b", lambda m: words[m[1]], value)
    if isinstance(value, list):
        return [_filled(v, words) for v in value]
    return {k: _filled(v, words) for k, v in value.items()} if isinstance(value, dict) else value


def _lines(wanted: dict[str, Any]) -> list[int]:
    if "lines" in wanted:
        return list(wanted["lines"])
    source = Path(wanted.get("src", wanted["file"])).read_text().split("\n")
    if "grep" in wanted:
        return [next(n for n, line in enumerate(source) if wanted["grep"] in line) + 2]
    return [next(n for n, line in enumerate(source) if re.search(rf"BP:{mark}(?![\w-])", line)) + 1 for mark in wanted["marks"]]


@contextlib.contextmanager
def _running(argv: list[str]) -> Iterator[int]:
    """The process to attach to; 0 if the case has none. Asking must not end it."""
    if not argv:
        yield 0
        return
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
        try:
            yield process.pid
            assert process.poll() is None, "asking ended the process"
        finally:
            process.kill()


def answer(case: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """What gomend says of a case."""
    asked = {
        n: subprocess.run(["go", "env", n], capture_output=True, text=True, check=True, env=ENV).stdout.strip()
        for n in ("GOMODCACHE", "GOROOT")
    }
    words = {"W": str(folder), "S": str(folder / "src"), "UPX": UPX, "PID": "0", **asked}
    shutil.copytree(HERE / "projects" / case["project"], folder / "src")
    _shell((*case.get("pre", ()), *([] if case.get("image") else case["build"])), words)
    with _running(_filled(case.get("start", []), words)) as pid:
        words["PID"] = str(pid)
        _shell(case.get("after", ()), words)
        question = {
            "build": _filled(case["build"], words),
            "launch": _filled(case["launch"], words),
            "breakpoints": [{"file": b["file"], "lines": _lines(b)} for b in _filled(case["breakpoints"], words)],
            "cwd": _filled(case.get("cwd", "$W"), words),
            "env": case.get("env", {}),
            "dlv": _filled(case.get("dlv", ""), words),
        }
        file = folder / "ask.json"
        file.write_text(json.dumps(question))
        done = subprocess.run(
            [sys.executable, "-m", "gomend", "debug", "why", "--launch", str(file), "--run", "--format", "json"],
            capture_output=True, text=True, check=False, env=ENV, preexec_fn=None if case.get("ptrace", True) else no_ptrace,
        )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["breakpoints"]
    return found


def _shell(lines: Any, words: dict[str, str]) -> None:
    for line in lines:
        done = subprocess.run(["sh", "-c", _filled(line, words)], check=False, env=ENV, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stderr[-2000:]}"
