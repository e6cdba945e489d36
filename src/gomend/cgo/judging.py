"""How sure a rule may be of a line in a log."""

from __future__ import annotations

from gomend.cgo.facts.packages import CgoPackages
from gomend.model.base import Confidence
from gomend.model.facts import Absent, Unknown


def sure(confirmed: bool, *, half: bool = False) -> Confidence:
    """High if a fact of this machine confirms the line, medium if it half does, else low."""
    return Confidence.HIGH if confirmed else Confidence.MEDIUM if half else Confidence.LOW


def uses_cgo(packages: CgoPackages | Absent | Unknown) -> Confidence:
    """High if the project is known to use cgo, so that a message of a C tool is about it."""
    return sure(isinstance(packages, CgoPackages))
