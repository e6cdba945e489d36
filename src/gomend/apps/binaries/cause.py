"""One reason why a file does not start."""

from __future__ import annotations

from gomend.model.base import Thing
from gomend.model.text import Said


class Cause(Thing, frozen=True):
    """One reason. ``slug`` is a stable name; docs/causes.md has those that rules use too."""

    slug: str
    message: Said
    evidence: tuple[str, ...] = ()
    fixes: tuple[Said, ...] = ()
