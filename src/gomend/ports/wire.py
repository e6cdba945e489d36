"""The door to bulk HTTP: many requests to one server over a kept connection, with an end in time and in size.

`ports.http` opens a client for each request and costs a tenth of a second to load; a gate that asks a metrics server 200
questions has 300 ms for all it does (decision 45). So: the standard library's client, no redirects, no proxies from the environment.
"""

from __future__ import annotations

import base64
import http.client
import ssl
import time
import urllib.parse
from collections.abc import Mapping
from typing import Final

from gomend.model.base import Thing
from gomend.model.redact import redact

ANSWER_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of an answer above which it is refused, not cut: half an answer is a wrong one."""
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
_PAUSES: Final = (0.2, 0.8)
"""Seconds before the second and the third try."""
_CHUNK: Final = 1 << 18


class Heard(Thing, frozen=True):
    """What a server said. ``problem`` says why there is no answer to read; ``status`` may stand beside it."""

    status: int | None = None
    body: bytes = b""
    type: str = ""
    """The content type, in small letters."""
    problem: str = ""


def posted(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Heard:
    """Post JSON once to an address with a path and perhaps a query, as webhooks have.

    Raises:
        ValueError: it is no http or https URL.
    """
    parts = urllib.parse.urlsplit(url)
    wire = Wire(urllib.parse.urlunsplit((parts.scheme, parts.netloc, "", "", "")), headers, timeout=15)
    heard = wire.send((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, "application/json")
    wire.close()
    return heard


class Wire:
    """One connection to one server; not for several threads at once."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, timeout: float = 30.0) -> None:
        """``url`` may carry a user and a password, and a path that stands before each request's. ``timeout``: seconds for one answer, all of it.

        Raises:
            ValueError: it is no http or https URL.
        """
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = f"{redact(url)} is no http:// or https:// address"
            raise ValueError(msg)
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": "gomend", **(headers or {})}
        if parts.username is not None:
            pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
            self._headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        self._timeout = timeout
        self._line: http.client.HTTPConnection | None = None

    def post(self, path: str, form: Mapping[str, str]) -> Heard:
        """Ask with a form, which has no length limit as a URL has; the question must bear to be asked twice. Never raises for what the network does."""
        body = urllib.parse.urlencode(form).encode()
        return self.send(path, body, "application/x-www-form-urlencoded", tries=len(_PAUSES) + 1)

    def send(self, path: str, body: bytes, type: str, tries: int = 1) -> Heard:
        """Post a body; what may not be done twice is tried once. Never raises for what the network does."""
        heard = Heard(problem="nothing was asked")
        until = time.monotonic() + self._timeout * tries
        for at in range(tries):
            if at:
                time.sleep(_PAUSES[at - 1])
            heard = self._once(path, body, type)
            if (heard.status is None or heard.status in _AGAIN) and time.monotonic() < until:
                continue
            break
        return heard

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _once(self, path: str, body: bytes, type: str) -> Heard:
        fresh = self._line is None
        try:
            return self._exchange(path, body, type)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            self.close()
            if fresh:
                return Heard(problem=f"the server hung up: {error}")
            try:  # a kept connection that the server closed meanwhile says nothing of the question
                return self._exchange(path, body, type)
            except (OSError, http.client.HTTPException) as second:
                self.close()
                return Heard(problem=_told(second))
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return Heard(problem=_told(error))

    def _exchange(self, path: str, body: bytes, type: str) -> Heard:
        until = time.monotonic() + self._timeout
        if self._line is None:
            kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            self._line = kind(self._host, self._port, timeout=self._timeout)
        self._line.request("POST", self._prefix + path, body, {**self._headers, "Content-Type": type})
        answer = self._line.getresponse()
        pieces: list[bytes] = []
        size = 0
        while piece := answer.read(_CHUNK):
            pieces.append(piece)
            size += len(piece)
            if size > ANSWER_LIMIT or time.monotonic() > until:
                self.close()
                why = (
                    f"larger than {ANSWER_LIMIT >> 20} MiB" if size > ANSWER_LIMIT else f"not whole within {self._timeout:g} s"
                )
                return Heard(status=answer.status, problem=f"the answer is {why}")
        broken = bool(answer.length)  # a read of so many bytes says nothing of a connection that ended early
        if answer.will_close or broken:
            self.close()
        if broken:
            return Heard(status=answer.status, problem="the answer broke off")
        return Heard(status=answer.status, body=b"".join(pieces), type=(answer.getheader("Content-Type") or "").lower())


def _told(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or error}"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, http.client.IncompleteRead):
        return "the answer broke off"
    return f"no HTTP answer ({type(error).__name__})"
