"""What a failed link means, where the linker's own words do not say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gomend.binary.elf import version_key

_UNDEFINED: Final = re.compile(r"undefined (?:symbol|reference)(?:s? to)?:? [`']?(\w+)")


def too_new(error: str, since: Mapping[str, str], floor: str) -> tuple[str, str] | None:
    """The glibc that a failed link needs at least, and a symbol that came with it; None if no such symbol is missing.

    ``since`` has the first glibc of each symbol (Versions files of glibc), ``floor`` the one that was asked for.
    """
    if not floor:
        return None
    missing = {name: since[name] for name in _UNDEFINED.findall(error) if name in since}
    newer = [(version, name) for name, version in missing.items() if version_key(version) > version_key(floor)]
    return max(newer, key=lambda n: (version_key(n[0]), n[1])) if newer else None
