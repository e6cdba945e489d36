"""The common ground of every value in the model."""

from __future__ import annotations

import enum
from typing import Final

import msgspec


class Thing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that is built once, by keyword, and refuses fields it does not know."""


class Severity(enum.StrEnum):
    """How much a finding hurts: ``error`` stops work, ``warning`` will, ``info`` may be worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst, growing as it hurts less."""
        return _SEVERITY_ORDER[self]


class Confidence(enum.StrEnum):
    """How sure we are: a symptom alone is ``low``, one that the machine's facts confirm is ``high``."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the surest."""
        return _CONFIDENCE_ORDER[self]


class Safety(enum.StrEnum):
    """How safe a fix is. ``safe`` is applied on request; ``unsafe`` needs ``--unsafe``; ``manual`` is only said."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    MANUAL = "manual"


class Cost(enum.IntEnum):
    """What collecting a fact costs; ``check`` stops at cheap unless asked to go on."""

    FREE = 0
    """files and environment"""
    CHEAP = 1
    """a go command or a compiler's own description of itself"""
    PROBE = 2
    """the network, a compile"""
    DEEP = 3
    """a whole build, a debugger run"""


class Area(enum.StrEnum):
    """The chapter that a rule belongs to."""

    SDK = "sdk"
    MODULES = "modules"
    CGO = "cgo"
    DEBUG = "debug"
    GOVERN = "govern"


AREA_PREFIXES: Final = {
    Area.SDK: "GM0",
    Area.MODULES: "GM1",
    Area.CGO: "GM2",
    Area.DEBUG: "GM3",
    Area.GOVERN: "GM4",
}
"""The first letters of each area's codes."""

_SEVERITY_ORDER: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_CONFIDENCE_ORDER: Final = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}
