"""Failures of every cause with more than one project, compiler, linker and target; and builds that are healthy.

Each is really made by the real tools.
"""

from __future__ import annotations

from typing import Final

from tests.cgo.replay import Case
from tests.cgo.variants import compilers, headers, libraries, pkgconfig, running, zigs
from tests.cgo.variants.healthy import HEALTHY as HEALTHY

CASES: Final[tuple[Case, ...]] = (
    *compilers.CASES,
    *headers.CASES,
    *libraries.CASES,
    *pkgconfig.CASES,
    *running.CASES,
    *zigs.CASES,
)
"""All of them."""
