"""pkg-config and pkgconf."""

from __future__ import annotations

import re
from typing import Final

from gomend.cgo.symptoms.base import Kind, Table

TABLE: Final[Table] = (
    (Kind.PACKAGE_NOT_FOUND, re.compile(r"Package (?P<name>\S+) was not found in the pkg-config search path")),
    (Kind.PACKAGE_NOT_FOUND, re.compile(r"Package '(?P<name>[^']+)'(?:, required by '(?P<detail>[^']+)',| ?,)? not found")),
    (Kind.PACKAGE_NOT_FOUND, re.compile(r"No package '(?P<name>[^']+)' found")),
    (
        Kind.PACKAGE_NOT_FOUND,
        re.compile(r"Package dependency requirement '(?P<name>\S+) (?P<detail>[^']+)' could not be satisfied"),
    ),
    (Kind.PACKAGE_NOT_FOUND, re.compile(r"Requested '(?P<name>\S+) (?P<detail>[^']+)' but version of")),
)
"""Kind of symptom and the words that show it, most specific first."""
