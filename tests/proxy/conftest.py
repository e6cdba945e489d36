"""A real server in a process of its own, real upstreams that break, and a plain client."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gomend.lab import actions, modules
from gomend.lab.server import Front, Handler, Journal, Server

SOURCES = str(Path(__file__).parent.parent.parent / "src")


class Proxy:
    """``gomend proxy serve``, started."""

    def __init__(self, store: Path, *words: str) -> None:
        self.store = store
        self.said = ""
        argv = [sys.executable, "-m", "gomend", "proxy", "serve", "--listen", "127.0.0.1:0", "--store", str(store), *words]
        environ = {**os.environ, "PYTHONPATH": SOURCES, "PYTHONWARNINGS": "error"}
        self.process = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, env=environ)
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        match = re.fullmatch(r"listening on https?://127\.0\.0\.1:(\d+)\n", line)
        assert match, line + self.process.stderr.read()
        self.port = int(match[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers with small names, body; a header's name has ``_`` for ``-``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            reply = connection.getresponse()
            return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()

    def listed(self, module: str, versions: str) -> None:
        """Wait for a module's list on the disk: it is written after the answer, behind syncs that take as long as the disk likes."""
        end = time.monotonic() + 60
        path = self.store / module / "@v" / "list"
        while not path.exists() or path.read_text() != versions:
            assert time.monotonic() < end, "no list"
            time.sleep(0.02)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self._reader.join(10)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


class Behind:
    """A module proxy of the lab as upstream: what it was asked, and how it breaks (``rules`` of :mod:`gomend.lab.actions`)."""

    def __init__(self, releases: tuple[modules.Release, ...] = modules.RELEASES) -> None:
        self.journal = Journal()
        self.rules: list[tuple[str, str]] = []
        self.world: Callable[[str, str], tuple[int, bytes]] = lambda path, _: modules.answer(path, releases)
        self.server = Server(Front("up", self.answer, self.journal))
        self.url = f"http://127.0.0.1:{self.server.port}"

    def answer(self, handler: Handler) -> actions.Response:
        action = actions.choose(self.rules, "ok", handler.path)
        return actions.respond(action, handler.path, lambda path, fault: respond(self.world(path, fault)))

    @property
    def asked(self) -> list[str]:
        """What was asked of it but for its checksum database."""
        return [path for entry in self.journal.requests.get("up", ()) if "/sumdb/" not in (path := entry.split(" ")[0])]

    def close(self) -> None:
        self.server.close()


def respond(found: tuple[int, bytes]) -> actions.Response:
    return actions.Response(status=found[0], body=found[1])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Proxy]]:
    """Starts servers; each must end well."""
    running: list[Proxy] = []

    def one(*words: str, store: str = "store") -> Proxy:
        running.append(Proxy(tmp_path / store, *words))
        return running[-1]

    yield one
    codes = [proxy.stop() for proxy in running]
    assert all(code in {0, -signal.SIGKILL} for code in codes), [codes, [p.said for p in running]]


@pytest.fixture
def behind() -> Iterator[Behind]:
    """One healthy upstream."""
    one = Behind()
    yield one
    one.close()
