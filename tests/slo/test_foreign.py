"""Files of other tools: all published examples, and that the form a thing is written in changes no verdict."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gomend.ports.wire import Wire
from gomend.slo import alerts, gate, promql, reader
from gomend.slo.foreign import writing
from gomend.slo.history import Reading
from gomend.slo.objective import Objective
from gomend.slo.sources import tables
from gomend.slo.sources.prometheus import Prometheus, queries_of
from gomend.slo.yamltree import BadConfig
from tests.slo import servers
from tests.slo.servers import AT

DATA = Path(__file__).parent / "data" / "foreign"
EXAMPLES = sorted(p for p in DATA.glob("*/*.y*ml") if "windows_" not in p.name)
OTHER_GRAMMAR = {"victoria-metrics.yml"}
"""MetricsQL, which only VictoriaMetrics understands."""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_published_examples_are_read(path: Path) -> None:
    found = reader.read(path.read_bytes(), {})
    assert found.objectives
    assert found.form in {path.parent.name, "openslo"}
    for each in found.objectives:
        assert each.policy.objective > 0
        assert each.window >= each.period
        for query in queries_of(each.sli).values() if path.name not in OTHER_GRAMMAR else ():
            assert promql.selectors(promql.parse(query))


def test_files_without_objectives_are_refused() -> None:
    for path in DATA.glob("sloth/windows_*"):
        with pytest.raises(BadConfig, match="no objective"):
            reader.read(path.read_bytes(), {})


@pytest.mark.parametrize("path", [p for p in EXAMPLES if p.parent.name in {"sloth", "pyrra"}], ids=lambda p: p.name)
def test_what_is_exported_says_the_same(path: Path) -> None:
    before = reader.read(path.read_bytes(), {})
    after = reader.read(writing.openslo(before).encode(), {})
    for one, other in zip(before.objectives, after.objectives, strict=True):
        assert (one.policy, one.window, one.period, one.owner) == (other.policy, other.window, other.period, other.owner)
        if one.sli.kind == "promql":
            assert queries_of(one.sli) == queries_of(other.sli)


def test_the_command_exports(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "gomend", "slo", "export", "--config", str(DATA / "sloth" / "getting-started.yml")]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    (tmp_path / "o.yaml").write_text(done.stdout)
    assert reader.read(done.stdout.encode(), {}).objectives[0].owner == "myteam"


PERIODS = 40
SERVICES = 20


def histories() -> dict[str, list[tuple[int, int]]]:
    """Per service and period: good and bad events; quiet, broken, recovering, rare and silent ones."""
    chance = random.Random(5)
    made = {}
    for n in range(SERVICES):
        rate = chance.choice([0, 0, 0.001, 0.02, 0.3])
        start = chance.randrange(PERIODS)
        total = chance.choice([3, 60, 600])
        rows = []
        for at in range(PERIODS):
            bad = sum(chance.random() < (rate if at >= start else 0) for _ in range(total))
            rows.append((total - bad, bad))
        made[f"s{n}"] = rows[: chance.choice([PERIODS, PERIODS, PERIODS, PERIODS - 2, PERIODS - 5])]
    return made


def forms(service: str, objective: str, policy: str) -> dict[str, str]:
    """One objective as each format has it."""
    bad, total = (f'sum(increase(events_total{{service="{service}"{more}}}[$window]))' for more in (',outcome="bad"', ""))
    good = bad.replace('="bad"', '="good"')
    percent = f"{float(objective) * 100:.10g}"
    native = ", ".join(word.replace("=", ": ", 1) for word in policy.split())
    return {
        "promql": f"slos:\n  - name: a\n    objective: {objective}\n    policy: {{{native}}}\n"
        f"    sli: {{sre: {{source: promql, good: '{good}', total: '{total}'}}}}\n",
        "csv": f"slos:\n  - name: a\n    objective: {objective}\n    policy: {{{native}}}\n"
        f"    sli: {{sre: {{source: csv, path: {service}.csv, bad: bad, total: total}}}}\n",
        "sloth": "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nmetadata:\n  name: a\n"
        f"  annotations: {{gomend/policy: {policy}}}\nspec:\n  service: s\n  slos:\n    - name: a\n      objective: {percent}\n"
        "      sli:\n        events:\n"
        f"          errorQuery: '{bad.replace('increase', 'rate').replace('$window', '{{.window}}')}'\n"
        f"          totalQuery: '{total.replace('increase', 'rate').replace('$window', '{{.window}}')}'\n",
        "pyrra": "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata:\n  name: a\n"
        f"  annotations: {{gomend/policy: {policy}}}\nspec:\n  target: '{percent}'\n  window: 30d\n  indicator:\n    ratio:\n"
        f'      errors: {{metric: \'events_total{{service="{service}",outcome="bad"}}\'}}\n'
        f"      total: {{metric: 'events_total{{service=\"{service}\"}}'}}\n",
        "openslo": "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: a\n"
        f"  annotations: {{gomend/policy: {policy}}}\nspec:\n  service: s\n  indicator:\n    metadata: {{name: i}}\n    spec:\n"
        "      ratioMetric:\n        counter: true\n"
        f'        bad: {{metricSource: {{type: Prometheus, spec: {{query: \'sum(events_total{{service="{service}",outcome="bad"}})\'}}}}}}\n'
        f"        total: {{metricSource: {{type: Prometheus, spec: {{query: 'events_total{{service=\"{service}\"}}'}}}}}}\n"
        f"  timeWindow: [{{duration: 30d, isRolling: true}}]\n  budgetingMethod: Occurrences\n  objectives: [{{target: {objective}}}]\n",
    }


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.full)])
def test_generated_configurations_have_one_verdict_in_every_form(count: int, tmp_path: Path) -> None:
    made = histories()
    start = AT - PERIODS * 300
    series: dict[str, Any] = {}
    for service, rows in made.items():
        with (tmp_path / f"{service}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("time", "bad", "total"))
            writer.writerows((start + 300 * (at + 1), bad, good + bad) for at, (good, bad) in enumerate(rows))
        for part, outcome in enumerate(("good", "bad")):
            samples, total = [(start, 0)], 0
            for at, row in enumerate(rows):
                total += row[part]
                samples.append((start + 300 * (at + 1), total))
            series[f'events_total{{service="{service}",outcome="{outcome}"}}'] = samples
    chance = random.Random(7)
    verdicts = []
    with servers.prometheus(tmp_path / "p", [servers.openmetrics(series)]) as server:
        prom = Prometheus(wire=Wire(server.url))

        def ask(objective: Objective, grid: Any, spans: Any) -> Reading:
            sli = objective.sli
            return tables.read(sli, str(tmp_path), grid, spans) if sli.kind == "csv" else prom.read(sli, grid, spans)

        for _ in range(count):
            policy = (
                f"mode={chance.choice(['budget', 'relative'])} margin={chance.choice(['0', '0.1', '1', '0.05'])} "
                f"need={chance.choice([1, 3, 5])} min_events={chance.choice([0, 50])} missing={chance.choice(['hold', 'reset', 'bad'])}"
            )
            objective = chance.choice(["0.9", "0.99", "0.999", "0.95"])
            told = {}
            for form, text in forms(f"s{len(verdicts) % SERVICES}", objective, policy).items():
                each = reader.read(text.encode(), {}).objectives[0]
                assert each.policy.need in {1, 3, 5}
                found = gate.assess(each, ask, Fraction(AT))
                told[form] = (found.verdict, found.reason, found.judgement.statuses if found.judgement else found.detail)
            assert len(set(told.values())) == 1, (text, told)
            verdicts.append(told["csv"][0])
        prom.wire.close()
    assert {v: verdicts.count(v) > count / 40 for v in ("pass", "block", "unknown", "insufficient")} == dict.fromkeys(
        ("pass", "block", "unknown", "insufficient"), True
    )


def test_published_examples_and_our_own_rules_have_no_warning(tmp_path: Path) -> None:
    for path in EXAMPLES:
        (tmp_path / f"slo-{path.parent.name}-{path.name}").write_bytes(path.read_bytes())
    made, _ = alerts.rules(reader.read((DATA / "sloth" / "multifile.yml").read_bytes(), {}).objectives)
    (tmp_path / "slo-rules.yml").write_text(alerts.written(made))
    (tmp_path / "go.mod").write_text("module example.com/x\n\ngo 1.21\n")
    argv = [sys.executable, "-m", "gomend", "check", "--select", "GM4", "--format", "json", str(tmp_path)]
    answer = json.loads(subprocess.run(argv, capture_output=True, text=True, check=False).stdout)
    assert [f for f in answer["findings"] if f["code"] != "GM437"] == []
    assert answer["undetermined"] == []
    assert answer["summary"]["info"] > 30


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A published example with a few of its values removed, or replaced by something else."""
    path = draw(st.sampled_from([*EXAMPLES, DATA / "keptn" / "slo.yaml"]))
    documents = [d for d in yaml.safe_load_all(path.read_text()) if d]
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
            places.append((node, key))
            walk(node[key])

    walk(documents)
    for _ in range(draw(st.integers(1, 3))):
        node, key = draw(st.sampled_from(places))
        new = draw(
            st.sampled_from(
                [None, "", "x", "<abc", "5ms", "<1..2", -1, 1.5, "1e9999", True, [], {}, [1], {"a": 1}, "{{.window}}"]
            )
        )
        if draw(st.booleans()) and isinstance(node, dict):
            node.pop(key, None)
        elif isinstance(node, dict) or key < len(node):
            node[key] = new
    return yaml.safe_dump_all(documents).encode()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_damaged_files_are_read_or_refused_with_a_clear_error(raw: bytes) -> None:
    try:
        found = reader.read(raw, {})
    except BadConfig:
        return
    assert found.objectives or found.definitions
    writing.openslo(found)
    alerts.rules(found.objectives)
