"""What a team has: where its private modules live, which servers it may ask, what its network lets through."""

from __future__ import annotations

import difflib
import tomllib
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec

from gomend.model.redact import redact

Via = Literal["git-https", "git-ssh", "git-http", "proxy"]
"""How private modules are reached; ``git-http`` is a host that has no TLS at all."""
Origin = Literal["missing", "always", "never"]
"""When public modules may come from their own host: when no server has them, after any error, or never."""
Network = Literal["", "open", "default-blocked", "air-gap"]
"""What the network lets through; ``default-blocked``: go's own default servers cannot be reached. Empty: not known."""


class TeamError(Exception):
    """The file does not describe a team; the message names the key."""


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A table of the file: unknown keys are refused."""


class Private(_Table, frozen=True):
    """``[[private]]``: module path patterns, as in GOPRIVATE, and how they are reached."""

    paths: tuple[str, ...]
    via: Via = "git-https"
    login: bool = True
    """Whether the host wants credentials."""
    vcs: str = "git"


class Server(_Table, frozen=True):
    """``[[server]]``: a module proxy. ``company``: it is the team's own and may see private paths."""

    url: str
    company: bool = False
    private: bool = False
    """Whether the private modules of ``via = "proxy"`` come from it."""
    sumdb: bool | None = None
    """Whether it passes the checksum database on (``/sumdb/NAME/supported``); None: not known, taken as no."""
    login: bool = False
    gate: bool = False
    """Whether its refusal is final: nothing is asked after it."""


class Sumdb(_Table, frozen=True):
    """``[sumdb]``: a checksum database other than go's default, or another place where it answers."""

    name: str = ""
    """As in GOSUMDB: a known name or ``NAME+HASH+KEY``; empty: go's default."""
    url: str = ""


class Needs(_Table, frozen=True):
    """The whole file."""

    place: Literal["laptop", "ci"] = "laptop"
    network: Network = ""
    toolchains: bool | None = None
    """Whether go may download other versions of itself; None: as it is set now."""
    origin: Origin = "missing"
    verify: Literal["always", "when-possible"] = "always"
    """Whether a new module is refused where no checksum database can be reached."""
    bundle: str = ""
    """A folder in the shape of a module proxy, absolute."""
    private: tuple[Private, ...] = ()
    server: tuple[Server, ...] = ()
    sumdb: Sumdb = Sumdb()


_TABLES: Final[dict[str, type[_Table]]] = {"private": Private, "server": Server, "sumdb": Sumdb}


def read(raw: bytes) -> Needs:
    """Read a team file.

    Raises:
        TeamError: it is no TOML, or has an unknown key or a value of the wrong kind; the message names the key.
    """
    try:
        document = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"not valid TOML: {redact(str(error))}"
        raise TeamError(msg) from None
    _check_keys(document, Needs, "")
    for name, table in _TABLES.items():
        entries = document.get(name, [])
        for i, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            if isinstance(entry, dict):
                _check_keys(entry, table, f"{name}[{i}]." if isinstance(entries, list) else f"{name}.")
    try:
        needs = msgspec.convert(document, Needs)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$")
        key = place.rstrip("`").lstrip(".")
        msg = f"{key}: {text[0].lower()}{text[1:]}" if key else text
        raise TeamError(msg) from None
    return checked(needs)


def checked(needs: Needs) -> Needs:
    """The same needs, if their URLs and patterns can be used.

    Raises:
        TeamError: a URL, pattern or folder cannot; the message names the key.
    """
    for i, server in enumerate(needs.server):
        _check_url(f"server[{i}].url", server.url)
        if server.login and server.url.startswith("http:"):
            msg = f"server[{i}].login: go sends credentials over https only, and {server.url} is plain http"
            raise TeamError(msg)
    if needs.sumdb.url:
        _check_url("sumdb.url", needs.sumdb.url)
    if needs.bundle and not needs.bundle.startswith("/"):
        msg = f"bundle: {needs.bundle!r} is not an absolute folder"
        raise TeamError(msg)
    for i, group in enumerate(needs.private):
        if not group.paths:
            msg = f"private[{i}].paths: name at least one pattern, such as git.example.com/team"
            raise TeamError(msg)
        for path in group.paths:
            if not path or any(c.isspace() or c in ",|'\"`$\\" for c in path) or "://" in path or path.startswith("/"):
                msg = f"private[{i}].paths: {path!r} is no pattern of module paths, such as git.example.com/team"
                raise TeamError(msg)
    return needs


def _check_keys(document: dict[str, Any], table: type[_Table], where: str) -> None:
    known = {field.encode_name for field in msgspec.structs.fields(table)}
    for name in document:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(sorted(known))}"
            msg = f"{where}{name}: unknown key; {hint}"
            raise TeamError(msg)


def _check_url(key: str, url: str) -> None:
    shown = redact(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    del port
    if parts.scheme not in {"http", "https"} or not host or any(c.isspace() or c in ",|'\"`$\\" for c in url):
        msg = f"{key}: {shown!r} is not a URL such as https://goproxy.example.com"
        raise TeamError(msg)
    if parts.query or parts.fragment:
        msg = f"{key}: {shown!r} has a query or a fragment, which go would refuse or lose"
        raise TeamError(msg)
    if parts.username is not None:
        msg = f"{key}: {shown!r} carries credentials; leave them out and say login = true, so that they stand in netrc only"
        raise TeamError(msg)
