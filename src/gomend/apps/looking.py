"""What ``check``, ``why`` and ``run`` share: look, and with --deep make it happen first."""

from __future__ import annotations

import os
import sys
import tempfile
import time

import msgspec

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.apps.session import Options, Session
from gomend.model.message import Command
from gomend.ports.doors import Scope
from gomend.ports.processes import Cmd


def look(options: Options) -> int:
    """Check once and answer; the exit code."""
    session = Session(options)

    async def main() -> None:
        if options.deep:
            session.scope = await with_trial(session, session.scope)
        await session.check()

    run_async(main)
    session.answer()
    return session.exit_code()


async def with_trial(session: Session, scope: Scope) -> Scope:
    """Build the project for this machine, into a folder that is thrown away; the scope with what go said, if it failed."""
    with tempfile.TemporaryDirectory(prefix="gomend-") as folder:
        command = ("go", "build", "-o", folder + os.sep, "./...")
        shown = ("go", "build", "./...")
        done = await session.doors.runner.run(Cmd(argv=command, cwd=session.root, timeout=900))
    if done.ok:
        return scope
    log = done.stderr or done.problem
    return msgspec.structs.replace(
        scope, log=log, log_source="go build ./...", command=shown, command_exit=done.exit if done.exit is not None else 1
    )


async def again(session: Session, scope: Scope) -> Scope:
    """The scope after a fix: the command's output once more, or none where it cannot be run again."""
    if scope.command == ("go", "build", "./..."):
        return await with_trial(session, msgspec.structs.replace(scope, log=None, log_source="", command=()))
    return msgspec.structs.replace(scope, log=None)


def command_of(scope: Scope) -> Command | None:
    """The command of a scope as a message part."""
    if not scope.command or scope.command_exit is None:
        return None
    return Command(argv=scope.command, exit=scope.command_exit)


def watching(options: Options) -> int:
    """Check again whenever something changes, until interrupted."""
    seen: tuple[tuple[str, int], ...] | None = None
    while True:
        session = Session(options)
        now = _snapshot(session)
        if now == seen:
            time.sleep(0.4)
            continue
        seen = now
        run_async(session.check)
        if options.format == "text" and base.is_terminal(sys.stdout):
            sys.stdout.write("\x1b[2J\x1b[H")
        session.answer()


def _snapshot(session: Session) -> tuple[tuple[str, int], ...]:
    stamps = []
    for path in session.doors.files.walk(session.root, depth=6, limit=20_000):
        entry = session.doors.files.entry(path)
        if entry is not None:
            stamps.append((path, entry.mtime_ns))
    goenv = os.path.join(session.doors.environ.home, ".config", "go", "env")
    entry = session.doors.files.entry(goenv)
    return (*stamps, (goenv, entry.mtime_ns if entry else 0))
