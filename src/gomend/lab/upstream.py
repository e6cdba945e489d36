"""A proxy before a real one: what is not broken on purpose is passed on as it came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import httpx2

from gomend.lab import actions
from gomend.lab.actions import Response
from gomend.lab.server import Front, Handler, Journal, Server

WAIT: Final = 120.0
"""Seconds that the upstream has for an answer."""
_ASKED_WITH: Final = ("Accept", "Authorization", "User-Agent")
_OURS_ONLY: Final = ("sum", "git")


class InjectionProblem(ValueError):  # noqa: N818 - a problem is told to people
    """An injection cannot be read; the message names it."""


def injection(words: str) -> tuple[str, str]:
    """Read ``EXPRESSION=ACTION``; the expression may have ``=`` in it.

    Raises:
        InjectionProblem: there is no such action, or the expression is none.
    """
    import re

    cuts = [(words[:i], words[i + 1 :]) for i, letter in enumerate(words) if letter == "="]
    fitting = [(pattern, action) for pattern, action in cuts if not actions.problem(action)]
    if not fitting:
        reason = actions.problem(cuts[0][1]) if cuts else "write REGEX=ACTION"
        msg = f"{words}: {reason}"
        raise InjectionProblem(msg)
    pattern, action = fitting[0]
    if action.partition(":")[0] in _OURS_ONLY:
        msg = f"{words}: {action} needs the lab's own servers; see gomend lab list"
        raise InjectionProblem(msg)
    try:
        re.compile(pattern)
    except re.error as error:
        msg = f"{words}: {pattern} is no regular expression: {error}"
        raise InjectionProblem(msg) from None
    return pattern, action


class Upstream:
    """A real proxy, asked again for every request."""

    def __init__(self, url: str) -> None:
        """``url`` is what would stand in GOPROXY."""
        self._url = url.rstrip("/")
        self._client = httpx2.Client(timeout=WAIT, follow_redirects=False)

    def ask(self, handler: Handler) -> Response:
        """Pass one request on; 502 if the upstream does not answer."""
        headers = {name: handler.headers[name] for name in _ASKED_WITH if name in handler.headers}
        try:
            got = self._client.request(handler.command, self._url + handler.path, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return Response(status=502, body=f"the upstream does not answer: {error}".encode())
        kept = {name: got.headers[name] for name in ("Location", "WWW-Authenticate", "Retry-After") if name in got.headers}
        return Response(
            status=got.status_code, body=got.content, type=got.headers.get("Content-Type", actions.PLAIN), headers=kept
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()


def serve(upstream: Upstream, rules: Sequence[tuple[str, str]], journal: Journal, port: int = 0) -> Server:
    """Start to serve; stop it with ``close``."""

    def answer(handler: Handler) -> Response:
        action = actions.choose(rules, "ok", handler.path)
        return actions.respond(action, handler.path, lambda _path, _fault: upstream.ask(handler))

    return Server(Front("proxy", answer, journal), port=port)
