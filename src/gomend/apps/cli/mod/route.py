"""``gomend mod route``: what the go command would ask of whom, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import text

if TYPE_CHECKING:
    from gomend.apps.route.here import Here

_SCENARIO = text("cli.opt.scenario", "A file that describes environment, servers, files and command.")
_FORMAT = text("cli.opt.route-format", "How to answer: text or json.")
_WHAT_IF = text("cli.opt.what-if", "Pretend that a variable has this value; may be repeated.")
_GRAPH = text("cli.opt.graph-route", "Draw the decision instead, as text, mermaid or svg.")
_PROBE = text("cli.opt.probe-route", "Really ask every server that the decision names; exit 1 if the module cannot be fetched.")
_TIMEOUT = text("cli.opt.timeout-route", "Seconds for each phase of a probe (default 5).")
_COMPARE = text(
    "cli.opt.compare",
    "Say where two environments decide differently; each is a file (go env, go env -json, GOENV, .env, a scenario) or: here.",
)
_OFFLINE = text("cli.opt.offline-route", "Open no socket.")
ROUTE = text("cli.mod.route", "Say which servers go would ask for a module, in which order, and which variable decides it.")
BAD_SCENARIO = text("cli.bad-scenario", "{path} is no scenario: {reason}")
BAD_WHAT_IF = text("cli.bad-what-if", "{value}: write NAME=VALUE, such as GOPROXY=direct.")
_UNKNOWN_WHAT_IF = text("cli.unknown-what-if", "{name} has no part in the decision; there are {names}.")
_BAD_ARGUMENT = text("cli.route-argument", "{value} is no module: write a path such as example.com/a, or example.com/a@v1.2.3.")
_NOT_BOTH = text("cli.route-not-both", "{a} and {b} cannot be used together.")
_PROBE_ONE = text("cli.route-probe-one", "Name one module to probe, such as example.com/a@latest.")
_PROBE_OFFLINE = text("cli.route-probe-offline", "--probe needs sockets, and --offline forbids them.")
_GRAPH_ONE = text("cli.route-graph-one", "Name one module to draw, such as example.com/a@latest.")


@click.command(name="route", cls=base.Part, summary=ROUTE)
@click.argument("module", required=False, metavar="[MODULE[@QUERY]]")
@option("--scenario", metavar="FILE", help=_SCENARIO)
@option("--what-if", metavar="NAME=VALUE", multiple=True, help=_WHAT_IF)
@option("--probe", is_flag=True, help=_PROBE)
@option("--timeout", type=click.FloatRange(0.1, 300), default=5.0, metavar="SECONDS", help=_TIMEOUT)
@option("--compare", nargs=2, metavar="A B", help=_COMPARE)
@option("--graph", type=click.Choice(("text", "mermaid", "svg")), help=_GRAPH)
@option("--offline", is_flag=True, help=_OFFLINE)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def command(
    module: str | None,
    scenario: str | None,
    what_if: tuple[str, ...],
    probe: bool,
    timeout: float,
    compare: tuple[str, str] | None,
    graph: str | None,
    offline: bool,
    form: str,
) -> int:
    """See ROUTE."""
    modes = (("--scenario", scenario), ("--compare", compare), ("--probe", probe), ("--graph", graph), ("--what-if", what_if))
    given = [name for name, on in modes if on]
    if len(given) > 1 and given[0] in {"--scenario", "--compare"}:
        raise base.Problem(_NOT_BOTH, a=given[0], b=given[1])
    if scenario is not None:
        return _scenario(scenario, form)
    if module is not None and not _is_module(module):
        raise base.Problem(_BAD_ARGUMENT, value=module)
    from gomend.apps.route.here import look

    if compare is not None:
        return _compared(module, compare, form, offline=offline)
    if module is None and (probe or graph):
        raise base.Problem(_PROBE_ONE if probe else _GRAPH_ONE)
    here = _with(look(offline=offline), what_if)
    if module is None:
        from gomend.apps.route.project import explain_all

        _write(explain_all(here), form)
        return Exit.CLEAN
    from gomend.apps.route.explain import explain

    decision = explain(module, here)
    if not probe:
        if graph is not None:
            _draw(decision, graph)
        else:
            _write(decision, form)
        return Exit.CLEAN
    if here.offline:
        raise base.Problem(_PROBE_OFFLINE)
    return _probed(decision, here, timeout, graph, form)


def _write(answer: Any, form: str) -> None:
    say = base.translator()
    if form == "json":
        from gomend.apps.route.shapes import as_json

        click.echo(as_json(answer.shape(say)))
    else:
        click.echo(answer.text(say), nl=False)


def _draw(decision: Any, graph: str, probe: Any = None) -> None:
    from gomend.apps.route.draw import draw

    click.echo(draw(decision, graph, base.translator(), probe), nl=False)


def _probed(decision: Any, here: Here, timeout: float, graph: str | None, form: str) -> int:
    from gomend.apps.loop import run_async
    from gomend.apps.route.probe import probe_module

    probed = run_async(lambda: probe_module(decision, here, timeout))
    if graph is not None:
        _draw(decision, graph, probed)
    else:
        _write(probed, form)
    return Exit.CLEAN if probed.fetchable else Exit.FINDINGS


def _compared(module: str | None, files: tuple[str, str], form: str, *, offline: bool) -> int:
    from gomend.apps.route.compare import compare

    found = compare(module, files, offline=offline)
    _write(found, form)
    return Exit.CLEAN if found.same else Exit.FINDINGS


def _with(here: Here, what_if: tuple[str, ...]) -> Here:
    from gomend.apps.route.here import NAMES, changed

    changes: dict[str, str] = {}
    for pair in what_if:
        name, sign, value = pair.partition("=")
        if not name or not sign:
            raise base.Problem(BAD_WHAT_IF, value=pair)
        if name not in NAMES:
            raise base.Problem(_UNKNOWN_WHAT_IF, name=name, names=", ".join(NAMES))
        changes[name] = value
    return changed(here, changes) if changes else here


def _is_module(argument: str) -> bool:
    """Whether it could be ``path[@query]``."""
    import re

    return re.fullmatch(r"[\w.~+-]+(?:/[\w.~+-]+)*(?:@[^\s@]+)?", argument) is not None


def _scenario(path: str, form: str) -> int:
    import json

    answer = _predicted(path)
    if form == "json":
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        click.echo(_told(answer), nl=False)
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
