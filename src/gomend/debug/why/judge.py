"""The cause: first what keeps dlv from reading the program at all, then the path, then the line, then whether the source is the one built.

Delve compares path strings with the line table, exactly (``pkg/proc`` FindFileLocation), and takes lines that have a statement.
Everything else is told from the binary's function table and the sources.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from gomend.debug import paths
from gomend.debug.pathmap import here
from gomend.debug.pathmap.here import Machine
from gomend.debug.why import absent, lines, shared, spelled
from gomend.debug.why.ask import Ask, Fix, Verdict
from gomend.debug.why.mends import Mends
from gomend.debug.why.product import Product

Lister = Callable[[str], dict[str, object]]
"""``go list -json`` of one folder, for the binary's target (see ``absent.py``)."""


def session(ask: Ask, product: Product, mends: Mends) -> tuple[str, tuple[str, ...], Fix | None]:
    """What holds for all breakpoints: the cause, empty if a debugger can work with the program."""
    if ask.launch.get("noDebug"):
        return "no-debug", ('launch: "noDebug": true',), Fix(launch={"noDebug": False})
    if product.packed:
        return "packed", (f"{product.path}: UPX! in the header, no Go build information",), mends.unpack()
    if product.build is None and product.symbols is None:
        library = next((found for w in ask.breakpoints if (found := shared.holding(ask, product.path, w.file))), "")
        if library:
            told = (f"{product.path} is no Go program", f"{library} has the code, and is loaded after the start")
            return "plugin-not-loaded", told, None
        return "not-main", (f"{product.path} is no Go program",), mends.rebuild() if mends.command else None
    info = product.info
    if not info.dwarf:
        if info.debuglink:
            file, fits = product.debug_file
            if fits:
                return "", (), None
            if file:
                return (
                    "debuglink-crc",
                    (f".gnu_debuglink: {info.debuglink}", f"{file}: its CRC is another one"),
                    mends.rebuild(),
                )
        shown = [f"{product.path}: no .debug_info{'' if info.symtab else ', no .symtab'}"]
        if product.setting("-ldflags"):
            shown.append(f"go version -m: -ldflags={product.setting('-ldflags')}")
        return "stripped", (*shown, *mends.stripping()), mends.keep_symbols()
    if not info.symtab and product.image.format == "elf":
        return "no-symtab", (f"{product.path}: .debug_info, but no .symtab",), mends.keep_symbols()
    return "", (), None


def breakpoint_(ask: Ask, product: Product, machine: Machine, mends: Mends, lister: Lister, file: str, line: int) -> Verdict:
    """The verdict on one breakpoint of a program that can be debugged."""
    mapped = paths.substitute(file, ask.rules)
    if mapped not in product.files:
        found = spelled.look(file, ask.rules, product, machine)
        if found is None:
            library = (
                shared.holding(ask, product.path, file) if product.symbols and product.symbols.named("plugin.Open") else ""
            )
            found = absent.of_library(library) if library else absent.look(file, line, product, mends, lister)
        return Verdict(
            file=file,
            line=line,
            bound=False,
            cause=found.cause,
            evidence=found.evidence,
            fix=found.fix(line) if found.fix else None,
        )
    local = _source(file, mapped, product, machine)
    return lines.look(file, line, mapped, local, product, mends)


def _source(file: str, mapped: str, product: Product, machine: Machine) -> str:
    """The text of the source as it is here; empty where it is not."""
    known = frozenset(m.path for m in product.modules)
    places = [file, mapped]
    found = here.find(file, machine, known)
    if found is not None:
        places.append(f"{found.folder}/{found.rel}")
    for place in places:
        if os.path.isfile(place):
            try:
                with open(place, encoding="utf-8", errors="replace", newline="") as opened:
                    return opened.read()
            except OSError:
                continue
    return ""
