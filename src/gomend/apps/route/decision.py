"""The decision about one module: steps in order, each with the setting or file that decided it."""

from __future__ import annotations

from typing import Final

from gomend.apps.route.shapes import SCHEMA, DecisionShape, StepShape
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Said, Text, Translator, text

_REQUESTS: Final = text("route.requests", "requests, if nothing fails:")
ORIGINS: Final = {
    "environment": text("route.origin.environment", "process environment"),
    "go env -w": text("route.origin.goenv", "go env -w"),
    "GOROOT/go.env": text("route.origin.goroot", "go.env of GOROOT"),
    "default": text("route.origin.default", "built-in default"),
    "GOPRIVATE": text("route.origin.goprivate", "not set, so it is GOPRIVATE"),
    "--what-if": text("route.origin.what-if", "pretended with --what-if"),
}
"""How origins of settings are said; others (file names) are said as they are."""


class Step(Thing, frozen=True):
    """One step: ``kind`` is stable, ``variable`` (or file) with its ``value`` decided it, ``origin`` is where that comes from.

    ``ends``: nothing after this step happens. ``server`` is the base URL of a step that asks one.
    """

    kind: str
    variable: str
    value: str
    said: Said
    origin: str = ""
    where: str = ""
    """The file, and line where there is one."""
    requests: tuple[str, ...] = ()
    server: str = ""
    falls_on_any: bool = False
    ends: bool = False


class Decision(Thing, frozen=True):
    """All steps for one module, in order."""

    module: str
    query: str
    steps: tuple[Step, ...]
    go: str = ""

    def step(self, kind: str) -> Step | None:
        """The first step of a kind."""
        return next((s for s in self.steps if s.kind == kind), None)

    def of(self, kind: str) -> tuple[Step, ...]:
        """All steps of a kind."""
        return tuple(s for s in self.steps if s.kind == kind)

    @property
    def name(self) -> str:
        """``module@query``."""
        return f"{self.module}@{self.query}"

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """What two modules with the same decision share: everything but their own names and requests."""
        return tuple((s.kind, english(s.said)) for s in self.steps if s.kind not in _OWN)

    def shape(self, say: Translator) -> DecisionShape:
        """For programs."""
        steps = tuple(shape(step, say) for step in self.steps)
        return DecisionShape(schema=SCHEMA, go=self.go, module=self.module, query=self.query, steps=steps)

    def text(self, say: Translator) -> str:
        """For people."""
        return "\n".join([self.name, *lines(self.steps, say)]) + "\n"


_OWN: Final = frozenset({"cache", "sums", "prefixes"})


def english(said: Said) -> str:
    """The English words of a text."""
    return said.english.format_map(said.parameters).replace("``", "`")


def origin_words(step: Step, say: Translator) -> str:
    """Where the value comes from, for people."""
    known = ORIGINS.get(step.origin)
    words = say(known) if known else step.origin
    return f"{words}, {step.where}" if step.where and words else words or step.where


def setting_words(step: Step, say: Translator) -> str:
    """``NAME=VALUE`` or the file's line, and where it comes from."""
    own = f"{step.variable}={step.value}" if step.variable.isupper() else f"{step.variable}: {step.value}".rstrip(": ")
    where = origin_words(step, say)
    return f"{own}  ({where})" if where else own


def lines(steps: tuple[Step, ...], say: Translator) -> list[str]:
    """Numbered steps: what happens, the setting behind it, and the requests."""
    found: list[str] = []
    for number, step in enumerate(steps, 1):
        found += [f"{number:>2}. {say(step.said)}", f"    {setting_words(step, say)}"]
        if step.requests:
            found += [f"    {say(_REQUESTS)}", *(f"      GET {url}" for url in step.requests)]
    return found


def shape(step: Step, say: Translator) -> StepShape:
    """One step for programs."""
    return StepShape(
        kind=step.kind,
        variable=step.variable,
        value=redact(step.value),
        origin=step.origin,
        where=step.where,
        text=english(step.said),
        said=say(step.said),
        server=redact(step.server),
        falls_on_any=step.falls_on_any,
        requests=step.requests,
        ends=step.ends,
    )


def words(id: str, plain: str) -> Text:
    """A text of this room."""
    return text(f"route.{id}", plain)
