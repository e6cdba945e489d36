"""Prometheus, and what speaks as it does: ranges of configured queries, firing alerts, exemplars."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from gomend.incidents import alerts, kept, promwire
from gomend.incidents.intake import Intake
from gomend.incidents.settings import Prometheus
from gomend.incidents.sources.client import BadAnswer, Client
from gomend.incidents.sources.supervise import State

_POINTS: Final = 10_000
"""Points of one range; Prometheus refuses more than 11,000."""
_LAG: Final = 5
"""Seconds that a scrape may need to be seen."""


class Poll:
    """One server. What was answered once is not asked for again, whatever fails in between."""

    def __init__(self, client: Client, intake: Intake, setup: Prometheus) -> None:
        """Nothing is asked yet."""
        self._client, self._intake, self._setup = client, intake, setup
        self._next: dict[str, int] = {}
        self._alerts: set[tuple[str, ...]] = set()

    async def once(self, state: State) -> None:
        """Ask all queries for what is new since the last time, then the alerts, then wait a step.

        Raises:
            BadAnswer: the server fails or lies, whatever it is asked.
            Refused: it could not be kept.
        """
        problem: BadAnswer | None = None
        answered = 0
        asked = [(name, partial(self._range, name, query)) for name, query in self._setup.queries.items()]
        if self._setup.alerts:
            asked.append(("alerts", partial(self._firing)))
        for name, ask in asked:
            try:
                await ask()
                answered += 1
            except BadAnswer as error:
                problem = BadAnswer(f"{name}: {error}", error.status)
        if problem is not None and not answered:
            raise problem
        if problem is None:
            state.good()
        else:  # one query that is wrong must not slow the others down
            state.bad(str(problem))
        await asyncio.sleep(self._setup.step)

    async def _range(self, name: str, query: str) -> None:
        step = self._setup.step
        end = int(time.time() - _LAG) // step * step
        start = max(self._next.get(name, 0), end - int(self._setup.back) // step * step, end - _POINTS * step)
        if start > end:
            return
        form = {"query": query, "start": str(start), "end": str(end), "step": str(step)}
        result = _data(await self._client.json("/api/v1/query_range", form, post=True), "result", kind="matrix")
        if result:
            await self._keep("prometheus", {"name": name, "result": result})
        if self._setup.exemplars:
            await self._exemplars(name, form)
        self._next[name] = end + step

    async def _exemplars(self, name: str, form: dict[str, str]) -> None:
        answer = await self._client.json("/api/v1/query_exemplars", {k: form[k] for k in ("query", "start", "end")}, post=True)
        found = answer.get("data") if isinstance(answer, Mapping) and answer.get("status") == "success" else None
        if not isinstance(found, list):
            raise BadAnswer("no exemplars in its answer", 200)
        if found:
            await self._keep("prometheus", {"name": name, "exemplars": found})

    async def _firing(self) -> None:
        found = _data(await self._client.json("/api/v1/alerts", {}), "alerts")
        firing = {_key(a): a for a in found if isinstance(a, Mapping) and a.get("state") == "firing"}
        new = [alert for key, alert in firing.items() if key not in self._alerts]
        if new:
            await self._keep("alerts", new)
        self._alerts = set(firing)

    async def _keep(self, what: str, value: Any) -> None:
        await self._intake.room()
        batch = self._intake.batch()
        (alerts.add if what == "alerts" else promwire.add_answer)(batch, value)
        await self._intake.keep(kept.said(what, value), batch)


def _key(alert: Mapping[str, Any]) -> tuple[str, ...]:
    labels = alert.get("labels")
    named = sorted(f"{k}={v}" for k, v in labels.items()) if isinstance(labels, Mapping) else []
    return (str(alert.get("activeAt")), *named)


def _data(answer: object, name: str, kind: str = "") -> list[Any]:
    data = answer.get("data") if isinstance(answer, Mapping) and answer.get("status") == "success" else None
    found = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(found, list) or (kind and data is not None and data.get("resultType") != kind):
        why = answer.get("error") if isinstance(answer, Mapping) else None
        raise BadAnswer(f"no {name} in its answer" + (f": {why}" if isinstance(why, str) else ""), 200)
    return found
