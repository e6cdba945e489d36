"""Run a program as if we were not there, keeping a copy of what it says.

Its standard input is ours; a stream of ours that is a terminal is a terminal for it too (a pseudo-terminal in raw mode);
signals that reach us are passed on.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from typing import Any, Final

from gomend.model.base import Thing

KEEP: Final = 8 * 1024 * 1024
"""Bytes of each stream that are kept: the first and the last half of it."""
_FORWARDED: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH")


class Ran(Thing, frozen=True):
    """How it ended: ``exit`` as a shell would say it (128 + signal), or a ``problem`` if it could not start."""

    exit: int = 0
    stdout: str = ""
    stderr: str = ""
    problem: str = ""


def run_through(argv: tuple[str, ...]) -> Ran:
    """Run ``argv`` with our own environment and folder."""
    if shutil.which(argv[0]) is None:
        return Ran(problem="there is no such program on PATH")
    sys.stdout.flush()
    sys.stderr.flush()
    out, err = _Stream(1), _Stream(2)
    try:
        child = subprocess.Popen(argv, stdout=out.child_end, stderr=err.child_end)
    except OSError as error:
        for stream in (out, err):
            stream.close()
        return Ran(problem=error.strerror or str(error))
    for stream in (out, err):
        stream.started()
    with _forwarding(child):
        _pump((out, err))
        code = child.wait()
    for stream in (out, err):
        stream.close()
    return Ran(exit=code if code >= 0 else 128 - code, stdout=out.text, stderr=err.text)


class _Stream:
    """One output stream: where the child writes, where we read, and the copy."""

    def __init__(self, ours: int) -> None:
        self._ours = ours
        if os.isatty(ours):
            import pty
            import termios
            import tty

            self.reading, self.child_end = pty.openpty()
            with contextlib.suppress(termios.error, OSError):
                tty.setraw(self.child_end)
                termios.tcsetwinsize(self.child_end, termios.tcgetwinsize(ours))
        else:
            self.reading, self.child_end = os.pipe()
        self._head = bytearray()
        self._tail = bytearray()

    def started(self) -> None:
        os.close(self.child_end)

    def take(self) -> bool:
        """Pass one chunk on; False at the end."""
        try:
            chunk = os.read(self.reading, 65536)
        except OSError as error:
            if error.errno == errno.EIO:  # a pseudo-terminal whose other end is closed
                return False
            raise
        if not chunk:
            return False
        with contextlib.suppress(BrokenPipeError):
            view = memoryview(chunk)
            while view:
                view = view[os.write(self._ours, view) :]
        room = KEEP // 2 - len(self._head)
        self._head += chunk[: max(0, room)]
        self._tail += chunk[max(0, room) :]
        if len(self._tail) > KEEP:
            del self._tail[: len(self._tail) - KEEP // 2]
        return True

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self.reading)

    @property
    def text(self) -> str:
        return (self._head + self._tail).decode(errors="replace").replace("\0", "")


def _pump(streams: tuple[_Stream, ...]) -> None:
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream.reading, selectors.EVENT_READ, stream)
        while selector.get_map():
            for key, _ in selector.select():
                if not key.data.take():
                    selector.unregister(key.fd)


@contextlib.contextmanager
def _forwarding(child: subprocess.Popen[bytes]) -> Generator[None]:
    """Pass signals on to the child. Ctrl-C reaches it from the terminal already, so ours is only swallowed then."""
    shared = os.isatty(0)

    def forward(number: int, _: Any) -> None:
        if number in {signal.SIGINT, signal.SIGQUIT} and shared:
            return
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(number)

    before = {}
    for name in _FORWARDED:
        number = getattr(signal, name, None)
        if number is not None:
            before[number] = signal.signal(number, forward)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
