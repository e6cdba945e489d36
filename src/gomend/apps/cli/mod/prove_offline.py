"""``gomend mod prove-offline``: the project builds without network, shown by building it without network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.apps.exits import Exit
from gomend.model.text import Translator, text

if TYPE_CHECKING:
    from gomend.apps.offline import Proof

_PROVE = text(
    "offline.command", "Build, and test, with empty caches and no network, from vendor or a bundle alone; audit every socket."
)
_FROM = text("offline.opt.from", "vendor, a bundle, or a folder that a bundle was imported into (default: vendor).")
_PARENT = text("offline.opt.parent", "A bundle that the one given builds on, the last first; may be repeated.")
_TEST = text("offline.opt.test", "Run the tests too.")
_GENERATE = text("offline.opt.generate", "Run go generate first, in a copy of the project.")
_KEEP = text("offline.opt.keep", "Keep the folder with the caches and traces.")
_STRICT = text("offline.opt.strict", "Exit 4 if sockets could not be recorded.")
_FORMAT = text("offline.opt.format", "How to answer: text or json.")
_VERDICT = {
    "proved": text("offline.proved", "Proved: {project} builds offline from {source}."),
    "not-proved": text("offline.not-proved", "Not proved: {project} offline from {source} alone."),
    "unknown": text("offline.unknown", "Nothing could be told."),
}
_TESTED = text("offline.proved-tests", "Proved: {project} builds and passes its tests offline from {source}.")
_PACKAGES = text("offline.packages", "  packages   {count} built with {go}")
_TESTS = text("offline.tests", "  tests      {passed} passed, {failed} failed, {skipped} skipped in {packages} packages")
_CGO = text("offline.cgo", "  cgo        on, C compiler {compiler}")
_NO_CC = text("offline.no-cc", "  cgo        on, but no C compiler was found")
_NO_CGO = text("offline.no-cgo", "  cgo        off")
_AUDIT = text("offline.audit", "  sockets    {local} uses on this machine only, {outside} that lead outside (by strace)")
_NOT_AUDITED = text("offline.not-audited", "  sockets    audit: not available")
_RAN = text("offline.ran", "  {command}: {seconds} s")
_FAILED = text("offline.failed", "  {command}: exit {exit}")
_SOCKET = text("offline.socket", "  {program} {call} {family} {address} ({count} times)")
_MISSING = text("offline.missing", "Missing: {name}. {command} adds it.")
_KEPT = text("offline.kept", "Kept: {folder}")


@click.command(name="prove-offline", cls=base.Part, summary=_PROVE)
@click.argument("folder", default=".", metavar="[DIR]")
@option("--from", "source", default="", metavar="vendor|FILE|DIR", help=_FROM)
@option("--parent", "parents", multiple=True, metavar="BUNDLE", help=_PARENT)
@option("--test", is_flag=True, help=_TEST)
@option("--generate", is_flag=True, help=_GENERATE)
@option("--keep", is_flag=True, help=_KEEP)
@option("--strict", is_flag=True, help=_STRICT)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=_FORMAT)
@options.lang
def command(
    folder: str, source: str, parents: tuple[str, ...], test: bool, generate: bool, keep: bool, strict: bool, form: str
) -> int:
    """See _PROVE."""
    from gomend.apps.offline import PROVED, UNKNOWN, Wish, prove

    proof = prove(Wish(folder=folder, source=source, parents=parents, test=test, generate=generate, keep=keep))
    say = base.translator()
    if form == "json":
        import msgspec

        from gomend.apps.offlineshapes import offline_shape

        click.echo(msgspec.json.encode(offline_shape(proof, say)))
    else:
        click.echo("\n".join(shown(proof, say)))
    if proof.verdict == UNKNOWN or (proof.verdict == PROVED and strict and not proof.audited):
        return Exit.UNDETERMINED
    return Exit.CLEAN if proof.verdict == PROVED else Exit.FINDINGS


def shown(proof: Proof, say: Translator) -> list[str]:
    """The proof for people."""
    words = _TESTED if proof.verdict == "proved" and proof.tests else _VERDICT[proof.verdict]
    lines = [say(words, project=proof.project, source=proof.source) if proof.verdict != "unknown" else say(words)]
    lines += [say(why) for why in proof.why]
    if not proof.ran:
        return lines
    lines.append(say(_PACKAGES, count=proof.packages, go=proof.go))
    if proof.tests:
        t = proof.tests
        lines.append(say(_TESTS, passed=t.passed, failed=t.failed, skipped=t.skipped, packages=t.packages))
    if not proof.cgo:
        lines.append(say(_NO_CGO))
    else:
        lines.append(say(_CGO, compiler=proof.compiler) if proof.compiler else say(_NO_CC))
    outside = [s for s in proof.sockets if s.outside]
    if proof.audited:
        local = sum(s.count for s in proof.sockets if not s.outside)
        lines.append(say(_AUDIT, local=local, outside=sum(s.count for s in outside)))
    else:
        lines.append(say(_NOT_AUDITED))
    for ran in proof.ran:
        if ran.exit == 0:
            lines.append(say(_RAN, command=ran.command, seconds=f"{ran.seconds:.1f}"))
        else:
            lines.append(say(_FAILED, command=ran.command, exit="-" if ran.exit is None else ran.exit))
            lines += [f"    {line}" for line in ran.detail.splitlines()]
    lines += [
        say(_SOCKET, program=s.program or "?", call=s.call, family=s.family, address=s.address or "-", count=s.count)
        for s in outside[:20]
    ]
    lines += [say(_MISSING, name=m.name, command=say(m.add)) for m in proof.missing]
    if proof.kept:
        lines.append(say(_KEPT, folder=proof.kept))
    return lines
