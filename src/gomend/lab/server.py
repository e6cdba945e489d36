"""Servers that break on request. They listen on 127.0.0.1 only, run in threads of this process and end with it."""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from gomend.lab import actions
from gomend.lab.actions import PLAIN, Response

HOST: Final = "127.0.0.1"
"""Where everything listens."""
HANDSHAKE_WAIT: Final = 15.0
"""Seconds that a client has for a TLS handshake."""
_HANDSHAKE: Final = b"\x16"

Rules = Sequence[tuple[str, str]]


class Journal:
    """Requests of all servers, in order of arrival."""

    def __init__(self, tell: Callable[[str], object] | None = None) -> None:
        """Start empty. ``tell`` is given ``path status`` whenever a request ends."""
        self._tell = tell
        self._lock = threading.Lock()
        self._entries: list[list[str]] = []

    def begin(self, server: str, path: str) -> Callable[[str], None]:
        """Note an arrival; the function answered notes how it ended."""
        entry = [server, path, "unanswered"]
        with self._lock:
            self._entries.append(entry)

        def end(status: str) -> None:
            entry[2] = status
            if self._tell is not None:
                self._tell(f"{path} {status}")

        return end

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    @property
    def order(self) -> tuple[str, ...]:
        """The servers asked, in order."""
        return tuple(server for server, _, _ in self._entries)

    @property
    def requests(self) -> dict[str, tuple[str, ...]]:
        """``path status`` of each request, by server."""
        found: dict[str, list[str]] = {}
        for server, path, status in list(self._entries):
            found.setdefault(server, []).append(f"{path} {status}")
        return {server: tuple(entries) for server, entries in found.items()}


class Front:
    """What answers under one name: rules, a default, the credentials it wants, and the world behind it."""

    def __init__(self, name: str, answer: Callable[[Handler], Response], journal: Journal, *, login: str = "") -> None:
        """``answer`` decides on a request; ``login`` is ``user:password``."""
        self.name = name
        self.answer = answer
        self.journal = journal
        self.login = login
        self.stopped = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """One connection to a front."""

    def __init__(self, request: Any, client: Any, front: Front) -> None:
        """Serve the connection to its end."""
        self.front = front
        super().__init__(request, client, front)  # type: ignore[arg-type]

    def handle_one_request(self) -> None:
        """As usual, but say no to a TLS handshake at once."""
        if not isinstance(self.connection, ssl.SSLSocket) and self.rfile.peek(1)[:1] == _HANDSHAKE:  # type: ignore[attr-defined]
            self.close_connection = True
            self.wfile.write(b"<!DOCTYPE HTML>\n<html><body>400 Bad Request</body></html>\n")
            return
        super().handle_one_request()

    def do_GET(self) -> None:
        """Answer as the front says."""
        given = self.headers.get("Authorization", "")
        end = self.front.journal.begin(self.front.name, self.path)
        response = self.refusal(self.front.login) or self.front.answer(self)
        suffix = f" auth={given.split(' ')[0]}" if given else ""
        end(response.logged + suffix)
        self._send(response)

    def do_POST(self) -> None:
        """As GET; git posts."""
        self.do_GET()

    def do_HEAD(self) -> None:
        """As GET, without the body."""
        self.do_GET()

    def do_CONNECT(self) -> None:
        """A tunnel: only the HTTPS proxy makes one."""
        if not isinstance(self.front, Tunnels):
            self._send(Response(status=405))
            return
        host = self.path.partition(":")[0]
        inner = self.front.inside(host)
        if inner is None:
            self.front.journal.begin(self.front.name, f"CONNECT {self.path}")("502")
            self._send(Response(status=502))
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.settimeout(HANDSHAKE_WAIT)
            with self.front.context(host).wrap_socket(self.connection, server_side=True) as secured:
                secured.settimeout(None)
                Handler(secured, self.client_address, inner)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on standard error: the journal has it."""

    def refusal(self, wanted: str) -> Response | None:
        """What answers a request without the credentials ``user:password``; None if it has them or none are wanted."""
        given = self.headers.get("Authorization", "")
        if not wanted or given == "Basic " + base64.b64encode(wanted.encode()).decode():
            return None
        return Response(status=401, body=b"login first", headers={"WWW-Authenticate": 'Basic realm="lab"'})

    def _send(self, response: Response) -> None:
        self.close_connection = True
        if response.manner == "hang":
            self._wait(None)
            return
        if response.manner == "close":
            self._reset()
            return
        self._wait(response.wait)
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if "Content-Type" not in response.headers:
            self.send_header("Content-Type", response.type or PLAIN)
        self.send_header("Content-Length", str(len(response.body)))
        with contextlib.suppress(OSError):
            self.end_headers()
            if self.command != "HEAD":
                self._body(response)

    def _body(self, response: Response) -> None:
        body = response.body[: len(response.body) // 2] if response.manner == "cut" else response.body
        if not response.drip:
            self.wfile.write(body)
            return
        pause = response.drip / max(len(body), 1)
        for i in range(len(body)):
            self.wfile.write(body[i : i + 1])
            self._wait(pause)

    def _wait(self, seconds: float | None) -> None:
        """Wait until the time is over, the server stops or, if there is no time, the client goes."""
        if seconds == 0:
            return
        if seconds is not None:
            self.front.stopped.wait(seconds)
            return
        self.connection.settimeout(0.2)
        while not self.front.stopped.is_set():
            try:
                if not self.connection.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def _reset(self) -> None:
        """Close so that the client sees a reset, not an end."""
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())


class Tunnels(Front):
    """The front of an HTTPS proxy: which hosts can be reached through it, with certificates for them."""

    def __init__(
        self,
        name: str,
        hosts: dict[str, Callable[[Handler], Response]],
        journal: Journal,
        context: Callable[[str], ssl.SSLContext],
    ) -> None:
        """``hosts`` answers by host; any other host is refused with 502."""
        super().__init__(name, lambda _: Response(status=502), journal)
        self.context = context
        self._inside = {host: Front(f"{name}:{host}", answer, journal) for host, answer in hosts.items()}

    def inside(self, host: str) -> Front | None:
        """The front behind the tunnel to ``host``."""
        found = self._inside.get(host)
        if found is not None:
            found.stopped = self.stopped
        return found


class Server(ThreadingHTTPServer):
    """A front on a port of its own, over TLS with ``context``."""

    request_queue_size = 128
    daemon_threads = True

    def __init__(self, front: Front, context: ssl.SSLContext | None = None, port: int = 0) -> None:
        """Bind and start to serve."""
        self.front = front
        self._context = context
        super().__init__((HOST, port), BaseHTTPRequestHandler)
        self.port: int = self.server_address[1]
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands in the connection's own thread, then serve it."""
        if self._context is None:
            Handler(request, client_address, self.front)
            return
        with contextlib.suppress(OSError):
            request.settimeout(HANDSHAKE_WAIT)
            with self._context.wrap_socket(request, server_side=True) as secured:
                secured.settimeout(None)
                Handler(secured, client_address, self.front)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to tell."""

    def close(self) -> None:
        """Stop; requests that hang end."""
        self.front.stopped.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


class Deaf:
    """A port that nobody answers at: connections are refused, or taken (``listening``) and never answered."""

    def __init__(self, *, listening: bool = False) -> None:
        """Take a port."""
        self._socket = socket.socket()
        self._socket.bind((HOST, 0))
        if listening:
            self._socket.listen(128)
        self.port: int = self._socket.getsockname()[1]

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


def ruled(rules: Rules, default: str, act: Callable[[str, Handler], Response]) -> Callable[[Handler], Response]:
    """Answer by the first rule whose expression is found in the path."""

    def answer(handler: Handler) -> Response:
        return act(actions.choose(rules, default, handler.path), handler)

    return answer
