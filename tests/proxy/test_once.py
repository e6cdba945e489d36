"""Many who want the same cost one fetch: in one server, and in two over one store. SIGTERM loses no answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from gomend.lab import modules
from tests.proxy.conftest import SOURCES, Behind, Proxy

Start = Callable[..., Proxy]
ZIP = "/example.com/a/@v/v1.0.0.zip"
A = modules.find("example.com/a", "v1.0.0")
assert A is not None


def test_many_clients_one_fetch(start: Start, behind: Behind) -> None:
    behind.rules = [(r"zip$", "slow:0.6")]
    servers = [start("--upstream", behind.url), start("--upstream", behind.url)]
    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(lambda i: servers[i % 2].get(ZIP)[::2], range(120)))
    assert set(answers) == {(200, A.zip)}
    assert behind.asked == [ZIP]


def test_sigterm_answers_what_is_open(start: Start, behind: Behind) -> None:
    behind.rules = [(r"zip$", "slow:0.8")]
    proxy = start("--upstream", behind.url)
    assert proxy.get("/example.com/a/@v/list")[0] == 200
    found: list[tuple[int, bytes]] = []
    client = threading.Thread(target=lambda: found.append(proxy.get(ZIP)[::2]))
    client.start()
    while ZIP not in behind.asked and not any(ZIP in e for e in behind.journal.requests.get("up", ())):
        time.sleep(0.01)
    assert proxy.stop() == 0
    client.join()
    assert found == [(200, A.zip)]


def test_a_hot_process_that_dies_comes_back(start: Start, behind: Behind) -> None:
    proxy = start("--upstream", behind.url)
    assert proxy.get("/example.com/a/@v/list")[0] == 200
    front = int(subprocess.check_output(["pgrep", "-P", str(proxy.process.pid)], text=True).split()[0])
    for child in subprocess.check_output(["pgrep", "-P", str(front)], text=True).split():
        os.kill(int(child), signal.SIGKILL)
    time.sleep(1.0)
    assert proxy.get("/example.com/a/@v/list")[0] == 200


def test_nothing_of_a_killed_server_stays(start: Start, behind: Behind) -> None:
    proxy = start("--upstream", behind.url)
    assert proxy.get(ZIP)[0] == 200
    front = int(subprocess.check_output(["pgrep", "-P", str(proxy.process.pid)], text=True).split()[0])
    proxy.process.kill()
    proxy.process.wait()
    for _ in range(100):
        if not os.path.exists(f"/proc/{front}"):
            break
        time.sleep(0.05)
    else:
        raise AssertionError("the hot processes outlive their server")
    again = start("--upstream", behind.url)
    assert len(list((again.store / ".gomend" / "tmp").iterdir())) == 1
    assert again.get(ZIP)[0] == 200


def fsck(store: object) -> tuple[int, dict[str, object]]:
    words = [sys.executable, "-m", "gomend", "proxy", "fsck", "--store", str(store), "--format", "json"]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": SOURCES}, check=False)
    return done.returncode, json.loads(done.stdout)


def test_fsck(start: Start, behind: Behind) -> None:
    proxy = start("--upstream", behind.url)
    for path in (ZIP, "/example.com/a/@v/v1.0.0.mod", "/example.com/a/@v/v1.0.0.info", "/example.com/b/@v/v1.0.0.zip"):
        assert proxy.get(path)[0] == 200
    proxy.stop()
    assert fsck(proxy.store) == (0, {"checked": 6, "bad": [], "schema": "gomend.fsck/1"})
    root = proxy.store / "example.com"
    (root / "a/@v/v1.0.0.mod").write_bytes(A.mod + b"// changed\n")
    (root / "b/@v/v1.0.0.zip").write_bytes((root / "b/@v/v1.0.0.zip").read_bytes()[:-40])
    (root / "stray.txt").write_text("x")
    code, answer = fsck(proxy.store)
    assert code == 1
    bad = answer["bad"]
    assert isinstance(bad, list)
    assert {(b["path"], b["what"]) for b in bad} == {
        ("example.com/a/@v/v1.0.0.mod", "changed"),
        ("example.com/b/@v/v1.0.0.zip", "untrue"),
        ("example.com/stray.txt", "foreign"),
    }
