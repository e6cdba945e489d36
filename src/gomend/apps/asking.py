"""What ``why`` and ``run`` do: a text, or a command that failed, and the machine's facts → the cause."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import BinaryIO, Final

import msgspec

from gomend.apps.cli import base, words
from gomend.apps.exits import Exit
from gomend.apps.loop import run_async
from gomend.apps.session import Options, Session
from gomend.model.base import Cost
from gomend.model.message import Command
from gomend.ports.passthrough import run_through

HEAD: Final = 1024 * 1024
"""Bytes kept from the start of a log."""
TAIL: Final = 4 * 1024 * 1024
"""Bytes kept from its end."""
MIDDLE: Final = 2 * 1024 * 1024
"""Bytes kept of lines in between that name trouble."""
_TROUBLE: Final = (
    b"go: ",
    b"error",
    b"fail",
    b"fatal",
    b"could not",
    b"cannot",
    b"not found",
    b"undefined",
    b"denied",
    b"refused",
)
_NO_ERROR: Final = b'error: ""'
"""What Delve writes behind every answer that is none."""


def why(file: str, options: Options) -> int:
    """Explain a text."""
    text, source = _read(file)
    session = Session(options, project_needed=False)
    session.scope = msgspec.structs.replace(session.scope, log=text, log_source=source)
    run_async(session.check)
    session.answer()
    return session.exit_code()


def _read(file: str) -> tuple[str, str]:
    if file == "-":
        if sys.stdin.isatty():
            raise base.Problem(words.NO_LOG)
        return _condensed(sys.stdin.buffer), "log"
    try:
        with open(file, "rb") as handle:
            return _condensed(handle), os.path.basename(file)
    except OSError as error:
        raise base.Problem(f"{file}: {error.strerror}") from None


def _condensed(stream: BinaryIO) -> str:
    """Read a log of any size in little memory: its start, its end, and lines in between that name trouble."""
    head = stream.read(HEAD)
    tail, middle, total, kept = b"", [], len(head), 0
    while chunk := stream.read(HEAD):
        total += len(chunk)
        tail += chunk
        if len(tail) > 2 * TAIL:
            cut = tail.rfind(b"\n", 0, len(tail) - TAIL) + 1 or len(tail) - TAIL
            for line in _troubled(tail[:cut]) if kept < MIDDLE else ():
                middle.append(line[:4096])
                kept += len(middle[-1])
            tail = tail[cut:]
    whole = head + b"".join(middle) + tail
    if total > len(whole):
        said = base.translator()(words.LOG_CUT, kept=f"{len(whole) / 1e6:.1f}", total=f"{total / 1e6:.1f}")
        base.note(said)
    if not whole.strip():
        raise base.Problem(words.NO_LOG)
    return whole.decode(errors="replace").replace("\0", "")


def _troubled(chunk: bytes) -> list[bytes]:
    """Lines that name trouble, in order. Plain searches: on a gigabyte they are many times faster than one expression."""
    lowered = chunk.lower().replace(_NO_ERROR, b" " * len(_NO_ERROR))
    starts: set[int] = set()
    for word in _TROUBLE:
        at = lowered.find(word)
        while at >= 0:
            starts.add(chunk.rfind(b"\n", 0, at) + 1)
            end = chunk.find(b"\n", at)
            at = lowered.find(word, end) if end >= 0 else -1
    return [chunk[start : (chunk.find(b"\n", start) + 1) or len(chunk)] for start in sorted(starts)]


def run(argv: tuple[str, ...], options: Options, *, exit_findings: bool) -> int:
    """Run the user's command unchanged; if it fails, explain it on standard error (or in the format asked for)."""
    if not argv:
        raise base.Problem(words.NO_COMMAND)
    ran = run_through(argv)
    if ran.problem:
        raise base.Problem(words.CANNOT_RUN, command=argv[0], reason=ran.problem)
    from gomend.cgo.facts.flags import builds_in

    builds = builds_in(argv)[:: -1 if ran.exit == 0 else 1]
    if ran.exit == 0 and not builds and options.format == "text":
        return Exit.CLEAN
    folder = os.path.expandvars(next((b.folder for b in builds), ""))
    if options.directory == "." and os.path.isdir(folder):
        options = msgspec.structs.replace(options, directory=folder)
    # Settings given before the program (`env GOARCH=arm64 go build`) are part of what happened.
    with _overlaid(argv, next((b.variables for b in builds), {})):
        session = Session(options, project_needed=False)
        if ran.exit == 0:
            _only_silent(session, built=any(b.verb != "list" for b in builds))
        log = ran.stderr or ran.stdout
        if ran.stderr and ran.stdout:
            log = f"{ran.stdout}\n{ran.stderr}"
        session.scope = msgspec.structs.replace(
            session.scope, log=log, log_source="command output", command=argv, command_exit=ran.exit
        )
        from gomend.modules.facts.silence import STOPPED

        # A command that was stopped may have waited for a server: go says nothing then, only asking the servers can tell.
        depth = max(session.options.depth, Cost.PROBE) if ran.exit in STOPPED and not session.offline else None
        depth = Cost.DEEP if ran.exit == 0 else depth
        run_async(lambda: session.check(command=Command(argv=argv, exit=ran.exit), depth=depth))
    if ran.exit == 0 and options.format == "text" and not session.run.findings:
        return Exit.CLEAN
    if options.format == "text" and options.output is None:
        _on_stderr(session)
    else:
        session.answer()
    return session.exit_code() if exit_findings else ran.exit


def _only_silent(session: Session, *, built: bool) -> None:
    """After a success only those causes count that let a build pass and break its product, and only for what was built."""
    from gomend.cgo.facts.builds import TargetBuilds
    from gomend.cgo.facts.ci import CiBuilds

    # That it can be built is known, and files of CI are about other builds.
    apart = {TargetBuilds, CiBuilds}
    session.rules = tuple(rule for rule in session.rules if built and rule.area == "cgo" and not rule.facts & apart)
    session.scope = msgspec.structs.replace(session.scope, targets=())


def _on_stderr(session: Session) -> None:
    """The command's own standard output stays the command's own."""
    from gomend.outputs.formats import write

    rules = {rule.code: rule for rule in session.rules}
    write("text", session.run, session.say, rules, sys.stderr, colour=base.is_terminal(sys.stderr))
    sys.stderr.flush()
    if session.options.save is not None:
        from gomend.apps.session import write_run

        write_run(session.run, msgspec.structs.replace(session.options, output=os.devnull), session.rules)


class _overlaid:  # noqa: N801 - used like a function
    """The environment as ``env NAME=value … CMD`` or a shell script sets it, for as long as the facts are collected."""

    def __init__(self, argv: tuple[str, ...], variables: Mapping[str, str]) -> None:
        self._extra = {name: os.path.expandvars(value) for name, value in variables.items()}
        words_ = list(argv[1:]) if os.path.basename(argv[0]) == "env" else []
        for word in words_:
            name, sign, value = word.partition("=")
            if not sign or not name.replace("_", "").isalnum():
                break
            self._extra[name] = value
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> None:
        for name, value in self._extra.items():
            self._before[name] = os.environ.get(name)
            os.environ[name] = value

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
