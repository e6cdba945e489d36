"""Evidence: where a claim comes from, in the words of the tool or file that said it."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from gomend.model.base import Thing
from gomend.model.redact import redact

QUOTE_LIMIT: Final = 2000
"""Characters of a quote that are kept; the digest is of the whole."""


class Evidence(Thing, frozen=True):
    """One quoted source. ``source`` is a command, file, URL or recording; ``where`` narrows it (``go.mod:5``)."""

    source: str
    quote: str
    where: str = ""
    digest: str = ""
    """SHA-256 (hex, first 16) of the quote as it was read, before masking and shortening."""

    def __post_init__(self) -> None:
        """Mask secrets, shorten, and refuse evidence that shows nothing."""
        if not self.source or not self.quote:
            msg = "evidence needs a source and a quote"
            raise ValueError(msg)
        if not self.digest:
            full = hashlib.sha256(self.quote.encode(errors="surrogateescape")).hexdigest()[:16]
            msgspec.structs.force_setattr(self, "digest", full)
        quote = redact(self.quote)
        if len(quote) > QUOTE_LIMIT:
            quote = quote[:QUOTE_LIMIT] + " […]"
        msgspec.structs.force_setattr(self, "quote", quote)
        msgspec.structs.force_setattr(self, "source", redact(self.source))
        msgspec.structs.force_setattr(self, "where", redact(self.where))
