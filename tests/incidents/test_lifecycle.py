"""What belongs together, when it is over, and what people say of it; the register is held against a kill at any byte of its file."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import resource
import signal
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.apps.incidents.evaluating import STATUS, Loop
from gomend.incidents.case import read
from gomend.incidents.clues import Clue, Proof
from gomend.incidents.graph import Paths
from gomend.incidents.hot import Hot
from gomend.incidents.ledger import NAME, Ledger
from gomend.incidents.lifecycle import LATENESS, Look, Stream, Tracker
from gomend.incidents.rank import Diagnosis, Suspect
from gomend.incidents.register import Blamed, Record, Refused, Register
from gomend.incidents.rows import Case, Line, Sample, Span

S = 10**9
T = 1_700_000_000 * S
SHOP = Paths([("front", "orders"), ("orders", "stock"), ("front", "search"), ("search", "index")])


def look(at: int, *heavy: tuple[str, str, float]) -> Look:
    suspects = []
    for service, kind, weight in heavy:
        clue = Clue(service, kind, weight, Proof("calls", "x", 1, 2, "ms"))  # type: ignore[arg-type]
        suspects.append(Suspect(service, weight, [clue], 0.5))
    return Look(Diagnosis(at, at + S, suspects, certain=bool(suspects)), SHOP)


def told(records: list[Record]) -> list[tuple[str, int]]:
    return [(r.do, r.id) for r in records]


def test_one_path_is_one_incident_and_far_apart_roots_are_two() -> None:
    tracker = Tracker()
    assert told(tracker.update(look(T, ("stock", "memory", 6), ("orders", "return", 5), ("index", "cpu", 5)), T + 20 * S)) == [
        ("open", 1), ("open", 2),
    ]  # fmt: skip
    one, other = tracker.incidents
    assert (one.cause.service, other.cause.service) == ("stock", "index")
    assert one.services == ["stock", "orders"]
    assert tracker.update(look(T, ("stock", "memory", 6), ("index", "cpu", 5)), T + 30 * S) == []


def test_a_caller_that_breaks_later_joins() -> None:
    tracker = Tracker()
    tracker.update(look(T, ("stock", "memory", 6)), T + 20 * S)
    tracker.update(look(T, ("stock", "memory", 6)), T + 20 * S + LATENESS)
    assert told(tracker.update(look(T + 100 * S, ("orders", "pool_exhaustion", 6)), T + 120 * S)) == [("join", 1)]
    (one,) = tracker.incidents
    assert [(b.service, b.kind) for b in one.blamed] == [("stock", "memory"), ("orders", "pool_exhaustion")]


def test_two_that_turn_out_to_lie_on_one_path_are_merged_with_the_likelier_cause() -> None:
    tracker = Tracker()
    apart = Look(look(T, ("stock", "memory", 6), ("orders", "cpu", 5)).found, Paths())
    assert told(tracker.update(apart, T + 20 * S)) == [("open", 1), ("open", 2)]
    merged = tracker.update(look(T, ("stock", "memory", 6)), T + 20 * S + LATENESS)  # when both are due to be final
    assert told(merged) == [("merge", 1), ("final", 1)]
    one, other = tracker.incidents
    assert (other.state, other.into, one.parts) == ("merged", 1, [2])
    assert {b.service for b in one.blamed} == {"stock", "orders"}


def test_what_is_light_is_told_when_it_holds() -> None:
    tracker = Tracker()
    assert tracker.update(look(T, ("stock", "cpu", 3)), T + 20 * S) == []
    assert tracker.update(look(T), T + 22 * S) == []  # not seen: it begins anew
    assert tracker.update(look(T, ("stock", "cpu", 3)), T + 24 * S) == []
    assert tracker.update(look(T, ("stock", "cpu", 3)), T + 27 * S) == []
    assert told(tracker.update(look(T, ("stock", "cpu", 3)), T + 29 * S)) == [("open", 1)]


def test_a_preview_whose_evidence_is_gone_is_revised_and_not_a_second_incident() -> None:
    tracker = Tracker()
    tracker.update(look(T, ("index", "cpu", 4.5)), T + 20 * S)
    for second in (30, 34):  # one look alone does not turn it over
        assert tracker.update(look(T + 10 * S, ("stock", "memory", 6)), T + second * S) == []
    assert told(tracker.update(look(T + 10 * S, ("stock", "memory", 6)), T + 35 * S)) == [("cause", 1)]
    assert tracker.incidents[0].cause.service == "stock"


def test_what_the_cluster_dates_below_is_the_cause_at_once_and_stays() -> None:
    tracker = Tracker()
    assert told(tracker.update(look(T, ("orders", "cpu", 5)), T + 20 * S)) == [("open", 1)]
    both = look(T, ("orders", "pool_exhaustion", 8), ("front", "return", 5), ("stock", "memory", 4))
    both.found.suspects[2].clues[0] = Clue("stock", "memory", 4, Proof("events", "OOMKilled", 0, 1, "", "stock-0", T + 5 * S))
    assert told(tracker.update(both, T + 30 * S)) == [("cause", 1)]
    assert told(tracker.update(both, T + 31 * S)) == [("join", 1)]
    for second in range(32, 40):
        assert tracker.update(look(T, ("orders", "pool_exhaustion", 8)), T + second * S) == []
    (one,) = tracker.incidents
    assert [(b.service, b.since) for b in one.blamed] == [("stock", T + 5 * S), ("orders", T), ("front", T)]


def test_final_after_the_watermark_and_over_when_not_seen() -> None:
    tracker = Tracker()
    tracker.update(look(T, ("stock", "memory", 6)), T)
    assert told(tracker.update(look(T), T + LATENESS - 1)) == []
    assert told(tracker.update(look(T), T + LATENESS)) == [("final", 1)]
    assert told(tracker.update(look(T), T + 200 * S, on=[1])) == []
    assert told(tracker.update(look(T), T + 499 * S)) == []
    assert told(tracker.update(look(T), T + 500 * S)) == [("over", 1)]
    assert told(tracker.update(look(T, ("stock", "memory", 6)), T + 510 * S)) == []  # it stays closed
    assert told(tracker.update(look(T + 600 * S, ("stock", "memory", 6)), T + 620 * S)) == [("open", 2)]


def test_what_people_split_is_not_merged_again(tmp_path: Path) -> None:
    tracker = Tracker(Ledger(tmp_path))
    tracker.update(look(T, ("stock", "memory", 6), ("orders", "return", 5)), T + 20 * S)
    split = Record(do="split", id=1, other=2, at=1, services=("orders",), by="me")
    Ledger(tmp_path).write(lambda _: [split])  # another process
    assert told(tracker.update(look(T, ("stock", "memory", 6), ("orders", "return", 5)), T + 30 * S)) == []
    assert [i.services for i in tracker.incidents] == [["stock"], ["orders"]]
    assert tracker.incidents[1].going_on


_SERVICES = ["front", "orders", "stock", "search", "index"]
_EDGES = [("front", "orders"), ("orders", "stock"), ("front", "search"), ("search", "index"), ("stock", "orders")]
_looks = st.lists(
    st.tuples(
        st.integers(1, 200),
        st.lists(st.tuples(st.sampled_from(_SERVICES), st.sampled_from(["cpu", "memory"]), st.floats(0, 9)), max_size=5, unique_by=lambda s: s[0]),
        st.sets(st.sampled_from(_EDGES)),
        st.booleans(),
    ),
    max_size=25,
)  # fmt: skip


@settings(deadline=None)
@given(_looks)
def test_whatever_is_seen_the_ledger_holds_together(
    looks: list[tuple[int, list[tuple[str, str, float]], set[tuple[str, str]], bool]],
) -> None:
    tracker, again, now = Tracker(), Register(), T
    for seconds, heavy, edges, dated in looks:
        now += seconds * S
        found = look(now - 20 * S, *sorted(heavy, key=lambda s: -s[2])).found
        if dated and found.suspects:
            found.suspects[-1].clues[0] = Clue(
                found.suspects[-1].service, "memory", 4, Proof("events", "OOMKilled", 0, 1, "", "x", now)
            )
        going_on = [i.id for i in tracker.ledger.register.going_on()]
        for record in tracker.update(Look(found, Paths(edges)), now, going_on[: seconds % 3]):
            again.apply(record)
        open_now = tracker.ledger.register.going_on()
        assert len({i.cause.service for i in open_now}) == len(open_now)
    assert [(i.id, i.state, i.services, i.cause) for i in again.incidents.values()] == [
        (i.id, i.state, i.services, i.cause) for i in tracker.incidents
    ]


BLAMED = (Blamed(service="a", kind="cpu", score=0.5, since=T), Blamed(service="b", kind="cpu", score=0.3, since=T))


def opened(id: int) -> Record:
    return Record(do="open", id=id, at=id, seen=T, blamed=BLAMED, services=("a", "b", "c"))


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (Record(do="close", id=9, at=1), "unknown"),
        (Record(do="reopen", id=1, at=1), "open"),
        (Record(do="close", id=3, at=1), "closed"),
        (Record(do="ack", id=4, at=1), "merged"),
        (Record(do="merge", id=1, other=1, at=1), "itself"),
        (Record(do="merge", id=1, other=4, at=1), "merged"),
        (Record(do="split", id=1, other=7, at=1, services=("x",)), "strange"),
        (Record(do="split", id=1, other=7, at=1, services=("a", "b", "c")), "all"),
        (Record(do="open", id=1, at=1, blamed=BLAMED), "known"),
    ],
)
def test_what_does_not_fit_is_refused(record: Record, why: str) -> None:
    register = Register()
    for r in (
        opened(1),
        opened(2),
        opened(3),
        opened(4),
        Record(do="close", id=3, at=9),
        Record(do="merge", id=2, other=4, at=9),
    ):
        register.apply(r)
    with pytest.raises(Refused) as refused:
        register.apply(record)
    assert refused.value.why == why


_deeds = st.lists(
    st.tuples(st.sampled_from(["open", "ack", "close", "reopen", "merge", "split", "final", "over"]), st.integers(1, 6), st.integers(1, 6)),
    max_size=25,
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(_deeds, st.floats(0, 1))
def test_a_file_cut_off_anywhere_is_a_state_that_was(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[str, int, int]], cut: float
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    book = Ledger(folder)
    states = [snapshot(book)]
    for do, id, other in deeds:
        target = book.register.next_id() if do in {"open", "split"} else other

        def make(register: Register) -> list[Record]:
            record = Record(
                do=do, id=target if do == "open" else id, other=0 if do == "open" else target, at=1,  # type: ignore[arg-type]  # noqa: B023
                seen=T, blamed=BLAMED if do == "open" else (), services=("a",) if do == "split" else ("a", "b"),  # noqa: B023
            )  # fmt: skip
            register.check(record)
            return [record]

        try:
            book.write(make)
        except Refused:
            continue
        states.append(snapshot(book))
    path = folder / NAME
    raw = path.read_bytes() if path.exists() else b""
    path.write_bytes(raw[: int(cut * len(raw))])
    again = Ledger(folder)
    kept = again.register
    assert snapshot(again) == states[raw[: int(cut * len(raw))].count(b"\n")]
    again.write(lambda register: [opened(register.next_id())])  # after a torn line a new one begins
    assert snapshot(Ledger(folder)) == snapshot(again)
    assert kept is again.register


def snapshot(book: Ledger) -> str:
    return repr(sorted((i.id, i.state, i.services, i.parts, i.into, i.acknowledged) for i in book.register.incidents.values()))


def _write_many(folder: str, n: int) -> None:
    book = Ledger(Path(folder))
    for _ in range(n):
        book.write(lambda register: [opened(register.next_id())])


def test_several_processes_write_one_ledger(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(str(tmp_path), 20)) for _ in range(2)]
    for w in writers:
        w.start()
    for w in writers:
        w.join(60)
        assert w.exitcode == 0
    book = Ledger(tmp_path)
    assert (sorted(book.register.incidents), book.damaged) == (list(range(1, 41)), 0)


def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    book = Ledger(tmp_path)
    book.write(lambda _: [opened(1)])
    raw = (tmp_path / NAME).read_bytes()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(raw) + 10, before[1]))  # the kernel takes ten bytes more, then refuses
    try:
        with pytest.raises(OSError, match="too large"):
            book.write(lambda _: [Record(do="close", id=1, at=2)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)
    assert (tmp_path / NAME).read_bytes() == raw
    assert book.register.get(1).going_on
    book.write(lambda _: [Record(do="close", id=1, at=2)])
    assert Ledger(tmp_path).register.get(1).state == "closed"


def spans(n: int, at: int, per: int = 5) -> list[Span]:
    return [
        Span(f"{i:032x}", f"{i}.{k}", "", "a-0", "op", at + i * 1000, at + i * 1000 + 10) for i in range(n) for k in range(per)
    ]


def test_the_hot_set_keeps_whole_traces_within_its_bound_and_forgets_what_is_old() -> None:
    hot = Hot(most=2000)
    hot.add(Case(spans(3000, T), [Line(T + i * 1000, "a-0", f"{i:032x}", "s", "said") for i in range(3001)]))
    hot.add(Case(spans(3000, T)))  # everything comes twice
    hot.forget(T + S)
    kept = hot.case()
    by_trace: dict[str, int] = {}
    for s in kept.spans:
        by_trace[s.trace] = by_trace.get(s.trace, 0) + 1
    assert 1000 < len(kept.spans) <= 2000
    assert set(by_trace.values()) == {5}
    assert {x.trace for x in kept.lines} == set(by_trace)
    hot.add(Case(samples=[Sample(T + i * S, "a-0", "cpu_usage", 1.0) for i in range(10_000)]))
    assert hot.size()["samples"] < 100
    hot.add(Case(samples=[Sample(T, f"pod-{i}", "cpu_usage", 1.0) for i in range(9_000)]))
    assert hot.size()["samples_left_out"] == 4_001
    hot.forget(T + 3600 * S, [(T + 1000, T + 400_000)])
    assert {s.start for s in hot.case().spans} == {s.start for s in kept.spans if T + 1000 <= s.start <= T + 400_000}


def test_what_only_spans_or_only_lines_speak_of_yet_is_left_for_the_next_look() -> None:
    hot = Hot()
    early = [Span("1", "1", "", "a-0", "op", T, T + 1), Span("2", "2", "", "a-0", "op", T + 3 * S, T + 3 * S + 1)]
    hot.add(Case(early, [Line(T + S, "a-0", "1", "1", "said")]))
    assert [s.trace for s in hot.case().spans] == ["1"]
    hot.add(Case(lines=[Line(T + 4 * S, "a-0", "2", "2", "said")]))
    assert [s.trace for s in hot.case().spans] == ["1", "2"]
    hot.add(Case([Span("3", "3", "", "a-0", "op", T + 60 * S, T + 60 * S + 1)]))  # lines have stopped: spans alone must do
    assert [s.trace for s in hot.case().spans] == ["1", "2", "3"]


def test_a_change_that_cannot_be_written_down_is_told_when_it_can(tmp_path: Path) -> None:
    stream, told_of = Stream(Ledger(tmp_path)), list[str]()
    data = read(str(Path(__file__).parent / "data/tickets-network"))

    def pour(case: Case) -> None:
        case.owners |= data.owners
        case.spans += data.spans
        case.lines += data.lines

    loop = Loop(stream, 1.0, lambda records, _: told_of.extend(r.do for r in records), tmp_path, pour)
    (tmp_path / NAME).mkdir()  # nothing can be written there
    asyncio.run(loop.look())
    assert told_of == []
    assert json.loads((tmp_path / STATUS).read_text())["late"] == "Is a directory"
    (tmp_path / NAME).rmdir()
    asyncio.run(loop.look())
    assert told_of == ["open"]


def test_time_goes_on_when_nothing_comes() -> None:
    stream = Stream()
    stream.case.spans += spans(3, T)
    assert stream.take()
    assert not stream.take()
    before = stream.clock()
    time.sleep(0.05)
    assert 40_000_000 < stream.clock() - before < 30 * S


def test_a_restart_neither_tells_again_nor_forgets(tmp_path: Path) -> None:
    Tracker(Ledger(tmp_path)).update(look(T, ("stock", "memory", 6)), T)
    again = Tracker(Ledger(tmp_path))
    assert told(again.update(look(T, ("stock", "memory", 6)), T + 10 * S)) == []
    assert told(again.update(look(T, ("stock", "memory", 6)), T + LATENESS)) == [("final", 1)]
    lines = (tmp_path / NAME).read_text().splitlines()
    assert [json.loads(line)["do"] for line in lines] == ["open", "final"]
