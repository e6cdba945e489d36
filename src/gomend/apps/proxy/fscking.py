"""Reads every file of a store, on disk or shared by servers, and compares it with its own record."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal

from gomend.golang.zips import MAX_ZIP
from gomend.model.base import Thing
from gomend.model.text import Said, Text, Translator, say, text
from gomend.proxy import asks, content
from gomend.proxy.asks import Ask, BadAskError, Kind
from gomend.proxy.behind import Behind
from gomend.proxy.content import UntrueError
from gomend.proxy.outcomes import FailedError
from gomend.proxy.sink import Disk
from gomend.proxy.store import PRIVATE

_UNTRUE: Final = text("proxy.fsck.untrue", "It is not what its name says: {reason}.")
_CHANGED: Final = text("proxy.fsck.changed", "It hashes to {actual}; when it came in it was {wanted}.")
_FOREIGN: Final = text("proxy.fsck.foreign", "No file of a module proxy has this name: {reason}.")
_UNREADABLE: Final = text("proxy.fsck.unreadable", "It cannot be read: {reason}.")
_LINK: Final = text("proxy.fsck.link", "It is no plain file.")


class BadShape(Thing, frozen=True):
    """One file that is not right. ``what`` is ``untrue``, ``changed``, ``foreign``, ``unreadable`` or ``link``."""

    path: str
    what: str
    reason: str
    expected: str | None = None
    actual: str | None = None


class FsckShape(Thing, frozen=True):
    """The answer of ``proxy fsck``. ``checked`` counts files."""

    checked: int
    bad: tuple[BadShape, ...]
    schema: Literal["gomend.fsck/1"] = "gomend.fsck/1"


def fsck(root: str, translator: Translator, progress: Callable[[int], object] | None = None) -> FsckShape:
    """Read all of a store; nothing is changed.

    Raises:
        OSError: there is no store.
    """
    record = _record(f"{root}/{PRIVATE}/record")
    os.listdir(root)

    def examine(place: str) -> Found | None:
        path = f"{root}/{place}"
        if os.path.islink(path) or not os.path.isfile(path):
            return _bad("link", _LINK)
        return _examine(place, path, lambda ask: record.get(_key(ask), ""))

    return _all(_places(root), examine, translator, progress)


def fsck_behind(
    behind: Behind, scratch: str, translator: Translator, progress: Callable[[int], object] | None = None
) -> FsckShape:
    """Read all of a store that servers share, one file after the other by way of the folder ``scratch``; nothing is changed.

    Raises:
        OSError: it does not answer.
    """

    def examine(place: str) -> Found | None:
        sink = Disk(f"{scratch}/file", MAX_ZIP)
        try:
            wanted = behind.copy(place, sink)
            sink.close()
            return _examine(place, sink.path, lambda _: wanted)
        except FailedError as error:
            return _bad("untrue", _UNTRUE, reason=str(error))
        finally:
            sink.drop()

    return _all(behind.places(), examine, translator, progress)


def together(parts: Sequence[FsckShape]) -> FsckShape:
    """Several answers as one."""
    return FsckShape(checked=sum(p.checked for p in parts), bad=tuple(bad for p in parts for bad in p.bad))


Found = tuple[str, Said, str | None, str | None]


def _all(
    places: Iterable[str],
    examine: Callable[[str], Found | None],
    translator: Translator,
    progress: Callable[[int], object] | None,
) -> FsckShape:
    checked, bad = 0, []
    for place in places:
        checked += 1
        found = examine(place)
        if found is not None:
            what, said, expected, actual = found
            bad.append(BadShape(path=place, what=what, reason=translator(said), expected=expected, actual=actual))
        if progress is not None:
            progress(checked)
    return FsckShape(checked=checked, bad=tuple(bad))


def _examine(place: str, path: str, wanted: Callable[[Ask], str]) -> Found | None:
    try:
        ask = asks.parse("/" + place.replace("%", "%25"))
    except BadAskError as error:
        return _bad("foreign", _FOREIGN, reason=str(error))
    try:
        if ask.kind is Kind.ZIP:
            return _compare(wanted(ask), content.check_zip(ask, path))
        if ask.kind is Kind.SUMDB:
            return None
        with open(path, "rb") as file:
            h1 = content.check_small(ask, file.read(content.SMALL + 1))
        return _compare(wanted(ask), h1) if ask.kind is Kind.MOD else None
    except UntrueError as error:
        return _bad("untrue", _UNTRUE, reason=str(error))
    except OSError as error:
        return _bad("unreadable", _UNREADABLE, reason=error.strerror or str(error))


def _key(ask: Ask) -> str:
    """What the record calls it."""
    return f"{ask.module} {ask.version}" + ("/go.mod" if ask.kind is Kind.MOD else "")


def _compare(wanted: str, actual: str) -> Found | None:
    if not wanted or wanted == actual:
        return None
    return "changed", say(_CHANGED, actual=actual, wanted=wanted), wanted, actual


def _bad(what: str, words: Text, **parameters: object) -> Found:
    return what, say(words, **parameters), None, None


def _record(path: str) -> dict[str, str]:
    """The server's own record; the first word on a version counts."""
    found: dict[str, str] = {}
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                words = line.split()
                if len(words) == 3 and words[2].startswith("h1:"):
                    found.setdefault(f"{words[0]} {words[1]}", words[2])
    except FileNotFoundError:
        pass
    return found


def _places(root: str) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f != PRIVATE or folder != root)
        for name in sorted(names):
            yield os.path.relpath(f"{folder}/{name}", root)
