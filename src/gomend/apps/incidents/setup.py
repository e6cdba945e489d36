"""The set-up of ``gomend incidents serve``: its file, and what the command line says beside it."""

from __future__ import annotations

import os
from typing import Final

import msgspec

from gomend.apps.cli import base
from gomend.incidents.settings import BadSetup, Setup, decoded, endpoint
from gomend.model.text import text

_UNREAD: Final = text("incidentscli.config-unread", "{path} cannot be read: {reason}")
_WRONG: Final = text("incidentscli.config-wrong", "{why}")
_NO_STORE: Final = text(
    "incidentscli.no-store", 'where should telemetry be kept? give --store DIR, or store = "DIR" in the set-up'
)
_BAD_LISTEN: Final = text("incidentscli.bad-listen", "{value} cannot be used: {reason}")
_NO_TOKEN: Final = text("incidentscli.no-token", "the set-up asks for a token in the variable {name}, which is not set")
UNUSABLE: Final = text("incidentscli.unusable", "cannot serve: {why}")
"""An address or the store cannot be used."""
TOLD: Final = {
    "http": text(
        "incidentscli.ready",
        "listening on {words} (OTLP: /v1/traces, /v1/logs, /v1/metrics; also /api/v1/write, /alertmanager, /status)",
    ),
    "grpc": text("incidentscli.ready-grpc", "listening on {words} (OTLP over gRPC)"),
    "source": text("incidentscli.source", "{words}"),
    "over": text("incidentscli.over", "over the bounds of the set-up, dropped or folded: {words}"),
}
"""What is told while it serves."""


def loaded(config: str | None, listen: str | None, grpc: str | None, store: str | None, every: float | None) -> Setup:
    """The set-up; what the command line gives wins.

    Raises:
        Problem: the file cannot be read or is wrong, an address is none, or there is no store.
    """
    made = Setup()
    if config is not None:
        try:
            with open(config, "rb") as file:
                made = decoded(file.read(), config)
        except OSError as error:
            raise base.Problem(_UNREAD, path=config, reason=error.strerror or str(error)) from None
        except BadSetup as error:
            raise base.Problem(_WRONG, why=str(error)) from None
    replace = msgspec.structs.replace
    for name, value in (("http", listen), ("grpc", grpc)):
        if value is not None:
            if value and endpoint(value) is None:
                raise base.Problem(_BAD_LISTEN, value=value, reason="HOST:PORT")
            made = replace(made, listen=replace(made.listen, **{name: value}))
    if store is not None:
        made = replace(made, store=store)
    if every is not None:
        made = replace(made, every=every)
    if not made.store:
        raise base.Problem(_NO_STORE)
    for name in (made.listen.token_env, *(p.token_env for p in made.prometheus), *(j.token_env for j in made.jaeger)):
        if name and not os.environ.get(name):
            raise base.Problem(_NO_TOKEN, name=name)
    return made
