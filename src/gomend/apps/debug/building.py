"""``gomend debug build``: a build that a debugger can work with, checked in the binary itself before it takes the old one's place."""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import tempfile
from typing import Final

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.binary.info import BinaryError
from gomend.debug import buildflags
from gomend.debug.why.mends import DEBUG
from gomend.debug.why.product import Product
from gomend.model.base import Thing
from gomend.model.text import Translator, text
from gomend.ports.doors import real_doors
from gomend.ports.files import FileProblem
from gomend.ports.processes import Cmd

_FAILED: Final = text("debugbuild.failed", "{command}: {reason}")
_NO_OBJCOPY: Final = text("debugbuild.no-objcopy", "--split needs objcopy (Debian: binutils)")
_NOT_RIGHT: Final = text("debugbuild.not-right", "{path} was not built: what go made is not fit for a debugger ({what})")
_FOLDER: Final = text("debugbuild.folder", "{path} is a folder; name a file with -o")
_MADE: Final = text(
    "debugbuild.made",
    "{path} has what a debugger needs: all packages without optimisation and inlining, full paths, debug information.",
)
_SPLIT: Final = text(
    "debugbuild.split", "{path} holds the debug information; keep it beside the program, dlv finds it by .gnu_debuglink."
)
_DRY: Final = text("debugbuild.dry-run", "Nothing was built (--dry-run).")
_TIME: Final = 1800.0


class BuildShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend debug build``: the same in a shell (``commands``), and what was made; ``binary`` empty in a dry run."""

    schema_: str
    commands: tuple[str, ...]
    binary: str = ""
    debug_file: str = ""
    dropped: tuple[str, ...] = ()
    """Words of GOFLAGS that take away what a debugger needs, left out."""


def build(package: str, output: str, flags: tuple[str, ...], *, split: bool, dry_run: bool) -> BuildShape:
    """Build ``package`` into ``output``.

    Raises:
        Problem: it cannot be built, and why.
    """
    doors = real_doors()
    if os.path.isdir(output):
        raise base.Problem(_FOLDER, path=output)
    words = buildflags.split_quoted(doors.environ.variables.get("GOFLAGS", ""))
    dropped = tuple(w for w in words if w.lstrip("-").partition("=")[0] in {"trimpath", "ldflags", "gcflags"})
    env = {"GOFLAGS": " ".join(shlex.quote(w) if " " in w else w for w in words if w not in dropped)} if dropped else {}
    debug = f"{output}.debug" if split else ""
    shown = _commands(package, output, flags, env, debug)
    made = BuildShape(schema_="gomend.debug-build/1", commands=shown, dropped=dropped)
    if dry_run:
        return made
    if split and doors.runner.which("objcopy") is None:
        raise base.Problem(_NO_OBJCOPY)
    folder = os.path.dirname(os.path.abspath(output))
    os.makedirs(folder, exist_ok=True)
    scratch = tempfile.mkdtemp(prefix=".gomend-build-", dir=folder)
    try:
        fresh = os.path.join(scratch, os.path.basename(output))
        _run(_go(package, fresh, flags), env)
        _check(fresh, output)
        if split:
            apart = os.path.join(scratch, os.path.basename(debug))
            _run(("objcopy", "--only-keep-debug", fresh, apart), {})
            _run(("objcopy", "--strip-debug", f"--add-gnu-debuglink={apart}", fresh), {})
            os.replace(apart, debug)
        os.replace(fresh, output)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return BuildShape(schema_=made.schema_, commands=shown, binary=output, debug_file=debug, dropped=dropped)


def _go(package: str, output: str, flags: tuple[str, ...]) -> tuple[str, ...]:
    return ("go", "build", *flags, DEBUG, "-o", output, package)


def _commands(package: str, output: str, flags: tuple[str, ...], env: dict[str, str], debug: str) -> tuple[str, ...]:
    """What does the same by hand; the old output goes first, or go would not even relink one that was stripped."""
    before = "".join(f"{name}={shlex.quote(value)} " for name, value in env.items())
    lines = [f"rm -f {shlex.quote(output)}", before + shlex.join(_go(package, output, flags))]
    if debug:
        lines.append(shlex.join(("objcopy", "--only-keep-debug", output, debug)))
        lines.append(shlex.join(("objcopy", "--strip-debug", f"--add-gnu-debuglink={debug}", output)))
    return tuple(lines)


def _run(argv: tuple[str, ...], env: dict[str, str]) -> None:
    done = run_async(functools.partial(real_doors().runner.run, Cmd(argv=argv, env=env, timeout=_TIME)))
    if not done.ok:
        raise base.Problem(_FAILED, command=shlex.join(argv[:2]), reason=done.stderr.strip() or done.why)


def _check(fresh: str, output: str) -> None:
    """What a debugger needs must be in the binary, whatever flags came from elsewhere.

    Raises:
        Problem: it is not.
    """
    try:
        product = Product(fresh)
    except (FileProblem, BinaryError):
        raise base.Problem(_NOT_RIGHT, path=output, what="no program: name a main package") from None
    if product.build is None:
        raise base.Problem(_NOT_RIGHT, path=output, what="no program: name a main package")
    optimised, inlined = product.optimised("main")
    lacking = [
        name
        for name, bad in (
            ("-w", not product.info.dwarf),
            ("-s", product.image.format == "elf" and not product.info.symtab),
            ("-trimpath", product.setting("-trimpath") == "true"),
            ("no -N", optimised),
            ("no -l", inlined),
        )
        if bad
    ]
    if lacking:
        raise base.Problem(_NOT_RIGHT, path=output, what=", ".join(lacking))


def told(answer: BuildShape, say: Translator) -> str:
    """The answer for people."""
    lines = [*answer.commands, ""]
    if not answer.binary:
        return "\n".join([*lines, say(_DRY)]) + "\n"
    lines.append(say(_MADE, path=answer.binary))
    if answer.debug_file:
        lines.append(say(_SPLIT, path=answer.debug_file))
    return "\n".join(lines) + "\n"
