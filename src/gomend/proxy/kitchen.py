"""Answers what the hot path does not know: from the store, else from upstreams, checked before it is stored."""

from __future__ import annotations

import time
from typing import Final

from gomend.golang import modpath
from gomend.proxy import asks, content, modes, telling, words
from gomend.proxy.answers import FOREVER, Answer, headers_of, said
from gomend.proxy.asks import Ask, BadAskError, Kind
from gomend.proxy.larder import Larder
from gomend.proxy.outcomes import AbsentError, FailedError, Trouble
from gomend.proxy.policy.rules import best

_SQUEEZE: Final = 1400
"""Bytes from which on gzip spares a packet."""
_IN_MEMORY: Final = 256 << 10
"""Bytes of a file that the hot path is given whole."""


class Kitchen(Larder):
    """One server's work."""

    async def answer(self, target: str, *, fetch: bool = True) -> Answer:
        """What to answer to the target of a GET; never raises. ``fetch``: upstreams may be asked."""
        try:
            ask = asks.parse(target)
        except BadAskError as error:
            # 404, not 400: go goes on to the next proxy after it.
            return said(404, "bad", self.say(words.BAD, reason=str(error)))
        what = telling.what(ask)
        with self.traces.span(ask.kind.value, module_version=what) as mark:
            answer = await self._told_of(ask, fetch=fetch)
            mark.say(http_status=answer.status, answer_kind=answer.kind)
            if answer.status >= 500:
                mark.failed(answer.body.decode("utf-8", "replace").strip())
        return answer

    async def _told_of(self, ask: Ask, *, fetch: bool) -> Answer:
        try:
            return await self._answer(ask, fetch=fetch)
        except AbsentError as error:
            hint = self.rules.words(ask.module, ask.version) if ask.kind.fixed else ""
            keep = min(2.0, self.setup.times.absent) if fetch else 0.0
            return telling.absent(self.say, ask, error, hint, fetch=fetch, keep=keep)
        except FailedError as error:
            answer = telling.failed(self.say, ask, error, self.rules.words(ask.module, ask.version) if ask.kind.fixed else "")
            module = "" if ask.kind is Kind.SUMDB else ask.module
            self.troubles.append(Trouble(time.time(), module, telling.what(ask), answer.body.decode().strip()))
            return answer
        except OSError as error:
            return said(500, "failed", self.say(words.LOCAL, detail=error.strerror or str(error)))

    async def _answer(self, ask: Ask, *, fetch: bool) -> Answer:
        if ask.kind is Kind.SUMDB and self.own is not None and ask.module == self.own.name:
            return self._of_bytes(
                ask, await self.own.answer(_unescaped(ask.version)), FOREVER if ask.version.startswith("tile/") else 0.0
            )
        if ask.kind is Kind.SUMDB:
            return self._of_bytes(ask, *await self.proof.database(ask, fetch=fetch))
        if ask.kind.fixed:
            return await self._fixed(ask, fetch=fetch)
        answer = await self._moving(ask, fetch=fetch and modes.rule_of(self.setup, ask.module).mode != "none")
        return await self._shown(ask, answer, fetch=fetch) if self.rules.hides else answer

    async def _fixed(self, ask: Ask, *, fetch: bool) -> Answer:
        await self.rules.allow(ask)
        found = self._stored(ask)
        if found is None and self.behind is not None:
            await self.flights.once(f"behind {ask.place}", lambda: self.pulled(ask))
            found = self._stored(ask)
        if found is None:
            if not fetch:
                raise AbsentError(ask.place)
            if ask.kind is not Kind.INFO:
                await self.rules.old_enough(ask.module, ask.version)
            if (other := self._otherwise(ask)) is not None:
                return other
            await self.fetched(ask)
            found = self._stored(ask)
        if found is None:
            raise FailedError("local", f"{ask.place} was stored and is gone")
        await self.rules.licensed(ask)
        more = await self.rules.headers(ask)
        return found._replace(headers=found.headers + more, keep=min(found.keep, self.rules.keep))

    def _otherwise(self, ask: Ask) -> Answer | None:
        """The answer of a mode that does not wait for a fetch; None for the usual one."""
        rule = modes.rule_of(self.setup, ask.module)
        if rule.mode == "sync":
            return None
        what = telling.what(ask)
        if rule.mode in {"async", "async_redirect"} and len(self.flights) < self.setup.limits.queue:
            self.flights.start(ask.place, lambda: self.fetch(ask))
        if rule.mode == "none":
            return said(404, "absent", self.say(words.MODE_NONE, what=what))
        if rule.mode == "async":
            return said(404, "absent", self.say(words.MODE_ASYNC, what=what))
        url = modes.elsewhere(rule, self.sources(ask), ask.place)
        if not url:
            return None
        return said(302, "redirected", self.say(words.MODE_REDIRECT, what=what, url=url), headers=f"Location: {url}\r\n")

    async def _shown(self, ask: Ask, answer: Answer, *, fetch: bool) -> Answer:
        """A list, @latest or query without the versions that rules hide."""
        if ask.kind is Kind.LIST:
            named = answer.body.decode("utf-8", "replace").split("\n")
            versions = [line.split()[0] for line in named if line.strip()]
            kept = await self._visible(ask.module, versions, fetch=fetch)
            return self._of_bytes(ask, "".join(f"{v}\n" for v in kept).encode(), answer.keep)
        version = content.version_of(answer.body)
        if await self._visible(ask.module, [version], fetch=fetch):
            return answer
        if ask.kind is Kind.LATEST:
            list_ = Ask(Kind.LIST, f"{modpath.escape(ask.module)}/@v/list", ask.module)
            try:
                shown = await self._shown(list_, await self._moving(list_, fetch=fetch), fetch=fetch)
            except AbsentError:
                shown = answer._replace(body=b"")
            if newest := best(ask.module, shown.body.decode().split()):
                return self._of_bytes(ask, await self.told(ask.module, newest), answer.keep)
        await self.rules.old_enough(ask.module, version)
        await self.rules.allow(Ask(Kind.ZIP, asks.places(ask.module, version)[2], ask.module, version))
        return answer

    async def _visible(self, module: str, versions: list[str], *, fetch: bool) -> list[str]:
        if not fetch:  # nothing may be fetched to learn how old they are; what is here was old enough
            versions = [v for v in versions if self.store.stat(asks.places(module, v)[2]) is not None]
        return await self.rules.visible(module, versions)

    def _stored(self, ask: Ask) -> Answer | None:
        """A file of the store that never changes."""
        info = self.store.stat(ask.place)
        if info is None:
            return None
        self.store.used(ask.place, info)
        etag = f"{info.st_size:x}-{info.st_mtime_ns:x}"
        if ask.kind is Kind.ZIP or info.st_size > _IN_MEMORY:
            return Answer(
                200, ask.kind.value, headers_of(ask, FOREVER), b"", self.store.path(ask.place), info.st_size, etag, FOREVER
            )
        raw = self.store.read(ask.place)
        if raw is None:
            return None
        return self._of_bytes(ask, raw, FOREVER)._replace(etag=etag)

    def _of_bytes(self, ask: Ask, raw: bytes, keep: float) -> Answer:
        return Answer(200, ask.kind.value, headers_of(ask, keep), raw, size=len(raw), keep=keep, squeeze=len(raw) >= _SQUEEZE)

    async def _moving(self, ask: Ask, *, fetch: bool) -> Answer:
        """A list, @latest or query: fresh from the store, stale while a new one is fetched, else new."""
        times, info = self.setup.times, self.store.stat(ask.place)
        age = time.time() - info.st_mtime if info is not None and info.st_mtime else None
        if not fetch and age is None:
            await self.pulled(ask, stale=True)
        if not fetch or (age is not None and age < times.fresh):
            return self._local(ask, None if age is None else times.fresh - age)
        if age is not None and age < times.fresh + times.stale:
            self.flights.start(ask.place, lambda: self.fetch(ask))
            return self._local(ask, 1.0)
        try:
            await self.fetched(ask)
        except (AbsentError, FailedError) as error:
            if age is None:
                await self.pulled(ask, stale=True)
            try:
                answer = self._local(ask, 1.0)
            except AbsentError:
                raise error from None
            self.count("served_stale")
            return answer
        return self._local(ask, times.fresh)

    def _local(self, ask: Ask, keep: float | None) -> Answer:
        """What the store has: an upstream's answer, however old, else what its own versions say."""
        raw = self.store.read(ask.place) if keep is not None or ask.kind is Kind.QUERY else None
        if raw is None and ask.kind is Kind.LIST:
            raw = "".join(f"{v}\n" for v in self.store.versions(ask.module)).encode() or None
        if raw is None and ask.kind is Kind.LATEST and (versions := self.store.versions(ask.module)):
            raw = self.store.read(asks.places(ask.module, versions[-1])[0])
        if raw is None:
            raise AbsentError(ask.place)
        return self._of_bytes(ask, raw, keep or 0.0)


def _unescaped(rest: str) -> str:
    """The module's own name in a lookup."""
    return modpath.unescape(rest) if rest.startswith("lookup/") else rest
