"""The first who sees a question: who asks, what they may read, and what is about the server itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import aiohttp

from gomend.golang import patterns
from gomend.proxy import asks, words
from gomend.proxy.access import Gate, Who, is_token
from gomend.proxy.answers import Answer, said
from gomend.proxy.asks import BadAskError, Kind
from gomend.proxy.kitchen import Kitchen
from gomend.proxy.pages.site import Site
from gomend.proxy.settings import Setup

if TYPE_CHECKING:
    from gomend.proxy.tokens import Tokens


class Desk:
    """Of one server. What it lets through may be kept by the hot path for this very target and these very credentials."""

    def __init__(self, kitchen: Kitchen, setup: Setup, session: aiohttp.ClientSession | None = None) -> None:
        """Open for what ``setup`` allows; ``session`` asks for the keys of issuers."""
        self._kitchen = kitchen
        self._session = session
        self._site = Site(kitchen)
        self.metrics: Callable[[], bytes] = bytes
        self.use(setup)

    def use(self, setup: Setup) -> None:
        """Go by another set-up from now on."""
        self._gate = Gate(setup.access)
        self._tokens: Tokens | None = None
        if setup.access.issuers:
            # Cryptography costs memory, and most servers need none.
            from gomend.proxy.tokens import Tokens

            self._tokens = Tokens(setup.access.issuers, self._session)
        self._filters = setup.filters

    async def answer(self, target: str, auth: str, fetch: bool) -> Answer:
        """What to answer; never raises."""
        path = target.partition("?")[0]
        if path == "/healthz":
            return said(200, "health", "ok")
        if path == "/readyz":
            return self._ready()
        user = await self._who(auth) if auth else None
        if path == "/metrics" and (self._gate.open or user is not None):
            return Answer(
                200,
                "metrics",
                "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\nCache-Control: no-store\r\n",
                self.metrics(),
            )
        if path == "/":
            return said(302, "page", "/-/", headers="Location: /-/\r\n")
        if path.startswith("/-/"):
            return await self._page(target, user)
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
        keep = answer.keep if user is None else min(answer.keep, max(0.0, user.until - time.time()))
        return answer._replace(headers=answer.headers.replace("Cache-Control: public", "Cache-Control: private"), keep=keep)

    async def _page(self, target: str, user: Who | None) -> Answer:
        """A page for people, with what this reader may read."""
        if user is None and not self._gate.open:
            return said(401, "denied", self._kitchen.say(words.LOGIN), headers=self._gate.challenge)
        return await self._site.answer(target, lambda name: self._gate.may_read(user, name) and not self._is_filtered(name))

    async def _who(self, auth: str) -> Who | None:
        """Whose credentials these are."""
        if self._tokens is not None and (given := self._gate.secret(auth)) is not None and is_token(given[1]):
            return await self._tokens.who(given[1])
        return self._gate.user(auth)

    def _is_filtered(self, module: str) -> bool:
        deny, allow = self._filters.deny, self._filters.allow
        return bool((deny and patterns.matches(deny, module)) or (allow and not patterns.matches(allow, module)))

    def _ready(self) -> Answer:
        """Ready while an upstream may be asked; what is in the store is answered in any case."""
        closed = [u.name for u in self._kitchen.upstreams if u.health.state == "open"]
        if len(closed) < len(self._kitchen.upstreams):
            return said(200, "health", "ready")
        return said(503, "health", self._kitchen.say(words.NOT_READY, upstreams=", ".join(closed)))
