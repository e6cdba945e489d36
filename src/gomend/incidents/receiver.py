"""The HTTP side: OTLP, Prometheus remote write, alerts. Answers as the protocols say: 2xx is on the disk; 429 and 503 may be sent again, in so many seconds."""

from __future__ import annotations

import hmac
import math
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from gomend.incidents.intake import JSON, LIMIT, WAIT, Intake, Reason, Refused

_STATUS: Final[dict[Reason, int]] = {"wrong": 400, "large": 413, "type": 415, "busy": 429, "disk": 503}
_CODE: Final[dict[Reason, int]] = {"wrong": 3, "large": 3, "type": 3, "busy": 8, "disk": 14}
"""Codes of gRPC, which OTLP's errors over HTTP carry too."""
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(intake: Intake, status: Callable[[], bytes], token: str = "") -> web.Application:
    """The endpoints: ``/v1/traces``, ``/v1/logs``, ``/v1/metrics``, ``/api/v1/write``, ``/alertmanager``, ``/api/v2/alerts``, ``/status``.

    ``status`` gives the answer of ``/status``. With a ``token`` all of them ask for it.
    """
    app = web.Application(client_max_size=LIMIT, middlewares=[_guard(token)] if token else [])
    for signal in ("traces", "logs", "metrics"):
        app.router.add_post(f"/v1/{signal}", _otlp(signal, intake))
    app.router.add_post("/api/v1/write", _plain(intake.write, 204))
    for path in ("/alertmanager", "/api/v2/alerts"):
        app.router.add_post(path, _plain(intake.alerts, 200))

    async def told(_: web.Request) -> web.Response:
        return web.Response(body=status(), content_type=JSON)

    app.router.add_get("/status", told)
    return app


def _otlp(signal: str, intake: Intake) -> _Handler:
    async def handle(request: web.Request) -> web.Response:
        kind = request.content_type
        try:
            body = await request.read()
            taken = await intake.otlp(signal, kind, body, request.headers.get("Content-Encoding", "identity"))
        except Refused as error:
            return _refused(error)
        return web.Response(body=taken.as_json() if kind == JSON else taken.as_protobuf(), content_type=kind)

    return handle


def _plain(take: Callable[[bytes], Awaitable[None]], status: int) -> _Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            await take(await request.read())
        except Refused as error:
            return _refused(error)
        return web.Response(status=status)

    return handle


def _refused(error: Refused) -> web.Response:
    headers = {"Retry-After": f"{math.ceil(WAIT)}"} if error.again else {}
    body = {"code": _CODE[error.reason], "message": str(error)}
    return web.json_response(body, status=_STATUS[error.reason], headers=headers)


def _guard(token: str) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
        said = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(said, f"Bearer {token}".encode()):
            return web.json_response({"code": 16, "message": "a bearer token is asked for"}, status=401)
        return await handler(request)

    return guard
