"""Both builds of one program: what is in them, what they ask of a system, how long they take to start.

The program itself is never run: for the start-up time a twin is built by an overlay, with the same imports and an empty ``main``.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from typing import Final

import msgspec

from gomend.binary import elf
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.cgo.needs import listing
from gomend.cgo.needs.listing import Listing, Package
from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.files import FileProblem, write_whole
from gomend.ports.processes import Cmd

ROUNDS: Final = 11
"""Starts of each twin; the median counts."""
BUILD: Final = 900.0
"""Seconds that one build may take."""


class Side(Thing, frozen=True):
    """One of the two builds. ``problem`` says why there is no binary; ``start_ms`` None: it could not be run here."""

    cgo: bool
    packages: int
    problem: str = ""
    seconds: float = 0.0
    size: int = 0
    info: BinaryInfo | None = None
    start_ms: float | None = None


class Difference(Thing, frozen=True):
    """Packages in the lists of both builds."""

    only_with: tuple[str, ...] = ()
    only_without: tuple[str, ...] = ()
    changed: dict[str, tuple[str, ...]] = {}
    """Packages whose files differ: files with cgo on that are not in the other build, ``-name`` for the reverse."""


async def lists(doors: Doors, root: str, pair: tuple[str, str], package: str) -> tuple[Listing, Listing]:
    """The packages with cgo and without."""
    with_cgo = await listing.ask(doors, root, pair, cgo=True, patterns=(package,))
    return with_cgo, await listing.ask(doors, root, pair, cgo=False, patterns=(package,))


def difference(on: Listing, off: Listing) -> Difference:
    """Lay both lists beside each other."""
    changed: dict[str, tuple[str, ...]] = {}
    for path, before in on.packages.items():
        after = off.packages.get(path)
        if after is None:
            continue
        mine, theirs = {*before.go_files, *before.cgo_files}, {*after.go_files, *after.cgo_files}
        if mine != theirs:
            changed[path] = (*sorted(mine - theirs), *(f"-{name}" for name in sorted(theirs - mine)))
    return Difference(
        only_with=tuple(p for p in on.packages if p not in off.packages),
        only_without=tuple(p for p in off.packages if p not in on.packages),
        changed=changed,
    )


async def build(doors: Doors, root: str, made: Listing, main: Package, folder: str) -> Side:
    """Build the program, and its twin; look at both."""
    env = {"CGO_ENABLED": "1" if made.cgo else "0"}
    out = os.path.join(folder, f"program-{env['CGO_ENABLED']}")
    argv = ("go", "build", "-o", out, main.import_path)
    done = await doors.runner.run(Cmd(argv=argv, cwd=root, env=env, timeout=BUILD))
    side = Side(cgo=made.cgo, packages=len(made.packages), seconds=done.seconds)
    if not done.ok:
        return msgspec.structs.replace(side, problem=done.stderr.strip()[-1500:] or done.why)
    entry = doors.files.entry(out)
    try:
        info = elf.inspect(out)
    except (BinaryError, FileProblem) as error:
        return msgspec.structs.replace(side, problem=str(error))
    start = await _start(doors, root, made, main, folder, env)
    return msgspec.structs.replace(side, size=entry.size if entry else 0, info=info, start_ms=start)


async def _start(doors: Doors, root: str, made: Listing, main: Package, folder: str, env: dict[str, str]) -> float | None:
    """Milliseconds from start to exit of the twin."""
    held = made.packages.get(main.import_path)
    files = (*held.go_files, *held.cgo_files) if held else ()
    if held is None or not files or held.c_files or held.cxx_files:
        return None
    stub = os.path.join(folder, f"twin-{env['CGO_ENABLED']}.go")
    imports = [name for name in held.imports if name not in {"C", "unsafe", "runtime/cgo"}]
    text = "package main\n\n" + ('import "C"\n' if held.cgo_files else "")
    text += "".join(f"import _ {json.dumps(name)}\n" for name in imports) + "\nfunc main() {}\n"
    write_whole(stub, text.encode())
    replace = {os.path.join(held.dir, name): "" for name in files}
    replace[os.path.join(held.dir, files[0])] = stub
    overlay = os.path.join(folder, f"overlay-{env['CGO_ENABLED']}.json")
    write_whole(overlay, json.dumps({"Replace": replace}).encode())
    out = os.path.join(folder, f"twin-{env['CGO_ENABLED']}")
    argv = ("go", "build", "-overlay", overlay, "-o", out, main.import_path)
    done = await doors.runner.run(Cmd(argv=argv, cwd=root, env=env, timeout=BUILD))
    if not done.ok:
        return None
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        ran = await doors.runner.run(Cmd(argv=(out,), cwd=folder, timeout=10))
        times.append((time.perf_counter() - started) * 1000)
        if not ran.ok:
            return None
    return round(statistics.median(times), 1)
