"""The gate's own CPU for 10, 100 and 1,000 objectives with 30 days of minutes behind each: ``python bench/slo.py``.

Beside it, as the peer in the same run: `promtool query range` for the same objectives' good and total over the judged hour, one
process each; it fetches and prints, and judges nothing.
"""

from __future__ import annotations

import json
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


def main() -> None:
    services, days = 100, 30
    start = AT - days * 86400
    series = {}
    for n in range(services):
        series[f'http_requests_total{{service="s{n}",code="200"}}'] = servers.growing(start, AT, 60, 600)
        series[f'http_requests_total{{service="s{n}",code="500"}}'] = servers.growing(
            start, AT, 60, lambda t: int(t % 3600 == 0)
        )
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = servers.openmetrics(series)
        series.clear()
        with servers.prometheus(folder / "p", [text]) as server:
            for count in COUNTS:
                (folder / "slo.yaml").write_text(config(count, services))
                argv = [GOMEND, "slo", "gate", "--config", f"{folder}/slo.yaml", "--prometheus", server.url, "--at", str(AT)]
                subprocess.run(argv, check=True, capture_output=True)
                runs = [cpu([*argv, "--format", "json"]) for _ in range(ROUNDS if count < 1000 else 2)]
                query = 'sum(increase(http_requests_total{service="s1"}[1m]))'
                peer = ["promtool", "query", "range", server.url, query, f"--start={AT - 3600}", f"--end={AT}", "--step=1m"]
                theirs = statistics.median(cpu(peer)[0] for _ in range(ROUNDS)) * count * 2
                mine = statistics.median(c for c, _ in runs)
                found.append(
                    {
                        "name": f"slo gate, {count} objectives",
                        "cpu_ms": round(mine * 1000),
                        "peer_cpu_ms": round(theirs * 1000),
                        "cpu_ratio": round(mine / theirs, 2),
                        "wall_ms": round(statistics.median(w for _, w in runs) * 1000),
                    }
                )
                print(json.dumps(found[-1]), flush=True)


if __name__ == "__main__":
    main()
