"""``gomend proxy export``: copy modules out of a store."""

from __future__ import annotations

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.answering import form, write
from gomend.apps.cli.base import option
from gomend.model.text import text

_EXPORT = text(
    "proxy.export",
    "Copy modules out of a store: a tree that GOPROXY=file:// reads, or a module cache to build from without a proxy.",
)
_STORE = text("proxy.opt.export-store", "The store.")
_AS = text("proxy.opt.export-as", "tree (default): what GOPROXY=file:// reads; modcache: what GOMODCACHE names.")
_MODULES = text("proxy.opt.export-modules", "Only these modules: patterns as in GOPRIVATE.")
_PROJECT = text("proxy.opt.export-project", "Only what this project's go.sum names.")
_BAD = text("proxy.export.bad", "{path} cannot be used: {reason}")
_NOTHING = text("proxy.export.nothing", "The store {value} has none of these modules.")
_DONE = text("proxy.export.done", "{versions} versions, {files} files in {root} ({there} were there).")


@click.command(name="export", cls=base.Part, summary=_EXPORT)
@click.argument("output", metavar="FOLDER")
@option("--store", metavar="DIR", required=True, help=_STORE)
@option("--as", "kind", type=click.Choice(("tree", "modcache")), default="tree", help=_AS)
@option("--modules", metavar="PATTERNS", default="", help=_MODULES)
@option("--project", metavar="DIR", help=_PROJECT)
@form
@options.lang
def command(output: str, store: str, kind: str, modules: str, project: str | None, form: str) -> int:
    """See _EXPORT."""
    import os

    from gomend.apps.proxy import exporting
    from gomend.proxy import evict
    from gomend.proxy.store import Store

    named = None
    try:
        if project is not None:
            with open(f"{project}/go.sum", encoding="utf-8") as file:
                named = exporting.of_gosum(file.read())
        os.listdir(store)
        opened = Store(store)
        try:
            versions = exporting.wanted(evict.held(opened), modules, named)
            if not versions:
                raise base.Problem(_NOTHING, value=store)
            answer = exporting.export(opened.root, output, "modcache" if kind == "modcache" else "tree", versions)
        finally:
            opened.close()
    except (OSError, UnicodeDecodeError) as error:
        path = getattr(error, "filename", None) or store
        raise base.Problem(_BAD, path=path, reason=getattr(error, "strerror", None) or str(error)) from None
    words = base.translator()(_DONE, versions=answer.versions, files=answer.files, root=answer.root, there=answer.there)
    write(answer, form, words + "\n")
    return 0
