"""Jaeger's query service: what spans came since the last time, of each service."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, Final

from gomend.incidents import jaeger, kept, otlp
from gomend.incidents.intake import Intake
from gomend.incidents.settings import Jaeger
from gomend.incidents.sources.client import BadAnswer, Client
from gomend.incidents.sources.supervise import State

_NONE: Final = 404
_MOST: Final = 2_000_000
"""Spans that are known to have come; beyond, the older half is forgotten and may come twice (which is seen later)."""


class Poll:
    """One query service. Windows overlap, for spans come late; each span is kept once."""

    def __init__(self, client: Client, intake: Intake, setup: Jaeger) -> None:
        """Nothing is asked yet."""
        self._client, self._intake, self._setup = client, intake, setup
        self._legacy = setup.api == "legacy"
        self._until: dict[str, float] = {}
        self._seen: dict[tuple[str, str], None] = {}

    async def once(self, state: State) -> None:
        """Ask for the spans of each service, then wait.

        Raises:
            BadAnswer: the server fails or lies.
            Refused: it could not be kept.
        """
        for service in self._setup.services or await self._services():
            await self._traces(service)
        state.good()
        await asyncio.sleep(self._setup.every)

    async def _services(self) -> list[str]:
        if not self._legacy:
            try:
                return _texts(await self._client.json("/api/v3/services", {}), "services")
            except BadAnswer as error:
                if self._setup.api == "v3" or error.status != _NONE:
                    raise
                self._legacy = True
        return _texts(await self._client.json("/api/services", {}), "data")

    async def _traces(self, service: str) -> None:
        now = time.time()
        since = self._until.get(service, now - self._setup.every) - self._setup.late
        await self._intake.room()
        batch = self._intake.batch()
        if self._legacy:
            answer = await self._client.json("/api/traces", self._query(service, since, now))
            if not isinstance(answer, MutableMapping) or not isinstance(answer.get("data"), list):
                raise BadAnswer("no traces in its answer", 200)
            new = self._fresh(_lists(answer["data"], "spans"), "traceID", "spanID")
            line = kept.said("jaeger", {"data": answer["data"]})
            jaeger.add(batch, answer)
        else:
            found = await self._result(service, since, now)
            new = self._fresh(_spans(found), "traceId", "spanId")
            line = kept.said("resourceSpans", found)
            otlp.add(batch, {"resourceSpans": found})
        if new:
            await self._intake.keep(line, batch)
            self._seen |= dict.fromkeys(new)
            if len(self._seen) > _MOST:
                self._seen = dict.fromkeys(list(self._seen)[_MOST // 2 :])
        self._until[service] = now

    async def _result(self, service: str, since: float, now: float) -> list[Any]:
        query = {
            "query.service_name": service, "query.start_time_min": _rfc(since), "query.start_time_max": _rfc(now),
            "query.num_traces": str(self._setup.limit), "query.search_depth": str(self._setup.limit),
        }  # fmt: skip
        try:
            answer = await self._client.json("/api/v3/traces", query)
        except BadAnswer as error:
            if error.status == _NONE:  # so it says that there are none
                return []
            raise
        result = answer.get("result") if isinstance(answer, Mapping) else None
        found = result.get("resourceSpans", []) if isinstance(result, Mapping) else None
        if not isinstance(found, list):
            raise BadAnswer("no traces in its answer", 200)
        return found

    def _query(self, service: str, since: float, now: float) -> dict[str, str]:
        span = {"start": str(int(since * 1e6)), "end": str(int(now * 1e6))}
        return {"service": service, "limit": str(self._setup.limit), **span}

    def _fresh(self, groups: Iterator[list[Any]], trace: str, span: str) -> list[tuple[str, str]]:
        """Take out of the lists what was kept before; the names of what stays."""
        new: list[tuple[str, str]] = []
        for group in groups:
            fresh = []
            for each in group:
                key = (str(each.get(trace)), str(each.get(span))) if isinstance(each, Mapping) else ("", "")
                if key not in self._seen:
                    fresh.append(each)
                    new.append(key)
            group[:] = fresh
        return new


def _spans(resources: list[Any]) -> Iterator[list[Any]]:
    for scope in _lists(resources, "scopeSpans"):
        yield from _lists(scope, "spans")


def _lists(groups: list[Any], name: str) -> Iterator[list[Any]]:
    for each in groups:
        if isinstance(each, Mapping) and isinstance(each.get(name), list):
            yield each[name]


def _texts(answer: object, name: str) -> list[str]:
    found = answer.get(name) if isinstance(answer, Mapping) else None
    if found is None and isinstance(answer, Mapping):
        return []
    if not isinstance(found, list):
        raise BadAnswer(f"no {name} in its answer", 200)
    return [each for each in found if isinstance(each, str) and each]


def _rfc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
