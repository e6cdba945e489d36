"""``gomend mod cache report``: the facts about one version's hashes, to be sent to its author."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import Translator, text

if TYPE_CHECKING:
    from gomend.apps.reporting_cache import Facts
    from gomend.modules.cache.security import Claim

_REPORT = text("cli.mod.cache.report", "Write what is known of a version's hashes, fit to be sent to the module's author.")
_PROJECT = text("cli.opt.cache-report-project", "The project whose go.sum is read (default here).")
_FORMAT = text("cli.opt.cache-report-format", "How to write it: text or md (Markdown).")
_TITLE = text("cli.cache.report.title", "Checksums of {name}")
_ZIP = text("cli.cache.report.zip", "The module zip (h1 of its files)")
_MOD = text("cli.cache.report.mod", "The go.mod")
_MEANS = text("cli.cache.report.means", "What this means")
_TODO = text("cli.cache.report.todo", "What to do")
_FROM = text("cli.cache.report.from", "Where the version came from, as the proxy said")
_CHECK = text("cli.cache.report.check", "To see the same (go {go}, in an empty folder)")
_PROVED = text("cli.cache.report.proved", "signed, its place in the signed tree proved")
_SIGNED = text("cli.cache.report.signed", "signed")
_HERE = text("cli.cache.report.here", "the copy that was downloaded")


@click.command(name="report", cls=base.Part, summary=_REPORT)
@click.argument("module", metavar="MODULE@VERSION")
@option("--project", metavar="DIR", help=_PROJECT)
@option("--format", "form", type=click.Choice(("text", "md")), default="text", help=_FORMAT)
@options.lang
def command(module: str, project: str | None, form: str) -> int:
    """See _REPORT."""
    from gomend.apps import reporting_cache

    found = reporting_cache.facts(project, module)
    click.echo("\n".join(shown(found, base.translator(), markdown=form == "md")))
    return Exit.FINDINGS if found.reading else Exit.CLEAN


def shown(found: Facts, say: Translator, *, markdown: bool) -> Iterator[str]:
    """The report."""
    from gomend.apps.reporting_cache import AGREE

    name = f"{found.module}@{found.version}"

    def head(words: str, level: int = 2) -> str:
        return f"{'#' * level} {words}\n" if markdown else words

    yield head(say(_TITLE, name=name), 1)
    for title, claims in ((_ZIP, found.zip), (_MOD, found.mod)):
        if claims:
            yield "\n" + head(say(title))
            yield from (_claim(c, say, markdown=markdown) for c in claims)
    yield "\n" + head(say(_MEANS))
    yield say(found.reading.meaning) if found.reading else say(AGREE)
    if found.note:
        yield say(found.note)
    if found.reading:
        yield "\n" + head(say(_TODO))
        yield say(found.reading.todo)
    if found.origin:
        yield "\n" + head(say(_FROM))
        yield from (f"- {key}: {value}" if markdown else f"  {key}: {value}" for key, value in found.origin)
    yield "\n" + head(say(_CHECK, go=found.go.removeprefix("go")))
    lines = [f"GOMODCACHE=$PWD/cache GOFLAGS=-modcacherw GONOSUMDB={found.module} go mod download -json {name}"]
    lines += [
        f"GOMODCACHE=$PWD/direct GOFLAGS=-modcacherw GONOSUMDB={found.module} GOPROXY=direct go mod download -json {name}"
    ]
    yield from (["```sh", *lines, "```"] if markdown else [f"  {line}" for line in lines])


def _claim(claim: Claim, say: Translator, *, markdown: bool) -> str:
    if claim.who == "sumdb":
        who = f"{claim.where} ({say(_PROVED if claim.proved else _SIGNED)})"
    else:
        who = say(_HERE) if claim.who == "cache" else claim.where
    return f"- `{claim.h1}` {who}" if markdown else f"  {claim.h1}  {who}"
