"""Access logs as a source: JSON lines, the combined format of web servers, or logfmt. Lines are counted into periods as they are read."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from gomend.model.text import say, text
from gomend.slo.history import Grid, Reading, Totals, built
from gomend.slo.objective import Sli
from gomend.slo.sources.rows import moment, quantity

_COMBINED: Final = re.compile(
    r'\S+ \S+ \S+ \[(?P<time>[^\]]+)\] "(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) (?P<bytes>\S+)'
    r'(?: "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*")?(?: (?P<duration>[\d.]+))?'
)
_LOGFMT: Final = re.compile(r'([\w.-]+)=("(?:[^"\\]|\\.)*"|\S*)')
_BROKEN: Final = Fraction(1, 100)
"""Share of lines that may be unreadable before the answer counts as partial."""
_UNREAD: Final = text("slonote.unread", "{broken} of {all} lines cannot be read")
_CLASS: Final = re.compile(r"[1-5](?:\d\d|xx)")


def read(sli: Sli, folder: str, grid: Grid, spans: Sequence[int] = (), factor: Fraction = Fraction(1)) -> Reading:
    """The periods of an SLI from an access log.

    ``good``, ``bad`` and ``excluded`` name status codes or classes (``2xx 404``), or ``value`` a field and ``statistic`` what is made of it. All lines are events; what is in no set is bad where ``good`` is given, good where ``bad`` is.
    """
    path = os.path.join(folder, sli.path)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            tally = _Tally(sli, grid, spans)
            for line in file:
                if line.strip():
                    tally.take(line)
    except OSError as error:
        return Reading(problem=f"{sli.path}: {error.strerror or error}")
    except ValueError as error:
        return Reading(problem=f"{sli.path}: {error}")
    return tally.reading(factor)


def matches(status: str, words: str) -> bool:
    """Whether a status is one of ``2xx 404 …``."""
    return any(status == word or (word.endswith("xx") and status[:1] == word[0]) for word in words.replace(",", " ").split())


def percentile(values: list[Fraction], share: Fraction) -> Fraction:
    """The nearest-rank percentile: the smallest value that at least this share of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def statistic(name: str, values: list[Fraction]) -> Fraction:
    """``mean``, ``max``, ``min``, ``sum``, ``count`` or ``p95`` … of the values.

    Raises:
        ValueError: it is none of them.
    """
    made: dict[str, Callable[[], Fraction]] = {
        "mean": lambda: sum(values, Fraction(0)) / len(values),
        "max": lambda: max(values),
        "min": lambda: min(values),
        "sum": lambda: sum(values, Fraction(0)),
        "count": lambda: Fraction(len(values)),
    }
    if name in made:
        return made[name]()
    if name.startswith("p"):
        return percentile(values, Fraction(name[1:]) / 100)
    msg = f"statistic {name or '(none)'}: of a log's values one of mean, max, min, sum, count, p95 … must be made"
    raise ValueError(msg)


class _Tally:
    def __init__(self, sli: Sli, grid: Grid, spans: Sequence[int]) -> None:
        for words in (sli.good, sli.bad, sli.excluded):
            for word in words.replace(",", " ").split():
                if not _CLASS.fullmatch(word):
                    msg = f"{word!r} is no status such as 404 and no class such as 5xx"
                    raise ValueError(msg)
        if sli.value:
            statistic(sli.statistic, [Fraction(1)])
        self.sli, self.grid = sli, grid
        self.fields = _FORMATS.get(sli.format or "combined")
        if self.fields is None:
            msg = f"format {sli.format!r} is none of {', '.join(_FORMATS)}"
            raise ValueError(msg)
        self.parts: dict[str, dict[int, Fraction | None]] = {"good": {}, "total": {}}
        self.values: dict[int, list[Fraction]] = {}
        self.spans = {span: [0, 0] for span in spans} if sli.share else {}
        self.lines = self.broken = 0
        self.oldest: Fraction | None = None

    def take(self, line: str) -> None:
        self.lines += 1
        try:
            fields = self.fields(line) if self.fields else {}
            when = moment(fields[self.sli.time or "time"])
            status = str(fields["status"]) if self.sli.share else ""
            value = None if self.sli.share else quantity(fields[self.sli.value])
        except (KeyError, ValueError, TypeError):
            self.broken += 1
            return
        self.oldest = when if self.oldest is None else min(self.oldest, when)
        if when > self.grid.end:
            return
        end = self.grid.end - int((self.grid.end - when) // self.grid.step) * self.grid.step
        if not self.sli.share:
            if value is not None and end >= self.grid.start:
                self.values.setdefault(end, []).append(value)
            return
        if matches(status, self.sli.excluded):
            return
        good = matches(status, self.sli.good) if self.sli.good else not matches(status, self.sli.bad)
        for span, counts in self.spans.items():
            if when > self.grid.end - span:
                counts[0] += not good
                counts[1] += 1
        if end >= self.grid.start:
            for name, more in (("good", int(good)), ("total", 1)):
                self.parts[name][end] = (self.parts[name].get(end) or Fraction(0)) + more

    def reading(self, factor: Fraction) -> Reading:
        if self.sli.share:
            made = built(self.grid, self.parts)
        else:
            counts: dict[int, Fraction | None] = {end: Fraction(len(v)) for end, v in self.values.items()}
            values: dict[int, Fraction | None] = {end: statistic(self.sli.statistic, v) for end, v in self.values.items()}
            made = built(self.grid, {"value": values, "events": counts}, factor)
        notes = (say(_UNREAD, broken=self.broken, all=self.lines),) if self.broken else ()
        totals = {
            span: Totals(bad=Fraction(bad), total=Fraction(total))
            for span, (bad, total) in self.spans.items()
            if total and self.oldest is not None and self.oldest <= self.grid.end - span + self.grid.step
        }
        return Reading(
            periods=made.periods,
            notes=(*made.notes, *notes),
            spans=totals,
            partial=bool(self.lines) and Fraction(self.broken, self.lines) > _BROKEN,
        )


def _json(line: str) -> dict[str, Any]:
    found = json.loads(line, parse_float=str)
    return found if isinstance(found, dict) else {}


def _combined(line: str) -> dict[str, Any]:
    match = _COMBINED.match(line)
    if match is None:
        return {}
    found: dict[str, Any] = match.groupdict()
    found["time"] = dt.datetime.strptime(found["time"], "%d/%b/%Y:%H:%M:%S %z")
    return {name: value for name, value in found.items() if value is not None}


def _logfmt(line: str) -> dict[str, Any]:
    return dict(_pairs(line))


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    for name, value in _LOGFMT.findall(line):
        yield name, value[1:-1] if value.startswith('"') else value


_FORMATS: Final[dict[str, Callable[[str], dict[str, Any]]]] = {"combined": _combined, "json": _json, "logfmt": _logfmt}
