"""The whole model: a scenario in, what the go command would ask, say and answer out."""

from __future__ import annotations

from gomend.model.base import Thing
from gomend.modules.route.causes import cause
from gomend.modules.route.errors import Hang
from gomend.modules.route.machine import Machine, settings, strip
from gomend.modules.route.scenario import Scenario
from gomend.modules.route.shell import Shell

STOPPED: int = 124
"""The exit code of a command that a time limit ended."""


class Prediction(Thing, frozen=True):
    """What would happen: requests by server, servers in order, exit code, cause, and what go would say.

    ``optional`` are those requests that go has under way while an error ends it: they may miss.
    """

    requests: dict[str, list[str]]
    order: list[str]
    exit: int
    cause: str
    stderr: str
    optional: dict[str, list[str]] = {}


def predict(scenario: Scenario) -> Prediction:
    """Predict a scenario without network and without the go command."""
    machine = Machine(scenario)
    env = machine.env
    machine.env = settings({**env, **scenario.setup_env})
    try:
        for line in scenario.setup:
            Shell(machine).run(line)
        hung = ""
    except Hang as hang:
        hung = hang.url
    machine.env = env
    machine.recording = True
    machine.waited = 0.0
    code, stderr, slug = STOPPED, "", ""
    shell = Shell(machine)
    try:
        code = shell.run(scenario.command)
    except Hang as hang:
        hung = hang.url
        slug = "sumdb-timeout" if "/sumdb/" in hung or "/lookup/" in hung or "/tile/" in hung else "proxy-timeout"
    if shell.last is not None:
        stderr = strip("".join(shell.last.stderr))
    requests: dict[str, list[str]] = {}
    for server, request in machine.log:
        requests.setdefault(server, []).append(strip(request))
    optional: dict[str, list[str]] = {}
    for server, request in machine.optional:
        optional.setdefault(server, []).append(strip(request))
    order = [server for server, _ in machine.log]
    return Prediction(
        requests=requests, order=order, exit=code, cause=slug or cause(code, stderr), stderr=stderr, optional=optional
    )
