"""What Go's ``net/url`` refuses in a URL, in its own words. Source: net/url.Parse of Go 1.26."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from gomend.model.base import Thing

_HEX: Final = frozenset("0123456789abcdefABCDEF")
_HOST_PLAIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~!$&'()*+,;=:[]<>\"")
_USER: Final = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_PORT: Final = re.compile(r":[0-9]*")


class UrlError(Exception):
    """Go would refuse the URL; the message is Go's."""


class Url(Thing, frozen=True):
    """The parts that matter here; ``opaque`` is what follows the scheme where no slash does."""

    scheme: str = ""
    opaque: str = ""
    user: str = ""
    host: str = ""
    path: str = ""
    query: bool = False
    fragment: bool = False
    omits_host: bool = False


def parse(raw: str) -> Url:
    """Read a URL as Go does.

    Raises:
        UrlError: Go would refuse it.
    """
    whole, mark, fragment = raw.partition("#")
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in whole):
        raise UrlError("net/url: invalid control character in URL")
    if whole == "*":
        return Url(path="*", fragment=bool(mark and fragment))
    scheme, rest = _scheme(whole)
    rest, question, _ = rest.partition("?")
    found = Url(scheme=scheme.lower(), query=bool(question), fragment=bool(fragment))
    if not rest.startswith("/"):
        if scheme:
            _escapes(fragment)
            return _with(found, opaque=rest)
        if ":" in rest.split("/", 1)[0]:
            raise UrlError("first path segment in URL cannot contain colon")
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, tail = rest[2:].partition("/")
        rest = slash + tail
        user, at, host = authority.rpartition("@")
        _host(found.scheme, host)
        if at:
            if not _USER.fullmatch(user):
                raise UrlError("net/url: invalid userinfo")
            _escapes(user)
        found = _with(found, user=user, host=host)
    elif scheme and rest.startswith("/"):
        found = _with(found, omits_host=True)
    _escapes(rest)
    _escapes(fragment)
    return _with(found, path=rest)


def _scheme(text: str) -> tuple[str, str]:
    for i, char in enumerate(text):
        if char.isascii() and char.isalpha():
            continue
        if char in "0123456789+-.":
            if i == 0:
                return "", text
        elif char == ":":
            if i == 0:
                raise UrlError("missing protocol scheme")
            return text[:i], text[i + 1 :]
        else:
            return "", text
    return "", text


def _host(scheme: str, host: str) -> None:
    bracket = host.rfind("[")
    if bracket > 0:
        raise UrlError("invalid IP-literal")
    if bracket == 0:
        close = host.rfind("]")
        if close < 0:
            raise UrlError("missing ']' in host")
        _port(host[close + 1 :])
        name, zone, _ = host[1:close].partition("%25")
        _host_bytes(name)
        try:
            literal = ipaddress.ip_address(name)
        except ValueError:
            raise UrlError("invalid host") from None
        if literal.version == 4:
            raise UrlError("invalid IP-literal" if not zone else "invalid host")
        return
    if ":" in host:
        strict = scheme in {"http", "https"}
        _port(host[host.index(":") if strict else host.rindex(":") :])
    _host_bytes(host)


def _port(text: str) -> None:
    if text and not _PORT.fullmatch(text):
        raise UrlError(f'invalid port "{text}" after host')


def _host_bytes(text: str) -> None:
    i = 0
    while i < len(text):
        char = text[i]
        if char == "%":
            part = text[i : i + 3]
            if len(part) < 3 or not set(part[1:]) <= _HEX or (part[1] in "01234567" and part != "%25"):
                raise UrlError(f'invalid URL escape "{part}"')
            i += 3
            continue
        if ord(char) < 0x80 and char not in _HOST_PLAIN:
            raise UrlError(f'invalid character "{char}" in host name')
        i += 1


def _escapes(text: str) -> None:
    for match in re.finditer("%", text):
        part = text[match.start() : match.start() + 3]
        if len(part) < 3 or not set(part[1:]) <= _HEX:
            raise UrlError(f'invalid URL escape "{part}"')


def _with(url: Url, **changes: object) -> Url:
    import msgspec

    return msgspec.structs.replace(url, **changes)
