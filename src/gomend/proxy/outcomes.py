"""How asking an upstream ends when it does not end well."""

from __future__ import annotations

from typing import Final, NamedTuple


class AbsentError(Exception):
    """An upstream truly says that it has no such thing (404 or 410); the message is what it said, in one line."""

    def __init__(self, said: str, status: int = 404) -> None:
        """Keep both."""
        super().__init__(said)
        self.status = status


class FailedError(Exception):
    """An upstream did not say. ``kind`` is one of :data:`KINDS`; ``wait`` are the seconds it asks us to stay away."""

    def __init__(self, kind: str, detail: str, *, wait: float = 0.0, partial: int = 0) -> None:
        """``partial`` counts the bytes that had come when it broke."""
        super().__init__(detail)
        self.kind = kind
        self.wait = wait
        self.partial = partial


class Trouble(NamedTuple):
    """Something went wrong: when (seconds since 1970), with which module (empty: none), with what, and what was said of it."""

    at: float
    module: str
    what: str
    words: str


KINDS: Final = (
    "refused",
    "silent",
    "slow",
    "broken",
    "status",
    "busy",
    "denied",
    "untrue",
    "forged",
    "unvouched",
    "ruled",
    "redirect",
    "open",
    "local",
    "unasked",
)
"""No connection; no answer in time; a body that trickles; one that breaks off; 5xx and odd statuses; 429; 401 and 403;
an answer that is no module file; one that is not what it was or the checksum database says;
one that the database, which is required, does not vouch for; a version that a rule is against; a redirect to where we may not go; the breaker is open; a trouble of our own (disk full);
a hook that gave no word."""
TRANSIENT: Final = frozenset({"refused", "silent", "slow", "broken", "status", "untrue"})
"""What another try may cure."""
SICK: Final = frozenset({"refused", "silent", "slow", "broken", "status", "busy"})
"""What speaks against the upstream's health."""


def one_line(text: str, limit: int = 300) -> str:
    """Text from elsewhere in one short line without control characters."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:limit]
