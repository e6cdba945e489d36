"""How sure a rule may be of a line in a log."""

from __future__ import annotations

from gomend.cgo.facts.packages import CgoPackage, CgoPackages
from gomend.cgo.facts.targets import Targets
from gomend.model.base import Confidence
from gomend.model.facts import Absent, Unknown


def sure(confirmed: bool, *, half: bool = False) -> Confidence:
    """High if a fact of this machine confirms the line, medium if it half does, else low."""
    return Confidence.HIGH if confirmed else Confidence.MEDIUM if half else Confidence.LOW


def uses_cgo(packages: CgoPackages | Absent | Unknown) -> Confidence:
    """High if the project is known to use cgo, so that a message of a C tool is about it."""
    return sure(isinstance(packages, CgoPackages))


def needs_cgo(packages: CgoPackages, targets: Targets) -> tuple[CgoPackage, ...]:
    """Packages that use cgo and have no form without it, those first whose loss breaks the build."""
    return tuple(sorted((p for p in packages.of(targets.current) if not p.stub), key=lambda p: not p.breaks))
