"""The module decision for this machine: which servers go would ask for one module, and which variable says so."""

from __future__ import annotations

import os
import re
from typing import Any, Final

from gomend.apps.cli import base
from gomend.apps.session import Options, Session, run_async
from gomend.engine.gather import gather
from gomend.golang import patterns, verifier
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Thing
from gomend.model.reasons import tell
from gomend.model.redact import redact
from gomend.model.text import Said, Translator, say, text
from gomend.modules import proxylist

_NAMES: Final = ("GOPROXY", "GOPRIVATE", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOVCS", "GOFLAGS", "GOMODCACHE")

_INVALID: Final = text("cli.route.invalid", "The list is refused as a whole: {reason}")
_PRIVATE: Final = text("cli.route.private", "The path matches {patterns}: no proxy is asked, go fetches from the origin.")
_PUBLIC: Final = text("cli.route.public", "The path matches no pattern of private modules: the proxy list decides.")
_SERVER: Final = text("cli.route.server", "Ask {url}. After 404 or 410 go on; any other error ends here.")
_SERVER_ANY: Final = text("cli.route.server-any", "Ask {url}. After any error go on.")
_DIRECT: Final = text("cli.route.direct", "Fetch from the origin with version control; the list ends here.")
_OFF: Final = text("cli.route.off", "Refuse: nothing may be fetched.")
_SUMDB: Final = text("cli.route.sumdb", "Check the sums of what comes with {name}, through the first proxy that offers it.")
_SUMDB_OFF: Final = text("cli.route.sumdb-off", "Do not ask a checksum database.")
_SUMDB_SKIPPED: Final = text(
    "cli.route.sumdb-skipped", "The path matches {patterns}: its sums are not checked with a database."
)
_SUMDB_INVALID: Final = text("cli.route.sumdb-invalid", "Every check of a new sum fails: {reason}")
_VENDOR: Final = text("cli.route.vendor", "The vendor folder is used: nothing is looked up.")


class Step(Thing, frozen=True):
    """One step of the decision and the variable behind it."""

    variable: str
    value: str
    said: Said


class Decision(Thing, frozen=True):
    """The steps in order."""

    module: str
    query: str
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        steps = [
            {"variable": s.variable, "value": s.value, "text": s.said.english.format_map(s.said.parameters)} for s in self.steps
        ]
        return {"schema": "gomend.decision/1", "module": self.module, "query": self.query, "steps": steps}

    def text(self, translate: Translator) -> str:
        """For people."""
        lines = [f"{self.module}@{self.query}"]
        for number, step in enumerate(self.steps, 1):
            lines += [f"{number}. {translate(step.said)}", f"   {step.variable}={step.value}"]
        return "\n".join(lines) + "\n"

    def mermaid(self) -> str:
        """A flow chart."""
        lines = ["flowchart TD", f'  s0["{self.module}@{self.query}"]']
        for number, step in enumerate(self.steps, 1):
            words = step.said.english.format_map(step.said.parameters).replace('"', "'")
            lines += [f'  s{number}["{words}"]', f"  s{number - 1} -->|{step.variable}| s{number}"]
        return "\n".join(lines) + "\n"


def decide(argument: str, changes: dict[str, str]) -> Decision:
    """Decide for this machine's go environment, with some variables changed."""
    module, _, query = argument.partition("@")
    env = _environment() | changes
    for name in ("GONOPROXY", "GONOSUMDB"):
        if "GOPRIVATE" in changes and name not in changes and not os.environ.get(name):
            env[name] = changes["GOPRIVATE"]
    return Decision(module=module, query=query or "latest", steps=tuple(_steps(module, env)))


def _environment() -> dict[str, str]:
    """``go env`` as the rules see it.

    Raises:
        Problem: go cannot be asked.
    """
    session = Session(Options(), project_needed=False)
    answers = run_async(lambda: gather({GoEnv}, session.scope, session.doors))
    env = answers[GoEnv]
    if not isinstance(env, GoEnv):
        raise base.Problem(tell(session.say, env.reason))
    return {name: env[name] for name in _NAMES}


def _steps(module: str, env: dict[str, str]) -> list[Step]:
    if re.search(r"(?:^|\s)-mod=vendor(?:\s|$)", env["GOFLAGS"]):
        return [_step("GOFLAGS", env, say(_VENDOR))]
    found = proxylist.parse(env["GOPROXY"])
    if found.error:
        return [_step("GOPROXY", env, say(_INVALID, reason=found.error))]
    steps: list[Step] = []
    private = env["GONOPROXY"] or env["GOPRIVATE"]
    name = "GONOPROXY" if env["GONOPROXY"] and env["GONOPROXY"] != env["GOPRIVATE"] else "GOPRIVATE"
    if patterns.matches(private, module):
        steps += [_step(name, env, say(_PRIVATE, patterns=private)), _step("GOVCS", env, say(_DIRECT))]
    else:
        steps.append(_step(name, env, say(_PUBLIC)))
        for entry in found.entries:
            words = say(_DIRECT) if entry.url == "direct" else say(_OFF)
            if entry.is_server:
                words = say(_SERVER_ANY if entry.falls_on_any else _SERVER, url=redact(entry.url))
            steps.append(_step("GOPROXY", env, words))
    return [*steps, _sums(module, env)]


def _sums(module: str, env: dict[str, str]) -> Step:
    if env["GOSUMDB"] == "off":
        return _step("GOSUMDB", env, say(_SUMDB_OFF))
    skipped = env["GONOSUMDB"] or env["GOPRIVATE"]
    if patterns.matches(skipped, module):
        return _step("GONOSUMDB", env, say(_SUMDB_SKIPPED, patterns=skipped))
    if problem := verifier.problem(env["GOSUMDB"]):
        return _step("GOSUMDB", env, say(_SUMDB_INVALID, reason=problem))
    return _step("GOSUMDB", env, say(_SUMDB, name=env["GOSUMDB"].split()[0].partition("+")[0]))


def _step(variable: str, env: dict[str, str], said: Said) -> Step:
    return Step(variable=variable, value=redact(env[variable]), said=said)
