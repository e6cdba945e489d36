"""Hello in C, in C++ and in Go with cgo, for one target: compiled, linked, looked at, and run here or in an emulator.

Everything happens in a private folder that is removed; every program has a time-out.
"""

from __future__ import annotations

import os
import tempfile
from typing import Final

import anyio

from gomend.binary import elf
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.cgo import quoting, triples
from gomend.cgo.facts.targets import Target
from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.files import FileProblem, write_whole
from gomend.ports.processes import Cmd

C: Final = '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { puts("hello from C"); return EXIT_SUCCESS; }\n'
"""Uses the C library and its headers."""
CXX: Final = '#include <iostream>\n#include <vector>\nint main() { std::vector<int> v(3, 14); std::cout << "hello from C++ " << v[2] << "\\n"; }\n'
"""Uses the C++ library."""
GO: Final = (
    'package main\n\n/*\n#include <stdlib.h>\n#include <string.h>\nstatic int add(int a, int b) { return a + b; }\n*/\nimport "C"\n\n'
    'func main() {\n\ts := C.CString("hello from cgo")\n\tprintln(C.GoString(s), C.add(2, 40), C.strlen(s))\n}\n'
)
"""Calls into C and back."""
COMPILE: Final = 60.0
"""Seconds that a compiler may take (the first zig build of a target compiles its C library)."""
BUILD: Final = 300.0
"""Seconds that go build may take (runtime and runtime/cgo for a new target)."""
RUN: Final = 20.0
"""Seconds that a program may take."""
_QEMU: Final = {"amd64": "x86_64", "386": "i386", "arm64": "aarch64", "arm": "arm", "mips64le": "mips64el", "mipsle": "mipsel"}
_MODES: Final = {"386": ("-m32",), "amd64": ("-m64",), "arm": ("-marm",)}


class Hello(Thing, frozen=True):
    """One program. ``made``: it was compiled and linked for the right CPU; ``ran`` None: nothing here can run it."""

    kind: str
    """``c``, ``c++`` or ``cgo``."""
    made: bool
    ran: bool | None = None
    runner: str = ""
    """What ran it: ``here``, ``qemu-aarch64``, ``wine`` …; or what would be needed."""
    detail: str = ""
    """The first lines of what went wrong."""
    info: BinaryInfo | None = None
    seconds: float = 0.0


class Tools(Thing, frozen=True):
    """What compiles for a target: values of CC and CXX, and the environment that go build gets beyond the process's."""

    cc: str
    cxx: str
    env: dict[str, str]


async def hellos(doors: Doors, target: Target, tools: Tools, *, host: tuple[str, str]) -> tuple[Hello, ...]:
    """Make and run all three, at the same time."""
    with tempfile.TemporaryDirectory(prefix="gomend-doctor-") as folder:
        found: dict[str, Hello] = {}

        async def one(kind: str) -> None:
            if kind == "cgo":
                found[kind] = await _cgo(doors, target, tools, os.path.join(folder, "go"), host)
            else:
                value, source = (tools.cc, C) if kind == "c" else (tools.cxx, CXX)
                found[kind] = await _plain(doors, target, kind, value, source, folder, host)

        async with anyio.create_task_group() as tasks:
            for kind in ("c", "c++", "cgo"):
                tasks.start_soon(one, kind)
        return tuple(found[kind] for kind in ("c", "c++", "cgo"))


async def _plain(doors: Doors, target: Target, kind: str, value: str, source: str, folder: str, host: tuple[str, str]) -> Hello:
    words = quoting.words(value)
    if not words or doors.runner.which(words[0]) is None:
        return Hello(kind=kind, made=False, detail=f"{words[0] if words else value or '-'} is not on PATH")
    language = "c" if kind == "c" else "c++"
    out = os.path.join(folder, language + (".exe" if target.goos == "windows" else ""))
    zig = "cc" in words[1:4] or "c++" in words[1:4]
    argv = (*words, *(() if zig else _MODES.get(target.goarch, ())), "-x", language, "-", "-o", out)
    cmd = Cmd(argv=argv, cwd=folder, env={"LC_ALL": "C", "TMPDIR": folder}, timeout=COMPILE, stdin=source)
    done = await doors.runner.run(cmd)
    if not done.ok:
        return Hello(kind=kind, made=False, detail=first(done.stderr) or done.why, seconds=done.seconds)
    return await _look(doors, target, kind, out, host, done.seconds)


async def _cgo(doors: Doors, target: Target, tools: Tools, folder: str, host: tuple[str, str]) -> Hello:
    os.makedirs(folder)
    write_whole(os.path.join(folder, "go.mod"), b"module example.com/hello\n\ngo 1.18\n")
    write_whole(os.path.join(folder, "main.go"), GO.encode())
    out = os.path.join(folder, "hello" + (".exe" if target.goos == "windows" else ""))
    laid = {
        **tools.env,
        "CC": tools.cc,
        "CXX": tools.cxx,
        "CGO_ENABLED": "1",
        "GOOS": target.goos,
        "GOARCH": target.goarch,
        "GOFLAGS": "",
        "GOWORK": "off",
        "GOTOOLCHAIN": "local",
        "GOTMPDIR": folder,
        "LC_ALL": "C",
    }
    cache = target["GOCACHE"]
    if cache and os.path.isdir(cache) and not os.access(cache, os.W_OK):
        laid["GOCACHE"] = os.path.join(folder, "cache")
    done = await doors.runner.run(Cmd(argv=("go", "build", "-o", out, "."), cwd=folder, env=laid, timeout=BUILD))
    if not done.ok:
        return Hello(kind="cgo", made=False, detail=first(done.stderr) or done.why, seconds=done.seconds)
    return await _look(doors, target, "cgo", out, host, done.seconds)


async def _look(doors: Doors, target: Target, kind: str, path: str, host: tuple[str, str], seconds: float) -> Hello:
    try:
        info = elf.inspect(path)
    except (BinaryError, FileProblem) as error:
        return Hello(kind=kind, made=False, detail=str(error), seconds=seconds)
    wanted = {"windows": "pe", "darwin": "macho", "ios": "macho"}.get(target.goos, "elf")
    if target.goarch not in info.arch.split(",") or info.format != wanted:
        return Hello(kind=kind, made=False, detail=f"made for {info.format} {info.arch}", info=info, seconds=seconds)
    runner, argv = _runner(doors, target, path, host)
    if not argv:
        return Hello(kind=kind, made=True, runner=runner, info=info, seconds=seconds)
    env = {"LC_ALL": "C", "WINEDEBUG": "-all"}
    done = await doors.runner.run(Cmd(argv=argv, cwd=os.path.dirname(path), env=env, timeout=RUN))
    good = done.ok and "hello from" in done.stdout + done.stderr
    detail = "" if good else first(done.stderr or done.stdout) or done.why
    return Hello(kind=kind, made=True, ran=good, runner=runner, detail=detail, info=info, seconds=seconds)


def _runner(doors: Doors, target: Target, path: str, host: tuple[str, str]) -> tuple[str, tuple[str, ...]]:
    """What runs a program of the target, and its command line; an empty one if nothing on this machine does."""
    if (target.goos, target.goarch) == host or (host == ("linux", "amd64") and target.name == "linux/386"):
        return "here", (path,)
    if target.goos == "windows":
        wine = next((name for name in ("wine64", "wine") if doors.runner.which(name)), "")
        return (wine, (wine, path)) if wine else ("wine", ())
    if target.goos != "linux":
        return target.goos, ()
    cpu = _QEMU.get(target.goarch, target.goarch)
    program = next((n for n in (f"qemu-{cpu}", f"qemu-{cpu}-static") if doors.runner.which(n)), "")
    if not program:
        return f"qemu-{cpu}", ()
    triple = triples.gnu_triple(target.goos, target.goarch)
    root = f"/usr/{triple}"
    return program, (program, *(("-L", root) if doors.files.entry(root) else ()), path)


def first(text: str, most: int = 4) -> str:
    """The first lines that name trouble, or the first lines at all."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("# ")]
    named = [line for line in lines if "error" in line.lower() or "cannot" in line or "not found" in line]
    return "\n".join((named or lines)[:most])[:1200]
