"""From a log line to its template: what stays when numbers, names and times are taken out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_WRAPPED: Final = re.compile(r'^\{"log":"(?P<log>(?:[^"\\]|\\.)*)"')
"""Docker's json-file driver."""
_CUTS: Final = (
    (re.compile(r"(?i)\b(?:trace|span)_?-?id[=: ]+\S+"), ""),
    (re.compile(r"\{.*"), "<…>"),
    (re.compile(r"(\[[^\[\]:：=]*[:：=])[^\[\]]*"), r"\1<…>"),
    (re.compile(r"(?<==)[^,\])]+"), "<…>"),
    (re.compile(r"(?<=: )[^,\]|]+"), "<…>"),
    (re.compile(r"(?<=：)[^,\]|]+"), "<…>"),
    (re.compile(r"\b[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{2,})*\b"), "<…>"),
    (re.compile(r"\w*\d+\w*(?:[.:\-/]\w*\d+\w*)*"), "<…>"),
    (re.compile(r"<…>(?:[\[\], ]*<…>)+"), "<…>"),
)
_LONGEST: Final = 160
_BAD: Final = re.compile(r"(?i)\b(?:error|fatal|panic|severe|exception|traceback|stack ?trace|caused by)\b|Exception\b")

_POOL: Final = re.compile(
    r"(?i)connection is not available|too many (?:clients|connections)|no (?:free|available|idle) connection|remaining connection slots"
    r"|connection limit|(?:exhausted|full|timed? ?out|limit|waiting|acquir)[^.;]{0,40}\bpool|pool\w*\b[^.;]{0,40}(?:exhaust|full|timed? ?out|limit|waiting)"
    r"|(?:get|obtain|acquir\w*|waiting for) (?:a |an )?(?:free |idle |jdbc |database |db )*connection"
)
"""What drivers and pools say when no connection is free: HikariCP, database/sql and pgx, SQLAlchemy, MySQL, PostgreSQL, Redis clients."""


@lru_cache(maxsize=65536)
def template(line: str) -> str:
    """The template of a line: at most 160 characters, the variable parts as ``<…>``."""
    found = _WRAPPED.match(line)
    said = found["log"] if found else line
    said = said[: 4 * _LONGEST]
    for pattern, put in _CUTS:
        said = pattern.sub(put, said)
    return " ".join(said.split())[:_LONGEST]


def is_pool(line: str) -> bool:
    """Whether the line speaks of a pool without free connections."""
    return _POOL.search(line[: 8 * _LONGEST]) is not None


@lru_cache(maxsize=65536)
def is_bad(line: str) -> bool:
    """Whether the line speaks of an error or an exception."""
    return _BAD.search(line[: 8 * _LONGEST]) is not None
