"""What vendored packages with cgo need and vendor/ does not have."""

from __future__ import annotations

import os
import re
from typing import ClassVar, Final

from gomend.cgo import gosource
from gomend.model.base import Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Doors, Scope

_INCLUDE: Final = re.compile(r'(?m)^[ \t]*(?://[ \t]*)?#[ \t]*include[ \t]+"([^"]+)"')
_PLAIN: Final = re.compile(r"(?m)^[ \t]*(?://[ \t]*)?#cgo[ \t]+(CFLAGS|CPPFLAGS|LDFLAGS):(.*)$")
"""Directives without a condition."""


class VendorLoss(Thing, frozen=True):
    """One header or library below a folder that ``go mod vendor`` did not copy."""

    package: str
    file: str
    line: int
    quote: str
    missing: str
    """Path of the folder or file, relative to vendor/."""


class VendorLosses(Fact, frozen=True):
    """Losses in vendor/, and the absolute path of that folder."""

    folder: str
    items: tuple[VendorLoss, ...]
    reads: ClassVar = frozenset({"file:vendor/*"})


@collector
async def collect(doors: Doors, scope: Scope) -> VendorLosses | Absent:
    """Read the vendored files that import "C"."""
    vendor = os.path.join(scope.root, "vendor")
    if doors.files.entry(os.path.join(vendor, "modules.txt")) is None:
        return Absent(reason="there is no vendor folder")
    held = gosource.tags(doors.environ.system, doors.environ.machine)
    items: list[VendorLoss] = []
    for path in doors.files.walk(vendor, depth=16):
        folder, name = os.path.split(path)
        if not name.endswith(".go") or name.endswith("_test.go"):
            continue
        text = (doors.files.read(path) or b"").decode(errors="replace")
        if gosource.imports_c(text) and gosource.takes_part(name, text, held):
            items += _losses(doors, vendor, folder, name, text)
    return VendorLosses(folder=vendor, items=tuple(items))


def _losses(doors: Doors, vendor: str, folder: str, name: str, text: str) -> list[VendorLoss]:
    places = [folder]
    gone: list[tuple[re.Match[str], str]] = []
    libraries: list[tuple[re.Match[str], str]] = []
    for match in _PLAIN.finditer(text):
        for word in match[2].split():
            if "${SRCDIR}" not in word:
                continue
            path = os.path.normpath(word.removeprefix("-I").removeprefix("-L").replace("${SRCDIR}", folder))
            missing = doors.files.entry(path) is None
            if match[1] == "LDFLAGS" and missing:
                libraries.append((match, path))
            elif word.startswith("-I"):
                places.append(path)
                if missing:
                    gone.append((match, path))
    # A header that is nowhere counts where a folder of the package is gone or the header names such a folder itself.
    headers = []
    for match in _INCLUDE.finditer(text):
        found = any(doors.files.entry(os.path.normpath(os.path.join(p, match[1]))) for p in places)
        beside = os.path.dirname(os.path.join(folder, match[1]))
        if not found and gone:
            headers.append((match, gone[0][1]))
        elif not found and "/" in match[1] and doors.files.entry(beside) is None and match[1].startswith("."):
            headers.append((match, os.path.normpath(os.path.join(folder, match[1]))))
    return [
        VendorLoss(
            package=os.path.relpath(folder, vendor).replace(os.sep, "/"),
            file=os.path.relpath(os.path.join(folder, name), os.path.dirname(vendor)),
            line=text[: match.start()].count("\n") + 1,
            quote=match[0].strip(),
            missing=os.path.relpath(path, vendor).replace(os.sep, "/"),
        )
        for match, path in (*headers, *libraries)
    ]


def evidence(loss: VendorLoss) -> Evidence:
    """The line that needs what is missing."""
    return Evidence(source=loss.file, quote=loss.quote, where=f"{loss.file}:{loss.line}")
