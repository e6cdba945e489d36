"""Build tags that a package has for musl: by convention it then takes other prebuilt archives, or leaves out what musl has not.

confluent-kafka-go says ``musl``, the libraries of CosmWasm ``muslc``; both are found by what the packages' own constraints say, not by a list
of modules.
"""

from __future__ import annotations

import os
import re
from typing import Final

from gomend.cgo.needs.listing import Listing
from gomend.ports.doors import Doors

_NAMES: Final = ("musl", "muslc")
_CONSTRAINT: Final = re.compile(r"^//(?:go:build|\s*\+build)\b(.*)$", re.MULTILINE)
_HEAD: Final = 8192
"""Bytes of a file in which its constraint stands: it comes before the package clause."""


def for_musl(doors: Doors, listed: Listing) -> tuple[str, ...]:
    """Tags among ``musl`` and ``muslc`` that files which this build leaves out wait for; none of the standard library's."""
    found: dict[str, None] = {}
    for package in listed.packages.values():
        if package.standard:
            continue
        for name in package.ignored_go_files:
            text = doors.files.read(os.path.join(package.dir, name)) or b""
            for match in _CONSTRAINT.finditer(text[:_HEAD].decode("utf-8", "replace")):
                words = set(re.split(r"[^\w!]+", match[1]))
                found |= dict.fromkeys(n for n in _NAMES if n in words)
    return tuple(found)
