"""Every named failure happens with the real go command, and gomend's first finding names its cause."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from gomend.apps.cli.main import gomend
from gomend.lab.catalogue import CATALOGUE, Failure
from gomend.lab.scenario import run

SLOW = {"tls-silent"}
SILENT = [pytest.param(f, id=f.name) for f in CATALOGUE.values() if f.silent]
SPEAKING = [
    pytest.param(f, id=f.name, marks=[pytest.mark.full] if f.name in SLOW else []) for f in CATALOGUE.values() if not f.silent
]


@pytest.mark.parametrize("failure", SPEAKING)
def test_the_first_finding_names_the_cause(failure: Failure) -> None:
    done = CliRunner().invoke(gomend, ["lab", "run", failure.name], standalone_mode=False)
    assert done.exception is None, done.output
    assert done.return_value == 0, done.output
    assert failure.what.english in done.output
    if failure.cause == "none":
        assert "exit 0" in done.output
    else:
        assert "exit 1" in done.output
        assert f"names the cause: {failure.cause}." in done.output


@pytest.mark.parametrize("failure", SILENT)
def test_go_waits_without_a_word(failure: Failure) -> None:
    """go has no time limit for answers: nothing in its output can name the cause, and the lab must stop it."""
    seen = run(failure.scenario)
    assert seen.exit is None
    assert (seen.stdout, seen.stderr) == ("", "")
    assert seen.seconds >= failure.scenario.timeout
    assert seen.requests["P1"][-1].endswith(" hang")


def test_the_list_in_both_languages() -> None:
    rows = json.loads(CliRunner().invoke(gomend, ["lab", "list", "--format", "json"]).output)["failures"]
    assert [row["name"] for row in rows] == list(CATALOGUE)
    assert len(rows) >= 50
    assert {row["cause"] for row in rows} >= {
        "proxy-timeout",
        "sumdb-timeout",
        "proxy-tls",
        "redirect-loop",
        "vcs-failed",
        "none",
    }
    plain = CliRunner().invoke(gomend, ["lab", "list"]).output.splitlines()
    assert plain[0].split("\t")[:2] == ["healthy", "none"]
    assert len(plain) == len(rows)
