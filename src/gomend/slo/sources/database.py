"""SQL: a statement whose rows have a time and the columns that the SLI names. It may use ``:start``, ``:end`` and ``:period``."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gomend.ports import sql
from gomend.slo.history import Grid, Reading
from gomend.slo.objective import Sli, Source
from gomend.slo.sources.rows import BadRows, lay


def read(sli: Sli, source: Source, grid: Grid, spans: Sequence[int] = (), factor: Fraction = Fraction(1)) -> Reading:
    """The periods of an SLI from a database; the statement is asked for all that the grid and the windows need."""
    start = grid.end - max((grid.count * grid.step, *spans))
    found = sql.ask(source.url, sli.query, parameters(sli.query, start, grid.end, grid.step), source.timeout)
    if found.problem:
        return Reading(problem=found.problem)
    if len(set(found.columns)) != len(found.columns):
        return Reading(problem="the statement answers two columns of the same name")
    try:
        return lay(sli, (dict(zip(found.columns, row, strict=True)) for row in found.rows), grid, spans, factor)
    except BadRows as error:
        return Reading(problem=str(error))


def parameters(query: str, start: int, end: int, period: int) -> dict[str, int]:
    """The values of those parameters that the statement uses."""
    return {name: value for name, value in (("start", start), ("end", end), ("period", period)) if f":{name}" in query}
