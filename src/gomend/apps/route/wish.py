"""What is asked for, and what a walk of the model over answers came to. Light: the model itself is in ``walk.py``."""

from __future__ import annotations

import re

from gomend.apps.route.here import Here
from gomend.golang import modpath, semver
from gomend.model.base import Thing


class Walk(Thing, frozen=True):
    """What go would do: the URLs in order (without credentials), its exit code, cause slug and words."""

    requests: tuple[str, ...]
    exit: int
    cause: str
    stderr: str
    waits: str = ""
    """The URL that go would wait for, for ever."""


class Wish(Thing, frozen=True):
    """What is asked for: a module, a query, and the state that spares requests."""

    path: str
    query: str
    cached: frozenset[str] = frozenset()
    sums: frozenset[str] = frozenset()
    """Which of the two go.sum lines there are: ``zip``, ``mod``."""

    @property
    def version(self) -> str:
        """The version that the query means, as far as one can say without asking."""
        exact = semver.canonical(re.sub(r"^[<>]=?", "", self.query))
        if exact:
            return exact
        named = re.fullmatch(r"gopkg\.in/.*\.v(\d+)", self.path)
        major = int(named[1]) if named else modpath.split_major(self.path)[1] or 1
        return f"v{major}.0.0"


def sumdb_name(here: Here) -> str:
    """The name of the checksum database in force; empty if there is none."""
    words = here["GOSUMDB"].split()
    return "" if not words or words[0] == "off" else words[0].partition("+")[0]
