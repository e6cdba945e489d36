"""The two servers of the example, on loopback: a public module mirror that refuses private modules, and the team's git server."""

from __future__ import annotations

import http.server
import os
import subprocess
import threading
from pathlib import Path


class Mirror(http.server.BaseHTTPRequestHandler):
    """A module proxy that does not know the team: 401, as mirrors of private repositories answer strangers."""

    def do_GET(self) -> None:
        body = b"this mirror has no business with that module\n"
        self.send_response(401)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


class Git(http.server.BaseHTTPRequestHandler):
    """git's own smart HTTP server, as a CGI program."""

    root = Path()

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length", "0") or 0)
        environ = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
        argv = ["git", "http-backend"]
        done = subprocess.run(argv, input=self.rfile.read(length), capture_output=True, env=environ, check=False)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _serve  # noqa: N815 - names of the base class

    def log_message(self, *_: object) -> None:
        return


def start(handler: type[http.server.BaseHTTPRequestHandler]) -> int:
    """Serve on a free loopback port until this process ends; answers the port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def make_repository(source: Path, target: Path) -> None:
    """A bare repository of the private module, tagged v1.0.0; the same commit every time."""
    fixed = {"GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    environ = {**os.environ, **fixed, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ["-c", "user.name=shop", "-c", "user.email=shop@example.com", "-c", "init.defaultBranch=main"]
    work = target.with_suffix(".work")
    work.mkdir(parents=True)
    for path in source.iterdir():
        (work / path.name).write_bytes(path.read_bytes())
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "v1.0.0"], ["tag", "v1.0.0"]):
        subprocess.run(["git", *who, *words], cwd=work, check=True, env=environ)
    subprocess.run(["git", *who, "clone", "-q", "--bare", str(work), str(target)], check=True, env=environ)
