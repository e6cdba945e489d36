"""Upstreams are killed, hung and poisoned one after another while builds go on; the server is killed in the middle of its work."""

from __future__ import annotations

import http.client
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gomend.lab import actions, modules
from gomend.lab.actions import Response
from gomend.lab.server import Front, Handler, Server
from gomend.lab.sumdb import SumDB
from tests.proxy.conftest import SOURCES, Behind, Proxy
from tests.proxy.test_go import Project
from tests.proxy.test_once import fsck

Start = Callable[..., Proxy]
STEPS = 6
EACH = 6
MANY = tuple(
    modules._release(f"example.com/m{i}", "v1.0.0", {"m.go": f"package m\n\nconst V = {i}\n"}) for i in range(STEPS * EACH)
)


class Mirror(Behind):
    """One of several upstreams with the same modules and database."""

    def __init__(self) -> None:
        super().__init__(MANY)
        self.database = SumDB(releases=MANY)
        self.good = actions.healthy(self.database)

    def answer(self, handler: Handler) -> Response:
        return actions.respond(actions.choose(self.rules, "ok", handler.path), handler.path, self.good)

    def kill(self) -> None:
        self.server.close()

    def revive(self) -> None:
        self.server = Server(Front("up", self.answer, self.journal), port=self.server.port)


def test_builds_go_on_while_upstreams_are_killed_hung_and_poisoned(start: Start, tmp_path: Path) -> None:
    first, second, third = mirrors = [Mirror() for _ in range(3)]
    words = [word for mirror in mirrors for word in ("--upstream", mirror.url)]
    proxy = start(*words, "--sumdb", first.database.key)
    everything: list[str] = []

    def build(step: int) -> float:
        """A new machine builds a project that needs modules which nobody asked for yet."""
        project = Project(tmp_path / f"p{step}", proxy.url, GOSUMDB=first.database.key)
        names = [f"example.com/m{i}" for i in range(step * EACH, (step + 1) * EACH)]
        everything.extend(names)
        imports = "".join(f'import _ "{name}"\n' for name in names)
        (project.folder / "main.go").write_text(f"package main\n\n{imports}\nfunc main() {{}}\n")
        started = time.monotonic()
        project.fine("get", *(f"{name}@v1.0.0" for name in names))
        project.fine("build", "./...")
        return time.monotonic() - started

    build(0)
    first.kill()
    build(1)
    second.rules = [(".", "hang")]
    build(2)
    first.revive()
    first.rules = [(r"\.zip$", "zipwrong"), (r"\.mod$", "html")]
    build(3)
    second.rules = []
    third.rules = [(r"\.zip$", "trunc"), (r"sumdb", "badtile")]
    build(4)
    first.rules = []
    first.kill()
    second.rules = [(r"zip$", "status:503"), (r"list$", "badjson")]
    third.rules = []
    build(5)
    # All of them gone: another machine builds everything from the store.
    second.kill()
    third.kill()
    project = Project(tmp_path / "last", proxy.url, GOSUMDB=first.database.key)
    imports = "".join(f'import _ "{name}"\n' for name in everything)
    (project.folder / "main.go").write_text(f"package main\n\n{imports}\nfunc main() {{}}\n")
    project.fine("get", *(f"{name}@v1.0.0" for name in everything))
    project.fine("build", "./...")
    proxy.stop()
    assert fsck(proxy.store)[1]["bad"] == []


def kills(start: Callable[[], Proxy], count: int, seed: int) -> None:
    """Ask for many files at once, kill -9 the server at a random moment, look at its store."""
    rng = random.Random(seed)
    for round_ in range(count):
        proxy = start()

        def ask(number: int, proxy: Proxy = proxy) -> None:
            try:
                for suffix in ("info", "mod", "zip"):
                    proxy.get(f"/example.com/m{number}/@v/v1.0.0.{suffix}")
            except (OSError, http.client.HTTPException):
                pass  # the connection ends in the middle of something

        threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(MANY))]
        for thread in threads:
            thread.start()
        time.sleep(rng.uniform(0.0, 0.25))
        proxy.process.kill()
        proxy.process.wait()
        for thread in threads:
            thread.join()
        for release in MANY:
            base = proxy.store / release.path / "@v"
            for suffix, content in (("info", release.info), ("mod", release.mod), ("zip", release.zip)):
                file = base / f"v1.0.0.{suffix}"
                assert not file.exists() or file.read_bytes() == content, (round_, file)
        if round_ % 3 == 2:
            for file in proxy.store.rglob("v1.0.0.*"):
                file.unlink()
    last = start()
    for release in MANY:
        assert last.get(f"/{release.path}/@v/v1.0.0.zip")[::2] == (200, release.zip)
    (living,) = (last.store / ".gomend" / "tmp").iterdir()
    for _ in range(1200):  # lists are written after the answer, each with its own fsync
        if not list(living.iterdir()):
            break
        time.sleep(0.05)
    assert not list(living.iterdir())
    last.stop()
    assert fsck(last.store)[1]["bad"] == []


def test_five_kills_leave_nothing_half_done(start: Start) -> None:
    mirror = Mirror()
    try:
        kills(lambda: start("--upstream", mirror.url, "--sumdb", mirror.database.key), 5, 1)
    finally:
        mirror.close()


@pytest.mark.full
@pytest.mark.timeout(7200)
def test_a_thousand_kills_leave_nothing_half_done(start: Start) -> None:
    mirror = Mirror()
    try:
        kills(lambda: start("--upstream", mirror.url, "--sumdb", mirror.database.key), 1000, 2)
    finally:
        mirror.close()


def test_a_full_disk_is_said_and_spoils_nothing(tmp_path: Path) -> None:
    """In a mount namespace of its own, the store is a file system of 200 KB."""
    mirror = Mirror()
    store = tmp_path / "store"
    store.mkdir()
    script = (
        f"mount -t tmpfs -o size=200k tmpfs {store} && exec {sys.executable} -m gomend proxy serve --listen 127.0.0.1:0"
        f" --store {store} --upstream {mirror.url} --sumdb off"
    )
    argv = ["unshare", "--map-root-user", "--mount", "sh", "-c", script]
    process = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": SOURCES})
    assert process.stderr is not None
    line = process.stderr.readline()
    try:
        proxy = Proxy.__new__(Proxy)
        proxy.port = int(line.rpartition(":")[2])
        statuses = []
        for release in MANY:
            for suffix, content in (("mod", release.mod), ("zip", release.zip)):
                status, _, body = proxy.get(f"/{release.path}/@v/v1.0.0.{suffix}")
                statuses.append(status)
                assert body == content if status == 200 else b"No space left on device" in body, body
        assert statuses[0] == 200
        assert 500 in statuses
        inside = f"/proc/{process.pid}/root{store}"
        for file in Path(inside).rglob("v1.0.0.*"):
            assert file.read_bytes() in {c for r in MANY for c in (r.mod, r.zip)}, file
        assert proxy.get("/example.com/m0/@v/v1.0.0.mod")[0] == 200
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0, process.stderr.read()
        process.stderr.close()
        mirror.close()
