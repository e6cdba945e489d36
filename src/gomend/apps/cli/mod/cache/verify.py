"""``gomend mod cache verify``: what is damaged, who says so, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import Translator, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gomend.modules.cache.security import Reading
    from gomend.modules.cache.verify import Report

_VERIFY = text("cli.mod.cache.verify", "Compare every zip, folder and small file with go.sum and the checksum database.")
_PROJECT = text("cli.opt.cache-project", "Look at what this project's go.sum names (default inside a project).")
_ALL = text("cli.opt.cache-all", "Look at the whole cache.")
_FULL = text("cli.opt.cache-full", "Read everything, also what did not change since it was found good.")
_FORMAT = text("cli.opt.cache-format", "How to answer: text or json.")
_QUIET = text("cli.opt.cache-quiet", "No progress bar.")
_GOOD = text(
    "cli.cache.good", "{checked} module versions are as recorded ({unchanged} unchanged since they were last read). {seconds} s"
)
_BAD = text("cli.cache.bad", "{bad} damaged of {checked} module versions ({unchanged} unchanged since last read). {seconds} s")
_EXPECTED = text("cli.cache.expected", "{by} says {hash}")
_ACTUAL = text("cli.cache.actual", "here is  {hash}")
_MORE = text("cli.cache.more", "and {count} more")
_BUSY = text("cli.cache.busy", "{count} more are being downloaded by another process just now; they were left out.")
_UNRECORDED = text(
    "cli.cache.unrecorded",
    "{count} of them are vouched for by nothing but their own .ziphash: neither by a go.sum nor by the checksum database.",
)
_HINT = text("cli.cache.hint", "gomend mod cache mend fetches exactly these again.")
_NOT_OURS = text("cli.cache.manifest-refused", "The list of what was good before was not written here; everything was read.")


@click.command(name="verify", cls=base.Part, summary=_VERIFY)
@click.argument("modules", nargs=-1, metavar="[MODULE[@VERSION]]...")
@option("--project", metavar="DIR", help=_PROJECT)
@option("--all", "everything", is_flag=True, help=_ALL)
@option("--full", is_flag=True, help=_FULL)
@option("--quiet", is_flag=True, help=_QUIET)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def command(modules: tuple[str, ...], project: str | None, everything: bool, full: bool, quiet: bool, form: str) -> int:
    """See _VERIFY."""
    from gomend.apps.caching import Cache

    cache = Cache(project, everything=everything)
    report, seconds = cache.verify(modules, full=full, quiet=quiet)
    say, readings = base.translator(), cache.readings(report)
    if form == "json":
        import msgspec

        from gomend.apps.cacheshapes import cache_shape

        click.echo(msgspec.json.encode(cache_shape(report, seconds, readings, say)))
    else:
        if cache.manifest.refused:
            base.note(say(_NOT_OURS))
        click.echo(shown(report, seconds, readings, say), nl=False)
    return Exit.FINDINGS if report.damages else Exit.CLEAN


def shown(report: Report, seconds: float, readings: Mapping[str, Reading], say: Translator) -> str:
    """The same for people."""
    lines: list[str] = []
    for damage in report.damages:
        lines.append(f"{damage.name or damage.paths[0]}  {damage.what}: {say(damage.kind.text)}")
        if damage.detail:
            lines.append(f"  {damage.detail}")
        lines += [f"  {path}" for path in damage.paths[:3]]
        if len(damage.paths) > 3:
            lines.append("  " + say(_MORE, count=len(damage.paths) - 3))
        if damage.expected:
            lines += ["  " + say(_EXPECTED, by=damage.said_by, hash=damage.expected), "  " + say(_ACTUAL, hash=damage.actual)]
        if damage.expected and (reading := readings.get(damage.name)):
            lines += [f"  {say(reading.meaning)}", f"  {say(reading.todo)}"]
    words = _BAD if report.damages else _GOOD
    bad = len({d.name for d in report.damages})
    lines.append(say(words, bad=bad, checked=report.checked, unchanged=report.unchanged, seconds=f"{seconds:.1f}"))
    if report.busy:
        lines.append(say(_BUSY, count=len(report.busy)))
    if report.unrecorded:
        lines.append(say(_UNRECORDED, count=report.unrecorded))
    if report.damages:
        lines.append(say(_HINT))
    return "\n".join(lines) + "\n"
