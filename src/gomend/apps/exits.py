"""Exit codes, the same for every command and format."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """What the exit code says."""

    CLEAN = 0
    """Clean, or proved."""
    FINDINGS = 1
    """Findings at or above --fail-on."""
    USAGE = 2
    """Wrong usage or configuration."""
    CRASH = 3
    """Our own fault; a report was written."""
    UNDETERMINED = 4
    """A rule could not tell, under --strict; or a proof stayed open."""
    NOT_PROVED = 5
    """A fix was not proved and was rolled back."""
    INTERRUPTED = 130
    """Ctrl-C; the journal is intact."""
