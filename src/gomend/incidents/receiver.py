"""OTLP over HTTP: traces, logs and metrics as JSON or protobuf, perhaps gzipped. Answers as the protocol says: 200 is on the disk, 503 may be sent again."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from gomend.incidents import otlp, otlpwire
from gomend.incidents.journal import Journal
from gomend.incidents.lifecycle import Stream
from gomend.incidents.rows import Case

LIMIT: Final = 16 * 1024 * 1024
"""Bytes of one request, unpacked."""
_JSON: Final = "application/json"
_PROTO: Final = "application/x-protobuf"


class BadRequest(Exception):  # noqa: N818 - it is what it says
    """A request that must not be sent again as it is; ``status`` is the HTTP code."""

    def __init__(self, status: int, why: str) -> None:
        """Keep both."""
        super().__init__(why)
        self.status = status


def application(stream: Stream, journal: Journal) -> web.Application:
    """The endpoints ``/v1/traces``, ``/v1/logs`` and ``/v1/metrics``."""
    app = web.Application(client_max_size=LIMIT)
    for signal in ("traces", "logs", "metrics"):
        app.router.add_post(f"/v1/{signal}", _handler(signal, stream, journal))
    return app


def _handler(signal: str, stream: Stream, journal: Journal) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.Response:
        kind = request.content_type
        try:
            line, add = accept(signal, kind, await request.read(), request.headers.get("Content-Encoding", "identity"))
        except BadRequest as error:
            return web.json_response({"code": 3, "message": str(error)}, status=error.status)
        try:
            await journal.append(line)
        except OSError as error:
            return web.json_response(
                {"code": 14, "message": f"not kept: {error.strerror}"}, status=503, headers={"Retry-After": "5"}
            )
        add(stream.case)
        stream.arrived()
        return web.json_response({}) if kind == _JSON else web.Response(body=b"", content_type=_PROTO)

    return handle


def accept(signal: str, kind: str, body: bytes, encoding: str) -> tuple[bytes, Callable[[Case], None]]:
    """The line to keep of a request, and what adds its rows to a case.

    Raises:
        BadRequest: it is none, too large, or of a type that is not taken.
    """
    if kind not in {_JSON, _PROTO}:
        raise BadRequest(415, f"content type {kind}: send {_JSON} or {_PROTO}")
    if encoding == "gzip":
        body = _unpacked(body)
    elif encoding not in {"identity", ""}:
        raise BadRequest(415, f"content encoding {encoding}: send gzip or none")
    if kind == _PROTO:
        try:
            message = otlpwire.parsed(signal, body)
        except ValueError as error:
            raise BadRequest(400, f"no export request: {error}") from None
        return otlpwire.kept(signal, body), lambda case: otlpwire.add(case, signal, message)
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(400, f"no JSON: {error}") from None
    if not isinstance(decoded, dict):
        raise BadRequest(400, "no export request")
    # JSON has no raw line breaks but between its parts.
    return body.replace(b"\r", b" ").replace(b"\n", b" "), lambda case: otlp.add(case, decoded)


def _unpacked(body: bytes) -> bytes:
    """Gzip, never more than the limit: a bomb is not unpacked to the end."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        whole = unpacker.decompress(body, LIMIT)
    except zlib.error as error:
        raise BadRequest(400, f"no gzip: {error}") from None
    if unpacker.unconsumed_tail:
        raise BadRequest(413, f"more than {LIMIT} bytes")
    if not unpacker.eof:
        raise BadRequest(400, "gzip cut off")
    return whole
