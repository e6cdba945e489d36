"""What an objective is, whatever file it came from: the number, the window, and what each team measures for it."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, Literal

from gomend.model.base import Thing
from gomend.model.text import Said
from gomend.slo.policy import Policy

Kind = Literal["promql", "sql", "csv", "parquet", "log", "prose"]
KINDS: Final[tuple[Kind, ...]] = ("promql", "sql", "csv", "parquet", "log", "prose")
"""Where an SLI's numbers come from; ``prose`` is a definition that nobody can run."""
WINDOW: Final = "$window"
"""What stands in a query for the length of time that is asked about."""


class Source(Thing, frozen=True):
    """A server or database that SLIs are read from. ``url`` may hold a password: it is never shown unmasked."""

    name: str
    kind: Literal["prometheus", "sql"]
    url: str
    headers: dict[str, str] = {}
    timeout: int = 30
    """Seconds for one answer."""


class Sli(Thing, frozen=True):
    """One team's definition. Of queries (or columns) there is ``good`` or ``bad`` with ``total`` (or both), or ``value``."""

    team: str
    kind: Kind
    source: str = ""
    """Name of a :class:`Source`; empty: the default one of its kind."""
    good: str = ""
    bad: str = ""
    total: str = ""
    excluded: str = ""
    """Events that are in ``total`` and count neither way."""
    value: str = ""
    events: str = ""
    """How many events a value rests on."""
    query: str = ""
    """The SQL statement whose columns the others name."""
    path: str = ""
    """Of a CSV, Parquet or log file."""
    format: str = ""
    """Of log lines: ``json``, ``combined`` or ``logfmt``."""
    time: str = ""
    """Name of the time column or field."""
    sets: dict[str, str] = {}
    """What is said to count as ``good``, ``bad`` and ``excluded``: ``2xx 3xx``."""
    population: str = ""
    place: str = ""
    statistic: str = ""
    unit: str = ""
    window: int = 0
    """Seconds; 0: the objective's period."""
    sampling: str = ""
    owner: str = ""
    says: str = ""
    """The definition in words."""
    line: int = 0

    @property
    def share(self) -> bool:
        """Whether it is good events by all events."""
        return not self.value


class Objective(Thing, frozen=True):
    """A service level objective."""

    name: str
    policy: Policy
    slis: tuple[Sli, ...]
    judged: str = ""
    """The team whose SLI the gate judges."""
    title: str = ""
    service: str = ""
    owner: str = ""
    unit: str = ""
    window: int = 30 * 86400
    """Seconds that the error budget is for."""
    period: int = 300
    """Seconds of one judged period."""
    labels: dict[str, str] = {}
    line: int = 0

    @property
    def sli(self) -> Sli:
        """The SLI that is judged."""
        return next((s for s in self.slis if s.team == self.judged), self.slis[0])

    @property
    def allowed(self) -> Fraction | None:
        """The share of bad events that the objective bears; None where it is no share."""
        policy = self.policy
        return 1 - policy.objective if self.sli.share and policy.better == "higher" and 0 < policy.objective < 1 else None


class Definition(Thing, frozen=True):
    """One SLI as several teams define it, to be held against each other."""

    name: str
    slis: tuple[Sli, ...]
    objective: Objective | None = None
    target: Fraction | None = None
    """The objective's number, where one is stated."""
    counts: dict[str, Fraction] = {}
    """Recorded events by class, ``2xx`` …"""


class Config(Thing, frozen=True):
    """A file of objectives."""

    objectives: tuple[Objective, ...]
    definitions: tuple[Definition, ...] = ()
    """Definitions without a gate, only to be aligned."""
    sources: tuple[Source, ...] = ()
    form: str = "gomend"
    """What it was written for: ``gomend``, ``openslo``, ``sloth``, ``pyrra`` or ``keptn``."""
    notes: tuple[Said, ...] = ()
    """What could not be taken over."""
