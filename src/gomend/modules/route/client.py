"""HTTP as the go command speaks it: redirects, TLS, credentials, and the words of its errors.

Source: cmd/go/internal/web (get, Response.Err), auth (AddCredentials, netrc), net/http (Client.do).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import unquote, urlsplit

from gomend.modules.route import world
from gomend.modules.route.auth import Credentials, basic, of_url
from gomend.modules.route.errors import GoError, Hang, HttpStatusError
from gomend.modules.route.machine import PORTS, Machine, fill
from gomend.modules.route.served import Body
from gomend.modules.route.world import Answer

_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_NAMES: Final = {port: name for name, port in PORTS.items()}
_MAX_LINES: Final = 8
_MAX_REDIRECTS: Final = 10
_HANDSHAKE_WAIT: Final = 10
"""Seconds after which net/http gives a TLS handshake up: the only wait with an end."""
_BAD_CERTIFICATES: Final[dict[bool | str, str]] = {
    "selfsigned": "certificate signed by unknown authority",
    "expired": "certificate has expired or is not yet valid: current time {NOW} is after 2024-02-01T00:00:00Z",
}


@dataclass(frozen=True)
class Response:
    """An answer as the rest of the go command sees it."""

    url: str
    status: int
    line: str
    body: Body
    detail: str = ""
    cut: bool = False
    file_error: str = ""

    def error(self) -> HttpStatusError | None:
        """web.Response.Err: None for 200."""
        if self.status == 200:
            return None
        if self.detail:
            separator = "\n\t" if "\n" in self.detail else " "
            return HttpStatusError(f"reading {self.url}: {self.line}\n\tserver response:{separator}{self.detail}", self.status)
        return HttpStatusError(f"reading {self.url}: {self.file_error or self.line}", self.status)


def redacted(url: str, mask: str = "xxxxx") -> str:
    """The URL without its password."""
    return re.sub(r"^(\w+://[^/@:]*):[^/@]*@", rf"\1:{mask}@", url)


class Client:
    """The go command's HTTP client on one machine."""

    def __init__(self, machine: Machine, fatal: Callable[[str], NoReturn] | None = None) -> None:
        """Nothing is read before the first https request; ``fatal`` ends the process."""
        self.machine = machine
        self.credentials = Credentials(machine, fatal or _refuse)

    def get(self, url: str, *, insecure: bool = False, scheme_free: bool = False) -> Response:
        """web.Get; ``scheme_free`` tries https first and plain http only where that is allowed (GOINSECURE)."""
        if url.startswith("file:"):
            return self._file(url)
        if scheme_free:
            try:
                return self._fetch(f"https://{url}", insecure=insecure)
            except GoError:
                if not insecure:
                    raise
            return self._fetch(f"http://{url}", insecure=insecure)
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.username is not None:
            raise GoError(f"refusing to pass credentials to insecure URL: {redacted(url)}")
        return self._fetch(url, insecure=insecure)

    def bytes(self, url: str) -> Body:
        """web.GetBytes."""
        response = self.get(url)
        if (error := response.error()) is not None:
            raise error
        if response.cut:
            raise GoError(f"reading {redacted(url)}: unexpected EOF")
        return response.body

    def _file(self, url: str) -> Response:
        path = unquote(urlsplit(url).path)
        body = self.machine.files.get(path)
        if body is None:
            return Response(url, 404, "Not Found", "", file_error="no such file or directory")
        return Response(url, 200, "OK", body)

    def _fetch(self, url: str, *, insecure: bool) -> Response:
        secure = url.startswith("https:")
        answer = self._follow(url, self.credentials.header(url) if secure else "", insecure=insecure)
        if secure and 400 <= answer.status < 500 and self.machine.does("goauth"):
            answer = self._follow(url, self.credentials.header(url, refused=True), insecure=insecure)
        detail = _detail(answer.body) if answer.plain and answer.status != 200 else ""
        return Response(redacted(url), answer.status, answer.line, answer.body, detail, answer.fault == "cut")

    def _follow(self, url: str, authorization: str, *, insecure: bool) -> Answer:
        """net/http Client.do with the go command's CheckRedirect."""
        secure = url.startswith("https:")
        first = urlsplit(url).hostname
        asked = 0
        while True:
            answer = self._send(url, authorization or of_url(url))
            asked += 1
            if answer.status not in _REDIRECTS or answer.location is None:
                return answer
            target = _resolve(url, answer.location)
            if secure and not insecure and not target.startswith("https:"):
                raise GoError(f'Get "{answer.location}": redirected from secure URL {url} to insecure URL {target}')
            if asked >= _MAX_REDIRECTS:
                raise GoError(f'Get "{answer.location}": stopped after 10 redirects')
            authorization = authorization if urlsplit(target).hostname == first else ""
            url = target

    def _send(self, url: str, authorization: str) -> Answer:
        parts = urlsplit(url)
        shown = redacted(url, "***")
        path = "/" + url.partition("#")[0].partition("://")[2].partition("/")[2]
        secure = parts.scheme == "https"
        host = parts.hostname or ""
        if parts.scheme not in {"http", "https"}:
            raise GoError(f"unsupported scheme: {redacted(url)}")
        if not host:
            raise GoError(f'Get "{shown}": http: no Host in request URL')
        name = _NAMES.get(str(parts.port or ""), "")
        if host in {"127.0.0.1", "localhost", "::1"}:
            server = self.machine.scenario.servers.get(name)
            if server is None or server.refused:
                port = parts.port or (443 if secure else 80)
                raise GoError(f'Get "{shown}": dial tcp {host}:{port}: connect: connection refused')
            if secure and server.tls is False:
                raise GoError(f'Get "{shown}": tls: first record does not look like a TLS handshake')
            if secure and server.tls in _BAD_CERTIFICATES:
                raise GoError(f'Get "{shown}": tls: failed to verify certificate: x509: {_BAD_CERTIFICATES[server.tls]}')
            if server.tls == "silent":
                if secure and self.machine.scenario.timeout > _HANDSHAKE_WAIT:
                    raise GoError(f'Get "{shown}": net/http: TLS handshake timeout')
                raise Hang(shown)
            if not secure and server.tls:
                raise GoError(f'Get "{shown}": EOF')
            action = world.chosen(server.default, server.rules, path)
            needs = server.needauth
        else:
            name, action, needs = self._tunnel(host, parts.port or 443, path, shown, secure=secure)
        return self._answered(name, action, path, shown, authorization, needs)

    def _tunnel(self, host: str, port: int, path: str, shown: str, *, secure: bool) -> tuple[str, str, str]:
        """A host that is not loopback: https goes through the CONNECT proxy, plain http finds nobody."""
        if not secure:
            raise GoError(f'Get "{shown}": dial tcp: lookup {host}: no such host')
        connect = self.machine.scenario.connect
        if isinstance(connect, str) or host not in connect:
            self.machine.record("PX", f"CONNECT {host}:{port} 502")
            raise GoError(f'Get "{shown}": Bad Gateway')
        return f"PX:{host}", world.chosen("status:404", connect[host], path), ""

    def _answered(self, name: str, action: str, path: str, shown: str, authorization: str, needs: str) -> Answer:
        auth = " auth=Basic" if authorization else ""
        if needs and authorization != basic(*needs.split(":", 1)):
            answer = Answer(status=401, body="login first", plain=True)
        else:
            answer = world.answer(fill(action), path, self.machine.scenario.timeout, self.machine.shelf)
        if answer.fault in {"hang", "close"}:
            self.machine.record(name, f"{path} {answer.fault}{auth}")
            if answer.fault == "hang":
                raise Hang(shown)
            raise GoError(f'Get "{shown}": read tcp: read: connection reset by peer')
        self.machine.record(name, f"{path} {answer.status}{auth}")
        self.machine.wait(answer.wait, shown)
        return answer

    def _credentials(self, url: str) -> str:
        """What go sends along with a first https request."""
        return self.credentials.header(url) or of_url(url)


def _refuse(text: str) -> NoReturn:
    raise GoError(text)


def _resolve(url: str, location: str) -> str:
    if "://" in location:
        return location
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}{location}"


def _detail(body: Body) -> str:
    """web.formatErrorDetail: the first lines of a plain text."""
    if not isinstance(body, str) or any(not c.isprintable() and not c.isspace() for c in body):
        return ""
    kept: list[str] = []
    for i, line in enumerate(body.split("\n")):
        if not line.strip():
            break
        if i >= _MAX_LINES:
            kept.append("[Truncated: too many lines.]")
            break
        if len("\n\t".join(kept)) + len(line) > _MAX_LINES * 81:
            kept.append("[Truncated: too long.]")
            break
        kept.append(line)
    return "\n\t".join(kept)
