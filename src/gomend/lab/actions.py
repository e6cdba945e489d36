"""What a fault server does with a request: an action's words, read into a response. Pure: no sockets here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Final

from msgspec.structs import replace

from gomend.lab import modules, sumdb
from gomend.model.base import Thing

PLAIN: Final = "text/plain; charset=utf-8"
"""go shows bodies of this type in its messages."""
_SUMDB: Final = re.compile(r"/sumdb/([^/]+)(/.*)")
_OWN_HOST: Final = re.compile(r"/(supported|latest|lookup/.*|tile/.*)")
_LOGIN_PAGE: Final = b"<!DOCTYPE html>\n<html><body>Please log in</body></html>\n"
_WITH_NUMBER: Final = {"status": r"\d{3}", "text": r"\d{3}:.*", "slow": r"\d+(\.\d+)?", "drip": r"\d+(\.\d+)?"}
_WITH_WORDS: Final = {
    "redirect": r".+",
    "meta": r"\S+ \S+ \S+",
    "sum": "|".join(sumdb.FAULTS),
    "git": r".*",
}
_ALONE: Final = (
    *("ok", "hang", "close", "trunc", "truncsilent", "zipwrong", "zipprefix", "zipbomb", "html"),
    *("badjson", "emptybody", "wrongver", "loop", "badtile", "git"),
)


_HTML: Final = "text/html; charset=utf-8"
_TYPES: Final = {".zip": "application/zip", ".info": "application/json", "/@latest": "application/json"}


class Response(Thing, frozen=True):
    """What goes back: ``manner`` is how (``whole``, ``hang``, ``close``, ``cut``), ``wait`` seconds before, ``drip`` seconds for the body."""

    status: int
    body: bytes = b""
    type: str = PLAIN
    headers: dict[str, str] = {}
    manner: str = "whole"
    wait: float = 0.0
    drip: float = 0.0

    @property
    def logged(self) -> str:
        """The word in the log: the status, or what was done instead of answering."""
        return self.manner if self.manner in {"hang", "close"} else str(self.status)


Source = Callable[[str, str], Response]
"""Gives a good response for a path, with a fault of the checksum database if its name is not empty."""


def problem(action: str) -> str:
    """What is wrong with an action's words; empty if nothing is."""
    name, colon, rest = action.partition(":")
    if not colon:
        return "" if name in _ALONE else f"there is no action {action!r}"
    shape = (_WITH_NUMBER | _WITH_WORDS).get(name)
    if shape is None:
        return f"there is no action {action!r}"
    return "" if re.fullmatch(shape, rest, re.DOTALL) else f"action {action!r} does not have the shape {name}:{shape}"


def choose(rules: Iterable[tuple[str, str]], default: str, path: str) -> str:
    """The action of the first rule whose expression is found in the path."""
    return next((action for pattern, action in rules if re.search(pattern, path)), default)


def respond(action: str, path: str, good: Source) -> Response:
    """What ``action`` answers for ``path``; ``good`` gives the healthy response, or one with a fault of the database."""
    name, _, rest = action.partition(":")
    match name:
        case "status":
            return Response(status=int(rest))
        case "text":
            status, _, words = rest.partition(":")
            return Response(status=int(status), body=words.encode())
        case "hang" | "close":
            return Response(status=0, manner=name)
        case "loop":
            return Response(status=HTTPStatus.FOUND, headers={"Location": path})
        case "redirect":
            where = rest if re.match(r"[a-z]+://[^/]+/.", rest) else rest.rstrip("/") + path
            return Response(status=HTTPStatus.FOUND, headers={"Location": where})
        case "meta":
            return Response(status=200, body=_meta(rest), type=_HTML)
        case "html":
            return Response(status=200, body=_LOGIN_PAGE, type=_HTML)
        case "badjson":
            return Response(status=200, body=b'{"Version":', type="application/json")
        case "emptybody":
            return Response(status=200)
        case "sum":
            return good(path, rest)
        case _:
            return _changed(name, rest, path, good(path, ""))


def _changed(name: str, rest: str, path: str, good: Response) -> Response:
    """A healthy response made late, short or false."""
    if name == "slow":
        return replace(good, wait=float(rest))
    if name == "drip":
        return replace(good, drip=float(rest))
    if name == "trunc":
        return replace(good, manner="cut")
    if name == "truncsilent":
        return replace(good, body=good.body[: len(good.body) // 2])
    if good.status != HTTPStatus.OK:
        return good
    if name == "wrongver" and path.endswith((".info", "/@latest")):
        return replace(good, body=b'{"Version":"v9.9.9","Time":"2024-01-02T03:04:05Z"}')
    if name == "badtile" and "/tile/" in path and good.body:
        return replace(good, body=good.body[:-1] + bytes([good.body[-1] ^ 0xFF]))
    if name in {"zipwrong", "zipprefix", "zipbomb"} and path.endswith(".zip"):
        return replace(good, body=_false_zip(name, good.body))
    return good


def _false_zip(name: str, body: bytes) -> bytes:
    files = modules.read_zip(body)
    first = next(iter(files), "")
    prefix = first.partition("@")[0]
    if name == "zipbomb":
        return modules.bomb(first[: first.find("/", len(prefix)) + 1] + "bomb.go")
    if name == "zipprefix":
        return modules.make_zip({f"elsewhere.example.com/x{file.removeprefix(prefix)}": text for file, text in files.items()})
    return modules.make_zip(
        {file: text + b"\n// changed on the way\n" if file.endswith(".go") else text for file, text in files.items()}
    )


def _meta(rest: str) -> bytes:
    return f'<html><head><meta name="go-import" content="{rest}"></head><body></body></html>\n'.encode()


def healthy(database: sumdb.SumDB) -> Source:
    """The lab's own modules and checksum database."""

    def answer(path: str, fault: str) -> Response:
        if match := _SUMDB.match(path):
            known = match[1] == database.name
            status, body = database.answer(match[2], fault) if known else (404, b"not found: no such database")
        elif _OWN_HOST.fullmatch(path):
            status, body = database.answer(path, fault)
        else:
            status, body = modules.answer(path, database.releases)
            kind = next((kind for end, kind in _TYPES.items() if path.endswith(end)), PLAIN)
            return Response(status=status, body=body, type=kind if status == HTTPStatus.OK else PLAIN)
        return Response(status=status, body=body)

    return answer
