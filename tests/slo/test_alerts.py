"""Generated rules: promtool accepts and tests them, and a real Prometheus fires them at a real Alertmanager."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from gomend.slo import alerts, reader
from tests.slo import servers
from tests.slo.test_foreign import EXAMPLES, OTHER_GRAMMAR

SLO = """
slos:
  - name: checkout
    owner: team-checkout
    objective: 0.999
    policy: {min_events: 1000}
    sli: {sre: {source: promql, bad: 'sum(increase(http_requests_total{code=~"5.."}[$window]))', total: 'sum(increase(http_requests_total[$window]))'}}
"""
TESTS = """
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - name: a fast burn pages, and does so only while it goes on
    interval: 1m
    input_series:
      - {series: 'http_requests_total{code="200"}', values: '0+600x120 72600+580x60'}
      - {series: 'http_requests_total{code="500"}', values: '0+0x120 20+20x60'}
    alert_rule_test:
      - {eval_time: 110m, alertname: SloBurns1h, exp_alerts: []}
      - eval_time: 175m
        alertname: SloBurns1h
        exp_alerts:
          - exp_labels: {slo: checkout, owner: team-checkout, severity: page, window: 1h}
            exp_annotations:
              summary: 'checkout: the error budget of 30d burns more than 14.4 times too fast'
              description: 'DESCRIPTION'
  - name: no series of errors is no error
    interval: 1m
    input_series: [{series: 'http_requests_total{code="200"}', values: '0+600x180'}]
    promql_expr_test:
      - {expr: 'slo:bad:ratio_5m', eval_time: 60m, exp_samples: [{labels: 'slo:bad:ratio_5m{slo="checkout", owner="team-checkout"}', value: 0}]}
    alert_rule_test:
      - {eval_time: 120m, alertname: SloBlind, exp_alerts: []}
  - name: a few bad events of few do not page, and too few are said
    interval: 1m
    input_series:
      - {series: 'http_requests_total{code="200"}', values: '0+0x180'}
      - {series: 'http_requests_total{code="500"}', values: '0+1x180'}
    alert_rule_test:
      - {eval_time: 170m, alertname: SloBurns1h, exp_alerts: []}
      - eval_time: 170m
        alertname: SloTooFewEvents
        exp_alerts:
          - exp_labels: {slo: checkout, owner: team-checkout, severity: info}
            exp_annotations: {summary: 'checkout: fewer than 1000 events in an hour', description: 'So few events say little; page alerts wait for more.'}
  - name: silence is told
    interval: 1m
    input_series: [{series: 'http_requests_total{code="200"}', values: '0+600x60 stale'}]
    alert_rule_test:
      - {eval_time: 50m, alertname: SloBlind, exp_alerts: []}
      - eval_time: 90m
        alertname: SloBlind
        exp_alerts:
          - exp_labels: {slo: checkout, owner: team-checkout, severity: ticket}
            exp_annotations:
              summary: checkout cannot be measured
              description: 'There are no events, or nothing collects them: no alert on burn rates can fire.'
"""


def written(folder: Path, text: str) -> Path:
    (folder / "slo.yaml").write_text(text)
    argv = [sys.executable, "-m", "gomend", "slo", "rules", "--config", str(folder / "slo.yaml")]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    (folder / "rules.yml").write_text(done.stdout)
    return folder / "rules.yml"


def promtool(*words: str) -> str:
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_promtool_checks_and_tests_them(tmp_path: Path) -> None:
    written(tmp_path, SLO)
    promtool("check", "rules", str(tmp_path / "rules.yml"))
    (tmp_path / "tests.yml").write_text(
        TESTS.replace("DESCRIPTION", "3.054% of events were bad over 1h; the objective allows 0.1 %.")
    )
    promtool("test", "rules", str(tmp_path / "tests.yml"))


def test_rules_of_all_published_examples_are_valid(tmp_path: Path) -> None:
    groups: dict[str, Any] = {}
    for path in EXAMPLES:
        if path.name not in OTHER_GRAMMAR:
            made, _ = alerts.rules(reader.read(path.read_bytes(), {}).objectives)
            groups |= {g["name"]: g for g in made["groups"]}
    assert len(groups) > 30
    (tmp_path / "all.yml").write_text(yaml.safe_dump({"groups": list(groups.values())}))
    told = promtool("check", "rules", str(tmp_path / "all.yml"))
    assert "SUCCESS" in told


def test_an_objective_that_is_no_share_has_none(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as done:
        written(tmp_path, "slos: [{name: a, objective: 5, policy: {mode: absolute}, sli: {sre: {source: promql, value: up}}}]")
    assert done.value.returncode == 2
    assert "no rules for a" in done.value.stderr


def test_a_real_alertmanager_gets_the_page(tmp_path: Path) -> None:
    servers.have("prometheus-alertmanager")
    rules = written(tmp_path, SLO)
    now = int(time.time())
    start = now - 3 * 3600
    series = {
        'http_requests_total{code="200"}': servers.growing(start, now, 15, 600),
        'http_requests_total{code="500"}': servers.growing(start, now, 15, lambda t: 30 if t > now - 4000 else 0),
    }
    port = servers.free_port()
    (tmp_path / "am.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    argv = [
        "prometheus-alertmanager", f"--config.file={tmp_path}/am.yml", f"--storage.path={tmp_path}/am", "--cluster.listen-address=",
        f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    config = (
        f"global: {{evaluation_interval: 1s}}\nrule_files: ['{rules}']\n"
        f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]}}\n"
    )
    url = f"http://127.0.0.1:{port}"
    with (
        servers.started(argv, tmp_path / "am.log", f"{url}/-/ready"),
        servers.prometheus(tmp_path / "p", [servers.openmetrics(series)], config, "--rules.alert.resend-delay=1s"),
    ):
        until = time.monotonic() + 40
        seen: dict[str, Any] = {}
        while not {"SloBurns1h", "SloBurns6h"} <= set(seen):
            assert time.monotonic() < until, seen
            time.sleep(0.5)
            with urllib.request.urlopen(f"{url}/api/v2/alerts", timeout=10) as answer:
                seen = {a["labels"]["alertname"]: a for a in json.load(answer)}
        assert seen["SloBurns1h"]["labels"]["severity"] == "page"
        assert seen["SloBurns1h"]["labels"]["owner"] == "team-checkout"
