"""The plan of module settings for this machine and project: what is known, what is measured, what is changed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any, Final

import anyio
import msgspec

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.apps.session import Options, Session
from gomend.engine import apply as applying
from gomend.engine.apply import Refused, Site
from gomend.engine.check import Report
from gomend.engine.gather import gather
from gomend.engine.steps import StepProblem
from gomend.golang.facts.env import GoEnv
from gomend.golang.facts.project import GoMod
from gomend.model.outcome import Plan as Doing
from gomend.model.reasons import tell
from gomend.model.redact import redact
from gomend.model.text import Said, say
from gomend.modules import proxylist
from gomend.modules.facts.netrc import Netrc
from gomend.modules.planning import infer, settings, words
from gomend.modules.planning.changes import Change, changes
from gomend.modules.planning.contradictions import Contradiction
from gomend.modules.planning.infer import Seen
from gomend.modules.planning.needs import Needs, Server
from gomend.ports.http import Ask, Http, Reply
from gomend.ports.processes import Cmd
from gomend.ports.state import StateProblem

_READ: Final = (*settings.MANAGED, "GOFLAGS", "GOAUTH")
_FROM_GOROOT: Final = {"GOPROXY": "direct", "GOSUMDB": "off", "GOTOOLCHAIN": "local"}
"""What go takes where ``$GOROOT/go.env`` has no line."""
_WAIT: Final = 8.0
"""Seconds that a server is given to answer a probe."""


class Desk:
    """What this machine says: go's settings and defaults, and what the project tells of the team."""

    def __init__(self, directory: str = ".") -> None:
        """Ask go, git and the project's files.

        Raises:
            Problem: the folder cannot be read, or go cannot be asked.
        """
        self.session = Session(Options(directory=directory), project_needed=False)
        answers = run_async(lambda: gather({GoEnv, GoMod, Netrc}, self.session.scope, self.session.doors))
        env, mod, netrc = answers[GoEnv], answers[GoMod], answers[Netrc]
        if not isinstance(env, GoEnv):
            raise base.Problem(tell(self.session.say, env.reason))
        self.env = env
        self.defaults = self._defaults()
        self.current = {name: env[name] for name in _READ if env.origin(name) in {"environment", "go env -w"} and env[name]}
        rewrites, remotes = run_async(self._git)
        self.seen = Seen(
            main=mod.module if isinstance(mod, GoMod) else "",
            requires=tuple(require.path for require in mod.mod.requires) if isinstance(mod, GoMod) else (),
            current=self.current,
            default_proxy=self.defaults["GOPROXY"],
            remotes=remotes,
            rewrites=rewrites,
            netrc=netrc.hosts if isinstance(netrc, Netrc) else (),
            team=self.session.scope.private,
            ci=bool(self.session.doors.environ.variables.get("CI")),
        )

    def _defaults(self) -> dict[str, str]:
        """The lines of ``$GOROOT/go.env``."""
        raw = self.session.doors.files.read(os.path.join(self.env["GOROOT"], "go.env")) or b""
        lines = dict(re.findall(r"(?m)^\s*(\w+)=(.*?)\s*$", raw.decode(errors="replace")))
        return {name: lines.get(name, otherwise) for name, otherwise in _FROM_GOROOT.items()}

    async def _git(self) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Rewrites of URLs by git, and the project's remotes; nothing where git is not there."""
        runner, root = self.session.doors.runner, self.session.root
        if runner.which("git") is None:
            return (), ()
        asked = ("git", "config", "--get-regexp", r"^(url\..*\.insteadof|remote\..*\.url)$")
        done = await runner.run(Cmd(argv=asked, cwd=root, timeout=10))
        rewrites: list[tuple[str, str]] = []
        remotes: list[str] = []
        for line in done.stdout.splitlines() if done.ok else ():
            key, _, value = line.partition(" ")
            if key.startswith("url."):
                rewrites.append((key.removeprefix("url.").removesuffix(".insteadof"), value))
            else:
                remotes.append(value)
        return tuple(rewrites), tuple(remotes)

    def needs(self, given: Needs, *, guess: bool) -> tuple[Needs, tuple[Said, ...]]:
        """What was said, filled with what the project tells if nothing was."""
        if not guess:
            return given, ()
        proposal = infer.infer(self.seen, given)
        return proposal.needs, proposal.open

    def shadowed(self, made: tuple[Change, ...]) -> tuple[Said, ...]:
        """Changes that ``go env -w`` cannot make, because the process environment wins."""
        return tuple(say(words.OPEN_SHADOW, name=c.name) for c in made if not self.env.settable(c.name))


async def measure(http: Http, urls: Iterable[str]) -> dict[str, Reply]:
    """Ask each URL once, all at the same time."""
    replies: dict[str, Reply] = {}

    async def ask(url: str) -> None:
        replies[url] = await http.ask(Ask(url=url, timeout=_WAIT))

    async with anyio.create_task_group() as group:
        for url in dict.fromkeys(urls):
            group.start_soon(ask, url)
    return replies


def probe(needs: Needs, desk: Desk) -> tuple[Needs, tuple[Said, ...]]:
    """Ask every named server whether it is there and passes the database on; go's own, if nobody said what the network is."""
    name = (needs.sumdb.name or desk.defaults["GOSUMDB"]).partition("+")[0]
    own = [] if needs.network else [e.url for e in proxylist.parse(desk.defaults["GOPROXY"]).servers]
    asked = {url: f"{url.rstrip('/')}/sumdb/{name}/supported" for url in (*(s.url for s in needs.server), *own)}
    replies = run_async(lambda: measure(desk.session.doors.http, asked.values()))
    open_: list[Said] = []
    server: list[Server] = []
    for one in needs.server:
        reply = replies[asked[one.url]]
        if reply.status is None:
            open_.append(say(words.OPEN_DOWN, server=one.url, problem=reply.problem))
        offers = one.sumdb if reply.status is None or reply.status in {401, 403} else reply.status == 200
        server.append(msgspec.structs.replace(one, sumdb=offers))
    network = needs.network
    if own:
        network = "open" if any(replies[asked[url]].status is not None for url in own) else "default-blocked"
    return msgspec.structs.replace(needs, server=tuple(server), network=network), tuple(open_)


def plan(needs: Needs, desk: Desk, more: tuple[Said, ...]) -> tuple[settings.Plan, tuple[Change, ...]]:
    """The plan and what it changes here.

    Raises:
        Problem: the needs contradict each other.
    """
    try:
        made = settings.plan(needs, desk.defaults)
    except Contradiction as contradiction:
        raise base.Problem(base.translator()(contradiction.said)) from None
    todo = changes(made, desk.current)
    return msgspec.structs.replace(made, open=(*made.open, *more, *desk.shadowed(todo))), todo


def apply(made: tuple[Change, ...], desk: Desk) -> str:
    """Write the changes with ``go env -w`` through the journal, so that ``gomend undo`` takes them back; the journal's name.

    Raises:
        Problem: nothing could be written, and why.
    """
    steps = tuple(desk.env.set(change.name, change.after) for change in made if desk.env.settable(change.name))
    doing = Doing(steps=steps, findings=(), codes=(), fixes=("modules-plan",))
    session = desk.session
    site = Site(scope=session.scope, state=str(session.state), rules=())

    async def main() -> Any:
        return await applying.apply(doing, site, Report(findings=(), verdicts=()), {}, session.doors)

    try:
        outcome = run_async(main)
    except Refused as refused:
        raise base.Problem(" ".join(session.say(said) for said in refused.said)) from None
    except (StateProblem, StepProblem) as problem:
        raise base.Problem(str(problem)) from None
    if outcome.rolled_back:
        raise base.Problem(redact(outcome.reason))
    return outcome.journal or ""
