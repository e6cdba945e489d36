"""OTLP over gRPC. UNAVAILABLE and RESOURCE_EXHAUSTED carry RetryInfo: without it a client would take the latter for final."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
import grpc.aio

from gomend.incidents.intake import LIMIT, PROTO, WAIT, Intake, Reason, Refused

_SERVICES: Final = {
    "traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "logs": "opentelemetry.proto.collector.logs.v1.LogsService",
    "metrics": "opentelemetry.proto.collector.metrics.v1.MetricsService",
}
_CODES: Final[dict[Reason, grpc.StatusCode]] = {
    "wrong": grpc.StatusCode.INVALID_ARGUMENT,
    "large": grpc.StatusCode.INVALID_ARGUMENT,
    "type": grpc.StatusCode.INVALID_ARGUMENT,
    "busy": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "disk": grpc.StatusCode.UNAVAILABLE,
}
_CALLS: Final = 64
"""Calls at once; more are refused, and a client comes again."""


async def started(intake: Intake, address: str, token: str = "") -> tuple[grpc.aio.Server, int]:
    """A server that listens at HOST:PORT, and the port that it got.

    Raises:
        OSError: it cannot listen there.
    """
    # A message is unpacked no further than the limit; so is what a bomb says of itself.
    options = (("grpc.max_receive_message_length", LIMIT), ("grpc.so_reuseport", 0), ("grpc.max_concurrent_streams", _CALLS))
    server = grpc.aio.server(options=options, maximum_concurrent_rpcs=_CALLS)
    for signal, service in _SERVICES.items():
        # Bytes in, bytes out: the intake decodes them once, as it does those that come over HTTP.
        handler = grpc.unary_unary_rpc_method_handler(_handler(signal, intake, token))
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": handler}),))
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(str(error)) from None
    if not port:
        raise OSError(f"cannot listen on {address}")
    await server.start()
    return server, port


def _handler(signal: str, intake: Intake, token: str) -> Callable[[bytes, Any], Awaitable[bytes]]:
    async def export(body: bytes, context: Any) -> bytes:
        if token and not _known(context, token):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "a bearer token is asked for")
        try:
            return (await intake.otlp(signal, PROTO, body, "")).as_protobuf()
        except Refused as error:
            code = _CODES[error.reason]
            if error.again:
                context.set_trailing_metadata((("grpc-status-details-bin", _retry(code.value[0], str(error))),))
            await context.abort(code, str(error))
            raise  # abort never returns

    return export


def _known(context: Any, token: str) -> bool:
    said = next((value for key, value in context.invocation_metadata() if key == "authorization"), "")
    raw = said if isinstance(said, bytes) else said.encode()
    return hmac.compare_digest(raw, f"Bearer {token}".encode())


def _retry(code: int, message: str) -> bytes:
    """A ``google.rpc.Status`` with when to come again."""
    from google.protobuf.duration_pb2 import Duration
    from google.rpc.error_details_pb2 import RetryInfo
    from google.rpc.status_pb2 import Status

    status = Status(code=code, message=message)
    status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=int(WAIT))))
    made: bytes = status.SerializeToString()
    return made
