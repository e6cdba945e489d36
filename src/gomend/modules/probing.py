"""One real HTTP exchange, phase by phase, as the go command would make it: which phase took how long, and how it ended.

Redirects are not followed here: the model of go's client (``modules/route/client.py``) decides about them. Limits of go
itself: 30 s to connect, 10 s for a TLS handshake, none for an answer (net/http.DefaultTransport).
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import anyio
import msgspec

from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.modules import certificates, webproxy
from gomend.modules.certificates import Certificate

if TYPE_CHECKING:
    import httpx2

BODY_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of a body that are read at most."""
PATIENCE: Final = 6
"""A body may take this many times the time limit of one phase, as long as something still arrives."""
_AGENT: Final = "Go-http-client/1.1"
_ADDRESSES: Final = 4
_PHASES: Final = {"connect_tcp": "connect", "start_tls": "tls", "receive_response_headers": "first_byte"}


class Timing(Thing, frozen=True):
    """Milliseconds of each phase; None where it did not happen."""

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    total: float = 0.0


class Exchange(Thing, frozen=True):
    """What one request came to.

    ``problem`` is empty or one of ``dns``, ``refused``, ``connect-timeout``, ``tls``, ``tls-timeout``, ``hang``, ``slow``,
    ``reset``, ``cut``, ``large``, ``offline``, ``other``; ``waited`` are seconds until then.
    """

    url: str
    status: int | None = None
    phrase: str = ""
    type: str = ""
    location: str | None = None
    body: bytes = b""
    problem: str = ""
    detail: str = ""
    waited: float = 0.0
    address: str = ""
    via: str = ""
    timing: Timing = Timing()
    certificate: Certificate | None = None


async def exchange(
    url: str, authorization: str = "", *, variables: Mapping[str, str], phase_limit: float = 5.0, limit: int = BODY_LIMIT
) -> Exchange:
    """Send one GET. Never raises for what the network does.

    ``authorization`` is the base64 of ``user:password``; ``phase_limit`` are seconds for each phase; ``variables`` is the
    environment (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE …).
    """
    return await _Attempt(url, authorization, variables, phase_limit, limit).run()


class _Attempt:
    def __init__(self, url: str, authorization: str, variables: Mapping[str, str], phase_limit: float, limit: int) -> None:
        parts = urlsplit(url)
        self.host, self.secure = parts.hostname or "", parts.scheme == "https"
        self.port = parts.port or (443 if self.secure else 80)
        self.netloc = parts.netloc.rpartition("@")[2]
        self.tail = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.shown = redact(url)
        self.authorization, self.variables, self.phase_limit, self.limit = authorization, variables, phase_limit, limit
        self.proxy = webproxy.proxy_for(url, variables)
        self.began: dict[str, float] = {}
        self.took: dict[str, float] = {}
        self.phase = ""
        self.started = time.monotonic()
        self.found = Exchange(url=self.shown, via=redact(self.proxy))

    async def run(self) -> Exchange:
        addresses = [self.host] if self.proxy else await self._resolve()
        for i, address in enumerate(addresses):
            await self._send(address)
            if self.found.problem not in {"refused", "connect-timeout"} or i + 1 == len(addresses):
                break
        if self.found.problem == "tls" and not self.proxy and addresses:
            seen = await certificates.unverified(addresses[0], self.port, self.host, self.phase_limit)
            if seen is not None:
                self._note(certificate=msgspec.structs.replace(seen, trusted=False, problem=self.found.detail))
        return self.found

    def _note(self, **changes: Any) -> None:
        total = round((time.monotonic() - self.started) * 1000, 1)
        timing = Timing(**self.took, total=total)
        self.found = msgspec.structs.replace(self.found, waited=round(total / 1000, 2), timing=timing, **changes)

    async def _resolve(self) -> list[str]:
        began = time.monotonic()
        try:
            with anyio.fail_after(self.phase_limit):
                found = await anyio.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except TimeoutError:
            self._note(problem="dns", detail=f"lookup {self.host}: i/o timeout")
            return []
        except (OSError, UnicodeError):
            self._note(problem="dns", detail=f"lookup {self.host}: no such host")
            return []
        self.took["dns"] = round((time.monotonic() - began) * 1000, 1)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))[:_ADDRESSES]

    async def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        del info
        name, _, stage = event.rpartition(".")
        name = name.rpartition(".")[2]
        phase = _PHASES.get(name)
        if phase and stage == "started":
            self.phase = phase
            self.began[phase] = time.monotonic()
        elif phase and stage == "complete":
            self.took[phase] = round((time.monotonic() - self.began[phase]) * 1000, 1)
            self.phase = ""

    async def _send(self, address: str) -> None:
        import httpx2

        scheme = "https" if self.secure else "http"
        shown = f"[{address}]" if ":" in address else address
        target = f"{scheme}://{self.netloc if self.proxy else f'{shown}:{self.port}'}{self.tail}"
        headers = {"Host": self.netloc, "User-Agent": _AGENT, "Accept-Encoding": "gzip", "Connection": "close"}
        if self.authorization:
            headers["Authorization"] = f"Basic {self.authorization}"
        self.phase = "connect"
        self._note(problem="", address=address)
        try:
            verify = certificates.context(self.variables)
            limits = httpx2.Timeout(self.phase_limit)
            proxy = self.proxy or None
            async with httpx2.AsyncClient(verify=verify, timeout=limits, trust_env=False, proxy=proxy) as client:
                extensions = {"trace": self._trace, "sni_hostname": self.host}
                request = client.build_request("GET", target, headers=headers, extensions=extensions)
                response = await client.send(request, stream=True)
                try:
                    await self._read(response)
                finally:
                    await response.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            self._failed(error)

    async def _read(self, response: httpx2.Response) -> None:
        stream = response.extensions.get("network_stream")
        tls = stream.get_extra_info("ssl_object") if stream is not None else None
        raw = tls.getpeercert(binary_form=True) if tls is not None else None
        self._note(
            status=response.status_code,
            phrase=response.reason_phrase,
            type=response.headers.get("Content-Type", ""),
            location=response.headers.get("Location"),
            certificate=certificates.read(raw) if raw else None,
        )
        self.phase = "body"
        body = bytearray()
        with anyio.move_on_after(PATIENCE * self.phase_limit) as patience:
            try:
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > self.limit:
                        self._note(problem="large", body=bytes(body))
                        return
            finally:
                self.found = msgspec.structs.replace(self.found, body=bytes(body))
        self._note(problem="slow" if patience.cancelled_caught else "")

    def _failed(self, error: Exception) -> None:
        import httpx2

        detail = redact(str(error)) or type(error).__name__
        late = isinstance(error, httpx2.TimeoutException)
        if isinstance(error, httpx2.ProxyError):
            problem, detail = "other", detail.partition(" ")[2] if detail[:3].isdigit() else detail
        elif self.phase == "connect":
            problem, detail = ("connect-timeout", detail) if late else _unconnected(error)
        elif self.phase == "tls":
            problem = "tls-timeout" if late else "tls"
            detail = "TLS handshake timeout" if late else _tls_reason(error)
        elif late:
            problem = "hang"
        else:
            problem = "cut" if self.phase == "body" else "reset"
        self._note(problem=problem, detail=detail)


def _tls_reason(error: BaseException) -> str:
    """The words of the TLS library, which lie below those of the HTTP library."""
    found = next((e for e in _chain(error) if isinstance(e, ssl.SSLError)), None)
    return certificates.reason(found) if found is not None else str(error) or type(error).__name__


def _unconnected(error: BaseException) -> tuple[str, str]:
    """Why no connection came about, from the operating system's own error below."""
    found = next((e for e in _chain(error) if isinstance(e, OSError) and e.errno), None)
    if found is None or found.errno == errno.ECONNREFUSED:
        return "refused", "connection refused"
    return "other", f"connect: {(found.strerror or str(found)).lower()}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, what it was raised from, and what a group of errors holds."""
    waiting = [error]
    for _ in range(32):
        if not waiting:
            return
        one = waiting.pop(0)
        yield one
        waiting += [e for e in (one.__cause__, one.__context__) if e is not None]
        waiting += getattr(one, "exceptions", ())
