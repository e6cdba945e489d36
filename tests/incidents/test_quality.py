"""Bad telemetry is named, and mended where it can be: real cases, spoilt on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from gomend.incidents import quality
from gomend.incidents.case import read
from gomend.incidents.rank import diagnose
from gomend.incidents.rows import Case

DATA = Path(__file__).parent / "data"
SECOND = 10**9


def named(case: Case, onset: int | None = None) -> dict[tuple[str, str], float]:
    mended = [*quality.mend_zones(case), *quality.mend_clocks(case)]
    return {(f.what, f.where): f.amount for f in [*mended, *quality.flaws(case, onset)]}


@pytest.mark.parametrize("seconds", [5, -5])
@pytest.mark.parametrize("which", [0, -1])
def test_a_skewed_clock_is_found_measured_and_mended(seconds: int, which: int) -> None:
    case = read(str(DATA / "tickets-exception"))
    pods = sorted({s.pod for s in case.spans})
    pod = pods[which]
    before = {(s.trace, s.id): s.start for s in case.spans}
    case.spans[:] = [
        s._replace(start=s.start + seconds * SECOND, end=s.end + seconds * SECOND) if s.pod == pod else s for s in case.spans
    ]
    assert named(case)["clock-skew", pod] == pytest.approx(seconds, abs=0.2)
    assert max(abs(before[s.trace, s.id] - s.start) for s in case.spans) < 0.2 * SECOND


@pytest.mark.parametrize(("part", "hours"), [("metrics", -8), ("logs", 5.5)])
def test_a_lost_time_zone_is_found_and_mended(part: str, hours: float) -> None:
    case = read(str(DATA / "tickets-exception"))
    before = diagnose(read(str(DATA / "tickets-exception"))).suspects[0]
    by = int(hours * 3600 * SECOND)
    if part == "metrics":
        case.samples[:] = [s._replace(at=s.at + by) for s in case.samples]
    else:
        case.lines[:] = [x._replace(at=x.at + by) for x in case.lines]
    assert named(case)["time-zone-shift", part] == hours
    after = diagnose(case).suspects[0]
    assert (after.service, after.weight) == (before.service, pytest.approx(before.weight))


def test_clean_data_is_not_accused() -> None:
    for folder in sorted(DATA.glob("*-*")):
        found = {what for what, _ in named(read(str(folder)))}
        assert found <= {"missing", "sampled", "duplicates"}, folder


def test_missing_parts_duplicates_rags_holes_and_orphans_are_counted() -> None:
    case = read(str(DATA / "shop-network"))
    assert ("missing", "logs") in named(case)
    spans = case.spans
    first = min(s.start for s in spans)
    cut = [s for s in spans if not first + 30 * SECOND < s.start < first + 100 * SECOND]
    assert ("holes", "traces") in named(Case(spans=[*cut, spans[0]._replace(start=first + 300 * SECOND)], owners=case.owners))
    orphans = [s for s in spans if s.parent == "root" or hash(s.id) % 2]
    assert named(Case(spans=orphans, owners=case.owners))["orphans", "traces"] > 0.2
    case.counts |= {"spans.duplicate": 7, "spans.ragged": 900}
    assert named(case)["duplicates", "spans"] == 7
    assert named(case)["ragged", "spans"] == 900


def test_sampling_is_estimated_from_the_load_that_metrics_show() -> None:
    case = read(str(DATA / "shop-network"))
    assert named(case)["sampled", "frontend"] == pytest.approx(0.25, abs=0.06)  # the source says: a quarter


def test_a_baseline_after_the_start_is_named() -> None:
    case = read(str(DATA / "shop-network"))
    start = min(s.start for s in case.spans)
    assert ("no-baseline", "traces") in named(case, start - SECOND)
    assert ("no-baseline", "traces") not in named(case, start + 60 * SECOND)
