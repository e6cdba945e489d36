"""A short conversation with a real ``dlv dap``: start it on loopback, launch, ask for breakpoints, hang up.

Source: the Debug Adapter Protocol and Delve's ``service/dap``. The program stops at its entry and runs on only where
a caller asks to see it stop (``run``): else ``configurationDone`` is not sent. dlv, what it builds and what it starts live in one process group that is always killed.
This is the one place of the chapter that opens a socket, to 127.0.0.1 only.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Final

import anyio
import anyio.abc
import msgspec

from gomend.model.base import Thing

START_TIMEOUT: Final = 20.0
"""Seconds until dlv must listen."""
RUN_TIMEOUT: Final = 10.0
"""Seconds that a program is let run until it stops."""
SESSION_TIMEOUT: Final = 90.0
"""Seconds for the whole conversation; dlv may build the program in it."""
MESSAGE_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of one message at most."""
_LISTENING: Final = re.compile(rb"(?:DAP|API) server listening at: 127\.0\.0\.1:(\d+)")
_LENGTH: Final = re.compile(rb"Content-Length:\s*(\d+)", re.IGNORECASE)


class DapError(Exception):
    """The conversation failed; the message says how."""


class Answered(Thing, frozen=True):
    """What dlv said of one breakpoint."""

    file: str
    line: int
    verified: bool
    message: str = ""
    actual_line: int = 0


class Session(Thing, frozen=True):
    """What came of a conversation. ``problem``: why the program could not be launched, in dlv's words."""

    launched: bool
    problem: str = ""
    breakpoints: tuple[Answered, ...] = ()
    output: str = ""
    """What dlv sent to the editor's debug console."""
    stopped: tuple[str, int] | None = None
    """File (as the editor would see it) and line of the first stop, where the program was let run and came to one."""


class _Client:
    def __init__(self, stream: anyio.abc.ByteStream, started: list[int]) -> None:
        self._stream = stream
        self._started = started
        self._buffer = b""
        self._seq = 0
        self._responses: dict[int, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []

    async def send(self, command: str, arguments: Mapping[str, Any]) -> int:
        self._seq += 1
        body = {"seq": self._seq, "type": "request", "command": command, "arguments": arguments}
        raw = msgspec.json.encode(body)
        await self._stream.send(b"Content-Length: %d\r\n\r\n%b" % (len(raw), raw))
        return self._seq

    async def ask(self, command: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        seq = await self.send(command, arguments)
        while seq not in self._responses:
            await self.read()
        return self._responses.pop(seq)

    async def until(self, seq: int, event: str) -> dict[str, Any] | None:
        """Wait for an event or the answer to request ``seq``; the answer if it refuses (or no event will come), else None."""
        while not any(e.get("event") == event for e in self.events):
            if seq in self._responses:
                return self._responses.pop(seq)
            await self.read()
        return None

    async def read(self) -> None:
        """Take one message in."""
        while b"\r\n\r\n" not in self._buffer:
            await self._more()
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        match = _LENGTH.search(head)
        size = int(match[1]) if match else -1
        if not 0 <= size <= MESSAGE_LIMIT:
            msg = "dlv sent a message without a sensible length"
            raise DapError(msg)
        self._buffer = rest
        while len(self._buffer) < size:
            await self._more()
        raw, self._buffer = self._buffer[:size], self._buffer[size:]
        message = json.loads(raw)
        if message.get("type") == "response":
            self._responses[message["request_seq"]] = message
        else:
            self.events.append(message)
            pid = (message.get("body") or {}).get("systemProcessId") if message.get("event") == "process" else None
            if isinstance(pid, int) and pid > 1:
                self._started.append(pid)

    async def _more(self) -> None:
        if len(self._buffer) > MESSAGE_LIMIT:
            msg = "dlv sent too large a message"
            raise DapError(msg)
        self._buffer += await self._stream.receive()

    @property
    def output(self) -> str:
        """The texts of all output events."""
        return "".join(str(e.get("body", {}).get("output", "")) for e in self.events if e.get("event") == "output")


async def bind(
    dlv: str,
    arguments: Mapping[str, Any],
    places: Sequence[tuple[str, int]],
    *,
    cwd: str,
    env: Mapping[str, str],
    seconds: float = SESSION_TIMEOUT,
    run: bool = False,
    own: bool = False,
    headless: str = "",
) -> Session:
    """Launch with ``arguments`` and ask for breakpoints at ``places`` (file as the editor would send it, line from 1).

    With ``run`` the program is let run until it first stops, at most :data:`RUN_TIMEOUT`. A process attached to is neither run on nor ended, unless it
    is our ``own``. ``headless``: a program that ``dlv exec --headless`` is started on first, for arguments of mode remote.
    """
    server = [dlv, "dap", "--listen=127.0.0.1:0"]
    if headless:
        server = [dlv, "exec", "--headless", "--accept-multiclient", "--api-version=2", "--listen=127.0.0.1:0", headless]
    scratch = await anyio.to_thread.run_sync(lambda: tempfile.mkdtemp(prefix="gomend-dap-"))
    asked = {**arguments, "stopOnEntry": not run}
    started: list[int] = []
    if asked.get("mode") in {"debug", "test"}:
        asked["output"] = os.path.join(scratch, "program")
    try:
        with anyio.fail_after(seconds):
            async with (
                _server(server, cwd, {**env, "GOTELEMETRY": "off"}, scratch, started) as port,
                await anyio.connect_tcp("127.0.0.1", port) as stream,
            ):
                return await _converse(_Client(stream, started), asked, places, run=run, own=own or bool(headless))
    except TimeoutError:
        return Session(launched=False, problem=f"dlv did not answer within {seconds:g} s")
    except DapError as problem:
        return Session(launched=False, problem=str(problem))
    except (OSError, ValueError, anyio.EndOfStream, anyio.BrokenResourceError) as error:
        return Session(launched=False, problem=f"the conversation with dlv broke off: {str(error) or type(error).__name__}")
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(lambda: shutil.rmtree(scratch, ignore_errors=True))


async def _converse(
    client: _Client, arguments: Mapping[str, Any], places: Sequence[tuple[str, int]], *, run: bool, own: bool
) -> Session:
    attach = arguments.get("request") == "attach"
    foreign = attach and not own
    hello = {"clientID": "gomend", "adapterID": "go", "pathFormat": "path", "linesStartAt1": True, "columnsStartAt1": True}
    await client.ask("initialize", hello)
    launch = await client.send("attach" if attach else "launch", arguments)
    answer = await client.until(launch, "initialized")
    if answer is not None:
        why = _why(answer) if not answer.get("success") else "dlv takes no breakpoints in this session (noDebug)"
        return Session(launched=False, problem=why, output=client.output)
    answered: list[Answered] = []
    for file in dict.fromkeys(file for file, _ in places):
        lines = list(dict.fromkeys(line for other, line in places if other == file))  # dlv refuses a second one at a place
        request = {
            "source": {"name": os.path.basename(file), "path": file},
            "breakpoints": [{"line": line} for line in lines],
        }
        said = await client.ask("setBreakpoints", request)
        listed = said.get("body", {}).get("breakpoints") or []
        for i, line in enumerate(lines):
            one: dict[str, Any] = listed[i] if i < len(listed) else {"verified": False, "message": _why(said)}
            answered.append(
                Answered(
                    file=file,
                    line=line,
                    verified=one.get("verified") is True,
                    message=str(one.get("message") or ""),
                    actual_line=int(one.get("line") or 0),
                )
            )
    said_of = {(a.file, a.line): a for a in answered}
    answered = [said_of[place] for place in places]
    stopped = await _stop(client) if run and not foreign else None
    session = Session(launched=True, breakpoints=tuple(answered), output=client.output, stopped=stopped)
    with anyio.move_on_after(5), contextlib.suppress(anyio.EndOfStream, anyio.BrokenResourceError, OSError):
        await client.ask("disconnect", {"terminateDebuggee": not foreign})
    return session


async def _stop(client: _Client) -> tuple[str, int] | None:
    """Let the program run, and see where it first stops; None if it ends, or takes too long."""
    with anyio.move_on_after(RUN_TIMEOUT):
        await client.ask("configurationDone", {})
        while True:
            seen = next((e for e in client.events if e.get("event") in {"stopped", "terminated"}), None)
            if seen is None:
                await client.read()
                continue
            if seen["event"] == "terminated":
                return None
            thread = (seen.get("body") or {}).get("threadId") or 1
            said = await client.ask("stackTrace", {"threadId": thread, "levels": 1})
            frames = (said.get("body") or {}).get("stackFrames") or []
            return (str((frames[0].get("source") or {}).get("path") or ""), int(frames[0].get("line") or 0)) if frames else None
    return None


def _why(answer: Mapping[str, Any]) -> str:
    error = (answer.get("body") or {}).get("error") or {}
    return str(error.get("format") or answer.get("message") or "dlv refused without a reason")


@contextlib.asynccontextmanager
async def _server(
    argv: Sequence[str], cwd: str, env: Mapping[str, str], scratch: str, started: list[int]
) -> AsyncGenerator[int, None]:
    """Run a dlv that listens in its own process group (``started``: groups of programs that it started); its output goes to a file, so that no full pipe can stop it."""
    log = os.path.join(scratch, "dlv.log")
    with open(log, "wb") as sink:  # noqa: ASYNC230
        process = await anyio.open_process(
            list(argv),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    try:
        yield await _port(process, log)
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process, started)


async def _port(process: anyio.abc.Process, log: str) -> int:
    with anyio.move_on_after(START_TIMEOUT):
        while True:
            said = await anyio.Path(log).read_bytes()
            match = _LISTENING.search(said)
            if match:
                return int(match[1])
            if process.returncode is not None:
                last = said.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
                msg = f"dlv exited with {process.returncode}: {last[0]}"
                raise DapError(msg)
            await anyio.sleep(0.05)
    msg = f"dlv did not listen within {START_TIMEOUT:g} s"
    raise DapError(msg)


async def _end(process: anyio.abc.Process, started: list[int]) -> None:
    """Let dlv end, ask it to (it then kills what it debugs), and at last kill its group and the program's own."""
    with anyio.move_on_after(1):
        await process.wait()
    if process.returncode is None:
        process.terminate()
        with anyio.move_on_after(1):
            await process.wait()
    if process.returncode is None:
        for group in (process.pid, *started):  # Delve gives the program a group of its own
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    await process.aclose()
