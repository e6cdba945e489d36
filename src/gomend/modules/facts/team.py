"""What the team says is private."""

from __future__ import annotations

from typing import ClassVar

from gomend.golang import patterns
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Scope


class TeamPrivate(Fact, frozen=True):
    """Patterns of the team's private modules, from ``private`` in gomend.toml or ``--private``."""

    patterns: tuple[str, ...]
    reads: ClassVar = frozenset({"file:gomend.toml", "file:pyproject.toml"})

    def pattern_for(self, module: str) -> str:
        """The first pattern that a module path matches, empty if none does."""
        return next((p for p in self.patterns if patterns.matches(p, module)), "")


@collector
async def collect(scope: Scope) -> TeamPrivate | Absent:
    """Take the patterns from the scope."""
    if not scope.private:
        return Absent(reason="the team has named no private modules")
    return TeamPrivate(patterns=scope.private)
