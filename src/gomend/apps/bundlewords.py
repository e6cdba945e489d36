"""What is in a bundle and how to use it on the other side, for people."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gomend.apps.cli import base, sizes
from gomend.model.text import Translator, text

if TYPE_CHECKING:
    from gomend.apps.bundleshapes import BundleShape

FORMAT = text("bundle.opt.format", "How to answer: text or json.")
QUIET = text("bundle.opt.quiet", "No progress bar.")
PARENT = text("bundle.opt.parent", "The bundle that this one builds on, the last first; may be repeated.")
_HASHING = text("bundle.progress", "reading and hashing")
_FILE = text("bundle.shown.file", "{file}  {size}")
_DIGEST = text("bundle.shown.digest", "  digest      {digest}")
_PARENT = text("bundle.shown.parent", "  builds on   {digest} ({count} files are there)")
_MODULES = text("bundle.shown.modules", "  modules     {count} for {projects} ({go})")
_TOOLCHAINS = text("bundle.shown.toolchains", "  toolchains  {names}")
_TOOLS = text("bundle.shown.tools", "  tools       {names}")
_WHEELS = text("bundle.shown.wheels", "  wheels      {names}")
_SYSROOTS = text("bundle.shown.sysroots", "  sysroots    {names}")
_SUMDB = text("bundle.shown.sumdb", "  checksums   {names}: answers and proofs that work offline")
_NO_SUMDB = text("bundle.shown.no-sumdb", "  checksums   no checksum database; only go.sum vouches")
_LEFT = text("bundle.shown.left", "Left out, as no build needs them and nobody vouches for them ({count}):")
_OPEN = text("bundle.shown.open", "Could not be told: {what}")
_MORE = text("bundle.shown.more", "  and {count} more")
_USE = text("bundle.shown.use", "On the other side:")
_BACK = text("bundle.shown.back", "And back (to go's defaults; go env -changed shows beforehand what was set):")
_SUMDB_OFF = text("bundle.shown.sumdb-off", "# the bundle carries no checksum database: go.sum alone is checked")
_MANY = 20


@contextmanager
def progress(*, quiet: bool) -> Generator[Callable[[int, int], None] | None]:
    """A bar with rate and time left on a terminal's standard error; nothing elsewhere."""
    import sys

    if quiet or not base.is_terminal(sys.stderr):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(base.translator()(_HASHING), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def contents(shape: BundleShape, say: Translator) -> list[str]:
    """What is in it."""
    lines = [say(_FILE, file=shape.file, size=sizes.shown(shape.size))] if shape.size else []
    if shape.digest:
        lines.append(say(_DIGEST, digest=shape.digest))
    if shape.parent:
        lines.append(say(_PARENT, digest=shape.parent, count=shape.inherited))
    if shape.go:
        lines.append(say(_MODULES, count=shape.modules, projects=", ".join(shape.projects), go=shape.go))
    for words, names in (
        (_TOOLCHAINS, shape.toolchains),
        (_TOOLS, shape.tools),
        (_WHEELS, shape.wheels),
        (_SYSROOTS, shape.sysroots),
    ):
        if names:
            lines.append(say(words, names=", ".join(names)))
    if shape.go:
        lines.append(say(_SUMDB, names=", ".join(shape.databases)) if shape.databases else say(_NO_SUMDB))
    return lines


def problems(shape: BundleShape, say: Translator) -> list[str]:
    """What is wrong, open or left out."""
    lines = [f"{bad.name}: {bad.why}" for bad in shape.bad[:_MANY]]
    if len(shape.bad) > _MANY:
        lines.append(say(_MORE, count=len(shape.bad) - _MANY))
    lines += [say(_OPEN, what=what) for what in shape.open]
    if shape.left_out:
        lines.append(say(_LEFT, count=len(shape.left_out)))
        lines += [f"  {left.name}" for left in shape.left_out[:_MANY]]
        if len(shape.left_out) > _MANY:
            lines.append(say(_MORE, count=len(shape.left_out) - _MANY))
    return lines


def use(shape: BundleShape, say: Translator, folder: str = "", *, cache: bool = False) -> list[str]:
    """The exact lines for the other side, and those that take them back."""
    import os
    import pathlib
    import shlex

    name = shlex.quote(os.path.basename(shape.file))
    place = folder or "/srv/goproxy"
    lines = [say(_USE)]
    if not folder:
        lines += [f"  gomend mod bundle verify {name}", f"  gomend mod bundle import {name} --to {place}"]
    proxy = "off" if cache else pathlib.Path(place).absolute().as_uri()
    lines += [f"  go env -w GOPROXY={shlex.quote(proxy)} GONOPROXY=none"]
    if not shape.databases:
        lines += [f"  {say(_SUMDB_OFF)}", "  go env -w GOSUMDB=off"]
    if shape.sysroots and not cache:
        lines += [f"  gomend cgo sysroot unpack {shlex.quote(place)}/sysroots/*.tar"]
    if shape.wheels and not cache:
        lines += [f"  pip install --no-index --find-links {shlex.quote(place)}/wheels ziglang"]
    lines += [say(_BACK), f"  go env -u GOPROXY GONOPROXY{'' if shape.databases else ' GOSUMDB'}"]
    return lines
