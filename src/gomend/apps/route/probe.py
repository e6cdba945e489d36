"""Ask the servers of a decision for real: all at the same time for what go asks first, then what go would ask next."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urljoin, urlsplit

import anyio

from gomend.apps.route import answers
from gomend.apps.route.decision import Decision
from gomend.apps.route.here import Here
from gomend.apps.route.probed import Asked, Probed
from gomend.apps.route.walk import credentials, walk
from gomend.apps.route.wish import Walk, Wish, sumdb_name
from gomend.golang import modpath, semver, verifier
from gomend.model.redact import redact
from gomend.modules import proxylist
from gomend.modules.probing import Exchange, exchange
from gomend.modules.proxylist import ProxyEntry
from gomend.modules.route.causes import cause
from gomend.modules.route.served import Tile
from gomend.modules.route.world import Answer
from gomend.ports.processes import Cmd, RealRunner

_MOST: Final = 120
"""Requests that one probe sends at most."""
_HOPS: Final = 10
_LISTS: Final = re.compile(r"git ls-remote -q --end-of-options (\S+) in \S+: ")
_GONE: Final = frozenset({404, 410})


class _Unasked(Exception):  # noqa: N818 - it says what to do next
    """The model wants an answer that nobody has asked for yet."""

    def __init__(self, url: str, login: str) -> None:
        super().__init__(url)
        self.url, self.login = url, login


async def probe_module(decision: Decision, here: Here, limit: float) -> Probed:
    """Probe for ``go mod download`` of the decision's module, with nothing in the cache and no go.sum."""
    replaced = decision.step("replaced")
    module, query = decision.module, decision.query
    if replaced is not None and not replaced.ends:
        module, query = replaced.value.partition(" => ")[2].split()
    return await _Probe(here, Wish(path=module, query=query), limit).run(decision)


class _Probe:
    def __init__(self, here: Here, wish: Wish, limit: float) -> None:
        self.here, self.wish, self.limit = here, wish, limit
        self.known: dict[tuple[str, str], Exchange] = {}
        self.lookup: Exchange | None = None
        words = here["GOSUMDB"].split()
        self.key = words[0] if words and not verifier.problem(here["GOSUMDB"]) else sumdb_name(here)

    async def run(self, decision: Decision) -> Probed:
        began = time.monotonic()
        entries = () if decision.step("private") else proxylist.parse(self.here["GOPROXY"]).entries
        first = [(entry, url) for entry in entries if entry.is_server for url in self._first(entry, decision)]
        async with anyio.create_task_group() as tasks:
            for _, url in first:
                tasks.start_soon(self._ask_along, url)
        found, repository = await self._by_git(await self._walked())
        asked = [self._asked(entry, url) for entry, url in first if url.startswith("http")]
        shown = {url for a in asked for url in (a.url, a.redirect)}
        asked += [self._later(key) for key in self.known if redact(key[0]) not in shown]
        answered = next((e.url for e in entries if e.is_server and self._served_by(e, found)), "")
        return Probed(
            decision=decision,
            asked=tuple(asked),
            walk=found,
            answered_by=redact(answered) or (self._origin(found) if found.exit == 0 else ""),
            seconds=round(time.monotonic() - began, 2),
            complete=not repository and not any(x.problem in {"large", "slow"} for x in self.known.values()),
            repository=repository,
        )

    # What is asked ---------------------------------------------------------------------------------------------------

    def _first(self, entry: ProxyEntry, decision: Decision) -> list[str]:
        """What go asks a server first: for a version its .info and .mod, else the list and the newest."""
        base = f"{entry.url.rstrip('/')}/{quote(modpath.escape(self.wish.path), safe='$&+=:@/-_.~')}"
        if semver.canonical(self.wish.query) == self.wish.query or not self._is_range():
            rev = quote(modpath.escape(self.wish.query), safe="$&+=:@/-_.~")
            urls = [f"{base}/@v/{rev}.info"] + ([f"{base}/@v/{rev}.mod"] if semver.canonical(self.wish.query) else [])
        else:
            urls = [f"{base}/@v/list"]
        if decision.step("sumdb") and len(self.here["GOSUMDB"].split()) == 1:
            urls.append(f"{entry.url.rstrip('/')}/sumdb/{sumdb_name(self.here)}/supported")
        return urls

    def _is_range(self) -> bool:
        query = self.wish.query
        return query in {"latest", "upgrade", "patch"} or query.startswith(("<", ">")) or bool(semver.canonical(query))

    async def _ask_along(self, url: str) -> None:
        """Ask, and follow redirects as far as go would, so that the model finds every answer there."""
        parts = urlsplit(url)
        if parts.scheme == "file" or (parts.scheme == "http" and parts.username is not None):
            return
        login, secure = credentials(self.here, url), parts.scheme == "https"
        for _ in range(_HOPS):
            seen = await self._ask(url, login)
            if seen.location is None or seen.status not in {301, 302, 303, 307, 308}:
                return
            url = urljoin(url, seen.location)
            if secure and not url.startswith("https:"):
                return
            login = login if urlsplit(url).hostname == parts.hostname else ""

    async def _ask(self, url: str, login: str) -> Exchange:
        known = self.known.get((url, login))
        if known is None:
            known = await exchange(url, login, variables=self.here.variables, phase_limit=self.limit)
            self.known[url, login] = known
        return known

    # What go would make of it ----------------------------------------------------------------------------------------

    async def _walked(self) -> Walk:
        """Run the model; whenever it needs an answer that is not there, ask and run it again."""
        for _ in range(_MOST):
            try:
                return walk(self.here, self.wish, self._answer)
            except _Unasked as wanted:
                await self._ask(wanted.url, wanted.login)
        return Walk(requests=(), exit=1, cause="", stderr=f"more than {_MOST} requests", waits="")

    async def _by_git(self, found: Walk) -> tuple[Walk, str]:
        """Where go would call git, see whether git can list the repository; the model has no network of its own."""
        match = _LISTS.search(found.stderr)
        if not match or found.exit == 0:
            return found, ""
        runner = RealRunner({**self.here.variables, "GIT_TERMINAL_PROMPT": "0"})
        argv = ("git", "ls-remote", "-q", "--end-of-options", match[1])
        done = await runner.run(Cmd(argv=argv, timeout=_HOPS * self.limit))
        if done.ok:
            return Walk(requests=found.requests, exit=0, cause="none", stderr=""), match[1]
        told = f"{match[0]}exit status {done.exit}:\n\t{done.stderr.strip() or done.problem}"
        told = found.stderr[: match.start()] + redact(told)
        return Walk(requests=found.requests, exit=1, cause=cause(1, told), stderr=told), ""

    def _answer(self, url: str, login: str) -> Answer:
        if url.startswith("file:"):
            return _file(url)
        tile = self._is_tile(url)
        real = self._tile_url(url) if tile else url
        found = self.known.get((real, login))
        if found is None:
            raise _Unasked(real, login)
        if "/lookup/" in url and "/@v/" not in url and found.status == 200:
            self.lookup = found
        answer = answers.answer_of(found, self.key)
        if tile and answer.status == 200 and self.lookup is not None:
            return replace(answer, body=self._tile(found))
        return answer

    def _is_tile(self, url: str) -> bool:
        return "/tile/8/0/" in url and "/@v/" not in url

    def _tile_url(self, url: str) -> str:
        """The model knows small trees; the tile that proves this record stands in the database's own answer."""
        path = answers.tile_of(self.lookup.body) if self.lookup is not None else ""
        root, _, asked = url.partition("/tile/8/0/")
        if not path:
            return url
        return root + (path if ".p/" in asked else path.partition(".p/")[0])

    def _tile(self, found: Exchange) -> Tile | str:
        whole = len(found.body) % 32 == 0 and len(found.body) > 0
        good = self.lookup is not None and answers.holds(found.body, self.lookup.body)
        return Tile("true" if good else "other") if whole else found.body.decode(errors="replace")

    # What is told ----------------------------------------------------------------------------------------------------

    def _asked(self, entry: ProxyEntry, url: str) -> Asked:
        login = credentials(self.here, url)
        seen, target = self._final(url, login)
        if seen is None:
            return Asked(server=redact(entry.url), url=redact(url), exchange=Exchange(url=redact(url)), reaction="stop")
        return Asked(
            server=redact(entry.url),
            url=redact(url),
            exchange=seen,
            kind=answers.kind_of(seen),
            reaction=self._reaction(entry, seen, url, target),
            redirect=redact(target) if target != url else None,
            login=bool(login),
        )

    def _final(self, url: str, login: str) -> tuple[Exchange | None, str]:
        """The last exchange of a chain of redirects, and where it ended."""
        host, secure = urlsplit(url).hostname, url.startswith("https:")
        seen = self.known.get((url, login))
        for _ in range(_HOPS):
            if seen is None or seen.location is None:
                break
            target = urljoin(url, seen.location)
            login = login if urlsplit(target).hostname == host else ""
            after = self.known.get((target, login))
            if after is None:
                return seen, target if secure else url
            seen, url = after, target
        return seen, url

    def _reaction(self, entry: ProxyEntry, seen: Exchange, url: str, target: str) -> str:
        """What go does after this answer alone: ``answers``, ``next``, ``stop`` or ``waits``."""
        if seen.problem in {"hang", "slow"}:
            return "waits"
        good = seen.status == 200 and not seen.problem
        if good and url.endswith((".info", "/@latest")):
            good = answers.kind_of(seen) == "info"
        if good and url.endswith(".mod"):
            good = answers.kind_of(seen) in {"mod", "other", "text"}
        if good and (target == url or not url.startswith("https:") or target.startswith("https:")):
            return "answers"
        return "next" if entry.falls_on_any or (not seen.problem and seen.status in _GONE) else "stop"

    def _later(self, key: tuple[str, str]) -> Asked:
        seen = self.known[key]
        parts = urlsplit(key[0])
        server = redact(f"{parts.scheme}://{parts.netloc}")
        reaction = (
            "waits" if seen.problem in {"hang", "slow"} else "answers" if seen.status == 200 and not seen.problem else "stop"
        )
        reaction = "next" if seen.status in _GONE and not seen.problem else reaction
        return Asked(
            server=server, url=redact(key[0]), exchange=seen, kind=answers.kind_of(seen), reaction=reaction, login=bool(key[1])
        )

    def _served_by(self, entry: ProxyEntry, found: Walk) -> bool:
        """Whether the zip came from this server."""
        zips = [url for url in found.requests if url.endswith(".zip")]
        return found.exit == 0 and bool(zips) and zips[-1].startswith(redact(entry.url).rstrip("/") + "/")

    def _origin(self, found: Walk) -> str:
        parts = urlsplit(found.requests[-1]) if found.requests else None
        return f"{parts.scheme}://{parts.netloc}" if parts else ""


def _file(url: str) -> Answer:
    try:
        raw = Path(unquote(urlsplit(url).path)).read_bytes()
    except OSError:
        return Answer(status=404)
    return Answer(body=answers.body_of(Exchange(url=url, status=200, body=raw), ""))
