"""What the scenario's servers answer to a path: their actions, applied to the served modules."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from gomend.golang import modpath, semver
from gomend.modules.route.served import Body, Record, Shelf, Tile, Zip

SUMDB: Final = "sum.example.com"
"""The name of the checksum database that the servers hold."""
WRONG: Final = "h1:3Mz1wF6P4FA+BHKOt/heWdt1U17EALz5/4zkQfKQnAY="
"""What a lying database says of every module."""
_TIME: Final = "2024-01-02T03:04:05Z"
_HTML: Final = "<!DOCTYPE html>\n<html><body>Please sign in</body></html>\n"
_FILE: Final = re.compile(r"/(?P<module>.+)/@v/(?P<version>[^/]+)\.(?P<kind>info|mod|zip)")
_LIST: Final = re.compile(r"/(?P<module>.+)/@(?P<what>v/list|latest)")
_SUM: Final = re.compile(
    rf"(?:/sumdb/{re.escape(SUMDB)})?/(?P<what>supported|latest|lookup/(?P<mod>.+)@(?P<version>[^/]+)|tile/.+)"
)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; ``fault`` is what happens to it on the way (hang, close, cut)."""

    status: int = 200
    body: Body = ""
    plain: bool = False
    location: str | None = None
    fault: str = ""
    phrase: str = ""
    wait: float = 0.0

    @property
    def line(self) -> str:
        """The status as Go prints it."""
        try:
            phrase = self.phrase or HTTPStatus(self.status).phrase
        except ValueError:
            phrase = ""
        return f"{self.status} {phrase}"


def chosen(default: str, rules: list[tuple[str, str]], path: str) -> str:
    """The action of the first rule whose pattern is found in the path."""
    return next((action for pattern, action in rules if re.search(pattern, path)), default)


def answer(action: str, path: str, timeout: float, shelf: Shelf) -> Answer:
    """What a server with this action answers to a request for ``path``."""
    name, _, rest = action.partition(":")
    if name in {"hang", "close"}:
        return Answer(status=0, fault=name)
    if name == "slow":
        return replace(_true(path, shelf), wait=min(float(rest), timeout))
    if name == "status":
        return Answer(status=int(rest))
    if name == "text":
        code, _, body = rest.partition(":")
        return Answer(status=int(code), body=body, plain=True)
    if name == "redirect":
        plain = re.fullmatch(r"\w+://[^/]+/?", rest)
        return Answer(status=302, location=rest.rstrip("/") + path if plain else rest)
    if name == "loop":
        return Answer(status=302, location=path)
    if name == "meta":
        return Answer(body=f'<html><head><meta name="go-import" content="{rest}"></head></html>')
    if name == "html":
        return Answer(body=_HTML)
    if name == "badjson":
        return Answer(body='{"Version":')
    if name == "emptybody":
        return Answer(body="")
    return _bent(name, rest, path, shelf)


def _bent(name: str, rest: str, path: str, shelf: Shelf) -> Answer:
    """The true answer with one thing changed."""
    true = _true(path, shelf)
    if name in {"trunc", "truncsilent"} and (true.status != 200 or name == "truncsilent"):
        text = true.body.encode() if isinstance(true.body, str) else b""
        return replace(true, body=text[: len(text) // 2].decode(errors="replace"))
    if true.status != 200:
        return true
    if name == "trunc":
        return replace(true, fault="cut" if true.body != "" else "")
    if name in {"zipwrong", "zipprefix"} and isinstance(true.body, Zip) and (match := _FILE.fullmatch(path)):
        module, version = modpath.unescape(match["module"]), modpath.unescape(match["version"])
        body = shelf.zip_of(module, shelf.find(module, version), wrong=name == "zipwrong", prefix=name == "zipprefix")
        return replace(true, body=body)
    if name == "wrongver" and path.endswith((".info", "/@latest")):
        return replace(true, body=json.dumps({"Version": "v9.9.9", "Time": _TIME}))
    return replace(true, body=_other_tree(rest, true.body)) if name == "sum" else true


def _other_tree(how: str, body: Body) -> Body:
    if isinstance(body, Tile):
        return Tile(how) if how in {"wrong", "absent"} else body
    if not isinstance(body, Record):
        return body
    if how == "badsig":
        return replace(body, signed=False)
    if how == "wrong":
        return Record(tuple(f"{line.rpartition(' ')[0]} {WRONG}" for line in body.lines), how)
    # A forked database signs a tree whose tiles do not hash to its head.
    return Record(() if how == "absent" else body.lines, "forked" if how == "fork" else how)


def _true(path: str, shelf: Shelf) -> Answer:
    path = unquote(path.partition("?")[0])
    known = shelf.answers.get(path)
    if not isinstance(known, Answer):
        known = shelf.answers[path] = _looked_up(path, shelf)
    return known


def _looked_up(path: str, shelf: Shelf) -> Answer:
    if match := _SUM.fullmatch(path):
        return _checksums(match, shelf)
    if path.startswith("/sumdb/"):
        return Answer(status=404, body="not found: no such database", plain=True)
    match = _FILE.fullmatch(path) or _LIST.fullmatch(path)
    if not match:
        return Answer(status=404, body="not found", plain=True)
    module = modpath.unescape(match["module"])
    versions = shelf.versions(module)
    if not versions:
        return Answer(status=404, body=f"not found: module {module}", plain=True)
    parts = match.groupdict()
    if parts.get("what") == "v/list":
        return Answer(body="".join(f"{v}\n" for v in versions if not semver.is_pseudo(v)))
    version = versions[-1]
    if parts.get("what") != "latest":
        asked = modpath.unescape(match["version"])
        version = shelf.find(module, asked)
        if not version:
            told = f"not found: {module}@{asked}: invalid version: unknown revision {asked}"
            return Answer(status=404, body=told, plain=True)
    if parts.get("kind") == "mod":
        return Answer(body=shelf.go_mod(module, version))
    if parts.get("kind") == "zip":
        return Answer(body=shelf.zip_of(module, version))
    return Answer(body=json.dumps({"Version": version, "Time": _TIME}))


def _checksums(match: re.Match[str], shelf: Shelf) -> Answer:
    if match["mod"]:
        module, version = modpath.unescape(match["mod"]), modpath.unescape(match["version"])
        if version not in shelf.versions(module):
            told = f"not found: {module}@{version}: unknown revision {version}"
            return Answer(status=404, body=told, plain=True)
        return Answer(body=Record(shelf.sums(module, version)))
    if match["what"].startswith("tile/"):
        if match["what"].endswith(f"/000.p/{shelf.size}"):
            return Answer(body=Tile("true"))
        return Answer(status=404, body="not found", plain=True)
    return Answer(body="")
