"""Failures made by the real tools: `gomend run` and `gomend why` name the cause, the fix is done and the command works.

Every case runs in `make test-full`; `make test` takes a few of each kind.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cgo.replay import REPRODUCED, Case, leave, replay, right
from tests.cgo.variants import CASES, HEALTHY

FAST = {
    "blank-with-option",
    "in-script",
    "off-drops",
    "stub-cross",
    "static-ignored-net",
    "pie-goflags",
    "pie-without-cgo",
    "macro-for-arm",
    "stale-pc-environment",
    "stale-header",
    "mold-library",
    "v3-on-old",
    "pkg-config-cached",
    "cxx",
    "pie",
}
"""Cases of `make test`: those that need `run` itself, and tools that no other test starts."""


def marked(cases: tuple[Case, ...]) -> list[object]:
    return [pytest.param(c, id=c.id, marks=() if c.id in FAST else (pytest.mark.full,)) for c in cases]


@pytest.mark.parametrize("case", marked((*REPRODUCED, *CASES)))
def test_cause_and_mend(case: Case, tmp_path: Path, cache: Path) -> None:
    got = replay(case, tmp_path, cache)
    assert right(case, got.run), [(f["code"], f["slug"], f["title"]) for f in got.answer["findings"]] or got.log
    if not case.silent:
        assert right(case, got.why, log=True), got.log
    assert got.fixed is not False, f"{got.script}\n{got.said}"
    leave(tmp_path)


@pytest.mark.parametrize("case", marked(HEALTHY))
def test_healthy_builds_are_left_alone(case: Case, tmp_path: Path, cache: Path) -> None:
    got = replay(case, tmp_path, cache, why=False, fix=False)
    assert got.exit == 0, got.log
    assert not got.answer["findings"], got.answer["findings"]
    leave(tmp_path)


def test_ids_are_unique() -> None:
    ids = [c.id for c in (*REPRODUCED, *CASES)]
    assert len(ids) == len(set(ids))
    assert {c.id for c in (*CASES, *HEALTHY)} >= FAST
