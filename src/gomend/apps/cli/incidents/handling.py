"""``gomend incidents watch``, ``list``, ``show``, ``ack``, ``close``, ``reopen``, ``merge`` and ``split``: incidents of a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.cli.incidents.reading import FORMAT, PLAYBOOKS
from gomend.model.text import text

if TYPE_CHECKING:
    from gomend.apps.incidents.lifeshapes import IncidentLifeShape

_WATCH = text("incidentscli.life.watch", "The incidents of a running serve, drawn again as they change; Ctrl-C ends it.")
_LIST = text("incidentscli.life.list", "The incidents of a store, newest first.")
_SHOW = text(
    "incidentscli.life.show", "One incident: the cause with its evidence, what else broke on its path, what happened since."
)
_ACK = text("incidentscli.life.ack", "Say that somebody looks at an incident.")
_CLOSE = text("incidentscli.life.close", "Say that an incident is over.")
_REOPEN = text("incidentscli.life.reopen", "Open a closed incident again.")
_MERGE = text("incidentscli.life.merge", "Make two incidents one: the second becomes part of the first.")
_SPLIT = text("incidentscli.life.split", "Make an incident of its own out of some services of another.")
_STORE = text("incidentscli.life.opt.store", "The folder that serve keeps.")
_ONCE = text("incidentscli.life.opt.once", "Say how it stands and end.")
_EVERY = text("incidentscli.life.opt.every", "Look once in so many seconds.")
_STATE = text("incidentscli.life.opt.state", "Only those in this state; open: preview and final.")
_BY = text("incidentscli.life.opt.by", "Who says so (default: the user of this machine).")
_NOTE = text("incidentscli.life.opt.note", "A remark that is kept with it.")
_RESOLUTION = text("incidentscli.life.opt.resolution", "What ended it.")
_SERVICES = text("incidentscli.life.opt.services", "The services that go, separated by commas.")

_store = option("--store", required=True, metavar="DIR", help=_STORE)
_form = option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
_playbooks = option("--playbooks", metavar="DIR", help=PLAYBOOKS)
_by = option("--by", metavar="NAME", help=_BY)
_note = option("--note", default="", metavar="TEXT", help=_NOTE)
_id = click.argument("id", type=click.IntRange(1))


def _common(*more: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for decorator in (options.lang, *reversed(more)):
            function = decorator(function)
        return function

    return decorate


@click.command(name="watch", cls=base.Part, summary=_WATCH)
@option("--once", is_flag=True, help=_ONCE)
@option("--every", default=2.0, type=click.FloatRange(0.2, 3600), metavar="SECONDS", help=_EVERY)
@_common(_store, _playbooks, _form)
def watch(store: str, playbooks: str | None, form: str, once: bool, every: float) -> int:
    """See _WATCH."""
    from gomend.apps.incidents import standing

    say = base.translator()
    if form == "json" or once:
        seen = standing.now(store, playbooks)
        if form == "json":
            _json(seen)
        else:
            click.echo(standing.told(seen, say), nl=False)
        return 1 if seen.incidents else 0
    try:
        standing.watch(store, every, playbooks, say, lambda drawn: click.echo(drawn, nl=False))
    except KeyboardInterrupt:
        return 0
    return 0


@click.command(name="list", cls=base.Part, summary=_LIST)
@option("--state", default="all", type=click.Choice(("all", "open", "preview", "final", "closed", "merged")), help=_STATE)
@_common(_store, _playbooks, _form)
def list_(store: str, playbooks: str | None, form: str, state: str) -> int:
    """See _LIST."""
    from gomend.apps.incidents import handling, lifetelling

    answer = handling.listed(store, state, playbooks)
    if form == "json":
        _json(answer)
    else:
        click.echo(lifetelling.table(answer, base.translator()), nl=False)
    return 1 if any(i.state in {"preview", "final"} for i in answer.incidents) else 0


@click.command(name="show", cls=base.Part, summary=_SHOW)
@_id
@_common(_store, _playbooks, _form)
def show(id: int, store: str, playbooks: str | None, form: str) -> int:
    """See _SHOW."""
    from gomend.apps.incidents import handling

    one = handling.shown(store, id, playbooks)
    _told([one], form)
    return 1 if one.state in {"preview", "final"} else 0


@click.command(name="ack", cls=base.Part, summary=_ACK)
@_id
@_common(_store, _by, _note, _form)
def ack(id: int, store: str, by: str | None, note: str, form: str) -> int:
    """See _ACK."""
    from gomend.apps.incidents import handling

    _told(handling.change(store, "ack", id, by=by, note=note), form)
    return 0


@click.command(name="close", cls=base.Part, summary=_CLOSE)
@_id
@option("--resolution", default="", metavar="TEXT", help=_RESOLUTION)
@_common(_store, _by, _form)
def close(id: int, resolution: str, store: str, by: str | None, form: str) -> int:
    """See _CLOSE."""
    from gomend.apps.incidents import handling

    _told(handling.change(store, "close", id, by=by, note=resolution), form)
    return 0


@click.command(name="reopen", cls=base.Part, summary=_REOPEN)
@_id
@_common(_store, _by, _note, _form)
def reopen(id: int, store: str, by: str | None, note: str, form: str) -> int:
    """See _REOPEN."""
    from gomend.apps.incidents import handling

    _told(handling.change(store, "reopen", id, by=by, note=note), form)
    return 0


@click.command(name="merge", cls=base.Part, summary=_MERGE)
@click.argument("one", type=click.IntRange(1), metavar="A")
@click.argument("other", type=click.IntRange(1), metavar="B")
@_common(_store, _by, _note, _form)
def merge(one: int, other: int, store: str, by: str | None, note: str, form: str) -> int:
    """See _MERGE."""
    from gomend.apps.incidents import handling

    _told(handling.change(store, "merge", one, other=other, by=by, note=note), form)
    return 0


@click.command(name="split", cls=base.Part, summary=_SPLIT)
@_id
@option("--services", required=True, metavar="A,B", help=_SERVICES)
@_common(_store, _by, _note, _form)
def split(id: int, services: str, store: str, by: str | None, note: str, form: str) -> int:
    """See _SPLIT."""
    from gomend.apps.incidents import handling

    names = tuple(dict.fromkeys(s.strip() for s in services.split(",") if s.strip()))
    _told(handling.change(store, "split", id, services=names, by=by, note=note), form)
    return 0


def _told(changed: list[IncidentLifeShape], form: str) -> None:
    if form == "json":
        for one in changed:
            _json(one)
        return
    from gomend.apps.incidents import lifetelling

    click.echo("\n".join(lifetelling.told(one, base.translator()) for one in changed), nl=False)


def _json(answer: object) -> None:
    import msgspec

    click.echo(msgspec.json.encode(answer))
