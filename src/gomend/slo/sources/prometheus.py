"""Prometheus and what speaks as it does: Thanos, Mimir, VictoriaMetrics. One range query and one instant query an SLI.

What is not exactly the answer to the question is a problem, never data: another status, HTML, several series, times off the
grid, times that run backwards, warnings of partial data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import msgspec

from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.ports.wire import Heard, Wire
from gomend.slo import promql
from gomend.slo.history import Grid, Reading, Totals, built, exact, share
from gomend.slo.objective import WINDOW, Sli
from gomend.slo.yamltree import spelled

_PART: Final = "gomend_part"
_RATE: Final = re.compile(r"\bi?rate\s*\(")
_COUNT: Final = re.compile(r"\b(?:increase|(?:sum|count)_over_time)\s*\(")
_POINTS: Final = 10_000
"""Points of one range query; Prometheus refuses more than 11,000."""


class _Series(msgspec.Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]] = []
    value: tuple[float, str] | None = None
    histogram: msgspec.Raw | None = None
    histograms: msgspec.Raw | None = None


class _Data(msgspec.Struct, rename={"kind": "resultType"}):
    kind: str
    result: msgspec.Raw


class _Answer(msgspec.Struct):
    status: str
    data: _Data | None = None
    error: str = ""
    warnings: list[str] = []


_ANSWER: Final = msgspec.json.Decoder(_Answer)
_SERIES: Final = msgspec.json.Decoder(list[_Series])


class BadAnswer(Exception):  # noqa: N818 - told, not thrown at people
    """The server did not answer the question; the message says what it did."""


class Prometheus(Thing, frozen=True):
    """A server to ask; ``wire`` is used by one thread at a time."""

    wire: Wire

    def now(self) -> Fraction:
        """Its clock, in seconds since 1970.

        Raises:
            BadAnswer: it did not say.
        """
        data, _ = self._asked("/api/v1/query", {"query": "time()"})
        try:
            if data.kind == "scalar":
                found = exact(msgspec.json.decode(data.result, type=tuple[float, str])[1])
            else:  # VictoriaMetrics has no scalars
                (series,) = _SERIES.decode(data.result)
                found = exact(series.value[1]) if series.value is not None else None
        except (msgspec.DecodeError, ValueError):
            found = None
        if found is None or found < 0:
            raise BadAnswer("its clock cannot be read")
        return found

    def read(self, sli: Sli, grid: Grid, spans: Sequence[int] = (), factor: Fraction = Fraction(1)) -> Reading:
        """The periods of an SLI, and the events of longer windows where its queries leave the window open."""
        queries = queries_of(sli)
        try:
            parts, partial = self._range(queries, grid, sli.window or grid.step)
            for name in ("good", "bad"):
                if name in parts and not parts[name]:
                    self._blind(name, queries[name], grid)
            totals, more = self._spans(queries, grid.end, spans) if spans and open_window(sli) else ({}, False)
        except BadAnswer as error:
            return Reading(problem=str(error))
        made = built(grid, parts, factor)
        return msgspec.structs.replace(made, spans=totals, partial=partial or more)

    def value(self, query: str, at: int) -> Fraction | None:
        """One number, as of a moment; None where there is none.

        Raises:
            BadAnswer: it did not answer, or with several series.
        """
        found, _ = self._instant({"value": query}, at)
        return found.get("value")

    def rows(self, query: str, at: int) -> list[tuple[dict[str, str], Fraction]]:
        """All series of a query with their numbers, as of a moment; those without a number are left out.

        Raises:
            BadAnswer: it did not answer.
        """
        data, _ = self._asked("/api/v1/query", {"query": query, "time": str(at)})
        if data.kind != "vector":
            raise BadAnswer(f"it answered a {data.kind} and not a vector")
        try:
            series = _SERIES.decode(data.result)
        except msgspec.DecodeError as error:
            raise BadAnswer(f"its series cannot be read: {error}") from None
        numbers = [(each.metric, None if each.value is None else _number(each.value[1])) for each in series]
        return [(metric, number) for metric, number in numbers if number is not None]

    def by_label(self, query: str, label: str, at: int) -> dict[str, Fraction]:
        """A query's numbers by the values of a label, as of a moment.

        Raises:
            BadAnswer: it did not answer.
        """
        found: dict[str, Fraction] = {}
        for metric, number in self.rows(query, at):
            found[metric.get(label, "")] = found.get(metric.get(label, ""), Fraction(0)) + number
        return found

    def _blind(self, name: str, query: str, grid: Grid) -> None:
        """A query for bad events that answers nothing is good news only if it could ever answer something.

        Raises:
            BadAnswer: there is no such metric, or none with those labels; or nobody can tell.
        """
        try:
            found = promql.selectors(promql.parse(query))
        except (promql.BadQuery, promql.NoParser) as error:
            raise BadAnswer(f"the query for {name} answers nothing, and whether it ever could is not known: {error}") from None
        for each in found:
            labels = [f'{label}!=""' for label, op, value in each.matchers if op in {"=", "=~"} and value]
            asked = f"{each.metric}{{{', '.join(labels)}}}"
            seen, _ = self._instant({"value": f"count(last_over_time({asked}[{spelled(grid.count * grid.step)}]))"}, grid.end)
            if each.metric and not seen.get("value"):
                raise BadAnswer(
                    f"the query for {name} answers nothing and can answer nothing: the server has no {asked} "
                    "(wrong name or label? a counter that does not exist before its first event should start at 0)"
                )

    def _range(self, queries: dict[str, str], grid: Grid, window: int) -> tuple[dict[str, dict[int, Fraction | None]], bool]:
        joined = _joined({name: filled(query, window) for name, query in queries.items()})
        parts: dict[str, dict[int, Fraction | None]] = {name: {} for name in queries}
        partial = False
        for first in range(0, grid.count, _POINTS):
            start = grid.start + first * grid.step
            end = min(grid.end, start + (_POINTS - 1) * grid.step)
            form = {"query": joined, "start": str(start), "end": str(end), "step": str(grid.step)}
            data, warned = self._asked("/api/v1/query_range", form)
            partial = partial or warned
            for name, series in _by_part(data, "matrix", queries).items():
                _lay(parts[name], series, start, end, grid.step, window if per_second(queries) else 1)
        return parts, partial

    def _spans(self, queries: dict[str, str], end: int, spans: Sequence[int]) -> tuple[dict[int, Totals], bool]:
        asked = {f"{name}:{span}": filled(query, span) for span in spans for name, query in queries.items()}
        found, partial = self._instant(asked, end)
        totals: dict[int, Totals] = {}
        for span in spans:
            _, total, good, _ = share({name: found.get(f"{name}:{span}") for name in queries})
            if good is not None and total is not None:
                times = span if per_second(queries) else 1
                totals[span] = Totals(bad=(total - good) * times, total=total * times)
        return totals, partial

    def _instant(self, queries: dict[str, str], at: int) -> tuple[dict[str, Fraction | None], bool]:
        data, partial = self._asked("/api/v1/query", {"query": _joined(queries), "time": str(at)})
        found: dict[str, Fraction | None] = {}
        for name, series in _by_part(data, "vector", queries).items():
            if series.value is None:
                raise BadAnswer("a series of its answer has no value")
            found[name] = _number(series.value[1])
        return found, partial

    def _asked(self, path: str, form: dict[str, str]) -> tuple[_Data, bool]:
        return _opened(self.wire.post(path, form))


def queries_of(sli: Sli) -> dict[str, str]:
    """The queries of an SLI by part."""
    names = ("value", "events") if sli.value else ("good", "bad", "total", "excluded")
    return {name: query for name in names if (query := getattr(sli, name))}


def per_second(queries: dict[str, str]) -> bool:
    """Whether a share's queries answer events a second, as ``rate`` does: times the window, they are events."""
    words = " ".join(queries.values())
    return "value" not in queries and bool(_RATE.search(words)) and not _COUNT.search(words)


def open_window(sli: Sli) -> bool:
    """Whether the same queries can be asked of any length of time."""
    return sli.share and all(WINDOW in query for query in queries_of(sli).values())


def filled(query: str, window: int) -> str:
    """A query for a window of so many seconds."""
    return query.replace(WINDOW, spelled(window))


def _joined(queries: dict[str, str]) -> str:
    """All parts in one question; the line break ends a comment that a query may end with."""
    return " or ".join(f'label_replace((\n{query}\n), "{_PART}", "{name}", "", "")' for name, query in queries.items())


def _opened(heard: Heard) -> tuple[_Data, bool]:
    if heard.problem:
        raise BadAnswer(heard.problem)
    try:
        answer = _ANSWER.decode(heard.body)
    except msgspec.DecodeError:
        shown = redact(heard.body[:60].decode("utf-8", "replace")).replace("\n", " ")
        kind = "HTML" if "html" in heard.type or shown.lstrip().startswith("<") else "no answer of a Prometheus"
        raise BadAnswer(f"HTTP {heard.status}, {kind}: {shown!r}") from None
    if answer.status != "success" or heard.status != 200 or answer.data is None:
        raise BadAnswer(f"HTTP {heard.status}: {redact(answer.error[:300]) or 'no reason given'}")
    return answer.data, bool(answer.warnings)


def _by_part(data: _Data, kind: str, queries: dict[str, str]) -> dict[str, _Series]:
    if data.kind != kind:
        raise BadAnswer(f"it answered a {data.kind} and not a {kind}")
    try:
        all_series = _SERIES.decode(data.result)
    except msgspec.DecodeError as error:
        raise BadAnswer(f"its series cannot be read: {error}") from None
    found: dict[str, _Series] = {}
    for series in all_series:
        name = series.metric.get(_PART, "")
        if name not in queries:
            raise BadAnswer("it answered a series that was not asked for")
        if name in found:
            raise BadAnswer(f"the query for {name.split(':')[0]} answers several series; one number is needed (sum by nothing)")
        if series.histogram is not None or series.histograms is not None:
            raise BadAnswer(f"the query for {name.split(':')[0]} answers a native histogram and not a number")
        found[name] = series
    return found


def _lay(into: dict[int, Fraction | None], series: _Series, start: int, end: int, step: int, times: int) -> None:
    before = -1.0
    for at, words in series.values:
        if at <= before:
            raise BadAnswer("its samples run backwards in time, or come twice")
        before = at
        moment = round(at)
        if abs(at - moment) > 0.001 or (moment - start) % step or not start <= moment <= end:
            raise BadAnswer("its samples do not stand at the times that were asked for")
        found = _number(words)
        into[moment] = found if found is None or times == 1 else found * times


def _number(words: str) -> Fraction | None:
    try:
        return exact(words)
    except ValueError as error:
        raise BadAnswer(str(error)) from None
