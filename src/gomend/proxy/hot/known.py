"""What one hot process knows: answers by target and credentials, and ready bytes by the very bytes of a request."""

from __future__ import annotations

from gomend.proxy.hot.ready import Base, Ready

MOST = 8192
"""Answers that are kept; then all are forgotten, and asked for again when wanted."""
MOST_BYTES = 32 << 20
"""Bytes of answers that are kept."""
CLIENTS = 1024
"""Certificates for which ready bytes are kept."""
Key = tuple[bytes, bytes, bool]


class Known:
    """Connections hold the dicts of ready bytes: those are emptied, never replaced."""

    __slots__ = ("_by", "_held", "_none", "bases", "plain")

    def __init__(self) -> None:
        """Nothing."""
        self.plain: dict[bytes, Ready] = {}
        """For clients without certificates: credentials are among the bytes."""
        self._by: dict[bytes, dict[bytes, Ready]] = {b"": self.plain}
        self._none: dict[bytes, Ready] = {}
        self.bases: dict[Key, Base] = {}
        self._held = 0

    def of(self, who: bytes) -> dict[bytes, Ready]:
        """The ready bytes for clients with this certificate."""
        if who not in self._by and len(self._by) >= CLIENTS:
            return self._none
        return self._by.setdefault(who, {})

    def keep(self, known: dict[bytes, Ready], raw: bytes, ready: Ready) -> None:
        """Ready bytes for these bytes of a request."""
        if known is self._none:
            return
        self._held += len(raw) + len(ready.rest)
        if len(known) >= MOST or self._held > MOST_BYTES:
            self.forget()
        known[raw] = ready

    def put(self, key: Key, base: Base) -> None:
        """An answer."""
        if len(self.bases) >= MOST:
            self.forget()
        self._held += len(base.body)
        self.bases[key] = base

    def forget(self) -> None:
        """Everything."""
        for known in self._by.values():
            known.clear()
        self.bases.clear()
        self._held = 0
