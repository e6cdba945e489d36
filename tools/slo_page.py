"""Write docs/slo.md and the war room's picture: every command on it is run against a real Prometheus (``python tools/slo_page.py``).

Needs prometheus and promtool (``bash tools/test_tools.sh``), and Chromium for the picture.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.slo import servers  # noqa: E402
from tests.slo.conftest import errors  # noqa: E402
from tests.slo.servers import AT  # noqa: E402

PAGE = ROOT / "docs" / "slo.md"
PICTURE = ROOT / "docs" / "pictures" / "slo-warroom.png"
CONFIG = """\
slos:
  - name: checkout
    owner: team-checkout
    objective: 99.9%
    window: 5d
    period: 5m
    policy: {mode: budget, need: 3}
    sli:
      sre:
        source: promql
        good: sum(increase(http_requests_total{job="checkout",code!~"5.."}[$window]))
        total: sum(increase(http_requests_total{job="checkout"}[$window]))
      dev: {source: prose, says: HTTP 2xx/5xx ratio}
      dba: {source: csv, path: statements.csv, good: ok, total: all, population: sql-statements, place: database-proxy}
"""


def main() -> None:
    start = AT - 6 * 86400
    series = {
        'http_requests_total{job="checkout",code="200"}': servers.growing(start, AT, 60, lambda t: 600 - errors(t)),
        'http_requests_total{job="checkout",code="500"}': servers.growing(start, AT, 60, errors),
    }
    with tempfile.TemporaryDirectory() as name, servers.prometheus(Path(name) / "p", [servers.openmetrics(series)]) as server:
        folder = Path(name)
        (folder / "slo.yaml").write_text(CONFIG)
        rows = [f"{t},{2990 - (40 if t > AT - 1200 else 0)},3000" for t in range(AT - 86400, AT + 1, 300)]
        (folder / "statements.csv").write_text("\n".join(["time,ok,all", *rows]) + "\n")

        def shown(*words: str) -> str:
            argv = [sys.executable, "-m", "gomend", *words, "--prometheus", server.url, "--at", str(AT)]
            done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
            text = done.stdout + done.stderr
            command = "gomend " + " ".join(words) + " --prometheus http://prometheus.example.com:9090"
            text = text.replace(str(folder), "/home/ada/shop").replace(server.url, "http://prometheus.example.com:9090")
            return f"```console\n$ {command}\n{text.strip()}\n$ echo $?\n{done.returncode}\n```\n"

        gate = ("slo", "gate", "--config", "slo.yaml", "--deploy", str(AT - 1500))
        parts = [
            "# A gate that cannot pass blind\n",
            "Written by `tools/slo_page.py`, which runs what it shows against a real Prometheus with six days of history.\n",
            f"```yaml\n{CONFIG}```\n",
            "A release went live 25 minutes ago, and one request in ten fails since:\n",
            shown(*gate, "--report", "room"),
            "In Chinese:\n",
            shown("--lang", "zh-CN", *gate),
            "What the three teams mean, and what each sees:\n",
            shown("slo", "align", "--config", "slo.yaml"),
            "The page for the war room (`--report`), as a browser shows it; `--incidents DIR` adds what traces, logs and metrics say broke at that time:\n",
            "![The war room's page](pictures/slo-warroom.png)\n",
        ]
        PAGE.write_text("\n".join(re.sub(r"[ \t]+\n", "\n", part) for part in parts), encoding="utf-8")
        (page,) = (folder / "room").glob("*.html")
        argv = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=960,1180"]
        subprocess.run([*argv, f"--screenshot={PICTURE}", page.as_uri()], check=True, capture_output=True)
    print(f"{PAGE} and {PICTURE} are written")


if __name__ == "__main__":
    main()
