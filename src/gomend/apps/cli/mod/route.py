"""``gomend mod route``: what the go command would ask of whom, and why."""

from __future__ import annotations

from typing import Any

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import text

_SCENARIO = text("cli.opt.scenario", "A file that describes environment, servers, files and command.")
_FORMAT = text("cli.opt.route-format", "How to answer: text or json.")
_WHAT_IF = text("cli.opt.what-if", "Pretend that a variable has this value; may be repeated.")
_GRAPH = text("cli.opt.graph-route", "Draw the decision instead: text or mermaid.")
ROUTE = text("cli.mod.route", "Say which servers go would ask for a module, in which order, and which variable decides it.")
BAD_SCENARIO = text("cli.bad-scenario", "{path} is no scenario: {reason}")
ROUTE_WHAT = text("cli.route-what", "Name a module, such as example.com/a@latest, or a file with --scenario.")
BAD_WHAT_IF = text("cli.bad-what-if", "{value}: write NAME=VALUE, such as GOPROXY=direct.")


@click.command(name="route", cls=base.Part, summary=ROUTE)
@click.argument("module", required=False, metavar="[MODULE[@QUERY]]")
@option("--scenario", metavar="FILE", help=_SCENARIO)
@option("--what-if", metavar="NAME=VALUE", multiple=True, help=_WHAT_IF)
@option("--graph", type=click.Choice(("text", "mermaid")), help=_GRAPH)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def command(module: str | None, scenario: str | None, what_if: tuple[str, ...], graph: str | None, form: str) -> int:
    """See ROUTE."""
    import json

    if scenario is not None:
        answer = _predicted(scenario)
        if form == "json":
            click.echo(json.dumps(answer, ensure_ascii=False))
        else:
            click.echo(_told(answer), nl=False)
        return Exit.CLEAN
    if module is None:
        raise base.Problem(ROUTE_WHAT)
    from gomend.apps.routing import decide

    pairs = [pair.partition("=") for pair in what_if]
    for pair, (name, sign, _) in zip(what_if, pairs, strict=True):
        if not name or not sign:
            raise base.Problem(BAD_WHAT_IF, value=pair)
    decision = decide(module, {name: value for name, _, value in pairs})
    if form == "json":
        click.echo(json.dumps(decision.as_json(), ensure_ascii=False))
    else:
        click.echo(decision.mermaid() if graph == "mermaid" else decision.text(base.translator()), nl=False)
    return Exit.CLEAN


def _predicted(path: str) -> dict[str, Any]:
    from pathlib import Path

    from gomend.modules.route.predict import predict
    from gomend.modules.route.scenario import ScenarioError, read

    try:
        found = predict(read(Path(path).read_bytes()))
    except OSError as error:
        raise base.Problem(BAD_SCENARIO, path=path, reason=error.strerror or "") from None
    except ScenarioError as error:
        raise base.Problem(BAD_SCENARIO, path=path, reason=str(error)) from None
    return {
        "schema": "gomend.route/1",
        "requests": found.requests,
        "order": found.order,
        "exit": found.exit,
        "cause": found.cause,
        "stderr": found.stderr,
    }


def _told(answer: dict[str, Any]) -> str:
    """The prediction for people: one request a line, in order, then how it ends."""
    waiting = {server: iter(asked) for server, asked in answer["requests"].items()}
    lines = [f"{server:<4} {next(waiting[server])}" for server in answer["order"]]
    lines += [answer["stderr"].rstrip()] if answer["stderr"] else []
    return "\n".join([*lines, f"exit {answer['exit']}  {answer['cause']}"]) + "\n"
