"""In which git repository a public module lies: hosts that everybody knows, else what the module's own server says.

Source: go.dev/ref/mod (Finding a repository for a module path), cmd/go/internal/vcs (vcsPaths, metaImportsForPrefix).
Only https is spoken, and git goes to the very address that was judged (``http.curloptResolve``).
"""

from __future__ import annotations

import asyncio
import html.parser
import re
import time
import urllib.parse
import urllib.request
from typing import Final, NamedTuple

import aiohttp

from gomend.proxy.guard import Guard, Resolver
from gomend.proxy.outcomes import AbsentError, FailedError, one_line

_KNOWN: Final = (
    re.compile(r"(?P<root>github\.com/[\w.-]+/[\w.-]+)(?:/.*)?"),
    re.compile(r"(?P<root>bitbucket\.org/[\w.-]+/[\w.-]+)(?:/.*)?"),
    re.compile(r"(?P<root>[a-z0-9.-]+\.[a-z]+(?::\d+)?(?:/~?[\w.-]+)+?\.git)(?:/.*)?"),
)
_PAGE: Final = 1 << 20
_PATIENCE: Final = 10.0
_REDIRECTS: Final = 5
_KEPT: Final = 600.0
"""Seconds that it is known where a module lies."""


class Lies(NamedTuple):
    """The import path of the repository's root, its URL, and options for git."""

    root: str
    url: str
    options: tuple[str, ...] = ()


class Finder:
    """Asks, and remembers for a while."""

    def __init__(self, session: aiohttp.ClientSession, guard: Guard) -> None:
        """``guard`` judges where a page may lead."""
        self._session = session
        self._guard = guard
        self._resolver = Resolver(guard)
        self._known: dict[str, tuple[float, Lies]] = {}

    async def find(self, path: str) -> Lies:
        """Where a module lies.

        Raises:
            AbsentError: its server names no git repository for it.
            FailedError: it could not be asked, or leads to where we may not go.
        """
        until, lies = self._known.get(path, (0.0, Lies("", "")))
        if until < time.monotonic():
            lies = await self._find(path)
            self._known[path] = time.monotonic() + _KEPT, lies
        return lies

    async def _find(self, path: str) -> Lies:
        for known in _KNOWN:
            if match := known.fullmatch(path):
                root = match["root"]
                return Lies(root, f"https://{root}", await self._options(f"https://{root}"))
        root, url = await self._asked(path)
        if root != path and (await self._asked(root)) != (root, url):
            raise AbsentError(f"{path} and {root} name different repositories")
        if not url.startswith("https://"):
            raise FailedError("redirect", f"{path} lies at {url}, and only https is spoken")
        return Lies(root, url, await self._options(url))

    async def _asked(self, path: str) -> tuple[str, str]:
        """The go-import line of a page that is about a path."""
        page = await self._page(f"https://{path}?go-get=1")
        found = [(prefix, url) for prefix, vcs, url in imports(page) if vcs == "git" and f"{path}/".startswith(f"{prefix}/")]
        if not found:
            raise AbsentError(f"https://{path}?go-get=1 names no git repository for {path}")
        return found[0]

    async def _page(self, url: str) -> str:
        where = url
        try:
            async with asyncio.timeout(_PATIENCE):
                for _ in range(_REDIRECTS + 1):
                    if problem := self._guard.problem(url, where):
                        raise FailedError("redirect", f"{url} leads {problem}")
                    async with self._session.get(where, allow_redirects=False) as reply:
                        if reply.status not in {301, 302, 303, 307, 308}:
                            # go reads the page whatever its status is
                            return (await reply.content.read(_PAGE)).decode("utf-8", "replace")
                        where = urllib.parse.urljoin(where, reply.headers.get("Location", ""))
        except TimeoutError:
            raise FailedError("silent", f"{url} did not answer within {_PATIENCE:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FailedError("refused", f"{url}: {one_line(str(error)) or type(error).__name__}") from None
        raise FailedError("redirect", f"{url} redirects more than {_REDIRECTS} times")

    async def _options(self, url: str) -> tuple[str, ...]:
        """Options that let git go nowhere but to addresses that may be gone to."""
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        if problem := self._guard.problem("https://-", url):
            raise FailedError("redirect", f"{url} leads {problem}")
        stay = ("-c", "http.followRedirects=false", "-c", "protocol.allow=never", "-c", "protocol.https.allow=always")
        if urllib.request.getproxies().get("https"):
            return stay  # the proxy looks the name up, and is where all goes
        try:
            found = await self._resolver.resolve(host, port)
        except OSError as error:
            raise FailedError("refused", f"{host}: {one_line(str(error))}") from None
        addresses = ",".join(a["host"] for a in found)
        return (*stay, "-c", f"http.curloptResolve={host}:{port}:{addresses}")


class _Imports(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.over = self.over or tag == "body"
        if tag == "meta" and not self.over and given.get("name") == "go-import":
            words = (given.get("content") or "").split()
            if len(words) in {3, 4}:
                self.found.append((words[0], words[1], words[2]))

    def handle_endtag(self, tag: str) -> None:
        self.over = self.over or tag == "head"


def imports(page: str) -> list[tuple[str, str, str]]:
    """Prefix, system and URL of the go-import lines in the head of a page."""
    parser = _Imports()
    parser.feed(page)
    parser.close()
    return parser.found
