"""Upstreams that fail in every way: what is answered follows from what each of them says, and nothing false is stored."""

from __future__ import annotations

import asyncio
import http.server
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from gomend.golang import sumdb
from gomend.lab import modules
from gomend.proxy.guard import Guard, Resolver
from gomend.proxy.kitchen import Kitchen
from gomend.proxy.notary import Notary
from gomend.proxy.serving import upstreams_of
from gomend.proxy.settings import Setup, Times
from gomend.proxy.store import Store
from gomend.proxy.witness import Witness
from tests.proxy.conftest import Behind, Proxy
from tests.proxy.test_sumdb import Vouched

Start = Callable[..., Proxy]
A = modules.find("example.com/a", "v1.0.0")
assert A is not None
ABSENT = {"status:404", "status:410"}
SURVIVED = {"slow:0.6", "trunc"}
"""What is waited for; and a body that breaks off is asked for again, which here ends in the same way."""
FAULTS = (
    "status:401", "status:404", "status:410", "status:429", "status:500", "status:503", "slow:0.6", "hang", "close", "trunc", "truncsilent", "html", "emptybody",
)  # fmt: skip
SEPARATORS = (",,", "||", ",|")
FILES = {"v1.0.0.zip": A.zip, "v1.0.0.mod": A.mod, "list": b"v1.0.0\nv1.1.0\n"}
ROWS = [
    row
    for row in itertools.product(FAULTS, SEPARATORS, (1, 2, 3), FILES)
    if row[0] not in {"emptybody", "truncsilent"} or row[3] != "list"
]
"""How the first, the first two or all three upstreams fail, what stands between them, and for what. An empty list, or half of one,
sent as if it were whole, is a list."""


def expected(fault: str, separators: str, broken: int) -> int:
    """The status: 404 only if all say so; what follows a comma is asked only after 404 and 410."""
    if fault == "slow:0.6":
        return 200
    absent = fault in ABSENT
    if broken == 3:
        return (404 if fault == "status:404" else 410) if absent else 500
    reached = absent or all(separator == "|" for separator in separators[:broken])
    return 200 if reached else 500


@pytest.fixture(scope="module")
def lab() -> Iterator[tuple[Vouched, dict[str, Behind]]]:
    """A healthy upstream before the database, and one server for each fault."""
    healthy = Vouched()
    sick: dict[str, Behind] = {}
    for fault in FAULTS:
        sick[fault] = Vouched()
        sick[fault].rules = [(r"/@v/", fault)]
    yield healthy, sick
    for server in (healthy, *sick.values()):
        server.close()


def test_matrix(lab: tuple[Vouched, dict[str, Behind]], tmp_path: Path) -> None:
    assert len(ROWS) > 200
    healthy, sick = lab
    wrong: list[str] = []

    async def one(number: int, fault: str, separators: str, broken: int, file: str) -> None:
        # Three addresses of the same servers are three upstreams: 127.0.0.1, 127.0.0.2, 127.0.0.3 with healths of their own.
        urls = [(sick[fault] if i < broken else healthy).url for i in range(3)]
        setup = Setup(
            upstreams=(f"{urls[0]}{separators[0]}{urls[1]}{separators[1]}{urls[2]}",), times=Times(answer=2.0, idle=1.0)
        )
        guard = Guard(urls)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Resolver(guard))) as session:
            kitchen = Kitchen(setup, Store(str(tmp_path / str(number))), upstreams_of(setup, session, guard))
            witness = Witness(
                healthy.database.name, upstreams_of(Setup(upstreams=(healthy.url,)), session, guard), kitchen.budget
            )
            by = sumdb.verifier(healthy.database.key)
            kitchen.proof = Notary(by, kitchen.store, witness, required=True, skip="", alarm=kitchen.alarm)
            answer = await kitchen.answer(f"/example.com/a/@v/{file}")
            wanted = expected(fault, separators, broken)
            good = answer.status == wanted if wanted < 500 else answer.status >= 500
            stored = kitchen.store.read(f"example.com/a/@v/{file}")
            good = good and stored == (FILES[file] if wanted == 200 else None)
            await kitchen.close()
            left = list((tmp_path / str(number) / ".gomend" / "tmp").glob("*/*"))
            if not good or left:
                wrong.append(
                    f"{fault} {separators} {broken} {file}: {answer.status} not {wanted}, {answer.body[:200]!r} {left}"
                )

    async def every() -> None:
        turn = asyncio.Semaphore(40)

        async def queued(number: int, row: tuple[str, str, int, str]) -> None:
            async with turn:
                await one(number, *row)

        await asyncio.gather(*(queued(i, row) for i, row in enumerate(ROWS)))

    asyncio.run(every())
    assert wrong == []


def test_a_hang_of_the_first_costs_seconds_once(start: Start, behind: Behind) -> None:
    hanging = Behind()
    hanging.rules = [(".", "hang")]
    try:
        proxy = start("--upstream", hanging.url, "--upstream", behind.url)
        spent = []
        for path in ("a/@v/v1.0.0.mod", "b/@v/v1.0.0.mod", "multi/@v/v1.0.0.mod"):
            started = time.monotonic()
            assert proxy.get(f"/example.com/{path}")[0] == 200
            spent.append(time.monotonic() - started)
        assert spent[0] < 3, spent
        time.sleep(max(0.0, 3.2 - sum(spent)))
        asked = len(hanging.asked)
        for path in ("a/@v/v1.1.0.mod", "retr/@v/v1.0.0.mod", "retr/@v/v1.1.0.mod"):
            assert proxy.get(f"/example.com/{path}")[0] == 200
        assert len(hanging.asked) == asked, "its breaker is open: nobody waits for it any more"
    finally:
        hanging.close()


def test_failures_are_not_remembered_and_absence_only_for_a_moment(start: Start, behind: Behind, tmp_path: Path) -> None:
    config = tmp_path / "proxy.toml"
    config.write_text("[times]\nabsent = 0.5\n")
    proxy = start("--upstream", behind.url, "--config", str(config))
    for rule, status in (("status:503", 503), ("close", 502), ("status:404", 404)):
        behind.rules = [(".", rule)]
        got = proxy.get("/example.com/a/@v/v1.0.0.mod")[0]
        assert got == status or (got >= 500 and status >= 500)
    behind.rules = []
    assert proxy.get("/example.com/a/@v/v1.0.0.mod")[0] == 404
    time.sleep(0.8)
    assert proxy.get("/example.com/a/@v/v1.0.0.mod")[0] == 200


def test_lists_are_fresh_then_stale_while_fetched_then_old_if_all_is_gone(start: Start, behind: Behind, tmp_path: Path) -> None:
    config = tmp_path / "proxy.toml"
    config.write_text("[times]\nfresh = 1\nstale = 2\n")
    proxy = start("--upstream", behind.url, "--config", str(config))
    path = "/example.com/a/@v/list"
    old, new = b"v1.0.0\nv1.1.0\n", b"v1.0.0\nv1.1.0\nv1.2.0\n"
    assert proxy.get(path)[2] == old
    behind.world = lambda *_: (200, new)
    assert proxy.get(path)[2] == old
    time.sleep(1.3)
    assert proxy.get(path)[2] == old, "stale, and a new one is fetched meanwhile"
    time.sleep(1.2)
    assert proxy.get(path)[2] == new
    behind.rules = [(".", "status:500")]
    time.sleep(3.5)
    assert proxy.get(path)[::2] == (200, new)


class _Cutting(http.server.BaseHTTPRequestHandler):
    """Breaks each answer off in the middle; knows Range."""

    protocol_version = "HTTP/1.1"
    ranges: list[str] = []

    def do_GET(self) -> None:
        if "/sumdb/" in self.path:
            self.send_error(404)
            return
        body, first = A.zip, 0
        if given := self.headers.get("Range"):
            self.ranges.append(given)
            first = int(given.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        rest = body[first:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: max(100, len(rest) // 2)])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_body_that_breaks_off_goes_on_where_it_broke(start: Start) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Cutting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _Cutting.ranges.clear()
    try:
        proxy = start("--upstream", f"http://127.0.0.1:{server.server_address[1]}")
        assert proxy.get("/example.com/a/@v/v1.0.0.zip")[::2] == (200, A.zip)
        assert len(_Cutting.ranges) in {1, 2}
    finally:
        server.shutdown()
        server.server_close()


def test_more_than_it_can_queue_is_told_to_come_back(start: Start, behind: Behind, tmp_path: Path) -> None:
    config = tmp_path / "proxy.toml"
    config.write_text("[limits]\nqueue = 2\nfetches = 1\n")
    behind.rules = [(".", "slow:0.7")]
    proxy = start("--upstream", behind.url, "--config", str(config))
    found: list[tuple[int, str]] = []

    def ask(number: int) -> None:
        status, headers, _ = proxy.get(f"/example.com/m{number}/@v/v1.0.0.mod")
        found.append((status, headers.get("retry-after", "")))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [(404, "")] * 2 + [(503, "1")] * 4
