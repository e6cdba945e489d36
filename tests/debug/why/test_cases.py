"""Every cause, made with the real go, asked of ``gomend debug why``, and its fix proved in the real dlv."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.debug.why.lab import CASES, answer

OFTEN = {
    "control", "trimpath", "trimpath-replace", "windows-upper", "work-on", "mod-not-vendor", "type", "inlined", "goos", "stale-shift", "strip",
    "goflags-w", "debuglink", "unused", "linedir", "test", "tag", "symlink", "uri", "order", "container", "std-trim", "s-w0", "crc", "crlf",
    "lang", "cgo-c-no-g", "noall-dep", "nested-module", "plugin", "upx", "image-debug-file",
}  # fmt: skip
"""One a cause; the others are tried by ``make test-full``."""


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c["id"], marks=() if c["id"] in OFTEN else pytest.mark.full) for c in CASES]
)
def test_the_cause_is_named_and_its_fix_binds(case: dict[str, Any], tmp_path: Path) -> None:
    found = answer(case, tmp_path)
    causes = [b["cause"] for b in found]
    assert next((c for c in causes if c != "none"), "none") == case["cause"], found
    if case["cause"] == "none":
        assert all(b["bound"] for b in found), found
    if case.get("mended", True):
        assert all(b["verified"] for b in found), found


def test_the_frequent_ones_cover_what_they_say() -> None:
    names = [c["id"] for c in CASES]
    assert len(set(names)) == len(names)
    assert set(names) >= OFTEN
