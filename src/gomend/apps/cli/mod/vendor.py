"""``gomend mod vendor``: prove the vendor folder, or make it anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import Translator, text

if TYPE_CHECKING:
    from gomend.apps.vendorsync import Result
    from gomend.modules.vendor.prove import Report

_VENDOR = text("cli.mod.vendor", "Prove that vendor holds what the modules hold, or make it anew.")
_PROVE = text(
    "cli.mod.vendor.prove",
    "Compare every vendored file with the module's zip, and the zip with go.sum and the checksum database.",
)
_DOWNLOAD = text("cli.opt.vendor-download", "Let go fetch, by your settings, what the module cache lacks.")
_DIFF = text("cli.opt.vendor-diff", "Show how changed files differ from the module's.")
_STRICT = text("cli.opt.vendor-strict", "Exit 4 if something could not be told.")
_FORMAT = text("cli.opt.vendor-format", "How to answer: text or json.")
_GOOD = text(
    "cli.vendor.good",
    "{files} files of {modules} modules are what the modules hold ({proved} proved by the checksum database). {seconds} s",
)
_BAD = text("cli.vendor.bad", "{bad} things are wrong in {files} files of {modules} modules. {seconds} s")
_UNKNOWN = text("cli.vendor.unknown", "{count} things could not be told, so they are not proved.")
_OPEN = text("cli.vendor.open", "In {files} files of {modules} modules nothing wrong was found. {seconds} s")
_EXPECTED = text("cli.vendor.expected", "{by} has {hash}")
_ACTUAL = text("cli.vendor.actual", "here is {hash}")
_MORE = text("cli.vendor.more", "and {count} more")
_HINT = text(
    "cli.vendor.hint",
    "gomend mod vendor sync shows what go mod vendor would change; with --yes it does it, and gomend undo undoes it.",
)
_HINT_ZIP = text("cli.vendor.hint-zip", "gomend mod cache mend fetches damaged zips again.")
_HINT_NATIVE = text(
    "cli.vendor.hint-native",
    "Copying the folder by hand lasts until the next go mod vendor. What lasts: put a Go file into that folder in the module "
    "and import it with _, or build with -mod=mod.",
)
_SYNC = text(
    "cli.mod.vendor.sync", "Make vendor anew with go mod vendor, prove it, and swap it in; gomend undo brings the old one back."
)
_YES = text("cli.opt.vendor-yes", "Do it. Without it the changes are listed.")
_SYNC_DIFF = text("cli.opt.vendor-sync-diff", "Show the changes line by line.")
_CLEAN = text("cli.vendor.sync.clean", "vendor is what go would make; nothing to do.")
_PLAN = text(
    "cli.vendor.sync.plan",
    "Would change {changed}, add {added} and remove {removed} files. --yes does it, gomend undo undoes it.",
)
_DONE = text("cli.vendor.sync.done", "{changed} files changed, {added} added, {removed} removed; the new folder is proved.")
_UNDO = text("cli.vendor.sync.undo", "gomend undo {journal} brings the old folder back.")
_OLD = text("cli.vendor.sync.old", "The old folder lies in {path} until you delete it.")
_RAN = text("cli.vendor.sync.ran", "{command}: works")
_RAN_NOT = text("cli.vendor.sync.ran-not", "{command}: exit {exit}: {detail}")
_OUTCOME = {"clean": Exit.CLEAN, "proved": Exit.CLEAN, "rolled-back": Exit.NOT_PROVED}
_SHOWN = 5


@click.group(name="vendor", cls=base.Subgroup, summary=_VENDOR, invoke_without_command=True)
@options.lang
@click.pass_context
def command(ctx: click.Context) -> None:
    """See _VENDOR."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command(name="prove", cls=base.Part, summary=_PROVE)
@click.argument("folder", required=False, metavar="[DIR]")
@option("--download", is_flag=True, help=_DOWNLOAD)
@option("--diff", is_flag=True, help=_DIFF)
@option("--strict", is_flag=True, help=_STRICT)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def prove(folder: str | None, download: bool, diff: bool, strict: bool, form: str) -> int:
    """See _PROVE."""
    from gomend.apps import vendoring

    vendor = vendoring.Vendoring(folder, download=download)
    report, seconds = vendor.prove()
    lines = tuple(vendoring.differences(report, vendor.project)) if diff else ()
    if form == "json":
        import msgspec

        from gomend.apps.vendorshapes import vendor_shape

        click.echo(msgspec.json.encode(vendor_shape(report, lines, seconds)))
    else:
        click.echo("\n".join([*lines, *shown(report, seconds, base.translator())]))
    if report.damages:
        return Exit.FINDINGS
    return Exit.UNDETERMINED if strict and report.doubts else Exit.CLEAN


@command.command(name="sync", cls=base.Part, summary=_SYNC)
@click.argument("folder", required=False, metavar="[DIR]")
@option("--yes", is_flag=True, help=_YES)
@option("--diff", "diffs", is_flag=True, help=_SYNC_DIFF)
@option("--download", is_flag=True, help=_DOWNLOAD)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def sync(folder: str | None, yes: bool, diffs: bool, download: bool, form: str) -> int:
    """See _SYNC."""
    from gomend.apps import vendorsync

    result = vendorsync.run(folder, download=download, yes=yes, diffs=diffs)
    say = base.translator()
    if form == "json":
        import msgspec

        from gomend.apps.vendorshapes import sync_shape

        click.echo(msgspec.json.encode(sync_shape(result, say)))
    else:
        click.echo("\n".join([*result.diff, *_synced(result, say)]))
    return _OUTCOME.get(result.outcome, Exit.FINDINGS)


def _synced(result: Result, say: Translator) -> Iterator[str]:
    change = result.change
    for sign, paths in (("~", change.changed), ("+", change.added), ("-", change.removed)):
        yield from (f"{sign} vendor/{path}" for path in paths)
    counts = {"changed": len(change.changed), "added": len(change.added), "removed": len(change.removed)}
    if result.outcome == "clean":
        yield say(_CLEAN)
    elif result.outcome == "dry-run":
        yield say(_PLAN, **counts)
    elif result.outcome == "proved":
        yield say(_DONE, **counts)
    if result.reason:
        yield say(result.reason)
    for ran in result.evidence:
        works = ran.exit == 0
        yield say(_RAN, command=ran.command) if works else say(_RAN_NOT, command=ran.command, exit=ran.exit, detail=ran.detail)
    if result.journal:
        yield say(_UNDO, journal=result.journal)
    if result.old:
        yield say(_OLD, path=result.old)


def shown(report: Report, seconds: float, say: Translator) -> Iterator[str]:
    """The same for people."""
    from gomend.modules.vendor.kinds import UNKNOWNS

    for damage in report.damages:
        name = f"{damage.module}@{damage.version}".strip("@") or damage.paths[0]
        yield f"{name}  {damage.what}: {say(damage.kind.text)}"
        yield from (f"  {path}" for path in damage.paths[:_SHOWN] if path != name)
        if len(damage.paths) > _SHOWN:
            yield "  " + say(_MORE, count=len(damage.paths) - _SHOWN)
        yield from (f"  {line}" for line in damage.detail.splitlines())
        if damage.expected:
            yield "  " + say(_EXPECTED, by=damage.said_by, hash=damage.expected)
        if damage.actual:
            yield "  " + say(_ACTUAL, hash=damage.actual)
    for doubt in report.doubts:
        name = f"{doubt.module}@{doubt.version}".strip("@") or "vendor"
        yield f"{name}  {say(UNKNOWNS[doubt.why])}"
        yield from (f"  {path}" for path in doubt.paths[:_SHOWN])
        if doubt.detail:
            yield f"  {doubt.detail}"
    words = _BAD if report.damages else _OPEN if report.doubts else _GOOD
    numbers = {"files": report.files, "modules": report.modules, "proved": report.proved, "seconds": f"{seconds:.1f}"}
    yield say(words, **numbers | ({"bad": len(report.damages)} if report.damages else {}))
    if report.doubts:
        yield say(_UNKNOWN, count=len(report.doubts))
    kinds = {d.what for d in report.damages}
    if kinds - {"native-dropped", "zip-mismatch", "sum-mismatch", "sum-missing"}:
        yield say(_HINT)
    if "zip-mismatch" in kinds:
        yield say(_HINT_ZIP)
    if "native-dropped" in kinds:
        yield say(_HINT_NATIVE)
