"""Real servers for the tests, on loopback, with a history of their own: Prometheus and Alertmanager from Debian, MariaDB."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

AT = 1_790_000_400 // 3600 * 3600
"""The moment that recorded histories end at: on the hour."""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def started(argv: list[str], log: Path, ready: str, seconds: float = 40) -> Iterator[subprocess.Popen[bytes]]:
    """A program until the end of the block; ``ready`` is a URL that answers 200 when it is."""
    with log.open("wb") as out:
        process = subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + seconds
        while True:
            with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(ready, timeout=5):
                break
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < until, log.read_text()[-2000:]
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def openmetrics(series: Mapping[str, Iterable[tuple[int, float | int]]], kind: str = "counter") -> str:
    """``name{labels}`` → samples, as OpenMetrics text. Series of one metric must stand together."""
    lines, before = [], ""
    for name, samples in sorted(series.items(), key=lambda item: item[0].split("{")[0]):
        metric = name.split("{")[0]
        if metric != before:
            lines.append(f"# TYPE {metric.removesuffix('_total') if kind == 'counter' else metric} {kind}")
            before = metric
        lines += [f"{name} {value} {at}" for at, value in samples]
    return "\n".join([*lines, "# EOF", ""])


def growing(start: int, end: int, step: int, more: Any) -> list[tuple[int, int]]:
    """A counter that grows by ``more(t)`` in the ``step`` seconds up to t."""
    total, samples = 0, []
    for at in range(start, end + 1, step):
        total += more(at) if callable(more) else more
        samples.append((at, total))
    return samples


class Prometheus:
    """A running server."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url, self.process = url, process

    def query(self, promql: str, at: float | None = None) -> list[dict[str, Any]]:
        form = {"query": promql} | ({} if at is None else {"time": str(at)})
        with urllib.request.urlopen(f"{self.url}/api/v1/query?{urllib.parse.urlencode(form)}", timeout=20) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return found


@contextlib.contextmanager
def prometheus(folder: Path, texts: Iterable[str] = (), config: str = "global: {}\n", *more: str) -> Iterator[Prometheus]:
    """A Prometheus whose history comes from OpenMetrics texts, by promtool."""
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    for number, words in enumerate(texts):
        (folder / f"{number}.om").write_text(words)
        made = ["promtool", "tsdb", "create-blocks-from", "--max-block-duration=720h", "openmetrics", f"{folder}/{number}.om"]
        subprocess.run([*made, str(data)], check=True, capture_output=True)
    (folder / "prometheus.yml").write_text(config)
    port = free_port()
    argv = [
        "prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=20y", f"--web.listen-address=127.0.0.1:{port}", *more,
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with started(argv, folder / "prometheus.log", f"{url}/-/ready") as process:
        yield Prometheus(url, process)


def have(*programs: str) -> None:
    """Say which program is missing; tools/test_tools.sh brings it."""
    missing = [p for p in programs if shutil.which(p) is None]
    assert not missing, f"{missing} are not installed: bash tools/test_tools.sh"


@contextlib.contextmanager
def mariadb(folder: Path) -> Iterator[str]:
    """A MariaDB with performance_schema on and one database ``shop``; answers its SQLAlchemy URL."""
    have("mariadbd", "mariadb-install-db")
    made = [
        "mariadb-install-db",
        "--no-defaults",
        f"--datadir={folder}/data",
        "--auth-root-authentication-method=normal",
        "--user=root",
    ]
    subprocess.run([*made, "--skip-test-db"], check=True, capture_output=True)
    port = free_port()
    argv = [
        "mariadbd", "--no-defaults", "--user=root", f"--datadir={folder}/data", f"--socket={folder}/s", f"--port={port}",
        "--bind-address=127.0.0.1", "--performance-schema=ON", "--skip-grant-tables", "--innodb-flush-log-at-trx-commit=0",
        f"--pid-file={folder}/pid",
    ]  # fmt: skip
    with (folder / "mariadb.log").open("wb") as out:
        process = subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2) as sock:
                if sock.recv(1):
                    break
            assert process.poll() is None, (folder / "mariadb.log").read_text()[-2000:]
            assert time.monotonic() < until
            time.sleep(0.2)
        yield f"mysql://root@127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(40)
