"""A module proxy on loopback that serves made-up modules and breaks on request."""

from __future__ import annotations

import io
import json
import re
import ssl
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gomend.golang import modpath


def zip_of(path: str, version: str, files: dict[str, str]) -> bytes:
    """A module zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in sorted(files.items()):
            archive.writestr(f"{path}@{version}/{name}", text)
    return out.getvalue()


class Store:
    """Modules as a proxy serves them, by URL path."""

    def __init__(self) -> None:
        self.served: dict[str, bytes] = {}

    def add(self, path: str, version: str, files: dict[str, str]) -> None:
        files = {"go.mod": f"module {path}\n\ngo 1.21\n", **files}
        base = f"/{modpath.escape(path)}/@v"
        self.served[f"{base}/{version}.info"] = json.dumps({"Version": version, "Time": "2024-01-01T00:00:00Z"}).encode()
        self.served[f"{base}/{version}.mod"] = files["go.mod"].encode()
        self.served[f"{base}/{version}.zip"] = zip_of(path, version, files)
        listed = self.served.get(f"{base}/list", b"").decode().split()
        self.served[f"{base}/list"] = "\n".join([*listed, version]).encode()


class ProxyServer:
    """Serves a store; ``faults`` are (regular expression of the path, action), the first that fits is done.

    Actions: ``status:N``, ``text:N:words``, ``close``, ``cut`` (half of the body), ``redirect:URL``, ``loop``, ``body:TEXT``.
    ``login`` asks for basic credentials first. Over TLS with ``context``.
    """

    def __init__(self, store: Store, context: ssl.SSLContext | None = None) -> None:
        self.store = store
        self.faults: list[tuple[str, str]] = []
        self.login = False
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https" if context else "http"
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if self.login and not request.headers.get("Authorization"):
            return self._send(request, 401, b"login first")
        body = self.store.served.get(request.path)
        action = next((done for pattern, done in self.faults if re.search(pattern, request.path)), "")
        name, _, rest = action.partition(":")
        if name == "close":
            request.close_connection = True
            return None
        if name == "status":
            return self._send(request, int(rest), b"")
        if name == "text":
            status, _, words = rest.partition(":")
            return self._send(request, int(status), words.encode())
        if name == "body":
            return self._send(request, 200, rest.encode())
        if name in {"redirect", "loop"}:
            return self._send(request, 302, b"", {"Location": rest if name == "redirect" else request.path})
        if body is None:
            return self._send(request, 404, b"not found")
        if name == "cut":
            request.send_response(200)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body[: len(body) // 2])
            request.close_connection = True
            return None
        if name == "cutsilent":
            return self._send(request, 200, body[: len(body) // 2])
        return self._send(request, 200, body)

    def _send(self, request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        request.send_response(status)
        for key, value in (headers or {}).items():
            request.send_header(key, value)
        request.send_header("Content-Type", "text/plain; charset=utf-8")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
