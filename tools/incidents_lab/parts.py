"""The parts of the lab: what is built, and the processes that play pods, each in a memory cgroup of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.incidents.apiserver import ApiServer
from tests.slo.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "labs/incidents"
COLLECTOR = "v0.161.0"
"""The version of the Collector's builder; builder.yaml names the same for every module."""
BACK_OFF = 5.0
"""Seconds before a container that died is started again, as the kubelet waits too (it waits longer each time)."""


def build(work: Path) -> tuple[Path, Path]:
    """The shop and the Collector; the latter takes minutes when it is built for the first time."""
    work.mkdir(parents=True, exist_ok=True)
    shop, collector = work / "shop", work / "collector" / "collector"
    subprocess.run(["go", "build", "-o", str(shop), "."], cwd=LAB / "shop", check=True)
    config = (LAB / "collector/builder.yaml").read_text()
    stamp = work / "builder.yaml"
    if not collector.exists() or not stamp.exists() or stamp.read_text() != config:
        tool = f"go.opentelemetry.io/collector/cmd/builder@{COLLECTOR}"
        made = work / "made.yaml"
        made.write_text(config.replace("./_build", str(collector.parent)))
        subprocess.run(["go", "run", tool, f"--config={made}"], cwd=work, check=True)
        stamp.write_text(config)
    return shop, collector


class Memory:
    """A memory cgroup with a limit (version 1 or 2); only root may make one."""

    def __init__(self, name: str, limit: int) -> None:
        one = Path("/sys/fs/cgroup/memory")
        self.old = one.is_dir()
        self.folder = (one if self.old else Path("/sys/fs/cgroup")) / f"shop-{os.getpid()}-{name}"
        self.folder.mkdir()
        (self.folder / ("memory.limit_in_bytes" if self.old else "memory.max")).write_text(str(limit))

    def kills(self) -> int:
        """How many processes the kernel killed in it for want of memory."""
        said = (self.folder / ("memory.oom_control" if self.old else "memory.events")).read_text()
        return int(dict(line.split() for line in said.splitlines())["oom_kill"])

    def remove(self) -> None:
        for _ in range(100):
            with contextlib.suppress(OSError):
                self.folder.rmdir()
                return
            time.sleep(0.05)


class Pod:
    """One process of the shop; what happens to it is what the API server says of its pod."""

    def __init__(self, shop: Path, service: str, limit: int, env: dict[str, str], api: ApiServer, log: Path) -> None:
        self.service, self.name, self.limit = service, f"{service}-7d9f8b6c5d-x2k4w", limit
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {**os.environ, **env, "POD_NAME": self.name, "LISTEN": f"127.0.0.1:{self.port}", "MEMORY_LIMIT": str(limit),
                    "GOMEMLIMIT": str(int(limit * 0.9))}  # fmt: skip
        self.memory = Memory(service, limit)
        self._shop, self._api, self._log = shop, api, log
        self._restarts = 0
        self._last: dict[str, Any] = {}
        self.killed: list[float] = []
        """When the kernel killed it (seconds since 1970)."""
        self._stop = threading.Event()
        self._start()
        self._tell(ready=True)
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def _start(self) -> None:
        words = ["sh", "-c", f'echo $$ > "{self.memory.folder}/cgroup.procs" && exec "$0" "$1"', str(self._shop), self.service]
        with self._log.open("ab") as out:
            self.process = subprocess.Popen(words, env=self.env, stdout=out, stderr=out)

    def _keep(self) -> None:
        """What a kubelet does: say how it died, start it again."""
        while not self._stop.is_set():
            kills = self.memory.kills()
            code = self.process.wait()
            if self._stop.is_set():
                return
            killed = code == -signal.SIGKILL and self.memory.kills() > kills
            if killed:
                self.killed.append(time.time())
            self._last = {"terminated": {"exitCode": 128 - code if code < 0 else code, "finishedAt": _now(),
                                         "reason": "OOMKilled" if killed else "Error"}}  # fmt: skip
            self._tell(ready=False)
            if self._stop.wait(BACK_OFF):
                return
            self._restarts += 1
            self._start()
            self._tell(ready=True)

    def _tell(self, *, ready: bool) -> None:
        status = {"name": self.service, "restartCount": self._restarts, "ready": ready, "lastState": self._last,
                  "state": {"running": {"startedAt": _now()}} if ready else {"waiting": {"reason": "CrashLoopBackOff"}}}  # fmt: skip
        meta = {"name": self.name, "namespace": "shop", "labels": {"app": self.service}}
        self._api.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta,
                       "status": {"phase": "Running", "containerStatuses": [status]}})  # fmt: skip

    def fault(self, **what: int) -> None:
        """Break something in it (see the shop's /fault); 0 mends it. A restart does not mend it: it is the program that is wrong."""
        query = self.env["FAULT"] = "&".join(f"{k}={v}" for k, v in what.items())
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/fault?{query}", method="POST"), timeout=90):
            pass

    def end(self) -> None:
        self._stop.set()
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(8)
        self.process.kill()
        self.process.wait()
        self._keeper.join(10)
        self.memory.remove()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextlib.contextmanager
def program(
    words: list[str], log: Path, env: dict[str, str] | None = None, ready: str = ""
) -> Iterator[subprocess.Popen[bytes]]:
    """A program until the end of the block; ``ready`` is a text that it logs when it is."""
    with log.open("wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out, env=env)
    try:
        if ready:
            until(lambda: ready in log.read_text(errors="replace"), 60, f"{words[0]} does not say {ready!r}")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(true: Callable[[], object], seconds: float, what: str) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.1)
