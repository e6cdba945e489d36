"""The first who sees a question: who asks, what they may read, and what is about the server itself."""

from __future__ import annotations

from collections.abc import Callable

from gomend.golang import patterns
from gomend.proxy import asks, words
from gomend.proxy.access import Gate
from gomend.proxy.answers import Answer, said
from gomend.proxy.asks import BadAskError, Kind
from gomend.proxy.kitchen import Kitchen
from gomend.proxy.settings import Setup


class Desk:
    """Of one server. What it lets through may be kept by the hot path for this very target and these very credentials."""

    def __init__(self, kitchen: Kitchen, setup: Setup) -> None:
        """Open for what ``setup`` allows."""
        self._kitchen = kitchen
        self.metrics: Callable[[], bytes] = bytes
        self.use(setup)

    def use(self, setup: Setup) -> None:
        """Go by another set-up from now on."""
        self._gate = Gate(setup.access)
        self._filters = setup.filters

    async def answer(self, target: str, auth: str, fetch: bool) -> Answer:
        """What to answer; never raises."""
        path = target.partition("?")[0]
        if path == "/healthz":
            return said(200, "health", "ok")
        if path == "/readyz":
            return self._ready()
        user = self._gate.user(auth) if auth else None
        if path == "/metrics" and (self._gate.open or user is not None):
            return Answer(
                200,
                "metrics",
                "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\nCache-Control: no-store\r\n",
                self.metrics(),
            )
        try:
            ask = asks.parse(target)
        except BadAskError:
            ask = None
        module = "" if ask is None or ask.kind is Kind.SUMDB else ask.module
        say = self._kitchen.say
        if ask is not None and ask.kind is Kind.SUMDB and ask.version.startswith("lookup/"):
            module = asks.looked_up(ask)
        if not self._gate.may_read(user, module) and not (module == "" and user is not None):
            if user is None:
                return said(401, "denied", say(words.LOGIN), headers=self._gate.challenge)
            return said(403, "denied", say(words.RIGHTS, user=user.name, module=module))
        if module and self._is_filtered(module):
            return said(403, "denied", say(words.FILTERED, module=module))
        answer = await self._kitchen.answer(target, fetch=fetch)
        if self._gate.open:
            return answer
        return answer._replace(headers=answer.headers.replace("Cache-Control: public", "Cache-Control: private"))

    def _is_filtered(self, module: str) -> bool:
        deny, allow = self._filters.deny, self._filters.allow
        return bool((deny and patterns.matches(deny, module)) or (allow and not patterns.matches(allow, module)))

    def _ready(self) -> Answer:
        """Ready while an upstream may be asked; what is in the store is answered in any case."""
        closed = [u.name for u in self._kitchen.upstreams if u.health.state == "open"]
        if len(closed) < len(self._kitchen.upstreams):
            return said(200, "health", "ready")
        return said(503, "health", self._kitchen.say(words.NOT_READY, upstreams=", ".join(closed)))
