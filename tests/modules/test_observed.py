"""What the real go command said when things were broken on purpose: the first finding must name the cause."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from gomend.apps import registry
from gomend.engine.check import Report, check
from gomend.model.base import Cost, Severity
from gomend.model.outcome import VerdictKind
from gomend.model.rule import Example
from gomend.ports.memory import World, scope_of

OBSERVED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "observed.json").read_text())
BROKEN = [pytest.param(c, id=c["name"]) for c in OBSERVED if c["cause"] != "none"]
HEALTHY = [pytest.param(c, id=c["name"]) for c in OBSERVED if c["cause"] == "none"]
CI_PREFIXES = ("2025-03-01T10:00:00.1234567Z ", "#12 3.456 ", "app  | ", "\x1b[31m", "[12:00:01] ")


def judged(log: str, env: dict[str, str]) -> Report:
    example = Example(name="observed", expect=VerdictKind.FINDING, env=env, log=log)
    rules = registry.select(["GM0", "GM1"])
    report, _ = anyio.run(lambda: check(rules, scope_of(example), World(example).doors(), depth=Cost.CHEAP))
    return report


@pytest.mark.parametrize("case", BROKEN)
def test_first_finding_names_the_cause(case: dict[str, Any]) -> None:
    findings = judged(case["stderr"], case["env"]).findings
    assert findings, case["stderr"]
    assert findings[0].slug == case["cause"], [(f.code, f.slug, f.severity) for f in findings]


@pytest.mark.parametrize("case", BROKEN)
def test_the_log_alone_is_enough(case: dict[str, Any]) -> None:
    """A log from another machine: this one's settings are healthy."""
    findings = judged(case["stderr"], {}).findings
    assert findings
    assert findings[0].slug == case["cause"]


@pytest.mark.parametrize("prefix", CI_PREFIXES)
@pytest.mark.parametrize("case", BROKEN[::5])
def test_prefixes_of_wrappers_change_nothing(case: dict[str, Any], prefix: str) -> None:
    log = "\n".join(prefix + line for line in case["stderr"].splitlines())
    findings = judged(log, case["env"]).findings
    assert findings
    assert findings[0].slug == case["cause"]


@pytest.mark.parametrize("case", HEALTHY)
def test_healthy_runs_get_no_error(case: dict[str, Any]) -> None:
    report = judged(case["stderr"], case["env"])
    assert [f for f in report.findings if f.severity is Severity.ERROR] == []


def test_two_errors_in_one_log_give_two_findings() -> None:
    first = next(c for c in OBSERVED if c["cause"] == "gosum-mismatch")
    second = next(c for c in OBSERVED if c["cause"] == "vcs-failed")
    slugs = {f.slug for f in judged(first["stderr"] + second["stderr"], {}).findings}
    assert {"gosum-mismatch", "vcs-failed"} <= slugs


@pytest.mark.parametrize("case", BROKEN[::7])
def test_a_cut_log_never_breaks_the_parser(case: dict[str, Any]) -> None:
    text = case["stderr"]
    for end in range(0, len(text), max(1, len(text) // 12)):
        judged(text[:end], {})
