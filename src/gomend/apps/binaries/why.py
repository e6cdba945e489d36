"""``gomend binary why``: why a file does not start in a root or on a system, tried with the real loader."""

from __future__ import annotations

import os
import signal
from typing import Final

from gomend.apps.binaries import words
from gomend.apps.binaries.cause import Cause
from gomend.apps.binaries.causes import Machine, causes
from gomend.apps.binaries.inspecting import read, systems
from gomend.apps.exits import Exit
from gomend.apps.loop import run_async
from gomend.binary import distros, elf
from gomend.binary.info import BinaryError
from gomend.binary.roots import Root
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Said, Translator, say
from gomend.ports.doors import Doors, real_doors
from gomend.ports.files import FileProblem
from gomend.ports.processes import Cmd

_SECONDS: Final = 10.0
"""That a program which is really started may take."""


class CauseShape(Thing, frozen=True):
    """One reason, with what shows it and what to do."""

    cause: str
    message: str
    evidence: tuple[str, ...]
    fixes: tuple[str, ...]


class TriedShape(Thing, frozen=True):
    """What was really run: the loader's own check, or the program with ``--run``."""

    command: str
    exit: int | None
    output: str


class WhyShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend binary why``."""

    schema_: str
    path: str
    root: str
    starts: bool
    causes: tuple[CauseShape, ...]
    tried: tuple[TriedShape, ...]
    note: str

    @property
    def code(self) -> int:
        """The exit code."""
        return Exit.CLEAN if self.starts else Exit.FINDINGS


def why(path: str, folder: str, on: tuple[str, ...], library_path: str, *, run: bool, say_: Translator) -> WhyShape:
    """Look, and where nothing is found try.

    Raises:
        Problem: a system is not known, or the file cannot be read for one.
    """
    if on:
        return _elsewhere(path, on, say_)
    doors = real_doors()
    root = Root(folder)
    machine = Machine(arch=doors.environ.machine, flags=_flags(doors))
    found = list(causes(path, root, machine, library_path))
    tried: list[TriedShape] = []
    if not found and root.here:
        tried, more = _try(doors, path, library_path, run=run)
        found += more
    return WhyShape(
        schema_="gomend.binary-why/1",
        path=path,
        root=root.folder,
        starts=not found,
        causes=tuple(_shape(cause, say_) for cause in found),
        tried=tuple(tried),
        note="" if found else say_(words.STARTS, path=path, root=root.folder),
    )


def _flags(doors: Doors) -> frozenset[str]:
    """The CPU's flags; none where the kernel does not say them."""
    try:
        raw = doors.files.read("/proc/cpuinfo") or b""
    except FileProblem:
        return frozenset()
    line = next((line for line in raw.decode(errors="replace").splitlines() if line.startswith("flags")), "")
    return frozenset(line.partition(":")[2].split())


def _try(doors: Doors, path: str, library_path: str, *, run: bool) -> tuple[list[TriedShape], list[Cause]]:
    try:
        info = elf.inspect(path)
    except (BinaryError, FileProblem):
        info = None
    tried, found = list[TriedShape](), list[Cause]()
    env = {"LD_LIBRARY_PATH": library_path} if library_path else {}
    if info is not None and info.interpreter:
        # The loader maps the file and what it needs, and runs none of it.
        shape = _run(doors, Cmd(argv=(info.interpreter, "--list", os.path.abspath(path)), env=env, timeout=_SECONDS))
        tried.append(shape)
        bad = [line.strip() for line in shape.output.splitlines() if "not found" in line or "Error " in line]
        if shape.exit or bad:
            said = redact("; ".join(bad[:4]) or shape.output.strip()[:400])
            found.append(Cause(slug="loader-refuses", message=say(words.REFUSED, said=said), evidence=(shape.command,)))
    if run and not found:
        shape = _run(doors, Cmd(argv=(path if "/" in path else f"./{path}",), env=env, timeout=_SECONDS))
        tried.append(shape)
        if shape.exit is None and "could not be started" in shape.output:
            found.append(Cause(slug="loader-refuses", message=say(words.REFUSED, said=shape.output), evidence=(shape.command,)))
        elif shape.exit is not None and shape.exit < 0 and -shape.exit not in {signal.SIGTERM, signal.SIGKILL}:
            name = signal.Signals(-shape.exit).name
            slug = "cpu-level-too-new" if name == "SIGILL" else "crashes"
            found.append(Cause(slug=slug, message=say(words.CRASHED, signal=name), evidence=(shape.command,)))
    return tried, found


def _run(doors: Doors, cmd: Cmd) -> TriedShape:
    done = run_async(lambda: doors.runner.run(cmd))
    return TriedShape(
        command=redact(cmd.line), exit=done.exit, output=redact((done.stdout + done.stderr)[-2000:] or done.problem)
    )


def _elsewhere(path: str, on: tuple[str, ...], say_: Translator) -> WhyShape:
    """Judge by what is known of systems."""
    info = read(path)
    found = []
    for distro in systems(on):
        reason = distros.why_not(info, distro)
        if reason is not None:
            found.append((distro.name, reason, _pin(path, info.glibc_min, distro)))
    return WhyShape(
        schema_="gomend.binary-why/1",
        path=path,
        root=", ".join(on),
        starts=not found,
        causes=tuple(
            CauseShape(
                cause=reason.id.removeprefix("binary.runs."),
                message=say_(words.ELSEWHERE, system=name, why=say_(reason)),
                evidence=evidence,
                fixes=tuple(say_(fix) for fix in fixes),
            )
            for name, reason, (evidence, fixes) in found
        ),
        tried=(),
        note="" if found else say_(words.STARTS_ON, path=path, system=", ".join(on)),
    )


def _pin(path: str, floor: str | None, distro: distros.Distro) -> tuple[tuple[str, ...], tuple[Said, ...]]:
    """The symbols above a system's glibc, and what to link against instead."""
    if not floor or distro.libc != "glibc" or not distro.version or not distros.above(floor, distro.version):
        return (), ()
    info = elf.inspect(path)
    symbols = elf.glibc_symbols(path, distro.version)
    fixes = [say(words.FIX_CGO)] if info.go is not None and info.cgo else []
    zig = {"amd64": "x86_64", "arm64": "aarch64"}.get(info.arch, info.arch)
    return tuple(f"{n}@GLIBC_{v}" for n, v in symbols.items()), (*fixes, say(words.FIX_PIN, zig=zig, version=distro.version))


def _shape(cause: Cause, say_: Translator) -> CauseShape:
    fixes = tuple(say_(fix) for fix in cause.fixes)
    return CauseShape(cause=cause.slug, message=say_(cause.message), evidence=tuple(map(redact, cause.evidence)), fixes=fixes)


def shown(answer: WhyShape, say_: Translator) -> str:
    """For people."""
    lines: list[str] = []
    for cause in answer.causes:
        lines += [
            f"✗ {cause.message}",
            *(f"    {quote}" for quote in cause.evidence[:8]),
            *(f"  → {fix}" for fix in cause.fixes),
        ]
    if answer.note:
        lines.append(f"✓ {answer.note}")
    for tried in answer.tried:
        lines.append("  " + say_(words.TRIED, command=tried.command, exit="-" if tried.exit is None else tried.exit))
    return "\n".join(lines) + "\n"
