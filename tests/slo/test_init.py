"""A first slo.yaml from a real server, which the gate then reads and judges on the same server."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

from gomend.slo import reader
from tests.slo import servers
from tests.slo.servers import AT


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "gomend", "slo", *words], capture_output=True, text=True, check=False)


def test_what_the_server_has_becomes_objectives_that_it_keeps(shop: servers.Prometheus, tmp_path: Path) -> None:
    file = tmp_path / "slo.yaml"
    done = run("init", "--prometheus", shop.url, "--at", str(AT), "-o", str(file))
    assert done.returncode == 0, done.stderr
    found = {o.name: o.policy.objective for o in reader.read(file.read_bytes(), {}).objectives}
    assert found == {
        "checkout-availability": Fraction("0.999"),
        "rare-availability": Fraction("0.9999"),
        "search-availability": Fraction("0.9999"),
        "silent-availability": Fraction("0.9999"),
        "search-latency": Fraction("0.99"),
    }
    again = run("init", "--prometheus", shop.url, "-o", str(file))
    assert (again.returncode, "exists" in again.stderr) == (2, True)
    done = run("gate", "--config", str(file), "--prometheus", shop.url, "--at", str(AT), "--format", "json")
    verdicts = {o["name"]: o["verdict"] for o in json.loads(done.stdout)["objectives"]}
    assert verdicts == {
        "checkout-availability": "block",
        "rare-availability": "unknown",
        "search-availability": "pass",
        "silent-availability": "unknown",
        "search-latency": "pass",
    }


def test_no_server_and_an_empty_one(tmp_path: Path) -> None:
    assert run("init", "--prometheus", "http://127.0.0.1:9").returncode == 2
    assert run("init", "--prometheus", "nothing").returncode == 2
    with servers.prometheus(tmp_path / "p") as server:
        done = run("init", "--prometheus", server.url)
    assert (done.returncode, done.stdout) == (4, "")
