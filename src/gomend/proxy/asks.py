"""What a client asks of a module proxy, read from the path of its request.

Source: go.dev/ref/mod (GOPROXY protocol), golang.org/x/mod/module (CheckPath, UnescapePath, UnescapeVersion).
"""

from __future__ import annotations

import enum
import functools
import re
import urllib.parse
from typing import Final, NamedTuple

from gomend.golang import modpath, semver

_LONGEST: Final = 200
"""Bytes of one element of a path that are taken: with a suffix and a temporary name it must fit any file system."""
_SUMDB: Final = re.compile(
    r"sumdb/(?P<name>[a-z0-9][a-z0-9.-]*)/(?P<rest>supported|latest|lookup/[^/].*@[^/]+"
    r"|tile/\d{1,2}/(?:data|\d{1,2})/(?:x\d{3}/)*\d{3}(?:\.p/\d{1,3})?)"
)


class Kind(enum.Enum):
    """What is asked for. ``QUERY`` is an .info of what is no canonical version (a branch, a prefix, a commit)."""

    LIST = "list"
    LATEST = "latest"
    QUERY = "query"
    INFO = "info"
    MOD = "mod"
    ZIP = "zip"
    SUMDB = "sumdb"

    @property
    def fixed(self) -> bool:
        """Whether the answer never changes."""
        return self in {Kind.INFO, Kind.MOD, Kind.ZIP}


class Ask(NamedTuple):
    """One thing asked for. ``place`` is its path below the root of a proxy, escaped; of a SUMDB ask ``module`` is the database."""

    kind: Kind
    place: str
    module: str
    version: str = ""


class BadAskError(Exception):
    """The path asks for nothing that a module proxy has; the message says why."""


@functools.lru_cache(maxsize=512)  # one request is read by several rooms, one after the other
def parse(target: str) -> Ask:
    """Read the target of a request (``/example.com/a/@v/v1.0.0.info``).

    Raises:
        BadAskError: it is none of a module proxy, or go's own rules refuse the path or version.
    """
    place = _decoded(target.partition("?")[0])
    if place.startswith("sumdb/"):
        return _sumdb(place)
    path, found, file = place.rpartition("/@")
    if not found:
        raise BadAskError("this is no path of a module proxy, such as MODULE/@v/list or MODULE/@v/VERSION.zip")
    module = _unescaped(path, "module path")
    if problem := semver.path_problem(module):
        raise BadAskError(problem)
    if any(len(element) > _LONGEST for element in place.encode().split(b"/")):
        raise BadAskError("an element of the path is too long")
    if file == "latest":
        return Ask(Kind.LATEST, place, module)
    if file == "v/list":
        return Ask(Kind.LIST, place, module)
    version, dot, suffix = file.removeprefix("v/").rpartition(".")
    if not file.startswith("v/") or not dot or suffix not in {"info", "mod", "zip"}:
        raise BadAskError("a proxy has list, VERSION.info, VERSION.mod and VERSION.zip below @v, and @latest")
    return _versioned(place, module, _unescaped(version, "version"), Kind(suffix))


def _versioned(place: str, module: str, version: str, kind: Kind) -> Ask:
    if semver.disallowed(version) or not version:
        raise BadAskError(f'disallowed version string "{version}"')
    canonical = semver.canonical(version) == version
    if canonical and not semver.fits_major(module, version):
        raise BadAskError(modpath.major_problem(module, version))
    if canonical:
        return Ask(kind, place, module, version)
    if kind is not Kind.INFO:
        raise BadAskError(f'"{version}" is no canonical version; ask for its .info first, which names one')
    return Ask(Kind.QUERY, place, module, version)


def _sumdb(place: str) -> Ask:
    match = _SUMDB.fullmatch(place)
    if match is None:
        raise BadAskError("a checksum database has supported, latest, lookup/MODULE@VERSION and tile/…")
    rest = match["rest"]
    if rest.startswith("lookup/"):
        path, _, version = rest.removeprefix("lookup/").rpartition("@")
        module, version = _unescaped(path, "module path"), _unescaped(version, "version")
        if problem := semver.path_problem(module):
            raise BadAskError(problem)
        if semver.disallowed(version) or any(len(e) > _LONGEST for e in place.encode().split(b"/")):
            raise BadAskError(f'disallowed version string "{version}"')
    return Ask(Kind.SUMDB, place, match["name"], rest)


def _decoded(raw: str) -> str:
    if not raw.startswith("/"):
        raise BadAskError("the path does not start with a slash")
    try:
        return urllib.parse.unquote_to_bytes(raw[1:]).decode("utf-8")
    except UnicodeError:
        raise BadAskError("the path is not UTF-8") from None


def _unescaped(escaped: str, what: str) -> str:
    plain = modpath.unescape(escaped)
    # What is not spelt as go spells it would be a second name for the same thing.
    if modpath.escape(plain) != escaped or not escaped.isascii():
        raise BadAskError(f'invalid escaped {what} "{escaped}"')
    return plain


def looked_up(ask: Ask) -> str:
    """The module that a lookup in a checksum database is about."""
    return modpath.unescape(ask.version.removeprefix("lookup/").rpartition("@")[0])


def places(module: str, version: str) -> tuple[str, str, str]:
    """The places of the .info, .mod and .zip of a version."""
    base = f"{modpath.escape(module)}/@v/{modpath.escape(version)}"
    return f"{base}.info", f"{base}.mod", f"{base}.zip"
