"""Whether what an upstream sent is what was asked for; what is not is never stored.

Source: golang.org/x/mod/zip (limits, prefix), golang.org/x/mod/sumdb/dirhash (h1), go.dev/ref/mod (GOPROXY protocol).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from gomend.golang import dirhash, semver, ziphash
from gomend.golang.zips import MAX_MOD, ZipError
from gomend.proxy.asks import Ask, Kind

SMALL: Final = MAX_MOD
"""Bytes of a list, .info or .mod that are taken."""


class UntrueError(Exception):
    """It is not what was asked for; the message says why."""


def check_small(ask: Ask, content: bytes) -> str:
    """The h1 of a .mod, empty for the rest.

    Raises:
        UntrueError: it is something else.
    """
    if content.lstrip()[:1] == b"<":
        raise UntrueError("it is a web page, not a module file")
    if ask.kind is Kind.LIST:
        _list(ask, content)
    elif ask.kind is Kind.MOD:
        if not content.strip():
            raise UntrueError("the go.mod is empty")
        if not any(line.split(b"//")[0].split()[:1] == [b"module"] for line in content.splitlines()):
            raise UntrueError("it is no go.mod: it has no module line")
        return dirhash.h1_mod(content)
    else:
        _info(ask, content)
    return ""


def check_zip(ask: Ask, path: str) -> str:
    """The h1 of a module zip.

    Raises:
        UntrueError: go would refuse it.
        OSError: it cannot be read.
    """
    try:
        return ziphash.h1_of_file(path, ask.module, ask.version)
    except ZipError as error:
        raise UntrueError(f"go would refuse the zip: {error}") from None


def made_at(info: bytes) -> datetime | None:
    """When a version was made, by its .info; None if that does not say."""
    try:
        said = json.loads(info)
        found = datetime.fromisoformat(said["Time"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if found.tzinfo else None


def version_of(info: bytes) -> str:
    """The version that a checked .info names."""
    return str(json.loads(info)["Version"])


def _list(ask: Ask, content: bytes) -> None:
    for line in content.decode("utf-8", "replace").splitlines():
        if line.strip() and not semver.valid(line.split()[0]):
            raise UntrueError(f"{line[:60]!r} in the list is no version")


def _info(ask: Ask, content: bytes) -> None:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        raise UntrueError("it is no JSON") from None
    version = said.get("Version") if isinstance(said, dict) else None
    if not isinstance(version, str) or semver.canonical(version) != version:
        raise UntrueError("it names no version")
    if ask.kind is Kind.INFO and version != ask.version:
        raise UntrueError(f"it is of version {version}")
