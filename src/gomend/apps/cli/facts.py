"""``gomend facts [DIR]``."""

from __future__ import annotations

from typing import Any

import click

from gomend.apps.cli import base, options, words
from gomend.apps.cli.base import Command, option
from gomend.model.reasons import tell
from gomend.model.redact import redact, redact_value
from gomend.model.text import text


@click.command(name="facts", cls=Command)
@click.argument("directory", default=".", metavar="[DIR]")
@options.judging
@options.depth
@option("--graph", is_flag=True, help=text("cli.opt.graph", "Draw who needs whom, as a Mermaid flow chart."))
@option(
    "--format",
    type=click.Choice(("text", "json")),
    default="text",
    help=text("cli.opt.facts-format", "A table, or JSON with the values."),
)
@options.lang
def command(graph: bool, format: str, **given: Any) -> int:
    """See words.COMMANDS."""
    from gomend.apps.loop import run_async
    from gomend.apps.session import Options, Session

    session = Session(Options(**given), project_needed=not graph)
    if graph:
        click.echo(_graph(session.rules))
        return 0
    from gomend.engine.gather import gather
    from gomend.model.facts import Fact

    wanted = {f for rule in session.rules for f in rule.facts | rule.fix_facts if f.cost <= session.options.depth}
    answers = run_async(lambda: gather(wanted, session.scope, session.doors))
    rows = []
    for fact in sorted(wanted, key=lambda f: f.__name__):
        answer = answers[fact]
        status = "known" if isinstance(answer, Fact) else type(answer).__name__.lower()
        rows.append((fact, status, answer))
    if format == "json":
        _json(rows)
    else:
        from gomend.apps.cli.rules import table

        say = base.translator()
        names = {"known": words.STATUS_KNOWN, "absent": words.STATUS_ABSENT, "unknown": words.STATUS_UNKNOWN}
        table(
            [say(words.COLUMN_FACT), say(words.COLUMN_COST), say(words.COLUMN_STATUS), ""],
            [[f.__name__, f.cost.name.lower(), say(names[s]), tell(say, getattr(a, "reason", ""))] for f, s, a in rows],
        )
    return 0


def _json(rows: list[tuple[Any, str, Any]]) -> None:
    import msgspec

    facts = [
        {
            "name": f.__name__,
            "cost": f.cost.name.lower(),
            "status": s,
            "reads": sorted(f.reads),
            "value": msgspec.to_builtins(a),
        }
        for f, s, a in rows
    ]
    raw = msgspec.json.encode({"schema": "gomend.facts/1", "facts": _masked(facts)}, order="deterministic")
    click.echo(msgspec.json.format(raw, indent=1).decode())


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(str(k)): redact_value(str(k), v) if isinstance(v, str) else _masked(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(v) for v in value]
    return value


def _graph(rules: Any) -> str:
    from gomend.model.facts import collector_of, fact_parameters

    lines = ["flowchart LR"]
    facts = sorted({f for rule in rules for f in rule.facts | rule.fix_facts}, key=lambda f: f.__name__)
    for fact in facts:
        lines.append(f'  {fact.__name__}["{fact.__name__}<br/>{fact.cost.name.lower()}"]')
        lines += [f"  {other.__name__} --> {fact.__name__}" for other in fact_parameters(collector_of(fact)).values()]
    for rule in rules:
        lines.append(f'  {rule.code}(["{rule.code} {rule.slug}"])')
        lines += [f"  {need.fact.__name__} --> {rule.code}" for need in rule.needs]
    return "\n".join(lines)
