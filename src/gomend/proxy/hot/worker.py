"""The loop of one hot process: epoll, one look-up by the very bytes of a request, one send."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from typing import TYPE_CHECKING

from gomend.proxy.hot.connection import IDLE, NEVER, READING, SENDING, Connection
from gomend.proxy.hot.known import Key, Known
from gomend.proxy.hot.reading import Reader, Request
from gomend.proxy.hot.ready import REASONS, Base, Ready, limited, refusal, render
from gomend.proxy.hot.wire import Message, packed, unpacked

READ = 16 << 10
"""Bytes that are read at once."""
HEALTH = frozenset({b"/healthz", b"/readyz"})
"""What is asked by who watches the server, and never limited."""
OPEN = 4096
"""Connections of one process; then no more are accepted until one ends."""
IN, OUT, GONE = select.EPOLLIN, select.EPOLLOUT, select.EPOLLERR | select.EPOLLHUP
if TYPE_CHECKING:
    from gomend.proxy.hot.limit import Limit
    from gomend.proxy.hot.secure import Shield


class Worker:
    """One process. It owns nothing but its connections: what it knows, the kitchen told it."""

    def __init__(
        self,
        listener: socket.socket,
        kitchen: socket.socket,
        log: int,
        shield: Shield | None = None,
        limit: Limit | None = None,
    ) -> None:
        """``log`` is where the access log goes, -1 for nowhere; ``shield`` makes connections secure, ``limit`` counts requests."""
        self.listener = listener
        self.kitchen = kitchen
        self.log = log
        self.shield = shield
        self.poll = select.epoll()
        self.connections: dict[int, Connection] = {}
        self.limit = limit
        self.take = limit.take if limit is not None else None
        self.answers = Known()
        self.waiting: dict[Key, list[Connection]] = {}
        self.asked: dict[int, Key] = {}
        self.number = 0
        self.buffer = bytearray()
        self.lines: list[bytes] = []
        self.counts: dict[tuple[str, int], int] = {}
        self.sent = 0
        self.starts: dict[int, bytes] = {}
        self.stamp = b""
        self.second = 0
        self.now = time.monotonic()
        self.accepting = False
        self.draining = False

    def run(self) -> None:  # noqa: PLR0915 - one loop without calls: each costs as much as a system call
        """Until the kitchen is gone, or all is drained."""
        self.kitchen.setblocking(True)
        self.poll.register(self.kitchen.fileno(), IN)
        self.kitchen.sendall(packed(("ready", os.getpid())))
        self._accept_on()
        kitchen = self.kitchen.fileno()
        listener = self.listener.fileno()
        connections, poll, counts, take = self.connections, self.poll.poll, self.counts, self.take
        while not (self.draining and not connections):
            events = poll(1.0)
            self.now = now = time.monotonic()
            if int(now) != self.second:
                self._tick()
            starts, stamp, lines = self.starts, self.stamp, self.lines
            for fd, event in events:
                connection = connections.get(fd)
                if connection is None:
                    if fd == listener:
                        self._accept()
                    elif fd == kitchen and not self._hear():
                        return
                    continue
                if event & GONE:
                    self._close(connection)
                    continue
                if event & OUT:
                    self._continue(connection)
                    continue
                try:
                    data = connection.recv(READ)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                if not data:
                    self._close(connection)
                    continue
                ready = connection.known.get(data)
                if ready is None or ready.until < now or not connection.idle or ready.file is not None or ready.close:
                    self._read(connection, data)
                    continue
                if take is not None and take(ready.who or connection.client, now):
                    self._read(connection, data)
                    continue
                # The hot path: the same bytes as before, between two requests, and an answer that fits a packet or a few.
                wire = starts[ready.status] + ready.rest
                try:
                    sent = connection.send(wire)
                except BlockingIOError:
                    sent = 0
                except OSError:
                    self._close(connection)
                    continue
                connection.due = now + IDLE
                key = ready.kind, ready.status
                counts[key] = counts.get(key, 0) + 1
                self.sent += ready.length
                lines.append(connection.prefix + stamp + ready.log)
                if sent < len(wire):
                    connection.out = memoryview(wire)[sent:]
                    connection.idle = False
                    self._want(connection)
            if lines:
                self._write_log()

    def _tick(self) -> None:
        """Once a second: the date, deadlines, counts."""
        self.second = int(self.now)
        clock = time.gmtime()
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", clock)
        self.starts = {s: f"HTTP/1.1 {s} {r}\r\nServer: gomend\r\nDate: {date}\r\n".encode() for s, r in REASONS.items()}
        self.stamp = time.strftime("[%Y-%m-%dT%H:%M:%SZ] ", clock).encode()
        for connection in [c for c in self.connections.values() if c.due < self.now]:
            self._expire(connection)
        if self.counts or self.sent:
            told = {f"{kind} {status}": count for (kind, status), count in self.counts.items()}
            self.kitchen.sendall(packed(("count", told, self.sent, len(self.connections))))
            self.counts.clear()
            self.sent = 0

    def _write_log(self) -> None:
        if self.log >= 0:
            with contextlib.suppress(OSError):
                os.write(self.log, b"".join(self.lines))
        self.lines.clear()

    # Connections.

    def _accept_on(self) -> None:
        if not self.accepting and not self.draining:
            self.poll.register(self.listener.fileno(), IN | select.EPOLLEXCLUSIVE)
            self.accepting = True

    def _accept_off(self) -> None:
        if self.accepting:
            self.poll.unregister(self.listener.fileno())
            self.accepting = False

    def _accept(self) -> None:
        try:
            sock, peer = self.listener.accept()
        except BlockingIOError:
            return
        except OSError:
            # Out of handles: those that are idle longest make room; the rest wait in the kernel's queue.
            self._accept_off()
            self._evict()
            return
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        name = str(peer[0]) if peer else "-"
        try:
            connection = self.shield.connection(sock, name, self.now) if self.shield else Connection(sock, name, self.now)
        except OSError:
            sock.close()
            return
        if connection.identify is None:
            connection.known = self.answers.plain
        if self.take is not None and ":" in name:
            # Whoever has one IPv6 address has 2**64 of them.
            connection.client = socket.inet_pton(socket.AF_INET6, name.partition("%")[0])[:8]
        self.connections[connection.fd] = connection
        self._want(connection)
        if len(self.connections) >= OPEN:
            self._accept_off()

    def _evict(self) -> None:
        idle = sorted((c for c in self.connections.values() if c.idle), key=lambda c: c.due)[:16]
        for connection in idle:
            self._close(connection)

    def _close(self, connection: Connection) -> None:
        if self.connections.pop(connection.fd, None) is not None:
            self.poll.unregister(connection.fd)
        connection.file = None
        connection.sock.close()
        if len(self.connections) < OPEN:
            self._accept_on()

    def _expire(self, connection: Connection) -> None:
        """A request that never ends is told so; the rest is closed."""
        if not connection.between and not connection.sending:
            bad = Request()
            bad.bad = 408
            connection.queue.append(bad)
            self._serve(connection)
        else:
            self._close(connection)

    def _want(self, connection: Connection) -> None:
        """Tell the kernel what we wait for: room to send, nothing while the kitchen works, else more to read."""
        wanted = OUT if connection.sending else (0 if connection.waiting else IN)
        if wanted == connection.events:
            return
        if connection.events < 0:
            self.poll.register(connection.fd, wanted)
        else:
            self.poll.modify(connection.fd, wanted)
        connection.events = wanted

    # Requests.

    def _read(self, connection: Connection, data: bytes) -> None:
        if connection.who is None and connection.identify is not None:
            connection.who = connection.identify()
            connection.known = self.answers.of(connection.who)
        ready = connection.known.get(data) if self.take is None else None
        if ready is not None and ready.until >= self.now and connection.idle:
            self._send(connection, ready)
            self._serve(connection)
            return
        if connection.reader is None:
            connection.reader = Reader()
        if connection.idle:
            connection.due = self.now + READING
            connection.idle = False
        connection.queue += connection.reader.feed(data)
        if connection.queue:
            self._serve(connection)

    def _serve(self, connection: Connection) -> None:
        """Answer what is queued, until something must wait: for the kitchen, for room to send, for more to read."""
        while connection.queue and not connection.sending and not connection.closing:
            request = connection.queue[0]
            if request.bad:
                connection.queue.clear()
                self._send(connection, refusal(request, request.bad, REASONS[request.bad]))
                break
            if connection.who is not None:
                request.auth = connection.who
            if self.take is not None and not connection.waiting and (wait := self._limited(connection, request)):
                connection.queue.pop(0)
                self._send(connection, limited(request, wait))
                continue
            key = request.target, request.auth, request.fetch
            base = self.answers.bases.get(key)
            if base is None or base.until < self.now:
                self._ask(key, connection)
                break
            connection.queue.pop(0)
            self._answer(connection, request, base)
        if connection.fd not in self.connections:
            return
        if connection.sending:
            connection.due = self.now + SENDING
        elif connection.closing:
            self._finish(connection)
            return
        elif connection.waiting:
            connection.due = NEVER
        else:
            connection.idle = connection.between
            connection.due = self.now + (IDLE if connection.idle else READING)
        self._want(connection)

    def _answer(self, connection: Connection, request: Request, base: Base) -> None:
        ready = render(request, base)
        if request.raw and base.until > self.now:
            self.answers.keep(connection.known, request.raw, ready)
        self._send(connection, ready)

    def _limited(self, connection: Connection, request: Request) -> float:
        """Seconds that the client must wait; 0 if it need not. Credentials that are not known to be good count for nobody."""
        if self.limit is None or request.target in HEALTH:
            return 0.0
        known = request.auth and self.limit.knows(request.auth)
        return self.limit.take(request.auth if known else connection.client, self.now)

    def _send(self, connection: Connection, ready: Ready) -> None:
        """Start to send; what the kernel does not take at once goes out later."""
        connection.out = self.starts[ready.status] + ready.rest
        connection.file, connection.offset, connection.count = ready.file, ready.offset, ready.count
        connection.closing = ready.close or self.draining
        connection.idle = False
        key = ready.kind, ready.status
        self.counts[key] = self.counts.get(key, 0) + 1
        self.sent += ready.length
        self.lines.append(connection.prefix + self.stamp + ready.log)
        try:
            connection.push()
        except OSError:
            self._close(connection)

    def _continue(self, connection: Connection) -> None:
        """There is room to send again."""
        try:
            moved = connection.push()
        except OSError:
            self._close(connection)
            return
        if not connection.sending:
            self._serve(connection)
        elif moved:
            connection.due = self.now + SENDING

    def _finish(self, connection: Connection) -> None:
        """Close so that the client reads the whole answer: what it still sends must not make the kernel reset it."""
        try:
            connection.sock.shutdown(socket.SHUT_WR)
            while connection.sock.recv(READ):
                pass
        except OSError:
            pass
        self._close(connection)

    # The kitchen.

    def _ask(self, key: Key, connection: Connection) -> None:
        connection.waiting, connection.idle = True, False
        if key in self.waiting:
            self.waiting[key].append(connection)
            return
        self.waiting[key] = [connection]
        self.number += 1
        self.asked[self.number] = key
        target, auth, fetch = key
        self.kitchen.sendall(packed(("ask", self.number, target, auth, fetch)))

    def _hear(self) -> bool:
        """What the kitchen says; whether it is still there."""
        try:
            raw = self.kitchen.recv(1 << 18, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            raw = b""
        if not raw:
            return False
        self.buffer += raw
        for message in unpacked(self.buffer):
            if message[0] == "answer":
                self._answered(message)
            elif message[0] == "forget":
                self.answers.forget()
                if self.shield is not None:
                    self.shield.renew()
            elif message[0] == "drain":
                self._drain()
        return True

    def _answered(self, message: Message) -> None:
        _, number, status, kind, headers, body, file, size, etag, keep, squeeze = message
        key = self.asked.pop(number)
        try:
            base = Base(status, kind, headers, body, file, size, etag, self.now + keep, squeeze)
        except OSError:
            base = Base(503, "failed", "Content-Type: text/plain\r\n", b"the file is gone; ask again\n", "", 0, "", 0.0, False)
        if key[1] and status != 401 and self.limit is not None:
            self.limit.know(key[1])
        if base.until > self.now:
            self.answers.put(key, base)
        for connection in self.waiting.pop(key):
            if self.connections.get(connection.fd) is connection:
                connection.waiting = False
                self._answer(connection, connection.queue.pop(0), base)
                self._serve(connection)

    def _drain(self) -> None:
        """Accept no more, close what is idle, end the rest with its answer."""
        self.draining = True
        self._accept_off()
        self.listener.close()
        for connection in [c for c in self.connections.values() if c.idle]:
            try:
                data = connection.recv(READ)
            except OSError:
                data = b""
            if data:
                self._read(connection, data)
            else:
                self._close(connection)
