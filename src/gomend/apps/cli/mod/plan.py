"""``gomend mod plan``: from what the team has to the settings it needs, and what each outage would do to them."""

from __future__ import annotations

from typing import Any, Final

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import text

PLAN = text("cli.mod.plan", "Plan the module settings that a team needs, explain each, and say what every outage would do.")
_TEAM = text("cli.opt.plan-team", "A file that says what the team has (TOML).")
_PRIVATE = text("cli.opt.plan-private", "A pattern of private modules, as in GOPRIVATE; may be repeated.")
_VIA = text("cli.opt.plan-via", "How they are reached.")
_COMPANY = text("cli.opt.plan-company", "A module proxy of the company; may be repeated.")
_MIRROR = text("cli.opt.plan-mirror", "A public mirror; may be repeated.")
_NETWORK = text("cli.opt.plan-network", "What the network lets through; default-blocked: go's own servers cannot be reached.")
_PLACE = text("cli.opt.plan-place", "Where the settings are for.")
_TOOLCHAINS = text("cli.opt.plan-toolchains", "Whether go may download other versions of itself.")
_BUNDLE = text("cli.opt.plan-bundle", "A folder in the shape of a module proxy.")
_PROBE = text("cli.opt.plan-probe", "Ask each server whether it is there and passes the checksum database on.")
_ASK = text("cli.opt.plan-ask", "Ask for what is not said (on a terminal).")
_AS = text("cli.opt.plan-as", "The form of the answer.")
_APPLY = text(
    "cli.opt.plan-apply", "Write the changes with go env -w; only with --yes, else they are shown. gomend undo takes them back."
)
_YES = text("cli.opt.plan-yes", "With --apply: do it.")
_BAD_TEAM = text("cli.plan-bad-team", "{path}: {reason}")
_NO_TERMINAL = text("cli.plan-no-terminal", "--ask needs a terminal; say it with options or --team FILE.")
_DONE = text("cli.plan-done", "{count} settings written; take them back with: gomend undo {journal}")
_DRY = text("cli.plan-dry", "Nothing was written; add --yes to write the settings with go env -w.")
_NOTHING = text("cli.plan-nothing", "Nothing to write.")
_ASK_PRIVATE = text("cli.plan-ask-private", "Patterns of private modules, separated by commas (empty: none)")
_ASK_VIA = text("cli.plan-ask-via", "How they are reached")
_ASK_NETWORK = text("cli.plan-ask-network", "What the network lets through")
_ASK_COMPANY = text("cli.plan-ask-company", "URLs of the company's module proxies, separated by commas (empty: none)")
_ASK_HOLDS = text("cli.plan-ask-holds", "Does {url} hold the private modules?")
_ASK_MIRROR = text("cli.plan-ask-mirror", "URLs of public mirrors, separated by commas (empty: none)")
_ASK_SUMDB = text("cli.plan-ask-sumdb", "Does {url} pass the checksum database on (/sumdb/)?")
_ASK_TOOLCHAINS = text("cli.plan-ask-toolchains", "May go download other versions of itself?")

_FORMS: Final = ("text", "json", "go-env", "dotenv", "dockerfile", "github", "gitlab", "shell", "devcontainer")
_VIAS: Final = ("git-https", "git-ssh", "git-http", "proxy")
_NETWORKS: Final = ("open", "default-blocked", "air-gap")


@click.command(name="plan", cls=base.Part, summary=PLAN)
@click.argument("directory", default=".", metavar="[DIR]")
@option("--team", metavar="FILE", help=_TEAM)
@option("--private", metavar="PATTERN", multiple=True, callback=options.words_of, help=_PRIVATE)
@option("--via", type=click.Choice(_VIAS), default="git-https", help=_VIA)
@option("--company", metavar="URL", multiple=True, help=_COMPANY)
@option("--mirror", metavar="URL", multiple=True, help=_MIRROR)
@option("--network", type=click.Choice(_NETWORKS), help=_NETWORK)
@option("--place", type=click.Choice(("laptop", "ci")), help=_PLACE)
@option("--toolchains/--no-toolchains", default=None, help=_TOOLCHAINS)
@option("--bundle", metavar="DIR", help=_BUNDLE)
@option("--ask", is_flag=True, help=_ASK)
@option("--probe", is_flag=True, help=_PROBE)
@option("--as", "form", type=click.Choice(_FORMS), default="text", help=_AS)
@option("--apply", "applied", is_flag=True, help=_APPLY)
@option("-y", "--yes", is_flag=True, help=_YES)
@options.lang
def command(directory: str, team: str | None, ask: bool, probe: bool, form: str, applied: bool, yes: bool, **said: Any) -> int:
    """See PLAN."""
    import sys

    from gomend.apps import planning

    given = _with_options(_from_file(team), said)
    if ask:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise base.Problem(_NO_TERMINAL)
        given = _asked(given)
    desk = planning.Desk(directory)
    needs, more = desk.needs(_checked(given, team), guess=team is None and not ask)
    if probe:
        needs, seen = planning.probe(needs, desk)
        more += seen
    plan, todo = planning.plan(needs, desk, more)
    click.echo(_answer(form, plan, todo), nl=False)
    if applied:
        _apply(todo, desk, yes=yes)
    return Exit.CLEAN


def _answer(form: str, plan: Any, todo: Any) -> str:
    from gomend.modules.planning import simulate, telling, writers

    say = base.translator()
    if form not in {"text", "json"}:
        return writers.write(form, plan, todo, say)
    found = simulate.table(plan.needs, plan.values)
    cures = simulate.cures(plan, found)
    if form == "text":
        return telling.told(plan, todo, found, cures, say)
    import msgspec

    from gomend.modules.planning.shape import shape

    return msgspec.json.format(msgspec.json.encode(shape(plan, todo, found, cures, say)), indent=1).decode() + "\n"


def _apply(todo: Any, desk: Any, *, yes: bool) -> None:
    from gomend.apps import planning

    say = base.translator()
    settable = tuple(change for change in todo if desk.env.settable(change.name))
    if not settable:
        base.note(say(_NOTHING))
    elif not yes:
        base.note(say(_DRY))
    else:
        base.note(say(_DONE, count=len(settable), journal=planning.apply(settable, desk)))


def _from_file(path: str | None) -> Any:
    from gomend.modules.planning.needs import Needs, TeamError, read

    if path is None:
        return Needs()
    from pathlib import Path

    try:
        return read(Path(path).read_bytes())
    except OSError as error:
        raise base.Problem(_BAD_TEAM, path=path, reason=error.strerror or "") from None
    except TeamError as error:
        raise base.Problem(_BAD_TEAM, path=path, reason=str(error)) from None


def _checked(needs: Any, path: str | None) -> Any:
    from gomend.modules.planning.needs import TeamError, checked

    try:
        return checked(needs)
    except TeamError as error:
        raise base.Problem(_BAD_TEAM, path=path or "gomend mod plan", reason=str(error)) from None


def _with_options(needs: Any, said: dict[str, Any]) -> Any:
    """The file's needs with what the options add."""
    import os

    import msgspec

    from gomend.modules.planning.needs import Private, Server

    changes: dict[str, Any] = {name: said[name] for name in ("network", "place", "toolchains") if said[name] is not None}
    if said["bundle"]:
        changes["bundle"] = os.path.abspath(said["bundle"])
    if said["private"]:
        changes["private"] = (*needs.private, Private(paths=said["private"], via=said["via"]))
    through = said["via"] == "proxy"
    company = tuple(Server(url=url, company=True, private=through) for url in said["company"])
    changes["server"] = (*needs.server, *company, *(Server(url=url) for url in said["mirror"]))
    return msgspec.structs.replace(needs, **changes)


def _asked(needs: Any) -> Any:
    """Ask a person for what is not said yet."""
    import msgspec

    from gomend.modules.planning.needs import Private, Server

    say = base.translator()
    changes: dict[str, Any] = {}
    if not needs.private:
        words = click.prompt(say(_ASK_PRIVATE), default="", show_default=False, err=True)
        if paths := tuple(word.strip() for word in words.split(",") if word.strip()):
            via: Any = click.prompt(say(_ASK_VIA), type=click.Choice(_VIAS), default="git-https", err=True)
            changes["private"] = (Private(paths=paths, via=via),)
    if not needs.network:
        changes["network"] = click.prompt(say(_ASK_NETWORK), type=click.Choice(_NETWORKS), default="open", err=True)
    if not needs.server:
        through = any(group.via == "proxy" for group in changes.get("private", needs.private))
        found: list[Server] = []
        for question, company in ((_ASK_COMPANY, True), (_ASK_MIRROR, False)):
            if not company and changes.get("network", needs.network) == "air-gap":
                continue
            for url in click.prompt(say(question), default="", show_default=False, err=True).split(","):
                if url := url.strip():
                    holds = company and through and click.confirm(say(_ASK_HOLDS, url=url), default=True, err=True)
                    sumdb = click.confirm(say(_ASK_SUMDB, url=url), default=False, err=True)
                    found.append(Server(url=url, company=company, private=holds, sumdb=sumdb))
        changes["server"] = tuple(found)
    changes["toolchains"] = click.confirm(say(_ASK_TOOLCHAINS), default=needs.toolchains, err=True)
    return msgspec.structs.replace(needs, **changes)
