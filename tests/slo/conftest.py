"""One Prometheus for all tests of a process, with an hour-by-hour history of a shop's requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.slo import servers
from tests.slo.servers import AT

DAY = 86400


def errors(at: int) -> int:
    """Of 600 requests a minute: 1 fails in a quiet minute, 60 in the last twenty minutes."""
    return 60 if at > AT - 1200 else (1 if at % 300 == 0 else 0)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Prometheus]:
    """Ten days of requests, one sample a minute, up to AT."""
    start = AT - 10 * DAY
    series = {
        'http_requests_total{job="checkout",code="200"}': servers.growing(start, AT, 60, lambda t: 600 - errors(t)),
        'http_requests_total{job="checkout",code="500"}': servers.growing(start, AT, 60, errors),
        'http_requests_total{job="search",code="200"}': servers.growing(start, AT, 60, 300),
        'http_requests_total{job="silent",code="200"}': servers.growing(start, AT - 3600, 60, 300),
        'http_requests_total{job="rare",code="200"}': servers.growing(start, AT, 60, lambda t: int(t % 600 == 0)),
        'http_request_duration_seconds_bucket{job="search",le="0.1"}': servers.growing(start, AT, 60, 250),
        'http_request_duration_seconds_bucket{job="search",le="0.5"}': servers.growing(start, AT, 60, 297),
        'http_request_duration_seconds_bucket{job="search",le="2.5"}': servers.growing(start, AT, 60, 299),
        'http_request_duration_seconds_bucket{job="search",le="+Inf"}': servers.growing(start, AT, 60, 300),
        'http_request_duration_seconds_count{job="search"}': servers.growing(start, AT, 60, 300),
    }
    gauges = {
        "deploy_time_seconds": [(AT - 1500, AT - 1500), *((t, AT - 1500) for t in range(AT - 1440, AT + 1, 60))],
        'memory_bytes{job="db"}': [(t, 1000) for t in range(AT - 7200, AT + 1, 60)],
        'odd{kind="nan"}': [(t, float("nan")) for t in range(AT - 7200, AT + 1, 60)],
        'odd{kind="inf"}': [(t, float("inf")) for t in range(AT - 7200, AT + 1, 60)],
    }
    servers.have("prometheus", "promtool")
    texts = [servers.openmetrics(series), servers.openmetrics(gauges, "gauge").replace("nan ", "NaN ").replace("inf ", "+Inf ")]
    with servers.prometheus(tmp_path_factory.mktemp("shop"), texts) as server:
        yield server
