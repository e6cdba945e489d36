"""What is removed from a store, and how: whole versions, those unused longest first, so that nothing half is ever seen.

A version's list, if it is our own, stops naming it first; then the zip goes, then the go.mod and the .info, each by a rename out of the
tree. It is the order of coming in reversed: whoever sees a name in the list finds the files.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterable
from typing import Final, NamedTuple

from gomend.golang import modpath, patterns
from gomend.model.base import Thing
from gomend.proxy import asks
from gomend.proxy.settings import Setup
from gomend.proxy.store import Store

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?)i?B?", re.IGNORECASE)
_UNITS: Final = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}
_DAY: Final = 86400.0


class Limits(Thing, frozen=True):
    """As in :class:`gomend.proxy.settings.Evict`, with ``size`` in bytes and all patterns of what stays in ``kept``."""

    size: int = 0
    age: float = 0.0
    unused: float = 0.0
    kept: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is ever removed."""
        return bool(self.size or self.age or self.unused)


class Held(NamedTuple):
    """A version in a store: the places of its files, their bytes, and when they came and were used last, in seconds since 1970."""

    module: str
    version: str
    places: tuple[str, ...]
    size: int
    came: float
    used: float


class Going(NamedTuple):
    """A version that is to go; ``why`` is ``age``, ``unused`` or ``size``."""

    held: Held
    why: str


def bytes_of(text: str) -> int:
    """``50GB`` in bytes (of 1024); 0 for nothing.

    Raises:
        ValueError: it is no size.
    """
    if not text:
        return 0
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return int(float(match[1]) * (1 << _UNITS[match[2].lower()]))


def limits_of(setup: Setup) -> Limits:
    """The limits of a set-up, which was checked."""
    wanted = setup.evict
    private = () if wanted.private else (setup.sumdb.skip, *(rule.pattern for rule in setup.git), setup.filters.direct)
    kept = ",".join(p for p in (wanted.pinned, *private) if p)
    return Limits(size=bytes_of(wanted.size), age=wanted.age, unused=wanted.unused, kept=kept)


def held(store: Store) -> list[Held]:
    """All versions in a store, also those of which only the go.mod is here."""
    found: dict[tuple[str, str], list[tuple[str, os.stat_result]]] = {}
    for place in store.files():
        base, mark, name = place.rpartition("/@v/")
        version, dot, suffix = name.rpartition(".")
        info = store.stat(place)
        if mark and dot and suffix in {"info", "mod", "zip"} and info is not None:
            found.setdefault((base, version), []).append((place, info))
    made = []
    for (base, version), files in found.items():
        stats = [info for _, info in files]
        made.append(
            Held(
                module=modpath.unescape(base),
                version=modpath.unescape(version),
                places=tuple(place for place, _ in files),
                size=sum(info.st_size for info in stats),
                came=max(info.st_mtime for info in stats),
                used=max(max(info.st_atime, info.st_mtime) for info in stats),
            )
        )
    return made


def plan(store: Store, limits: Limits) -> list[Going]:
    """What is to go, and why; nothing is changed."""
    return choose(held(store), limits, time.time())


def choose(all_: Iterable[Held], limits: Limits, now: float) -> list[Going]:
    """What is to go of these."""
    going: list[Going] = []
    left: list[Held] = []
    total = 0
    for one in all_:
        if limits.kept and patterns.matches(limits.kept, one.module):
            total += one.size
        elif limits.age and now - one.came > limits.age * _DAY:
            going.append(Going(one, "age"))
        elif limits.unused and now - one.used > limits.unused * _DAY:
            going.append(Going(one, "unused"))
        else:
            total += one.size
            left.append(one)
    if limits.size:
        for one in sorted(left, key=lambda h: (h.used, h.module, h.version)):
            if total <= limits.size:
                break
            going.append(Going(one, "size"))
            total -= one.size
    return going


def carry_out(store: Store, going: Iterable[Going]) -> list[Going]:
    """Remove them; answers those that went. One that is being fetched at this moment stays.

    Raises:
        OSError: the store cannot be written.
    """
    gone = []
    for one in going:
        _, mod, zip_ = asks.places(one.held.module, one.held.version)
        lock = store.lock(zip_)
        if lock is None:
            continue
        try:
            store.index(one.held.module, one.held.version, without=True)
            ordered = sorted(one.held.places, key=lambda place: (place != zip_, place != mod))
            for place in ordered:
                _remove(store, place)
        finally:
            store.unlock(lock)
        with contextlib.suppress(OSError):  # other versions are there, or other modules below
            folder = os.path.dirname(store.path(zip_))
            if os.listdir(folder) == ["list"]:
                _remove(store, os.path.relpath(f"{folder}/list", store.root))
            os.removedirs(folder)
        gone.append(one)
    return gone


def _remove(store: Store, place: str) -> None:
    temporary = store.temporary()
    with contextlib.suppress(FileNotFoundError):
        os.rename(store.path(place), temporary)
        os.unlink(temporary)
