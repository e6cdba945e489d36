"""The gate's own CPU for 10, 100 and 1,000 objectives with 30 days of minutes behind each: ``python bench/slo.py``.

Beside it, as the peer in the same run: `promtool query range` for the same objectives' good and total over the judged half hour, one
process each; it fetches and prints, and judges nothing.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from run import GOMEND, cpu
from tests.slo import servers
from tests.slo.servers import AT

COUNTS = (10, 100, 1000)
ROUNDS = 5
SERVICES = 100


def config(count: int, services: int) -> str:
    """So many objectives over the services that there are."""
    one = """
  - name: slo-{n}
    objective: 0.999
    window: 30d
    period: 1m
    policy: {{mode: budget}}
    sli:
      sre:
        source: promql
        window: 5m
        good: sum(increase(http_requests_total{{service="s{s}",code!~"5.."}}[$window]))
        total: sum(increase(http_requests_total{{service="s{s}"}}[$window]))
"""
    return "slos:" + "".join(one.format(n=n, s=n % services) for n in range(count))


def rows(counts: tuple[int, ...] = COUNTS[:2]) -> list[dict[str, object]]:
    """One row a number of objectives. The peer's time is that of one promtool, times the queries that it would need."""
    start = AT - 30 * 86400
    series = {}
    for n in range(SERVICES):
        series[f'http_requests_total{{service="s{n}",code="200"}}'] = servers.growing(start, AT, 60, 600)
        series[f'http_requests_total{{service="s{n}",code="500"}}'] = servers.growing(
            start, AT, 60, lambda t: int(t % 3600 == 0)
        )
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed gomend has its bytecode
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        text = servers.openmetrics(series)
        series.clear()
        with servers.prometheus(folder / "p", [text]) as server:
            query = 'sum(increase(http_requests_total{service="s1"}[5m]))'
            peer = ["promtool", "query", "range", server.url, query, f"--start={AT - 1800}", f"--end={AT}", "--step=1m"]
            for count in counts:
                (folder / "slo.yaml").write_text(config(count, SERVICES))
                argv = [GOMEND, "slo", "gate", "--config", f"{folder}/slo.yaml", "--prometheus", server.url, "--at", str(AT)]
                subprocess.run(argv, check=True, capture_output=True)
                pairs = [(cpu([*argv, "--format", "json"]), cpu(peer)) for _ in range(ROUNDS if count < 1000 else 2)]
                mine, theirs = (statistics.median(p[side][0] for p in pairs) for side in (0, 1))
                wall, their_wall = (statistics.median(p[side][1] for p in pairs) for side in (0, 1))
                found.append(
                    {
                        "name": f"slo gate, {count} objectives x 30 days at a minute / promtool x {2 * count}",
                        "cpu_ms": round(mine * 1000),
                        "peer_cpu_ms": round(theirs * 2 * count * 1000),
                        "cpu_ratio": round(mine / (theirs * 2 * count), 3),
                        "wall_ms": round(wall * 1000),
                        "peer_wall_ms": round(their_wall * 2 * count * 1000),
                        "wall_ratio": round(wall / (their_wall * 2 * count), 3),
                    }
                )
    return found


if __name__ == "__main__":
    print(json.dumps(rows(COUNTS), indent=1))
