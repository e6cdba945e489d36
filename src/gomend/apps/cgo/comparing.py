"""``gomend cgo abi``: both builds beside each other, for people and as JSON."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import Final

from gomend.apps.cgo.targets import pairs, session
from gomend.apps.cli import base, sizes
from gomend.apps.exits import Exit
from gomend.apps.loop import run_async
from gomend.apps.session import Session
from gomend.apps.tables import aligned, some
from gomend.cgo.abi import crossing, lookups, sides
from gomend.cgo.abi.crossing import Crossing
from gomend.cgo.abi.lookups import Lookup
from gomend.cgo.abi.sides import Difference, Side
from gomend.cgo.needs import listing
from gomend.cgo.needs.listing import Package
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Translator, text

_NO_MAIN: Final = text("cgoabi.no-main", "{package} is no program; name a main package, for example: {names}")
_NO_LIST: Final = text("cgoabi.no-list", "go cannot list {package}: {reason}")
_HEAD: Final = text("cgoabi.head", "{package} for {target}, built both ways")
_NOT_BUILT: Final = text("cgoabi.not-built", "CGO_ENABLED={cgo} does not build:")
_ROWS: Final = {
    "packages": text("cgoabi.packages", "packages"),
    "size": text("cgoabi.size", "size"),
    "loader": text("cgoabi.loader", "loader"),
    "needs": text("cgoabi.needs", "shared libraries"),
    "glibc": text("cgoabi.glibc", "oldest glibc"),
    "start": text("cgoabi.start", "start-up (imports only)"),
    "build": text("cgoabi.build", "this build took"),
}
_STATIC: Final = text("cgoabi.static", "none (static)")
_NONE: Final = text("cgoabi.none", "none")
_SAME: Final = text(
    "cgoabi.same", "Both builds have the same packages with the same files: cgo changes nothing in this program."
)
_ONLY_WITH: Final = text("cgoabi.only-with", "only with cgo")
_ONLY_WITHOUT: Final = text("cgoabi.only-without", "only without")
_CHANGED: Final = text("cgoabi.changed", "Packages with other files (+ only with cgo, - only without)")
_LOOKUPS: Final = text("cgoabi.lookups", "How host names are looked up (measured with GODEBUG=netdns=2)")
_SURROUNDING: Final = {
    "here": text("cgoabi.here", "this machine as it is"),
    "files-only": text("cgoabi.files-only", "nsswitch: files alone"),
    "search-ndots": text("cgoabi.search-ndots", "resolv.conf: search, ndots:5"),
    "mdns": text("cgoabi.mdns", "nsswitch: mdns4_minimal"),
    "localdomain": text("cgoabi.localdomain", "environment: LOCALDOMAIN is set"),
    "unknown-option": text("cgoabi.unknown-option", "resolv.conf: an option that Go does not know"),
}
_NO_NETWORK: Final = text("cgoabi.no-net", "The program does not use package net: looking up names is no concern.")
_USERS: Final = text(
    "cgoabi.users",
    "os/user: with cgo the C library asks its name services (LDAP, sssd …), without it /etc/passwd alone is read.",
)
_SIGNAL: Final = text(
    "cgoabi.rest", "Other packages of the standard library, os/signal among them, have no cgo on this target."
)
_CROSSING: Final = text(
    "cgoabi.crossing", "A call on this machine: {into} ns from Go into C, {back} ns from C into Go; {plain} ns within Go."
)


class AbiShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend cgo abi``."""

    schema_: str
    package: str
    target: str
    sides: tuple[Side, ...]
    difference: Difference
    uses: tuple[str, ...]
    """net, os/user, plugin: packages in the build whose behaviour depends on cgo."""
    lookups: tuple[Lookup, ...]
    crossing: Crossing | None


def compare(directory: str, package: str) -> AbiShape:
    """Build both ways and compare.

    Raises:
        Problem: the folder or the package is wrong.
    """
    made = session(directory, ())
    pair = pairs(made, ())[0]
    found: AbiShape = run_async(lambda: _compare(made, pair, package))
    return found


async def _compare(made: Session, pair: tuple[str, str], package: str) -> AbiShape:
    doors, root = made.doors, made.root
    on, off = await sides.lists(doors, root, pair, package)
    main = next((p for p in (*on.packages.values(), *off.packages.values()) if listing.own(p) and p.name == "main"), None)
    if main is None:
        raise await _no_main(made, pair, package, on.problem)
    with tempfile.TemporaryDirectory(prefix="gomend-abi-") as folder:
        both = [await sides.build(doors, root, held, main, folder) for held in (on, off)]
        uses = tuple(n for n in ("net", "os/user", "plugin") if n in on.packages)
        here = (doors.environ.system, doors.environ.machine) == pair
        asked = await lookups.exercise(doors, folder) if here and "net" in uses and pair[0] == "linux" else ()
        cost = await crossing.measure(doors, folder) if here else None
    return AbiShape(
        schema_="gomend.cgo-abi/1",
        package=main.import_path,
        target="/".join(pair),
        sides=tuple(both),
        difference=sides.difference(on, off),
        uses=uses,
        lookups=asked,
        crossing=cost,
    )


async def _no_main(made: Session, pair: tuple[str, str], package: str, problem: str) -> base.Problem:
    every = await listing.ask(made.doors, made.root, pair, cgo=True, patterns=("./...",))
    mains = [p for p in every.packages.values() if listing.own(p) and p.name == "main"]
    if not mains:
        return base.Problem(_NO_LIST, package=package, reason=problem or every.problem or "no main package")
    return base.Problem(_NO_MAIN, package=package, names=" ".join(_relative(made, p) for p in mains[:5]))


def _relative(made: Session, package: Package) -> str:
    return "./" + os.path.relpath(package.dir, made.root) if package.dir else package.import_path


def exit_code(shape: AbiShape) -> Exit:
    """Neither side is a finding; 4 if none could be built."""
    return Exit.UNDETERMINED if all(side.problem for side in shape.sides) else Exit.CLEAN


def told(shape: AbiShape, say: Translator) -> Iterator[str]:
    """For people."""
    yield say(_HEAD, package=shape.package, target=shape.target)
    rows = [["", *(f"CGO_ENABLED={int(side.cgo)}" for side in shape.sides)]]
    cells = [_cells(side, say) for side in shape.sides]
    rows += [[say(label), *(cell[name] for cell in cells)] for name, label in _ROWS.items()]
    yield from aligned(rows)
    for side in shape.sides:
        if side.problem:
            yield say(_NOT_BUILT, cgo=int(side.cgo))
            yield from (f"  {redact(line)}" for line in side.problem.splitlines()[:8])
    yield ""
    yield from _packages(shape.difference, say)
    if shape.lookups:
        yield ""
        yield say(_LOOKUPS)
        table = [["", "CGO_ENABLED=1", "CGO_ENABLED=0"]]
        table += [[say(_SURROUNDING[one.surrounding]), one.with_cgo or "?", one.without_cgo or "?"] for one in shape.lookups]
        yield from aligned(table)
    elif "net" not in shape.uses:
        yield say(_NO_NETWORK)
    if "os/user" in shape.uses:
        yield say(_USERS)
    if shape.target.startswith("linux/"):
        yield say(_SIGNAL)
    if shape.crossing:
        cost = shape.crossing
        yield say(_CROSSING, into=f"{cost.into_c:.0f}", back=f"{cost.into_go:.0f}", plain=f"{cost.plain:.1f}")


def _cells(side: Side, say: Translator) -> dict[str, str]:
    if side.info is None:
        return {name: str(side.packages) if name == "packages" else "-" for name in _ROWS}
    info = side.info
    none = say(_STATIC if info.static else _NONE)
    return {
        "packages": str(side.packages),
        "size": sizes.shown(side.size),
        "loader": info.interpreter or none,
        "needs": " ".join(info.needed) or say(_NONE),
        "glibc": info.glibc_min or "-",
        "start": f"{side.start_ms:.1f} ms" if side.start_ms is not None else "-",
        "build": f"{side.seconds:.1f} s",
    }


def _packages(found: Difference, say: Translator) -> Iterator[str]:
    if not (found.only_with or found.only_without or found.changed):
        yield say(_SAME)
        return
    rows = [
        [say(label), some(names, 8)]
        for label, names in ((_ONLY_WITH, found.only_with), (_ONLY_WITHOUT, found.only_without))
        if names
    ]
    yield from aligned(rows, indent=0)
    if found.changed:
        yield say(_CHANGED)
        marked = {p: [n if n.startswith("-") else f"+{n}" for n in files] for p, files in found.changed.items()}
        yield from aligned([[path, some(files, 6)] for path, files in marked.items()])
