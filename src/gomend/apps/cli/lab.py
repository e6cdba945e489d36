"""``gomend lab``: failures on purpose."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from gomend.apps.cli import base, options, words
from gomend.apps.cli.base import option
from gomend.model.text import text

if TYPE_CHECKING:
    from gomend.lab.catalogue import Failure
    from gomend.lab.spec import Observed
    from gomend.lab.stage import Stage

_LIST = text("cli.lab.list", "List the failures that the lab can make.")
_RUN = text("cli.lab.run", "Make one happen, show what go says and what gomend finds.")
_SHELL = text("cli.lab.shell", "Open a shell in a place where it is broken.")
_PROXY = text("cli.lab.proxy", "Stand before a real module proxy and break what you choose.")
_UNKNOWN = text("cli.lab.unknown", "The lab has no failure called {name}; see: gomend lab list")
_NO_TERMINAL = text("cli.lab.no-terminal", "gomend lab shell needs a terminal; without one, use: gomend lab run {name}")
_NO_UPSTREAM = text("cli.lab.no-upstream", "Name a module proxy that starts with https:// or http://, not {url}.")
_PORT_TAKEN = text("cli.lab.port-taken", "Port {port} cannot be used: {reason}")
_COLUMN_NAME = text("cli.lab.column.name", "failure")
_SAID_NOTHING = text("cli.lab.said-nothing", "go said nothing and was stopped after {seconds} s.")
_ENDED = text("cli.lab.ended", "exit {exit} after {seconds} s")
_ASKED = text("cli.lab.asked", "What the servers were asked")
_WHY = text("cli.lab.why", "Why")
_FINDS = text("cli.lab.finds", "What gomend finds")
_AS_EXPECTED = text("cli.lab.as-expected", "The first finding names the cause: {cause}.")
_NOT_EXPECTED = text("cli.lab.not-expected", "The first finding should be {cause}, but is {found}.")
_HEALTHY = text("cli.lab.healthy", "Nothing is broken, and gomend finds no error.")
_NOT_HEALTHY = text("cli.lab.not-healthy", "Nothing should be broken, but gomend finds {found}.")
_NOTHING = text("cli.lab.nothing", "nothing")
_COLUMN_EXIT = text("cli.lab.column.exit", "exit")
_COLUMN_FOUND = text("cli.lab.column.found", "first finding")
_COLUMN_RIGHT = text("cli.lab.column.right", "as expected")
_YES = text("cli.lab.yes", "yes")
_NO = text("cli.lab.no", "NO")
_ONE_OR_ALL = text("cli.lab.one-or-all", "Name one failure (see: gomend lab list), or give --all.")
_IN_SHELL = text(
    "cli.lab.in-shell", "You are where it is broken; try: {command}\nLeave with exit; everything here is then removed."
)
_LISTENING = text(
    "cli.lab.listening", "Listening before {upstream}. In another terminal: export GOPROXY={url}  (Ctrl-C stops it)"
)


@click.group(name="lab", cls=base.Group, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See words.COMMANDS."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command(name="list", cls=base.Part, summary=_LIST)
@option("--format", type=click.Choice(("text", "json")), default="text", help=text("cli.opt.lab-format", "A table, or JSON."))
@options.lang
def _list(format: str) -> int:
    from gomend.lab.catalogue import CATALOGUE

    say = base.translator()
    if format == "json":
        rows = [
            {"name": f.name, "what": say(f.what), "cause": f.cause, "command": f.scenario.command, "silent": f.silent}
            for f in CATALOGUE.values()
        ]
        _json({"schema": "gomend.lab/1", "failures": rows})
        return 0
    from gomend.apps.cli.rules import table

    titles = [say(t) for t in (_COLUMN_NAME, words.COLUMN_SLUG, words.COLUMN_WHAT)]
    table(titles, [[f.name, f.cause, say(f.what)] for f in CATALOGUE.values()])
    return 0


@command.command(name="run", cls=base.Part, summary=_RUN)
@click.argument("name", metavar="[NAME]", required=False)
@option(
    "--all",
    "every",
    is_flag=True,
    help=text("cli.opt.lab-all", "Make all of them happen, one after the other, and show a table."),
)
@option("--format", type=click.Choice(("text", "json")), default="text", help=text("cli.opt.lab-run-format", "Text, or JSON."))
@options.lang
def _run(name: str | None, every: bool, format: str) -> int:
    from gomend.lab.catalogue import CATALOGUE

    if (name is None) != every:
        raise base.Problem(_ONE_OR_ALL)
    if name is not None and format == "text":
        return _one(_failure(name))
    from gomend.apps.labruns import performed

    say = base.translator()
    rows: list[dict[str, Any]] = []
    for failure in CATALOGUE.values() if every else (_failure(name or ""),):
        with _staged(failure) as stage:
            rows.append(performed(failure, stage, say))
        if every and base.is_terminal(sys.stderr):
            base.note(f"{len(rows)}/{len(CATALOGUE)} {failure.name}")
    if format == "json":
        _json({"schema": "gomend.lab-run/1", "runs": rows})
    else:
        from gomend.apps.cli.rules import table

        titles = [say(t) for t in (_COLUMN_NAME, _COLUMN_EXIT, _COLUMN_FOUND, _COLUMN_RIGHT)]
        exits = ["-" if row["exit"] is None else str(row["exit"]) for row in rows]
        found = [(row["found"] or [say(_NOTHING)])[0] for row in rows]
        right = [say(_YES if row["right"] else _NO) for row in rows]
        table(titles, [[row["name"], e, f, r] for row, e, f, r in zip(rows, exits, found, right, strict=True)])
    return 0 if all(row["right"] for row in rows) else 1


def _one(failure: Failure) -> int:
    say = base.translator()
    with _staged(failure) as stage:
        click.echo(_typed(stage))
        seen = stage.perform()
        said = stage.fill(seen.stdout + seen.stderr).rstrip("\n")
        if said:
            click.echo(said)
        if seen.exit is None:
            click.echo(say(_SAID_NOTHING, seconds=f"{seen.seconds:g}"))
        else:
            click.echo(say(_ENDED, exit=seen.exit, seconds=f"{seen.seconds:g}"))
        click.echo(f"\n{say(_ASKED)}")
        for server, entries in seen.requests.items():
            for entry in entries:
                click.echo(f"  {server}  {entry}")
        click.echo(f"\n{say(_WHY)}\n  {say(failure.what)}\n\n{say(_FINDS)}")
        return _judge(failure, stage, seen)


def _judge(failure: Failure, stage: Stage, seen: Observed) -> int:
    """What gomend's own rules say of it; 0 if it is what the catalogue says."""
    from gomend.apps.labruns import examined, verdict

    session = examined(failure, stage, seen)
    session.answer()
    if session.run.faults:
        return session.exit_code()
    say = base.translator()
    found, good = verdict(failure, session, seen)
    if failure.cause == "none":
        click.echo(say(_HEALTHY) if good else say(_NOT_HEALTHY, found=", ".join(found) or say(_NOTHING)))
    else:
        first = found[0] if found else say(_NOTHING)
        click.echo(say(_AS_EXPECTED, cause=failure.cause) if good else say(_NOT_EXPECTED, cause=failure.cause, found=first))
    return 0 if good else 1


def _json(answer: dict[str, Any]) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(answer, order="deterministic"), indent=1).decode())


@command.command(name="shell", cls=base.Part, summary=_SHELL)
@click.argument("name", metavar="NAME")
@options.lang
def _shell(name: str) -> int:
    import os
    import subprocess

    failure = _failure(name)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise base.Problem(_NO_TERMINAL, name=name)
    say = base.translator()
    with _staged(failure) as stage:
        stage.prepare()
        click.echo(f"{failure.name}: {say(failure.what)}")
        click.echo(say(_IN_SHELL, command=stage.fill(failure.scenario.command)))
        kept = {key: os.environ[key] for key in ("TERM", "COLORTERM", "LANG") if key in os.environ}
        environ = {**stage.environ, **kept, "PS1": f"lab {failure.name} $ "}
        subprocess.run([os.environ.get("SHELL") or "/bin/sh", "-i"], cwd=stage.project, env=environ, check=False)
    return 0


@command.command(name="proxy", cls=base.Part, summary=_PROXY)
@option(
    "--inject",
    "injections",
    metavar="REGEX=ACTION",
    multiple=True,
    help=text("cli.opt.inject", r"What to do with paths that match, such as '\.zip$=trunc' or '/@v/list=status:503'; repeat."),
)
@option("--upstream", metavar="URL", required=True, help=text("cli.opt.upstream", "The module proxy that answers the rest."))
@option(
    "--port", type=click.IntRange(0, 65535), default=0, help=text("cli.opt.port", "Listen on this port (default: a free one).")
)
@options.lang
def _proxy(injections: tuple[str, ...], upstream: str, port: int) -> int:
    import time

    from gomend.lab.server import Journal
    from gomend.lab.upstream import InjectionProblem, Upstream, injection, serve
    from gomend.model.redact import redact

    if not upstream.startswith(("https://", "http://")):
        raise base.Problem(_NO_UPSTREAM, url=redact(upstream))
    try:
        rules = [injection(item) for item in injections]
    except InjectionProblem as problem:
        raise base.Problem(f"--inject {problem}") from None
    behind = Upstream(upstream)
    try:
        server = serve(behind, rules, Journal(tell=lambda entry: click.echo(f"  {entry}")), port)
    except OSError as error:
        raise base.Problem(_PORT_TAKEN, port=port, reason=error.strerror) from None
    try:
        click.echo(base.translator()(_LISTENING, upstream=redact(upstream), url=f"http://127.0.0.1:{server.port}"))
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    finally:
        server.close()
        behind.close()


def _failure(name: str) -> Failure:
    import difflib

    from gomend.lab.catalogue import CATALOGUE

    if name not in CATALOGUE:
        say = base.translator()
        close = difflib.get_close_matches(name, CATALOGUE, n=3)
        hint = f" {say(words.DID_YOU_MEAN, names=', '.join(close))}" if close else ""
        raise base.Problem(say(_UNKNOWN, name=name) + hint)
    return CATALOGUE[name]


def _staged(failure: Failure) -> Any:
    from contextlib import contextmanager

    from gomend.lab.spec import ScenarioProblem
    from gomend.lab.stage import staged

    @contextmanager
    def opened() -> Any:
        try:
            with staged(failure.scenario) as stage:
                yield stage
        except ScenarioProblem as problem:
            raise base.Problem(str(problem)) from None

    return opened()


def _typed(stage: Stage) -> str:
    """The command with its settings, as a person would type it."""
    import shlex

    from gomend.model.redact import redact

    settings = [f"{name}={shlex.quote(stage.fill(value))}" for name, value in stage.scenario.env.items()]
    return redact(" ".join(["$", *settings, stage.fill(stage.scenario.command)]))
