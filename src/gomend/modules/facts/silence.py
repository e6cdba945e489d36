"""What the servers of GOPROXY and the checksum database answer right now: go itself says nothing while it waits for one.

One module of the project (or of the command that was stopped) is asked for, without credentials: a refusal is an answer
too. Servers that go would not come to never learn its path: they are asked for a list that is public everywhere.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final
from urllib.parse import quote

import anyio
from msgspec.structs import replace

from gomend.golang import modpath, patterns, verifier
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.log import LogText
from gomend.golang.facts.project import GoMod
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.model.redact import redact
from gomend.modules import proxylist
from gomend.ports.doors import Doors, Scope
from gomend.ports.http import Ask

WAIT: Final = 5.0
"""Seconds that each server has for an answer."""
STOPPED: Final = frozenset({124, 130, 137, 143})
"""Exit codes of a command that a time limit or a signal ended."""
_PUBLIC: Final = "golang.org/toolchain"
"""A module whose name is a secret to nobody."""
_GONE: Final = frozenset({404, 410})
_VERSIONED: Final = re.compile(r"(?P<path>[\w.-]+\.[\w.-]+(?:/[\w.~+-]+)*)@(?P<version>[\w.+<>=-]+)")
_DOWNLOADING: Final = re.compile(r"^go: downloading (?P<path>\S+) (?P<version>v\S+)$")
_EXACT: Final = re.compile(r"v\d+\.\d+\.\d+(?:[-+].*)?")


class Answered(Thing, frozen=True):
    """How one server took the requests: base URL, the last request, its status, or the problem that there was instead.

    ``about`` is ``proxy`` or ``sumdb``; ``silent``: it took a request and gave no answer within ``seconds``.
    """

    server: str
    url: str
    about: str
    status: int | None = None
    problem: str = ""
    seconds: float = 0.0
    neutral: bool = False
    """Whether it was only asked for something public, as go would not come to it."""

    @property
    def silent(self) -> bool:
        """Whether go would wait for it."""
        return self.problem == "timeout"

    @property
    def good(self) -> bool:
        """Whether it has the file."""
        return self.status == 200 and not self.problem

    @property
    def awake(self) -> bool:
        """Whether it answers as a module proxy does, be it that it has not got the file."""
        return self.good or (self.neutral and not self.problem and self.status in _GONE)

    def passes(self, *, on_any: bool) -> bool:
        """Whether go asks the next entry after this answer."""
        return not self.silent and not self.good and (on_any or self.status in _GONE)

    def evidence(self) -> Evidence:
        """The request, and what came back."""
        seconds = f"{self.seconds:.1f} s"
        told = f"no answer within {seconds}" if self.silent else self.problem or f"{self.status} after {seconds}"
        return Evidence(source=f"GET {self.url}", quote=told)


class Answers(Fact, frozen=True):
    """What each server answered for ``module``, in the order of GOPROXY, then the checksum database."""

    module: str
    answered: tuple[Answered, ...]
    cost: ClassVar = Cost.PROBE
    reads: ClassVar = frozenset({"go-env", "env", "file:go.mod", "command", "network"})

    def of(self, server: str) -> Answered | None:
        """How the server with this base URL took the requests for the module."""
        return next((a for a in self.answered if a.about == "proxy" and a.server == redact(server)), None)

    @property
    def database(self) -> Answered | None:
        """How the checksum database answered, if it was asked."""
        return next((a for a in self.answered if a.about == "sumdb"), None)


@collector
async def collect(
    doors: Doors, scope: Scope, env: GoEnv, mod: GoMod | Absent | Unknown, log: LogText | Absent | Unknown
) -> Answers | Absent | Unknown:
    """Ask the servers as go would come to them, then the others."""
    wanted = _wanted(scope, env, mod if isinstance(mod, GoMod) else None, log if isinstance(log, LogText) else None)
    if scope.offline:
        return Unknown(reason="no server may be asked: --offline")
    if wanted is None:
        return Absent(reason="no public module is known to ask for")
    found = proxylist.parse(env["GOPROXY"])
    servers = tuple(e for e in found.servers if e.url.startswith(("https:", "http:")))
    if found.error or not servers:
        return Absent(reason="GOPROXY names no server")
    path, version = wanted
    stopped = scope.command_exit in STOPPED
    answers: dict[str, Answered] = {}
    for entry in servers:
        answers[entry.url] = await _server(doors, entry.url, path, version, whole=stopped)
        if not answers[entry.url].passes(on_any=entry.falls_on_any):
            break

    async def ask(server: str) -> None:
        found = await _ask(doors, f"{_bare(server)}/{_PUBLIC}/@v/list", redact(server), "proxy")
        answers[server] = replace(found, neutral=True)

    async with anyio.create_task_group() as tasks:
        for entry in servers:
            if entry.url not in answers:
                tasks.start_soon(ask, entry.url)
    answered = [answers[entry.url] for entry in servers]
    if any(a.problem == "offline" for a in answered):
        return Unknown(reason="no server may be asked: --offline")
    arrived = any(a.good and not a.neutral for a in answered)
    database = await _database(doors, env, [e.url for e in servers], path, version) if arrived else None
    return Answers(module=f"{path}@{version}" if version else path, answered=(*answered, *([database] if database else [])))


def _wanted(scope: Scope, env: GoEnv, mod: GoMod | None, log: LogText | None) -> tuple[str, str] | None:
    """The module to ask for: the one that the command was about, else the first of go.mod that proxies may know."""
    candidates = [(m["path"], m["version"]) for word in scope.command for m in [_VERSIONED.fullmatch(word)] if m]
    lines = [m for line in (log.lines if log else ()) for m in [_DOWNLOADING.match(line)] if m]
    candidates = [(m["path"], m["version"]) for m in lines[-1:]] + candidates
    if mod is not None:
        replaced = {r.path for r in mod.mod.replaces}
        candidates += [(r.path, r.version) for r in mod.mod.requires if r.path not in replaced]
    private = env["GONOPROXY"] or env["GOPRIVATE"]
    return next(((path, version) for path, version in candidates if not patterns.matches(private, path)), None)


async def _server(doors: Doors, server: str, path: str, version: str, *, whole: bool) -> Answered:
    """The first requests of go to one server; the first that is not answered well ends it."""
    base = f"{_bare(server)}/{quote(modpath.escape(path), safe='$&+=:@/-_.~')}/@v"
    exact = _EXACT.fullmatch(version)
    names = (
        [f"{modpath.escape(version)}{end}" for end in (".info", ".mod", *([".zip"] if whole else []))] if exact else ["list"]
    )
    found = Answered(server=redact(server), url="", about="proxy")
    for name in names:
        found = await _ask(doors, f"{base}/{name}", redact(server), "proxy")
        if not found.good:
            break
    return found


async def _database(doors: Doors, env: GoEnv, servers: list[str], path: str, version: str) -> Answered | None:
    """The lookup in the checksum database, by the way that go would take: the first proxy that offers it, else straight."""
    value = env["GOSUMDB"]
    skipped = patterns.matches(env["GONOSUMDB"] or env["GOPRIVATE"], path)
    if value == "off" or skipped or verifier.problem(value) or not _EXACT.fullmatch(version):
        return None
    words = value.split()
    name = words[0].partition("+")[0]
    base = words[1].rstrip("/") if len(words) == 2 else f"https://{name}"
    entries = {e.url: e for e in proxylist.parse(env["GOPROXY"]).servers}
    for server in servers if len(words) == 1 else ():
        offered = await _ask(doors, f"{_bare(server)}/sumdb/{name}/supported", redact(server), "sumdb")
        if offered.good:
            base = f"{_bare(server)}/sumdb/{name}"
            break
        if not offered.passes(on_any=entries[server].falls_on_any):
            return offered
    return await _ask(doors, f"{base}/lookup/{modpath.escape(path)}@{modpath.escape(version)}", redact(base), "sumdb")


async def _ask(doors: Doors, url: str, server: str, about: str) -> Answered:
    reply = await doors.http.ask(Ask(url=url, timeout=WAIT))
    return Answered(
        server=server, url=redact(url), about=about, status=reply.status, problem=reply.problem, seconds=round(reply.seconds, 1)
    )


def _bare(url: str) -> str:
    """A base URL without its login."""
    return re.sub(r"^(\w+://)[^/@]*@", r"\1", url).rstrip("/")
