"""Run a scenario with the real go command: ``run(load(text))``."""

from __future__ import annotations

from gomend.lab.spec import Observed, Scenario, ScenarioProblem, Spec, load
from gomend.lab.stage import staged


def run(scenario: Scenario, *, go: str | None = None) -> Observed:
    """Lay the scenario out in a throw-away folder, run its setup and its command, and say what was seen.

    ``go`` is the folder of the go program to use; without it the one on PATH is used.

    Raises:
        ScenarioProblem: go or git is not there, or certificates cannot be made.
    """
    with staged(scenario, go=go) as stage:
        return stage.perform()


__all__ = ["Observed", "Scenario", "ScenarioProblem", "Spec", "load", "run"]
