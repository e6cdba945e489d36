"""Kubernetes: list in chunks, then watch from there. 410 Gone leads back to a list; all else goes on where it was."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gomend.incidents import kept, kubernetes
from gomend.incidents.intake import Intake
from gomend.incidents.sources.client import BadAnswer, Client
from gomend.incidents.sources.supervise import State

KINDS: Final = {
    "Pod": ("/api/v1", "pods"),
    "Event": ("/api/v1", "events"),
    "Node": ("/api/v1", "nodes"),
    "Deployment": ("/apis/apps/v1", "deployments"),
}
"""What is watched, and where it is. Nodes have no namespace."""
_CHUNK: Final = "500"
_GONE: Final = 410
_SPARE: Final = 30.0


class Watch:
    """One kind of objects of one cluster, or of one namespace of it."""

    def __init__(self, client: Client, intake: Intake, kind: str, namespace: str) -> None:
        """``namespace`` empty: all of them."""
        root, plural = KINDS[kind]
        self._client, self._intake, self._kind = client, intake, kind
        self._path = f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"
        self._version = ""

    async def once(self, state: State) -> None:
        """List if need be, then watch until the server ends it.

        Raises:
            BadAnswer: the server fails or lies; what was heard is not lost.
            Refused: it could not be kept.
        """
        try:
            if not self._version:
                await self._list(state)
            await self._watch(state)
        except BadAnswer as error:
            if error.status != _GONE:
                raise
            self._version = ""  # what lies between is forgotten there: a new list says what is now

    async def _list(self, state: State) -> None:
        query = {"limit": _CHUNK}
        while True:
            try:
                answer = await self._client.json(self._path, query)
            except BadAnswer as error:
                if error.status != _GONE or "continue" not in query:
                    raise
                query = {}  # the rest of the list is gone: all of it at once
                continue
            items = answer.get("items") if isinstance(answer, Mapping) else None
            meta = answer.get("metadata") if isinstance(answer, Mapping) else None
            if not isinstance(meta, Mapping) or not isinstance(meta.get("resourceVersion"), str):
                raise BadAnswer(f"no list of {self._kind}", 200)
            # The items of a list do not say their kind.
            found = [kubernetes.trimmed({**item, "kind": self._kind}) for item in items or () if isinstance(item, Mapping)]
            await self._keep({"items": found})
            state.good()
            more = meta.get("continue")
            if not isinstance(more, str) or not more:
                self._version = meta["resourceVersion"]
                return
            query = {"limit": _CHUNK, "continue": more}

    async def _watch(self, state: State) -> None:
        seconds = random.randint(240, 300)  # noqa: S311 - watches of many kinds must not end together
        query = {
            "watch": "1", "allowWatchBookmarks": "true", "resourceVersion": self._version, "timeoutSeconds": str(seconds),
        }  # fmt: skip
        async for line in self._client.lines(self._path, query, seconds + _SPARE):
            if line.strip():
                await self._heard(line)
            state.good()

    async def _heard(self, line: bytes) -> None:
        try:
            said = msgspec.json.decode(line)
        except (ValueError, RecursionError):
            raise BadAnswer(f"a watch that says no JSON: {line[:60]!r}", 200) from None
        kind, thing = (said.get("type"), said.get("object")) if isinstance(said, Mapping) else (None, None)
        if not isinstance(thing, Mapping):
            raise BadAnswer(f"a watch that says no event: {line[:60]!r}", 200)
        if kind == "ERROR":
            code = thing.get("code")
            raise BadAnswer(f"the watch ended: {thing.get('message')}", code if isinstance(code, int) else 200)
        if kind in {"ADDED", "MODIFIED"}:
            await self._keep(kubernetes.trimmed({**thing, "kind": self._kind}))
        meta = thing.get("metadata")
        version = meta.get("resourceVersion") if isinstance(meta, Mapping) else None
        if isinstance(version, str) and version:
            self._version = version  # only after it is kept: what is asked for again begins behind it

    async def _keep(self, thing: dict[str, Any]) -> None:
        await self._intake.room()
        batch = self._intake.batch()
        kubernetes.add(batch, thing)
        await self._intake.keep(kept.said("kubernetes", thing), batch)
