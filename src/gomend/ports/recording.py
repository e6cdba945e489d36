"""Recorded twins: what the doors answered, written as JSON and replayed, so that a bug report is a test case.

A recording is a folder with one ``commands.jsonl``, ``files.jsonl``, ``http.jsonl`` and ``environ.json``. Everything in it
has been through :func:`gomend.model.redact.redact`; file contents that are not text are kept as digests only.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gomend.model.base import Thing
from gomend.model.redact import redact, redact_value
from gomend.ports.doors import Doors
from gomend.ports.files import READ_LIMIT, Entry, FileProblem, Files
from gomend.ports.http import Ask, Http, Reply
from gomend.ports.processes import Cmd, Done, Runner


class _Command(Thing, frozen=True):
    cmd: Cmd
    done: Done


class _File(Thing, frozen=True):
    call: str
    path: str
    text: str | None = None
    problem: str = ""
    entry: Entry | None = None
    names: tuple[str, ...] = ()


class _Exchange(Thing, frozen=True):
    url: str
    method: str
    reply: Reply


class _Environment(Thing, frozen=True):
    variables: dict[str, str]
    home: str
    system: str
    machine: str


def recording_doors(doors: Doors, folder: str) -> Doors:
    """Doors that pass everything through and write it down in ``folder`` (made if needed)."""
    base = Path(folder)
    base.mkdir(parents=True, exist_ok=True)
    environ = doors.environ
    kept = {k: redact_value(k, v) for k, v in sorted(environ.variables.items())}
    said = _Environment(variables=kept, home=environ.home, system=environ.system, machine=environ.machine)
    (base / "environ.json").write_bytes(msgspec.json.encode(said))
    tape = _Tape(base)
    return Doors(
        runner=_RecordingRunner(doors.runner, tape),
        files=_RecordingFiles(doors.files, tape),
        environ=environ,
        http=_RecordingHttp(doors.http, tape),
    )


def replayed_doors(folder: str) -> Doors:
    """Doors that answer from a recording and touch nothing else.

    Raises:
        FileProblem: the folder holds no recording, or a broken one.
    """
    base = Path(folder)
    try:
        said = msgspec.json.decode((base / "environ.json").read_bytes(), type=_Environment)
        commands = _lines(base / "commands.jsonl", _Command)
        files = _lines(base / "files.jsonl", _File)
        exchanges = _lines(base / "http.jsonl", _Exchange)
    except (OSError, msgspec.MsgspecError) as error:
        msg = f"{folder} is not a recording: {error}"
        raise FileProblem(msg) from None
    return Doors(
        runner=_ReplayRunner(commands, {f.path: f.text for f in files if f.call == "which"}),
        files=_ReplayFiles(files),
        environ=_ReplayEnviron(said),
        http=_ReplayHttp(exchanges),
    )


class _Tape:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, value: object) -> None:
        with (self._folder / f"{name}.jsonl").open("ab") as out:
            out.write(msgspec.json.encode(value) + b"\n")


class _RecordingRunner:
    def __init__(self, inner: Runner, tape: _Tape) -> None:
        self._inner, self._tape = inner, tape

    @property
    def live(self) -> bool:
        return self._inner.live

    async def run(self, cmd: Cmd) -> Done:
        done = await self._inner.run(cmd)
        shown = msgspec.structs.replace(done, argv=_masked(done.argv), stdout=redact(done.stdout), stderr=redact(done.stderr))
        asked = Cmd(
            argv=_masked(cmd.argv), cwd=cmd.cwd, env={k: redact_value(k, v) for k, v in cmd.env.items()}, timeout=cmd.timeout
        )
        self._tape.add("commands", _Command(cmd=asked, done=shown))
        return done

    def which(self, name: str) -> str | None:
        found = self._inner.which(name)
        self._tape.add("files", _File(call="which", path=name, text=found))
        return found


class _RecordingFiles:
    def __init__(self, inner: Files, tape: _Tape) -> None:
        self._inner, self._tape = inner, tape

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes | None:
        try:
            raw = self._inner.read(path, limit)
        except FileProblem as error:
            self._tape.add("files", _File(call="read", path=path, problem=str(error)))
            raise
        if raw is not None:
            try:
                text = redact(raw.decode())
            except UnicodeDecodeError:
                digest = hashlib.sha256(raw).hexdigest()
                self._tape.add("files", _File(call="read", path=path, problem=f"{path} is binary, SHA-256 {digest}"))
                return raw
            self._tape.add("files", _File(call="read", path=path, text=text))
        return raw

    def entry(self, path: str) -> Entry | None:
        entry = self._inner.entry(path)
        self._tape.add("files", _File(call="entry", path=path, entry=entry))
        return entry

    def names(self, path: str) -> tuple[str, ...]:
        names = self._inner.names(path)
        self._tape.add("files", _File(call="names", path=path, names=names))
        return names

    def walk(self, root: str, depth: int = 8, limit: int = 50_000) -> Iterator[str]:
        paths = tuple(self._inner.walk(root, depth, limit))
        self._tape.add("files", _File(call="walk", path=root, names=paths))
        yield from paths


class _RecordingHttp:
    def __init__(self, inner: Http, tape: _Tape) -> None:
        self._inner, self._tape = inner, tape

    async def ask(self, ask: Ask) -> Reply:
        reply = await self._inner.ask(ask)
        headers = {k: redact_value(k, v) for k, v in reply.headers.items()}
        body = redact(reply.body.decode(errors="replace")).encode()
        shown = msgspec.structs.replace(reply, url=redact(reply.url), headers=headers, body=body)
        self._tape.add("http", _Exchange(url=redact(ask.url), method=ask.method, reply=shown))
        return reply


class _ReplayRunner:
    def __init__(self, commands: list[_Command], places: dict[str, str | None]) -> None:
        self._done = {(c.cmd.argv, c.cmd.cwd): c.done for c in commands}
        self._places = places

    @property
    def live(self) -> bool:
        return False

    async def run(self, cmd: Cmd) -> Done:
        key = (_masked(cmd.argv), cmd.cwd)
        return self._done.get(key, Done(argv=cmd.argv, exit=None, problem=f"{cmd.line} was not recorded"))

    def which(self, name: str) -> str | None:
        return self._places.get(name)


class _ReplayFiles:
    def __init__(self, files: list[_File]) -> None:
        self._calls = {(f.call, f.path): f for f in files}

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes | None:
        found = self._calls.get(("read", path))
        if found is None:
            return None
        if found.problem:
            raise FileProblem(found.problem)
        return (found.text or "").encode()[:limit]

    def entry(self, path: str) -> Entry | None:
        found = self._calls.get(("entry", path))
        return found.entry if found else None

    def names(self, path: str) -> tuple[str, ...]:
        found = self._calls.get(("names", path))
        return found.names if found else ()

    def walk(self, root: str, depth: int = 8, limit: int = 50_000) -> Iterator[str]:
        del depth
        found = self._calls.get(("walk", root))
        yield from (found.names if found else ())[:limit]


class _ReplayEnviron:
    def __init__(self, said: _Environment) -> None:
        self._said = said

    @property
    def variables(self) -> Mapping[str, str]:
        return self._said.variables

    @property
    def home(self) -> str:
        return self._said.home

    @property
    def system(self) -> str:
        return self._said.system

    @property
    def machine(self) -> str:
        return self._said.machine


class _ReplayHttp:
    def __init__(self, exchanges: list[_Exchange]) -> None:
        self._replies = {(e.method, e.url): e.reply for e in exchanges}

    async def ask(self, ask: Ask) -> Reply:
        silent = Reply(url=ask.url, status=None, problem="other", detail="this request was not recorded")
        return self._replies.get((ask.method, redact(ask.url)), silent)


def _masked(argv: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(redact(word) for word in argv)


def _lines(path: Path, kind: type[Any]) -> list[Any]:
    if not os.path.exists(path):
        return []
    decoder = msgspec.json.Decoder(kind)
    return [decoder.decode(line) for line in path.read_bytes().splitlines() if line]
