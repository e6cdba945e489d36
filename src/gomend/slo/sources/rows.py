"""Rows with a time, from a CSV or Parquet file, a database or a log, laid on the grid of periods.

A row at time t belongs to the period that ends at t or next after it, as a Prometheus sample does.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from gomend.slo.history import Grid, Reading, Totals, built, exact
from gomend.slo.objective import Sli

_SHARE: Final = ("good", "bad", "total", "excluded")
_EPOCH: Final = re.compile(r"\d{9,10}(\.\d+)?")
_MILLIS: Final = re.compile(r"\d{12,13}")


class BadRows(Exception):  # noqa: N818 - told, not thrown at people
    """A file or an answer that cannot be laid on a grid; the message says which row and why."""


def moment(value: object) -> Fraction:
    """A time in seconds since 1970, from seconds, milliseconds, ISO 8601 or a datetime; without a zone it counts as UTC.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, dt.datetime):
        stamp = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return Fraction(round(stamp.timestamp() * 1_000_000), 1_000_000)
    words = str(value).strip()
    if _EPOCH.fullmatch(words):
        return Fraction(words)
    if _MILLIS.fullmatch(words):
        return Fraction(int(words), 1000)
    return moment(dt.datetime.fromisoformat(words))


def quantity(value: object) -> Fraction | None:
    """A number of a cell; None for an empty cell, NULL, NaN and infinity.

    Raises:
        ValueError: it is no number.
    """
    if value is None or isinstance(value, bool):
        return None if value is None else Fraction(int(value))
    if isinstance(value, int | Fraction):
        return Fraction(value)
    if isinstance(value, float):
        return exact(repr(value)) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return exact(str(value))
    words = str(value).strip()
    return None if words in {"", "NULL", "null", "None"} or words.lower() in {"nan", "inf", "+inf", "-inf"} else exact(words)


def lay(sli: Sli, rows: Iterable[Mapping[str, Any]], grid: Grid, spans: Iterable[int], factor: Fraction) -> Reading:
    """Periods from rows whose columns the SLI names; longer windows too, as far as the rows reach back.

    Raises:
        BadRows: a column is missing, a cell is no number or no time, or two rows speak of the same moment.
    """
    names = [n for n in (("value", "events") if sli.value else _SHARE) if getattr(sli, n)]
    columns = {name: getattr(sli, name) for name in names}
    column = sli.time or "time"
    asked = tuple(spans) if sli.share else ()
    reach = grid.end - max((grid.count * grid.step, *asked))
    parts: dict[str, dict[int, Fraction | None]] = {name: {} for name in names}
    counts = {span: dict.fromkeys(names, Fraction(0)) for span in asked}
    seen: set[Fraction] = set()
    void: set[int] = set()
    oldest: Fraction | None = None
    for at, row in enumerate(rows, 1):
        when, cells = _cells(at, row, column, columns)
        oldest = when if oldest is None else min(oldest, when)
        if not reach < when <= grid.end:
            continue
        if when in seen:
            raise BadRows(
                f"row {at}: a second row for {column} {row[column]}; one row a moment (several series? sum them first)"
            )
        seen.add(when)
        for span, sums in counts.items() if None not in cells.values() else ():
            if when > grid.end - span:
                for name, cell in cells.items():
                    sums[name] += cell or 0
        end = grid.end - int((grid.end - when) // grid.step) * grid.step
        if end >= grid.start:
            _put(parts, end, cells, at)
            if not sli.value and None in cells.values():
                void.add(end)  # an empty cell is no count of 0
    for end in void:
        for series in parts.values():
            series[end] = None
    made = built(grid, parts, factor)
    totals = {}
    for span, sums in counts.items():
        if oldest is not None and oldest <= grid.end - span + grid.step and (found := _total(sums)) is not None:
            totals[span] = found
    return Reading(periods=made.periods, notes=made.notes, spans=totals)


def _cells(
    at: int, row: Mapping[str, Any], column: str, columns: Mapping[str, str]
) -> tuple[Fraction, dict[str, Fraction | None]]:
    for name in (column, *columns.values()):
        if name not in row:
            raise BadRows(f"row {at}: there is no column {name!r}; there are {', '.join(map(str, list(row)[:12]))}")
    try:
        when = moment(row[column])
    except (ValueError, OverflowError):
        raise BadRows(f"row {at}: {column}: {str(row[column])[:40]!r} is no time") from None
    try:
        return when, {name: quantity(row[found]) for name, found in columns.items()}
    except ValueError as error:
        raise BadRows(f"row {at}: {error}") from None


def _put(parts: dict[str, dict[int, Fraction | None]], end: int, cells: dict[str, Fraction | None], at: int) -> None:
    for name, cell in cells.items():
        if cell is None:
            parts[name].setdefault(end, None)
        elif name == "value" and parts[name].get(end) is not None:
            raise BadRows(f"row {at}: a second value in one period: values cannot be added, and their mean is another number")
        else:
            parts[name][end] = (parts[name].get(end) or Fraction(0)) + cell


def _total(sums: Mapping[str, Fraction]) -> Totals | None:
    if "total" in sums:
        total = sums["total"] - sums.get("excluded", 0)
        bad = total - sums["good"] if "good" in sums else sums["bad"]
    else:
        total, bad = sums["good"] + sums["bad"], sums["bad"]
    return Totals(bad=bad, total=total) if 0 <= bad <= total and total else None
