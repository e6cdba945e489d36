"""zig compiles the C library of a target when it is first asked for it: say so, show how far it is, and do it ahead where people want that."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import time
from typing import Final

import msgspec

from gomend.apps.cgo import ordering
from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.cgo.build import plan as planning
from gomend.cgo.build import toolchains
from gomend.cgo.build.things import Needs, Plan, Toolchain
from gomend.cgo.build.wish import Refused, Wish
from gomend.cgo.needs.things import TargetNeeds
from gomend.model.text import text
from gomend.ports import passthrough
from gomend.ports.doors import Doors, real_doors
from gomend.ports.files import write_whole
from gomend.ports.processes import Cmd

_START: Final = text(
    "cgowarm.start",
    "zig prepares {library} for {target}, once: it takes from some seconds to some minutes, then it is kept in {cache}.",
)
_READY: Final = text("cgowarm.ready", "{library} for {target} is ready ({seconds} s).")
_C: Final = "int main(void) { return 0; }\n"
_CXX: Final = "#include <string>\n#include <iostream>\nint main() { std::cout << std::string(); return 0; }\n"
_LIMIT: Final = 1800.0


def cache(doors: Doors) -> str:
    """The folder in which zig keeps what it compiled."""
    variables = doors.environ.variables
    if folder := variables.get("ZIG_GLOBAL_CACHE_DIR"):
        return folder
    return os.path.join(variables.get("XDG_CACHE_HOME") or os.path.join(doors.environ.home, ".cache"), "zig")


async def warm(doors: Doors, wish: Wish, chain: Toolchain, plan: Plan, *, cxx: bool) -> float | None:
    """Let zig compile what every program for the target needs; seconds that it took, None if it was there already.

    A mark beside zig's own cache says that it was done, so that a cache which is thrown away or kept by CI takes it along. What fails here
    fails in the build too, with its own words.
    """
    if chain.kind != "zig":
        return None
    folder = cache(doors)
    mark = os.path.join(
        folder, "gomend", "-".join((chain.version, chain.target, *chain.flags, wish.link, "c++" if cxx else "c"))
    )
    if os.path.exists(mark):
        return None
    say = base.translator()
    words = {
        "library": {"musl": "musl", "glibc": "glibc"}.get(wish.libc, "libc") + (" + libc++" if cxx else ""),
        "target": wish.target,
    }
    base.note(say(_START, cache=folder, **words))
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gomend-warm-") as work:
        source = os.path.join(work, "x.cc" if cxx else "x.c")
        write_whole(source, (_CXX if cxx else _C).encode())
        static = ("-static",) if wish.link == "static" and wish.libc == "musl" else ()
        argv = (plan.env["CXX" if cxx else "CC"], source, "-O2", *static, "-o", os.path.join(work, "x"))
        if base.is_terminal(sys.stderr):  # zig draws its own progress there
            good = passthrough.run_through(argv).exit == 0
        else:
            good = (await doors.runner.run(Cmd(argv=argv, cwd=work, timeout=_LIMIT))).ok
    seconds = round(time.monotonic() - started, 1)
    if good:
        os.makedirs(os.path.dirname(mark), exist_ok=True)
        write_whole(mark, b"")
        base.note(say(_READY, seconds=f"{seconds:g}", **words))
    return seconds


def prepare(targets_: tuple[str, ...], libc: str, link: str, *, cxx: bool) -> list[tuple[str, float | None]]:
    """Prepare zig's caches for targets: each with the seconds that it took, None if it was ready.

    Raises:
        Problem: a target or the C library is none, or zig is not here.
    """
    doors = real_doors()
    done = []
    for target in targets_:
        wanted = msgspec.structs.replace(ordering.order(target, libc, link, ".", "-").wish, toolchain="zig")
        try:
            chain = run_async(functools.partial(toolchains.find, doors, wanted, Needs(cxx=cxx)))
        except Refused as refusal:
            raise base.Problem(ordering.REFUSED[refusal.what], **refusal.details) from None
        plan = planning.make(wanted, chain, TargetNeeds(target=target, standard=("runtime/cgo",)), ordering.home(doors))
        ordering.write_programs(plan)
        done.append((target, run_async(functools.partial(warm, doors, wanted, chain, plan, cxx=cxx))))
    return done
