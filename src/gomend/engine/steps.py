"""How each kind of step is checked, prepared, done and undone.

``prepare`` saves what undo needs and changes nothing; ``perform`` changes; ``revert`` works after any part of ``perform``
and may be repeated.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from gomend.engine import words
from gomend.engine.digests import digest_file, digest_path
from gomend.engine.journal import Undo
from gomend.model.redact import redact
from gomend.model.step import EditFile, HttpPut, MovePath, RemovePath, Run, SetGoEnv, Step, digest_bytes, edit_text
from gomend.model.text import Said, say
from gomend.ports.doors import Doors
from gomend.ports.files import write_whole
from gomend.ports.http import Ask
from gomend.ports.processes import Cmd
from gomend.ports.state import Vault, move, remove_tree


class StepProblem(Exception):  # noqa: N818 - a problem is told to people
    """A step cannot be done (any more); the message says why."""


async def precondition(step: Step, doors: Doors) -> Said | None:
    """Why ``step`` must not be done now, None if it may.

    Raises:
        StepProblem: a server does not say what is there now.
    """
    match step:
        case EditFile() if digest_file(step.path) != step.before:
            return say(words.CHANGED, path=step.path)
        case SetGoEnv() if digest_file(step.file) != step.before:
            return say(words.CHANGED, path=step.file)
        case RemovePath() | MovePath() if not os.path.lexists(step.path):
            return say(words.GONE, path=step.path)
        case RemovePath() if step.before is not None and digest_path(step.path) != step.before:
            return say(words.CHANGED, path=step.path)
        case MovePath() if os.path.lexists(step.to):
            return say(words.EXISTS, path=step.to)
        case Run() if doors.runner.which(step.argv[0]) is None:
            return say(words.NO_PROGRAM, program=step.argv[0])
        case HttpPut() if redact(step.url) != step.url:
            return say(words.SECRET_URL, url=step.url)
        case HttpPut():
            now = await _get(step.url, doors)
            if (digest_bytes(now) if now is not None else None) != step.before:
                return say(words.CHANGED, path=step.url)
        case _:
            pass
    return None


async def prepare(step: Step, index: int, vault: Vault, folder: Path, doors: Doors) -> Undo:
    """Save what undo needs."""
    match step:
        case EditFile():
            return Undo(kept=(vault.keep(os.path.realpath(step.path)),))
        case SetGoEnv():
            return Undo(kept=(vault.keep(step.file),))
        case Run():
            return Undo(kept=tuple(vault.keep(path) for path in step.writes))
        case RemovePath():
            mode = stat.S_IMODE(os.lstat(step.path).st_mode)
            return Undo(quarantine=str(folder / f"quarantine-{index}" / os.path.basename(step.path)), mode=mode)
        case MovePath():
            return Undo(mode=stat.S_IMODE(os.lstat(step.path).st_mode))
        case HttpPut():
            now = await _get(step.url, doors)
            return Undo(blob=vault.seal(now) if now is not None else "", existed=now is not None)


async def perform(step: Step, undo: Undo, doors: Doors, lock: int) -> None:
    """Do it.

    Raises:
        StepProblem: it could not be done (and may be half done).
    """
    match step:
        case EditFile():
            old = Path(step.path).read_bytes() if step.before is not None else b""
            try:
                new = edit_text(old, step.edits)
            except ValueError as error:
                raise StepProblem(f"{step.path}: {error}") from None
            write_whole(step.path, new)
        case SetGoEnv():
            words = ("-w", f"{step.name}={step.value}") if step.value else ("-u", step.name)
            await _run(Cmd(argv=("go", "env", *words), env=_goenv(step), keep_open=(lock,)), doors)
        case Run():
            cmd = Cmd(argv=step.argv, cwd=step.cwd, env=step.env, timeout=step.timeout, keep_open=(lock,))
            await _run(cmd, doors)
        case RemovePath():
            move(step.path, undo.quarantine)
        case MovePath():
            move(step.path, step.to)
        case HttpPut():
            await _send(step, "PUT", step.body, doors)


async def revert(step: Step, undo: Undo, vault: Vault, doors: Doors) -> None:
    """Undo it, whether it was done, half done or not done at all.

    Raises:
        StepProblem: it could not be undone.
        StateProblem: a saved copy cannot be read.
    """
    match step:
        case EditFile() | SetGoEnv() | Run():
            for kept in reversed(undo.kept):
                vault.restore(kept)
        case RemovePath():
            _back(undo.quarantine, step.path, undo.mode)
        case MovePath():
            _back(step.to, step.path, undo.mode)
        case HttpPut():
            if undo.existed:
                await _send(step, "PUT", vault.open(undo.blob).decode(), doors)
            else:
                await _send(step, "DELETE", None, doors)


def leaves(step: Step) -> dict[str, str | None]:
    """Digests of what a step has left, for undo to see whether somebody changed it since."""
    match step:
        case EditFile():
            return {step.path: digest_path(step.path)}
        case SetGoEnv():
            return {step.file: digest_path(step.file)}
        case Run():
            return {path: digest_path(path) for path in step.writes}
        case _:
            return {}


def changed_since(left: dict[str, str | None]) -> list[str]:
    """Paths that are no longer as the plan left them."""
    return [path for path, digest in left.items() if digest_path(path) != digest]


def gone(steps: Iterable[Step]) -> list[str]:
    """Where moves put things that are no longer there: undoing would take what came since and bring nothing back."""
    moves = [step for step in steps if isinstance(step, MovePath)]
    onward = {step.path for step in moves}
    return [step.to for step in moves if step.to not in onward and not os.path.lexists(step.to)]


def touched(step: Step, root: str) -> frozenset[str]:
    """The tags of facts (see :class:`gomend.model.facts.Fact`) that ``step`` makes stale."""

    def tag(path: str) -> str:
        return "file:" + os.path.relpath(path, root)

    match step:
        case EditFile():
            return frozenset({tag(step.path)})
        case SetGoEnv():
            return frozenset({"go-env"})
        case Run():
            return frozenset({*map(tag, step.writes), *step.touches})
        case RemovePath() | MovePath():
            return frozenset({tag(step.path), *step.touches})
        case HttpPut():
            return frozenset({"network"})


def _back(source: str, target: str, mode: int) -> None:
    if os.path.lexists(source):
        if os.path.lexists(target):
            remove_tree(target)  # the rest of an interrupted move across file systems
        move(source, target)
    if os.path.lexists(target) and not os.path.islink(target):
        os.chmod(target, mode)


def _goenv(step: SetGoEnv) -> dict[str, str]:
    # The variable itself must not be set to something else here, or go warns that -w has no effect.
    return {"GOENV": step.file, "GOTOOLCHAIN": "local"} if step.name != "GOTOOLCHAIN" else {"GOENV": step.file}


async def _run(cmd: Cmd, doors: Doors) -> None:
    done = await doors.runner.run(cmd)
    if not done.ok:
        tail = "\n".join(done.stderr.strip().splitlines()[-8:])
        raise StepProblem(f"{cmd.line}: {done.why}" + (f"\n{tail}" if tail and tail not in done.why else ""))


async def _get(url: str, doors: Doors) -> bytes | None:
    reply = await doors.http.ask(Ask(url=url))
    if reply.status == 404:
        return None
    if reply.status != 200:
        raise StepProblem(f"GET {url}: {reply.detail or reply.status}")
    return reply.body


async def _send(step: HttpPut, method: str, body: str | None, doors: Doors) -> None:
    ask = Ask(url=step.url, method=method, body=body, headers={"Content-Type": step.content_type})
    reply = await doors.http.ask(ask)
    if reply.status is None or reply.status >= 400:
        raise StepProblem(f"{method} {step.url}: {reply.detail or reply.status}")
