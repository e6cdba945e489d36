"""One client's connection, and what is still to be sent on it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from gomend.proxy.hot.reading import Reader, Request
from gomend.proxy.hot.ready import Opened, Ready

IDLE = 75.0
"""Seconds that a connection may be silent between requests."""
READING = 10.0
"""Seconds from the first byte of a request to its last."""
SENDING = 30.0
"""Seconds without a byte taken, while we send."""
NEVER = float("inf")
"""No deadline: we wait for the kitchen, which has deadlines of its own."""
_ONCE = 1 << 20


class Connection:
    """Its state.

    ``due`` is when it is closed if nothing happens; ``idle``: between two requests, with nothing to send or to wait for;
    ``waiting``: for the kitchen; ``closing``: after what is being sent. ``known`` are answers by the bytes of requests, for clients like this;
    ``who`` stands in place of an Authorization header if the client is known by its certificate; ``client`` is whom a limit counts.
    """

    __slots__ = (
        "client",
        "closing",
        "count",
        "due",
        "events",
        "fd",
        "file",
        "identify",
        "idle",
        "known",
        "offset",
        "out",
        "prefix",
        "queue",
        "reader",
        "recv",
        "send",
        "sock",
        "waiting",
        "who",
    )

    def __init__(self, sock: socket.socket, peer: str, now: float) -> None:
        """Just accepted."""
        self.sock = sock
        self.fd = sock.fileno()
        self.recv: Callable[[int], bytes] = sock.recv
        self.send: Callable[[bytes | memoryview], int] = sock.send
        self.prefix = self.client = peer.encode() + b" "
        self.who: bytes | None = None
        self.identify: Callable[[], bytes] | None = None
        self.known: dict[bytes, Ready] = {}
        self.reader: Reader | None = None
        self.queue: list[Request] = []
        self.out: bytes | memoryview = b""
        self.file: Opened | None = None
        self.offset = self.count = 0
        self.closing = False
        self.idle = True
        self.waiting = False
        self.events = -1
        self.due = now + IDLE

    @property
    def sending(self) -> bool:
        """Whether something is still to be sent."""
        return bool(self.out) or self.file is not None

    @property
    def between(self) -> bool:
        """Whether no request has begun to come in."""
        return self.reader is None or self.reader.between

    def push(self) -> bool:
        """Send what the kernel takes; whether some progress was made.

        Raises:
            OSError: the client is gone, or the file is shorter than it was.
        """
        moved = False
        try:
            while self.out:
                sent = self.sock.send(self.out, socket.MSG_MORE if self.file is not None else 0)
                moved = True
                self.out = memoryview(self.out)[sent:] if sent < len(self.out) else b""
            while self.file is not None:
                sent = os.sendfile(self.fd, self.file.handle, self.offset, min(self.count, _ONCE))
                if not sent:
                    raise OSError("the file became shorter")
                moved = True
                self.offset += sent
                self.count -= sent
                if not self.count:
                    self.file = None
        except BlockingIOError:
            pass
        return moved
