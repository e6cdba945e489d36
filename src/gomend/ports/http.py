"""The door to HTTP: one request, its timing, and no secrets in what comes back."""

from __future__ import annotations

import time
from typing import Final, Protocol

from gomend.model.base import Thing

BODY_LIMIT: Final = 1024 * 1024
"""Bytes of a body that are kept."""


class Ask(Thing, frozen=True):
    """One request. ``timeout`` is for the whole exchange, in seconds."""

    url: str
    method: str = "GET"
    body: str | None = None
    headers: dict[str, str] = {}
    timeout: float = 10.0


class Reply(Thing, frozen=True):
    """What came back: ``status`` None and a ``problem`` (``timeout``, ``refused``, ``tls``, ``dns``, ``offline``, ``other``) if nothing did."""

    url: str
    status: int | None
    body: bytes = b""
    headers: dict[str, str] = {}
    seconds: float = 0.0
    problem: str = ""
    detail: str = ""


class Http(Protocol):
    """Sends requests."""

    async def ask(self, ask: Ask) -> Reply:
        """Send one request; redirects are not followed. Never raises for what the network does."""
        ...


class RealHttp:
    """httpx2, imported at the first request."""

    async def ask(self, ask: Ask) -> Reply:
        """Send it."""
        import httpx2

        started = time.monotonic()
        try:
            async with httpx2.AsyncClient(timeout=ask.timeout, follow_redirects=False) as client:
                content = None if ask.body is None else ask.body.encode()
                answer = await client.request(ask.method, ask.url, content=content, headers=ask.headers)
                body = answer.content[:BODY_LIMIT]
        except httpx2.TimeoutException:
            return _failed(ask, started, "timeout", f"no answer within {ask.timeout:g} s")
        except httpx2.ConnectError as error:
            return _failed(ask, started, _kind(str(error)), str(error))
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return _failed(ask, started, "other", str(error) or type(error).__name__)
        seconds = round(time.monotonic() - started, 3)
        return Reply(url=ask.url, status=answer.status_code, body=body, headers=dict(answer.headers), seconds=seconds)


class ClosedHttp:
    """Answers every request with ``offline`` and opens no socket."""

    async def ask(self, ask: Ask) -> Reply:
        """Refuse."""
        return Reply(url=ask.url, status=None, problem="offline", detail="--offline was given")


def _failed(ask: Ask, started: float, problem: str, detail: str) -> Reply:
    return Reply(url=ask.url, status=None, problem=problem, detail=detail, seconds=round(time.monotonic() - started, 3))


def _kind(message: str) -> str:
    lowered = message.lower()
    if "certificate" in lowered or "ssl" in lowered or "tls" in lowered:
        return "tls"
    if ("name" in lowered and "resol" in lowered) or "getaddrinfo" in lowered or "nodename" in lowered:
        return "dns"
    return "refused" if "refused" in lowered or "attempts failed" in lowered else "other"
