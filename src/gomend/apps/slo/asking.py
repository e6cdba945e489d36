"""From an objective to its numbers: the right source, a connection of its own for each thread, the unit of the objective."""

from __future__ import annotations

import os
import threading
import time
from fractions import Fraction
from typing import Final

from gomend.model.redact import redact
from gomend.slo.history import Grid, Reading
from gomend.slo.objective import Config, Objective, Sli, Source
from gomend.slo.sources.prometheus import BadAnswer, Prometheus
from gomend.slo.units import factor

SKEW: Final = 60
"""Seconds between a server's clock and ours above which a deploy's time cannot be laid on its series."""


class Asker:
    """Asks the sources of one configuration."""

    def __init__(self, config: Config, folder: str, prometheus: str | None = None, at: Fraction | None = None) -> None:
        """``folder`` is where relative paths start; ``prometheus`` is the default server's address; ``at`` judges as of a moment."""
        self.sources = {source.name: source for source in config.sources}
        if prometheus is not None:
            self.sources[""] = Source(name="", kind="prometheus", url=prometheus)
        self.folder, self.at = folder, at
        self._mine = threading.local()
        self._clocks: dict[str, Fraction | str] = {}
        self._lock = threading.Lock()

    def ask(self, objective: Objective, grid: Grid, spans: tuple[int, ...]) -> Reading:
        """The judged SLI."""
        return self.read(objective, objective.sli, grid, spans)

    def read(self, objective: Objective, sli: Sli, grid: Grid, spans: tuple[int, ...] = ()) -> Reading:
        """Any team's SLI, in the unit of the objective."""
        scale = Fraction(1)
        if sli.value and sli.unit and objective.unit and sli.unit != objective.unit:
            found = factor(sli.unit, objective.unit)
            if found is None:
                return Reading(problem=f"{sli.unit} cannot be converted to {objective.unit}")
            scale = found
        if sli.kind == "promql":
            source = self.source(sli)
            return source if isinstance(source, Reading) else self.server(source).read(sli, grid, spans, scale)
        if sli.kind == "sql":
            from gomend.slo.sources import database

            found_source = self.source(sli)
            if isinstance(found_source, Reading):
                return found_source
            return database.read(sli, found_source, grid, spans, scale)
        if sli.kind == "log":
            from gomend.slo.sources import logs

            return logs.read(sli, self.folder, grid, spans, scale)
        if sli.kind == "prose":
            return Reading(problem="a definition in words has no numbers")
        from gomend.slo.sources import tables

        return tables.read(sli, self.folder, grid, spans, scale)

    def source(self, sli: Sli) -> Source | Reading:
        """The server or database that an SLI names, or the only one of its kind."""
        kind = "sql" if sli.kind == "sql" else "prometheus"
        fitting = [s for s in self.sources.values() if s.kind == kind]
        if sli.source:
            found = self.sources.get(sli.source)
            return (
                found
                if found is not None and found in fitting
                else Reading(problem=f"{sli.source} is no source for {sli.kind}")
            )
        default = self.sources.get("")
        if kind == "prometheus" and default is not None:
            return default
        if len(fitting) == 1:
            return fitting[0]
        hint = "give --prometheus URL or one under sources" if kind == "prometheus" else "give one of kind sql under sources"
        return Reading(problem=f"which server? {hint}" if not fitting else "which server? say it with from:")

    def server(self, source: Source) -> Prometheus:
        """This thread's connection to a server."""
        wires: dict[str, Prometheus] = self._mine.__dict__.setdefault("wires", {})
        if source.name not in wires:
            from gomend.ports.wire import Wire

            wires[source.name] = Prometheus(wire=Wire(source.url, source.headers, source.timeout))
        return wires[source.name]

    def now(self, objective: Objective) -> tuple[Fraction, Fraction]:
        """What time it is for an objective's source, and how far that is from our clock.

        Raises:
            BadAnswer: the server does not say.
        """
        return self.now_of(objective.sli)

    def now_of(self, sli: Sli) -> tuple[Fraction, Fraction]:
        """The same for any SLI.

        Raises:
            BadAnswer: the server does not say.
        """
        ours = Fraction(round(time.time() * 1000), 1000)
        if sli.kind != "promql":
            return self.at or ours, Fraction(0)
        source = self.source(sli)
        if isinstance(source, Reading):
            raise BadAnswer(source.problem)
        with self._lock:
            if source.name not in self._clocks:
                self._clocks[source.name] = self._clock(source)
        found = self._clocks[source.name]
        if isinstance(found, str):
            raise BadAnswer(found)
        return self.at or ours + found, found

    def _clock(self, source: Source) -> Fraction | str:
        """How far a server's clock is from ours; or what went wrong."""
        try:
            before = time.time()
            found = self.server(source).now()
            ours = Fraction(round((before + time.time()) * 500), 1000)
        except BadAnswer as error:
            return f"{redact(source.url)}: {error}"
        except ValueError as error:
            return str(error)
        return found - ours


def folder_of(path: str) -> str:
    """Where the relative paths of a configuration start."""
    return os.path.dirname(os.path.abspath(path)) if path != "-" else os.getcwd()
