"""One door to programs: ``Runner.run(Cmd) → Done``."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import Final, Protocol

import anyio
import anyio.abc

from gomend.model.base import Thing

OUTPUT_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of each output stream that are kept; the rest is read and dropped."""

OFFLINE_GO: Final = {
    "GOPROXY": "off",
    "GOPRIVATE": "",
    "GONOPROXY": "none",
    "GOSUMDB": "off",
    "GOTOOLCHAIN": "local",
    "GOTELEMETRY": "off",
}
"""With these the go command opens no socket: no proxy, no VCS, no checksum database, no toolchain download."""


class Cmd(Thing, frozen=True):
    """A program to run: an argument list, never a shell string. ``env`` is laid over the caller's environment."""

    argv: tuple[str, ...]
    cwd: str | None = None
    env: dict[str, str] = {}
    stdin: str | None = None
    timeout: float = 60.0
    keep_open: tuple[int, ...] = ()
    """File descriptors that the program inherits (the journal's lock, so that it outlives a killed gomend)."""

    @property
    def line(self) -> str:
        """The command as a person would type it."""
        import shlex

        return shlex.join(self.argv)


class Done(Thing, frozen=True):
    """What a program did. ``exit`` is None when it could not be started; ``problem`` says why or that time ran out."""

    argv: tuple[str, ...]
    exit: int | None
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0
    truncated: bool = False
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Ran to its end with exit code 0."""
        return self.exit == 0 and not self.problem

    @property
    def why(self) -> str:
        """One line on what went wrong, empty if nothing did."""
        if self.problem:
            return self.problem
        if self.exit:
            last = next((line for line in reversed(self.stderr.splitlines()) if line.strip()), "no message")
            return f"{self.argv[0]} exited with {self.exit}: {last.strip()}"
        return ""


class Runner(Protocol):
    """Runs programs."""

    @property
    def live(self) -> bool:
        """Whether programs are really started, and not answered from a recording or an example."""
        ...

    async def run(self, cmd: Cmd) -> Done:
        """Run to the end. Never raises for what the program does; cancellation kills its whole process group."""
        ...

    def which(self, name: str) -> str | None:
        """Absolute path of a program on PATH, or None."""
        ...


class RealRunner:
    """Starts real programs, each in its own process group."""

    def __init__(self, environ: Mapping[str, str], *, offline: bool = False) -> None:
        """``environ`` is what programs inherit; ``offline`` keeps go from the network (``go env`` still tells the truth)."""
        self._environ = dict(environ)
        self._offline = offline

    @property
    def live(self) -> bool:
        """Real programs."""
        return True

    def which(self, name: str) -> str | None:
        """Look ``name`` up on the PATH of the environment given."""
        return shutil.which(name, path=self._environ.get("PATH", os.defpath))

    async def run(self, cmd: Cmd) -> Done:
        """Run ``cmd``; on time-out or cancellation the process group is killed."""
        started = time.monotonic()
        environ = {**self._environ, **cmd.env}
        if self._offline and os.path.basename(cmd.argv[0]) == "go" and cmd.argv[1:2] not in (("env",), ("version",)):
            environ |= OFFLINE_GO
        program = shutil.which(cmd.argv[0], path=environ.get("PATH", os.defpath))
        if program is None:
            return Done(argv=cmd.argv, exit=None, problem=f"{cmd.argv[0]} is not on PATH")
        try:
            process = await anyio.open_process(
                [program, *cmd.argv[1:]],
                cwd=cmd.cwd,
                env=environ,
                stdin=subprocess.DEVNULL if cmd.stdin is None else subprocess.PIPE,
                start_new_session=True,
                pass_fds=cmd.keep_open,
            )
        except OSError as error:
            return Done(argv=cmd.argv, exit=None, problem=f"{cmd.argv[0]} could not be started: {error.strerror}")
        out, err = _Sink(), _Sink()
        try:
            with anyio.move_on_after(cmd.timeout) as limit:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(out.drain, process.stdout)
                    tasks.start_soon(err.drain, process.stderr)
                    if cmd.stdin is not None and process.stdin is not None:
                        tasks.start_soon(_feed, process.stdin, cmd.stdin.encode())
                    await process.wait()
        finally:
            if process.returncode is None:
                _kill_group(process.pid)
                with anyio.CancelScope(shield=True):
                    await process.wait()
            with anyio.CancelScope(shield=True):
                await process.aclose()
        return Done(
            argv=cmd.argv,
            exit=process.returncode,
            stdout=out.text,
            stderr=err.text,
            seconds=round(time.monotonic() - started, 3),
            truncated=out.truncated or err.truncated,
            problem=f"{cmd.argv[0]} did not end within {cmd.timeout:g} s" if limit.cancelled_caught else "",
        )


class _Sink:
    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0
        self.truncated = False

    async def drain(self, stream: anyio.abc.ByteReceiveStream | None) -> None:
        if stream is None:
            return
        try:
            async for chunk in stream:
                room = OUTPUT_LIMIT - self._size
                self.truncated = self.truncated or len(chunk) > room
                if room > 0:
                    self._chunks.append(chunk[:room])
                    self._size += len(chunk[:room])
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return

    @property
    def text(self) -> str:
        return b"".join(self._chunks).decode(errors="replace")


async def _feed(stream: anyio.abc.ByteSendStream, data: bytes) -> None:
    try:
        await stream.send(data)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return
    finally:
        await stream.aclose()


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
