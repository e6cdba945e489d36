"""What is to go from a store, and its going, as the command and its JSON tell it."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from gomend.model.base import Thing
from gomend.proxy import evict
from gomend.proxy.evict import Going, Limits
from gomend.proxy.store import Store


class GoingShape(Thing, frozen=True):
    """One version. ``size`` is in bytes, ``used`` when it was used last (RFC 3339), ``why`` is ``age``, ``unused`` or ``size``."""

    module: str
    version: str
    size: int
    used: str
    why: str


class EvictShape(Thing, frozen=True):
    """The answer of ``proxy evict``. Bytes: ``held`` before, ``freed`` by what goes; ``dry_run``: nothing was removed."""

    going: tuple[GoingShape, ...]
    held: int
    freed: int
    dry_run: bool
    schema: Literal["gomend.proxy-evict/1"] = "gomend.proxy-evict/1"


def run(root: str, limits: Limits, *, dry_run: bool) -> EvictShape:
    """Say what would go, or let it go.

    Raises:
        OSError: there is no store, or it cannot be written.
    """
    store = Store(root)
    try:
        everything = evict.held(store)
        plan = evict.plan(store, limits)
        gone = plan if dry_run else evict.carry_out(store, plan)
    finally:
        store.close()
    shapes = tuple(_shape(one) for one in gone)
    return EvictShape(going=shapes, held=sum(h.size for h in everything), freed=sum(s.size for s in shapes), dry_run=dry_run)


def _shape(going: Going) -> GoingShape:
    held = going.held
    used = dt.datetime.fromtimestamp(held.used, dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return GoingShape(module=held.module, version=held.version, size=held.size, used=used, why=going.why)
