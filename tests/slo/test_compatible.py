"""The gate against a server that speaks as Prometheus does and reckons its own way: VictoriaMetrics."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slo import servers
from tests.slo.conftest import errors
from tests.slo.servers import AT
from tests.slo.test_gate import CHECKOUT, gate


@pytest.fixture(scope="module")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two days of the same shop."""
    servers.have("victoria-metrics")
    folder = tmp_path_factory.mktemp("victoria")
    port = servers.free_port()
    argv = ["victoria-metrics", f"-storageDataPath={folder}/data", f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=20y"]
    start = AT - 2 * 86400
    series = {
        'http_requests_total{job="checkout",code="200"}': servers.growing(start, AT, 60, lambda t: 600 - errors(t)),
        'http_requests_total{job="checkout",code="500"}': servers.growing(start, AT, 60, errors),
        'http_requests_total{job="search",code="200"}': servers.growing(start, AT, 60, 300),
        'http_requests_total{job="silent",code="200"}': servers.growing(start, AT - 3600, 60, 300),
    }
    lines = "".join(f"{name} {value} {at * 1000}\n" for name, samples in series.items() for at, value in samples)
    url = f"http://127.0.0.1:{port}"
    with servers.started(argv, folder / "log", f"{url}/health"):
        urllib.request.urlopen(f"{url}/api/v1/import/prometheus", data=lines.encode(), timeout=60).close()
        urllib.request.urlopen(f"{url}/internal/force_flush", timeout=60).close()
        yield url


@pytest.mark.parametrize(
    ("job", "code", "verdict"),
    [("checkout", 1, "block"), ("search", 0, "pass"), ("silent", 4, "unknown"), ("nobody", 4, "unknown")],
)
def test_the_same_verdicts(job: str, code: int, verdict: str, victoria: str, tmp_path: Path) -> None:
    slos = CHECKOUT.replace("JOB", job).replace("window: 5d", "window: 1d")
    exit_code, answer, _ = gate(tmp_path, slos, "--prometheus", victoria, "--at", str(AT))
    assert (exit_code, answer["verdict"]) == (code, verdict), answer
    if job == "checkout":
        (found,) = answer["objectives"]
        assert (found["streak"], found["latest"]) == (4, "0.9")


def test_what_it_refuses_is_no_pass(victoria: str, tmp_path: Path) -> None:
    code, answer, _ = gate(tmp_path, CHECKOUT.replace("sum(", "summe("), "--prometheus", victoria, "--at", str(AT))
    assert (code, answer["verdict"]) == (4, "unknown")
    assert "HTTP 4" in answer["objectives"][0]["reason"]
