"""A real Go service under load, scraped by a real Prometheus: the gate blocks the release that degrades, passes the good one, and
says unknown when scraping stops.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.slo import servers

SHOP = Path(__file__).parent / "data" / "shop"
SLO = """
slos:
  - name: orders
    owner: team-shop
    objective: 99%
    window: 1m
    period: 2s
    policy: {mode: budget, max_missing: 3, settle: 2s}
    sli: {sre: {source: promql, good: 'sum(increase(orders_total{code!~"5.."}[$window]))', total: 'sum(increase(orders_total[$window]))'}}
"""


@contextlib.contextmanager
def release(binary: Path, port: int, fail_every: int) -> Iterator[float]:
    """A version of the shop, with customers; answers when it went live."""
    argv = [str(binary), f"-listen=127.0.0.1:{port}", f"-fail-every={fail_every}"]
    with servers.started(argv, binary.parent / "shop.log", f"http://127.0.0.1:{port}/metrics"):
        stop = threading.Event()

        def buy() -> None:
            for _ in range(4000):
                if stop.wait(0.02):
                    return
                with (
                    contextlib.suppress(urllib.error.URLError, OSError),
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/order", timeout=5),
                ):
                    pass

        customer = threading.Thread(target=buy)
        customer.start()
        try:
            yield time.time()
        finally:
            stop.set()
            customer.join()


def until(verdict: str, folder: Path, url: str, deploy: float, *more: str, seconds: float = 60) -> tuple[int, dict[str, Any]]:
    """Ask the gate until it says so."""
    argv = [
        sys.executable, "-m", "gomend", "slo", "gate", "--config", str(folder / "slo.yaml"), "--prometheus", url,
        "--deploy", f"{deploy:.3f}", "--format", "json", *more,
    ]  # fmt: skip
    end = time.monotonic() + seconds
    while True:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        (found,) = json.loads(done.stdout)["objectives"]
        enough = verdict != "pass" or found["statuses"].count("ok") >= 3
        if found["verdict"] == verdict and enough:
            return done.returncode, found
        assert time.monotonic() < end, found
        time.sleep(1)


def test_the_gate_blocks_v2_passes_v1_and_knows_silence(tmp_path: Path) -> None:
    servers.have("go", "prometheus")
    binary = tmp_path / "shop"
    subprocess.run(
        ["go", "build", "-o", str(binary), "."], cwd=SHOP, check=True, env={**os.environ, "GOFLAGS": "", "GOPROXY": "off"}
    )
    (tmp_path / "slo.yaml").write_text(SLO)
    port = servers.free_port()
    config = (
        "global: {scrape_interval: 500ms, scrape_timeout: 400ms}\n"
        f"scrape_configs: [{{job_name: shop, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n"
    )
    with servers.prometheus(tmp_path / "p", (), config) as prometheus:
        with release(binary, port, fail_every=5) as deploy:
            code, found = until("block", tmp_path, prometheus.url, deploy)
            assert code == 1
            assert 0.7 < float(found["latest"]) < 0.9
            assert found["alarm"] in {"page", "unknown"}, "a window of a minute has no burn rates over hours"
        with release(binary, port, fail_every=0) as deploy:
            code, found = until("pass", tmp_path, prometheus.url, deploy, "--wait", "40s", seconds=0)
            assert (code, found["latest"]) == (0, "1")
            assert float(found["before_deploy"]) < float(found["after_deploy"]) == 1
        code, found = until("unknown", tmp_path, prometheus.url, deploy)
        assert (code, found["reason_code"]) == (4, "missing")
