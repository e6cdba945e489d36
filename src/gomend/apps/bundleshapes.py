"""The shapes of ``--format json`` of ``gomend mod bundle``."""

from __future__ import annotations

from collections.abc import Sequence

from gomend.model.base import Thing
from gomend.model.text import Said, Translator
from gomend.modules.bundle.manifest import Manifest
from gomend.modules.bundle.verify import Bad

BUNDLE: str = "gomend.bundle/1"
"""Schema of make, verify and import."""


class ProblemShape(Thing, frozen=True):
    """A module or file, and what is wrong with it."""

    name: str
    why: str


class BundleShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """One bundle and what was done with it: ``action`` is make, verify or import; ``ok`` whether it is fit to be used.

    ``digest`` is the SHA-256 of its manifest; ``parent`` that of the bundle it builds on. Sizes are in bytes. ``bad`` was
    refused or is wrong, ``open`` could not be told, ``left_out`` is needed by no build and nobody vouches for it.
    """

    schema_: str
    action: str
    ok: bool
    file: str
    digest: str
    parent: str
    size: int
    go: str
    projects: tuple[str, ...]
    modules: int
    toolchains: tuple[str, ...]
    tools: tuple[str, ...]
    wheels: tuple[str, ...]
    databases: tuple[str, ...]
    files: int
    inherited: int
    proved: int
    bad: tuple[ProblemShape, ...]
    left_out: tuple[ProblemShape, ...]
    open: tuple[str, ...]
    written: int = 0
    there: int = 0
    into: str = ""
    sysroots: tuple[str, ...] = ()
    """Packed sysroots for cgo."""


def bundle_shape(
    action: str,
    file: str,
    manifest: Manifest | None,
    say: Translator,
    *,
    digest: str = "",
    size: int = 0,
    proved: int = 0,
    bad: Sequence[Bad] = (),
    left_out: Sequence[Bad] = (),
    open: Sequence[Said] = (),
    written: int = 0,
    there: int = 0,
    into: str = "",
) -> BundleShape:
    """The answer of one command; ``manifest`` is None where the file is no bundle."""
    m = manifest
    return BundleShape(
        schema_=BUNDLE,
        action=action,
        ok=not bad and not open,
        file=file,
        digest=digest,
        parent=m.parent if m else "",
        size=size,
        go=m.go if m else "",
        projects=m.projects if m else (),
        modules=len(m.modules) if m else 0,
        toolchains=m.toolchains if m else (),
        tools=m.tools if m else (),
        wheels=tuple(f.path.rpartition("/")[2] for f in m.files if f.path.startswith("wheels/")) if m else (),
        sysroots=tuple(f.path.rpartition("/")[2] for f in m.files if f.path.startswith("sysroots/")) if m else (),
        databases=tuple(d.name for d in m.databases) if m else (),
        files=len(m.files) if m else 0,
        inherited=len(m.inherited) if m else 0,
        proved=proved,
        bad=tuple(ProblemShape(name=b.name, why=say(b.said)) for b in bad),
        left_out=tuple(ProblemShape(name=b.name, why=say(b.said)) for b in left_out),
        open=tuple(say(s) for s in open),
        written=written,
        there=there,
        into=into,
    )
