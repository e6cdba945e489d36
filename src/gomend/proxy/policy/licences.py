"""The licences of a module: the files in its root, compared with the texts that identify has of SPDX licences.

Which files are licences: the names that pkg.go.dev looks for.
"""

from __future__ import annotations

import functools
import itertools
import re
import zipfile
from collections import Counter
from typing import Final

UNKNOWN: Final = "unknown"
"""A licence file whose text is no known one's."""
NONE: Final = "none"
"""There is no licence file."""
_NAMES: Final = re.compile(r"(?:licen[sc]es?|copying|unlicen[sc]e)(?:[-._].*)?|mit-licen[sc]e", re.IGNORECASE)
_NO_TEXT: Final = (".go", ".json", ".yml", ".yaml", ".html", ".svg", ".png")
_LARGEST: Final = 1 << 20
_ALIKE: Final = 0.93
"""How much of both texts must be shared; BSD licences name their holder in a clause, and differ from each other by 0.2."""
_HOLDER: Final = re.compile(r"(?:copyright\b|\(c\)|©|all rights reserved|portions copyright)")
_TITLE: Final = re.compile(r"#*\s*(?:the )?[\w .\"'()-]{0,40}licen[sc]e[\w .,\"'()-]{0,30}")
_BULLET: Final = re.compile(r"^\s*(?:[*•-]|\(?(?:\d{1,2}|[a-z])[.)])\s+")
_WORD: Final = re.compile(r"[a-z0-9]+")


def of_zip(path: str, module: str, version: str) -> tuple[str, ...]:
    """SPDX names of the licences in the root of a module's zip, sorted; or :data:`NONE`, or one of them is :data:`UNKNOWN`.

    Raises:
        OSError: the zip cannot be read.
    """
    prefix = f"{module}@{version}/"
    found: set[str] = set()
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = info.filename.removeprefix(prefix)
            if "/" in name or not _NAMES.fullmatch(name) or name.lower().endswith(_NO_TEXT):
                continue
            found.add(of_text(archive.read(info)) if info.file_size <= _LARGEST else UNKNOWN)
    return tuple(sorted(found)) or (NONE,)


def of_text(raw: bytes) -> str:
    """The SPDX name of a text: of the known one with which it shares nearly all pairs of neighbouring words."""
    pairs = _pairs(raw.decode("utf-8", "replace"))
    size = sum(pairs.values())
    best, name = 0.0, UNKNOWN
    for known_name, other in _texts():
        total = size + sum(other.values())
        alike = 2 * sum((pairs & other).values()) / total if total else 0.0
        if alike > best:
            best, name = alike, known_name
    return name if best >= _ALIKE else UNKNOWN


@functools.cache
def _texts() -> tuple[tuple[str, Counter[tuple[str, str]]], ...]:
    from identify.vendor import licenses

    return tuple((name, _pairs(text)) for name, text in licenses.LICENSES)


def _pairs(text: str) -> Counter[tuple[str, str]]:
    """Pairs of words, without what may differ (SPDX matching guidelines): titles, copyright lines, bullets, marks, case."""
    lines = text.casefold().splitlines()
    kept = [line for line in lines if not _HOLDER.match(line.strip()) and not _TITLE.fullmatch(line.strip())]
    words = _WORD.findall(" ".join(_BULLET.sub("", line) for line in kept))
    return Counter(itertools.pairwise(words))


def known() -> tuple[str, ...]:
    """All names that :func:`of_zip` may answer."""
    from identify.vendor import licenses

    return (*(name for name, _ in licenses.LICENSES), UNKNOWN, NONE)
