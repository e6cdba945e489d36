"""Which well-known licence a file is, only where it is sure: the whole text, without titles, copyright lines and holders.

The digests are of the texts as SPDX names them; a text with anything added, left out or changed is not recognised.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

LICENCE: Final = re.compile(r"(?:LICEN[CS]E|COPYING|UNLICENSE|COPYRIGHT)(?:[-_.].*)?", re.IGNORECASE)
"""Names of licence files."""
_HOLDER: Final = re.compile(
    r"\W*(?:portions )?copyright\s+(?:\(c\)|©|\d{4}|\[|<|the\s.*authors|.*\(c\)).*|\W*(?:\(c\)|©)\s.*|\W*all rights reserved\W*"
)
_TITLE: Final = re.compile(
    r"^(?:the )?(?:mit license(?: mit)?|isc license|bsd [23] clause(?: new or revised| simplified)? license) "
)
_NAMES: Final = re.compile(r"neither the names? of .{1,80}? (?:nor|or) the names of (?:its|their|other) contributors")
_APPENDIX: Final = re.compile(
    r" end of terms and conditions(?: appendix how to apply the apache license to your work .{150,1000} limitations under the license)?"
    r"(?: (?:copyright .{0,120} )?licensed under the apache license version 2 0 the license .{300,450} limitations under the license)?$"
)
_BULLET: Final = re.compile(r"^\s*(?:[-*•]|\d[.)]|\([a-z\d]\)|[a-z]\.)\s+", re.MULTILINE)
_KNOWN: Final = {
    "6682632b6eb66bab80e39ece6933e756": "Apache-2.0",
    "0cf21bdfd1964a97a8615e1285348458": "MIT",
    "53075742228962c7ea381b8242c64602": "BSD-3-Clause",
    "986c3c3199a93b916c8f2e0aeed57819": "BSD-2-Clause",
    "9dc0c3390089e2b3c721e262ae426078": "MPL-2.0",
    "217da0747cec63a2e734185db11cbaa8": "ISC",
}
"""The first half of SHA-256 of :func:`plain`."""


def spdx(text: str) -> str:
    """The SPDX id of a licence text; empty where it is none of the well-known ones, or not exactly."""
    return _KNOWN.get(sha256(plain(text).encode()).hexdigest()[:32], "")


def plain(text: str) -> str:
    """The words of a licence without what differs from project to project."""
    lines = (line for line in text.lower().replace("\r", "").split("\n") if not _HOLDER.fullmatch(line.strip()))
    words = re.sub(r"[^a-z0-9]+", " ", _BULLET.sub("", "\n".join(lines))).strip()
    words = _APPENDIX.sub("", words).replace("https www", "http www").replace("owner", "holder")
    words = words.replace(" holders or contributors", " holder or contributors")
    return _NAMES.sub("neither the name of the copyright holder nor the names of its contributors", _TITLE.sub("", words))
