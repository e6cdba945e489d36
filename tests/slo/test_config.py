"""slo.yaml: what is read, and that each mistake is told with its line."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.slo import reader
from gomend.slo.yamltree import BadConfig, duration, spelled
from tests.slo.test_gate import gate

GOOD = """\
slos:
  - name: a
    objective: 99.95%
    sli:
      sre: {source: promql, good: g, total: t}
"""


def test_numbers_stay_as_written() -> None:
    found = reader.read(GOOD.encode(), {}).objectives[0]
    assert found.policy.objective == Fraction(9995, 10000)
    assert (found.window, found.period, found.judged) == (30 * 86400, 300, "sre")


MISTAKES = [
    ("a: [1", "no YAML"),
    ("", "empty"),
    ("slos: []", "line 1: slos: there is no objective"),
    (GOOD.replace("name: a", "nome: a"), "line 2: slos[0].nome: there is no such field"),
    (GOOD.replace("99.95%", "99.95"), "line 3: slos[0].objective: good by total is a share"),
    (GOOD.replace("99.95%", "very good"), "line 3: slos[0].objective: 'very good' is no number"),
    (GOOD.replace("total: t", "sum: t"), "line 5: slos[0].sli.sre.sum"),
    (GOOD.replace(", total: t", ""), "line 5: slos[0].sli.sre: a share needs two"),
    (GOOD.replace("total: t", "value: t"), "good or bad with total, or value"),
    (GOOD.replace("promql", "graphite"), "'graphite' is none of promql"),
    (GOOD.replace("good: g", "from: mimir, good: g"), "there is no source 'mimir'"),
    (
        GOOD + "  - name: a\n    objective: 1\n    sli: {x: {source: promql, value: v}}\n",
        "line 6: slos[1]: the name 'a' stands here twice",
    ),
    (GOOD + "    window: 1m\n", "shorter than one period"),
    (GOOD + "    window: 5 minutes\n", "line 6: slos[0].window: '5 minutes' is no length of time"),
    (GOOD + "    policy: {need: 0}\n", "line 6: slos[0].policy.need"),
    (GOOD + "    policy: {margin: -1}\n", "not negative"),
    (GOOD.replace("promql, good: g, total: t", "prose, says: x"), "none of them can be run"),
    (GOOD + "    owner: a\n    owner: b\n", "line 7: slos[0]: the key 'owner' stands here twice"),
    ("version: 2\n" + GOOD, "line 1: version"),
    ("sources: {p: {kind: sql, url_env: GOMEND_NOT_SET}}\n" + GOOD, "GOMEND_NOT_SET is not set"),
    (GOOD + "---\n" + GOOD, "one document"),
    ("[" * 60, "deep"),
    (
        "a: &a [x]\n"
        + "".join(f"{c}: &{c} [{', '.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)),
        "too many values",
    ),
    ("a: &a [*a]", "too many values"),
    ("\x00", "no YAML"),
    ("%YAML 9", "no YAML"),
]


@pytest.mark.parametrize(("text", "says"), MISTAKES)
def test_a_mistake_is_told_with_its_line(text: str, says: str) -> None:
    with pytest.raises(BadConfig) as told:
        reader.read(text.encode(), {})
    assert says in str(told.value)


def test_the_command_says_it_in_one_line(tmp_path: Path) -> None:
    code, _, said = gate(tmp_path, "  - name: a\n")
    assert (code, len(said.strip().splitlines())) == (2, 1)
    assert "line 2: slos[0]: objective is missing" in said


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="slo: -[]{}&*a\n'\"|>#!%@0.9", max_size=80).map(str.encode))
def test_nothing_but_a_clear_error_comes_of_noise(raw: bytes) -> None:
    with pytest.raises(BadConfig):
        reader.read(raw, {})


@given(st.integers(1, 10 * 365 * 86400 - 1))
def test_lengths_of_time_are_spelled_as_they_are_read(seconds: int) -> None:
    assert duration(spelled(seconds)) == seconds


EVERYTHING = """\
version: 1
sources: {prom: {kind: prometheus, url: "http://127.0.0.1:9", headers: {X-Scope-OrgID: team}, timeout: 5s}}
defaults: {owner: team, window: 7d, period: 1m, policy: {mode: budget, margin: "0.5", settle: 2m}}
slos:
  - name: a
    objective: "99.95%"
    labels: {tier: one}
    judge: sre
    sli:
      dev: {source: prose, says: HTTP 2xx/5xx ratio}
      sre: {source: promql, from: prom, bad: b, total: t, excluded: e, sets: {good: 2xx}, window: 1m, sampling: all}
definitions:
  - {sli: x, objective: 0.9, counts: {2xx: 3}, dev: words, sre: {source: log, path: a, format: json, good: 2xx}}
"""


def test_the_schema_takes_what_the_reader_takes() -> None:
    done = subprocess.run([sys.executable, "-m", "gomend", "schema", "slo.yaml"], capture_output=True, text=True, check=True)
    schema = json.loads(done.stdout)
    for text in (EVERYTHING, GOOD):
        assert reader.read(text.encode(), {}).objectives
        jsonschema.validate(yaml.safe_load(text), schema)
    wrong = yaml.safe_load(GOOD)
    wrong["slos"][0]["nome"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)
