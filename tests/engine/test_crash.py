"""kill -9 after every journal record of a plan with every step kind; `gomend recover` leaves the old tree or the new one."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gomend.engine.digests import digest_path
from tests.engine import driver

RECORDS = 2 + 2 * 8 + 1  # opened, intent and done of eight steps, applied, closed


class _Store(http.server.BaseHTTPRequestHandler):
    body: bytes | None = b"old"

    def do_GET(self) -> None:
        body = type(self).body
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def do_PUT(self) -> None:
        type(self).body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def do_DELETE(self) -> None:
        type(self).body = None
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def store() -> Iterator[tuple[str, type[_Store]]]:
    kind = type("Store", (_Store,), {"body": b"old"})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/rule", kind
    server.shutdown()
    server.server_close()
    thread.join()


def tree(work: Path) -> tuple[str | None, ...]:
    return digest_path(str(work / "project")), digest_path(str(work / "goenv")), digest_path(str(work / "gen"))


def drive(work: Path, url: str, last: int) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, driver.__file__, str(work), url, str(last)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)


def gomend(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "gomend", *words], capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def work(tmp_path: Path, home: Path) -> Iterator[Path]:
    folder = tmp_path / "work"
    folder.mkdir()
    driver.lay_out(folder)
    yield folder
    for path, folders, _ in os.walk(tmp_path):
        for name in folders:
            if not os.path.islink(os.path.join(path, name)):
                os.chmod(os.path.join(path, name), 0o700)


def test_whole_plan_and_undo(work: Path, store: tuple[str, type[_Store]]) -> None:
    url, server = store
    before = tree(work)
    done = drive(work, url, 0)
    assert done.stdout.split() == ["proved", str(RECORDS)], done.stderr
    assert tree(work) != before
    assert server.body == b"new"
    assert (work / "goenv").read_text() == "GOPROXY=https://one.example.com|direct\n"
    assert gomend("undo").returncode == 0
    assert tree(work) == before
    assert server.body == b"old"


@pytest.mark.parametrize("last", range(1, RECORDS + 1))
def test_killed_after_record(work: Path, store: tuple[str, type[_Store]], last: int) -> None:
    url, server = store
    before = tree(work)
    killed = drive(work, url, last)
    assert killed.returncode == -9, (killed.stdout, killed.stderr)
    recovered = gomend("recover")
    assert recovered.returncode == 0, recovered.stderr
    if last >= RECORDS - 1:  # every step was done
        assert server.body == b"new"
        assert (work / "project" / "moved-here.txt").exists()
        assert not (work / "project" / "old").exists()
        assert (work / "gen" / "b.txt").read_text() == "new"
        assert gomend("undo").returncode == 0
    assert tree(work) == before
    assert server.body == b"old"
    assert gomend("recover").stdout.strip() == "Nothing was interrupted."


@pytest.mark.parametrize("moment", range(24))
def test_killed_at_any_moment(work: Path, store: tuple[str, type[_Store]], moment: int) -> None:
    """Not only between records: also in the middle of a rename, a copy or a running program."""
    url, server = store
    before = tree(work)
    argv = [sys.executable, driver.__file__, str(work), url, "0"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        state = work.parent / "home" / "state" / "journal"
        while not state.exists() and child.poll() is None:
            time.sleep(0.001)
        time.sleep(moment * 0.006)
        child.kill()
        output = child.communicate()
    recovered = gomend("recover")
    assert recovered.returncode == 0, (recovered.stderr, output)
    if (work / "project" / "moved-here.txt").exists():
        assert server.body == b"new"
        assert gomend("undo").returncode == 0
    assert tree(work) == before
    assert server.body == b"old"


def test_apply_refuses_while_an_interrupted_plan_is_open(work: Path, store: tuple[str, type[_Store]]) -> None:
    drive(work, store[0], 2)
    again = drive(work, store[0], 0)
    assert "gomend recover" in again.stderr
