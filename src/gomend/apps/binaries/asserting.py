"""``gomend binary assert``: conditions that a build must hold, for CI."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from gomend.apps.binaries.inspecting import pin, read, rpath_problems, systems
from gomend.binary import distros, elf
from gomend.binary.info import BinaryInfo
from gomend.model.base import Thing
from gomend.model.text import Said, Translator, say, text
from gomend.ports.doors import real_doors

_STATIC: Final = text("binary.assert.static", "it is dynamic: interpreter {interpreter}, needs {libraries}")
_DYNAMIC: Final = text("binary.assert.dynamic", "it is static")
_FLOOR: Final = text("binary.assert.glibc", "it needs glibc {needed} because of {symbols}; link with {pin}")
_ARCH: Final = text("binary.assert.arch", "it is made for {arch}")
_RPATH: Final = text("binary.assert.rpath", "it has {kind} {path}")
_TRAIT: Final = text("binary.assert.trait", "it is not")
_RELRO: Final = text("binary.assert.relro", "its RELRO is {relro}")
_STRIPPED: Final = text("binary.assert.stripped", "it has a symbol table or DWARF")
_DEBUG: Final = text("binary.assert.debug", "it has no DWARF")
_CGO: Final = text("binary.assert.cgo", "it was built with CGO_ENABLED={value}")
_LIBRARY: Final = text("binary.assert.library", "it needs {libraries}")
_CPU: Final = text("binary.assert.cpu", "it needs a CPU of level {level}")
_GO: Final = text("binary.assert.go", "it was built with {version}")
_EXIT: Final = text("binary.assert.exit", "it ended with {exit}: {said}")
_NOT_STARTED: Final = text("binary.assert.not-started", "it could not be started: {reason}")
_NO_GO: Final = text("binary.assert.no-go", "it has no Go build information")


class Conditions(Thing, frozen=True):
    """What is asked. Empty, false or None: not asked."""

    static: bool = False
    dynamic: bool = False
    pie: bool = False
    nx: bool = False
    relro: str | None = None
    no_rpath: bool = False
    stripped: bool = False
    debug: bool = False
    no_cgo: bool = False
    glibc_max: str | None = None
    cpu_max: str | None = None
    arch: tuple[str, ...] = ()
    runs_on: tuple[str, ...] = ()
    starts_on: tuple[str, ...] = ()
    """Debian releases under whose loader it is started."""
    allow: tuple[str, ...] = ()
    """Libraries that may be needed; none is checked if empty."""
    go: str | None = None
    """Start of the Go version, such as ``go1.26``."""


class CheckShape(Thing, frozen=True):
    """One condition of one file; ``why`` is null where it holds."""

    condition: str
    ok: bool
    why: str | None


class AssertedShape(Thing, frozen=True):
    """All conditions of one file."""

    path: str
    ok: bool
    checks: tuple[CheckShape, ...]


class AssertShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend binary assert``."""

    schema_: str
    ok: bool
    files: tuple[AssertedShape, ...]


def check(paths: Sequence[str], asked: Conditions, say_: Translator) -> AssertShape:
    """Judge.

    Raises:
        Problem: a file is no binary or cannot be read, or a system is not known.
    """
    places = systems(asked.runs_on) if asked.runs_on else ()
    files = []
    for path in paths:
        checks = tuple(
            CheckShape(condition=name, ok=reason is None, why=say_(reason) if reason else None)
            for name, reason in _judge(path, read(path), asked, places)
        )
        files.append(AssertedShape(path=path, ok=all(c.ok for c in checks), checks=checks))
    return AssertShape(schema_="gomend.binary-assert/1", ok=all(f.ok for f in files), files=tuple(files))


def _judge(
    path: str, info: BinaryInfo, asked: Conditions, places: Sequence[distros.Distro]
) -> Iterator[tuple[str, Said | None]]:
    go = info.go.version if info.go else ""
    simple: tuple[tuple[bool, str, bool, Callable[[], Said]], ...] = (
        (asked.static, "static", info.static, lambda: _not_static(info)),
        (asked.dynamic, "dynamic", not info.static, lambda: say(_DYNAMIC)),
        (asked.pie, "pie", info.pie, lambda: say(_TRAIT)),
        (asked.nx, "nx", info.nx, lambda: say(_TRAIT)),
        (asked.relro is not None, f"relro={asked.relro}", _relro(info, asked), lambda: say(_RELRO, relro=info.relro or "none")),
        (asked.no_rpath, "no-rpath", not info.rpath, lambda: _rpath(info)),
        (asked.stripped, "stripped", info.stripped and not info.dwarf, lambda: say(_STRIPPED)),
        (asked.debug, "debug", info.dwarf, lambda: say(_DEBUG)),
        (
            asked.no_cgo,
            "no-cgo",
            info.cgo is False,
            lambda: say(_CGO, value=int(info.cgo)) if info.cgo is not None else say(_NO_GO),
        ),
        (
            asked.go is not None,
            f"go={asked.go}",
            _starts(go, asked.go or ""),
            lambda: say(_GO, version=go) if go else say(_NO_GO),
        ),
        (
            bool(asked.arch),
            f"arch={','.join(asked.arch)}",
            set(info.arch.split(",")) <= set(asked.arch),
            lambda: say(_ARCH, arch=info.arch),
        ),
        (
            asked.cpu_max is not None,
            f"cpu-max={asked.cpu_max}",
            (info.cpu_level or "v1") <= (asked.cpu_max or ""),
            lambda: say(_CPU, level=info.cpu_level or "v1"),
        ),
    )
    for wanted, name, holds, reason in simple:
        if wanted:
            yield name, None if holds else reason()
    if asked.glibc_max is not None:
        high = info.glibc_min is not None and distros.above(info.glibc_min, asked.glibc_max)
        yield f"glibc-max={asked.glibc_max}", _floor(path, info, asked.glibc_max) if high else None
    if asked.allow:
        more = [name for name in info.needed if name not in asked.allow]
        yield f"libraries={','.join(asked.allow)}", say(_LIBRARY, libraries=", ".join(more)) if more else None
    for place in places:
        yield f"runs-on={place.name}", distros.why_not(info, place)
    for name in asked.starts_on:
        yield f"starts-on={name}", _start(path, info, name)


def _start(path: str, info: BinaryInfo, name: str) -> Said | None:
    """Why it does not start under the loader of a system; None if it does, or if it is static and reads no other file."""
    from gomend.apps.cgo import oldroots, sysroots

    doors = real_doors()
    root = oldroots.root(doors, name, info.arch, sysroots.silent)
    if why := distros.why_not(info, systems((name,))[0]):
        return why
    if info.interpreter is None:
        return None
    ran = oldroots.start(doors, root, os.path.abspath(path), info.arch, ())
    if isinstance(ran, str):
        return say(_NOT_STARTED, reason=ran)
    return None if ran.started else say(_EXIT, exit=ran.exit, said=ran.said)


def _not_static(info: BinaryInfo) -> Said:
    return say(_STATIC, interpreter=info.interpreter or "-", libraries=", ".join(info.needed) or "-")


def _relro(info: BinaryInfo, asked: Conditions) -> bool:
    return info.relro == "full" or (asked.relro == "partial" and info.relro == "partial")


def _starts(version: str, wanted: str) -> bool:
    rest = version.removeprefix(wanted)
    return version.startswith(wanted) and not rest[:1].isdigit()


def _rpath(info: BinaryInfo) -> Said:
    problems = [p for entry in info.rpath for p in rpath_problems(entry)]
    path = ":".join(info.rpath) + (f" ({', '.join(problems)})" if problems else "")
    return say(_RPATH, kind="RUNPATH" if info.runpath else "RPATH", path=path)


def _floor(path: str, info: BinaryInfo, highest: str) -> Said:
    symbols = elf.glibc_symbols(path, highest) if info.format == "elf" else {}
    named = ", ".join(f"{name}@GLIBC_{version}" for name, version in list(symbols.items())[:8]) or "?"
    return say(_FLOOR, needed=info.glibc_min or "", symbols=named, pin=pin(info, highest))


def shown(answer: AssertShape) -> str:
    """For people: every condition, the failed ones with their reason."""
    lines: list[str] = []
    for file in answer.files:
        lines.append(f"{'✓' if file.ok else '✗'} {file.path}")
        width = max((len(c.condition) for c in file.checks), default=0)
        lines += [f"  {'✓' if c.ok else '✗'} {c.condition:<{width}}  {c.why or ''}".rstrip() for c in file.checks]
    return "\n".join(lines) + "\n"
