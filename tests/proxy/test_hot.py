"""The hot path against hostile clients: real sockets, a real server, twenty thousand inputs (a million with -m full)."""

from __future__ import annotations

import os
import random
import re
import socket
import threading
import time
from collections.abc import Callable

import pytest

from gomend.proxy.hot.reading import Reader
from gomend.proxy.hot.ready import span
from tests.proxy.conftest import Behind, Proxy

Start = Callable[..., Proxy]
GET = b"GET /example.com/a/@v/list HTTP/1.1\r\nHost: h\r\n\r\n"
BODY = b"v1.0.0\nv1.1.0\n"
ANSWERS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


def talk(port: int, data: bytes, *, end: bool = True) -> bytes:
    """Send, say that no more comes, read all."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            connection.sendall(data)
            if end:
                connection.shutdown(socket.SHUT_WR)
            got = b""
            while piece := connection.recv(1 << 16):
                got += piece
        except ConnectionError:  # refused while we still sent
            return b""
        return got


SMUGGLED = {
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n": {400, 413},
    b"Transfer-Encoding: chunked\r\n": {400},
    b"Transfer-Encoding: identity\r\n": {400},
    b"Transfer-Encoding : chunked\r\n": {400},
    b"Transfer-Encoding: xchunked\r\n": {400},
    b"Content-Length: 5\r\n": {413},
    b"Content-Length: 5\r\nContent-Length: 0\r\n": {400, 413},
    b"Content-Length: 0\r\nContent-Length: 5\r\n": {400, 413},
    b"Content-Length: +0\r\n": {400, 413},
    b"Content-Length: 0x5\r\n": {400, 413},
    b"Content-Length: -1\r\n": {400, 413},
    b"Content-Length: 99999999999999999999999\r\n": {400, 413},
    b"X: y\nContent-Length: 5\r\n": {400},
    b"X: y\rContent-Length: 5\r\n": {400},
    b" Content-Length: 5\r\n": {400},
    b"X: y\r\n z\r\n": {400},
    b"Host: other\r\n": {400},
    b"Authorization: Basic YQ==\r\nAuthorization: Basic Yg==\r\n": {400},
    b"Upgrade: h2c\r\nConnection: Upgrade\r\n": {400},
    b"X\0Y: z\r\n": {400},
    b"X: a\0b\r\n": {400},
}


def test_nothing_can_be_smuggled(start: Start, behind: Behind) -> None:
    """One refusal, then the end: what follows is never taken for a request."""
    proxy = start("--upstream", behind.url)
    assert proxy.get("/example.com/a/@v/list")[2] == BODY
    for lines, statuses in SMUGGLED.items():
        got = talk(proxy.port, GET[:-2] + lines + b"\r\n" + GET)
        found = [int(status) for status in ANSWERS.findall(got)]
        assert len(found) == 1, (lines, got)
        assert found[0] in statuses, (lines, got)
        assert b"Connection: close" in got
    for line in (
        b"GET /a HTTP/1.1\r\n\r\n",
        b"GET /a HTTP/2.0\r\nHost: h\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ):
        assert ANSWERS.findall(talk(proxy.port, line + GET)) in ([b"400"], [b"505"])


def test_pipelining_and_pieces(start: Start, behind: Behind) -> None:
    proxy = start("--upstream", behind.url)
    new = GET.replace(b"/a/", b"/b/")
    zip_ = GET.replace(b"list", b"v1.0.0.zip")
    many = (GET + new + zip_) * 40
    whole = talk(proxy.port, many)
    assert ANSWERS.findall(whole) == [b"200"] * 120
    assert whole.count(BODY) == 40
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as connection:
        for i in range(len(GET * 2)):
            connection.sendall((GET * 2)[i : i + 1])
        got = b""
        while got.count(BODY) < 2:
            got += connection.recv(4096)
        # A whole request that comes while another is half there is the middle of that one, however well we know its bytes.
        connection.sendall(b"GET /x HTTP/1.1\r\nHost: h\r\nX: ")
        time.sleep(0.1)
        connection.sendall(GET)
        time.sleep(0.1)
        assert ANSWERS.findall(connection.recv(4096)) in ([b"404"], [b"400"])
    assert ANSWERS.findall(talk(proxy.port, b"GET /healthz HTTP/1.0\r\n\r\n", end=False)) == [b"200"]
    assert b"431" in talk(proxy.port, GET[:-2] + b"X: " + b"y" * 20_000 + b"\r\n\r\n")[:13]
    assert b"431" in talk(proxy.port, GET[:-2] + b"X: y\r\n" * 200 + b"\r\n")[:13]
    assert b"414" in talk(proxy.port, b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: h\r\n\r\n")[:13]


def test_slow_clients_are_let_go_and_others_do_not_notice(start: Start, behind: Behind) -> None:
    proxy = start("--upstream", behind.url)
    slow = [socket.create_connection(("127.0.0.1", proxy.port), timeout=30) for _ in range(200)]
    started = time.monotonic()
    for number, connection in enumerate(slow):
        connection.sendall(GET[: 5 + number % 20])
    while time.monotonic() - started < 9:
        assert proxy.get("/example.com/a/@v/list")[0] == 200
        for connection in slow[::2]:
            connection.sendall(b"x")
        time.sleep(0.5)
    for connection in slow:
        assert b" 408 " in connection.recv(4096)
        connection.close()
    assert time.monotonic() - started < 20


SEEDS = (
    GET,
    GET.replace(b"list", b"v1.0.0.zip").replace(b"\r\n\r\n", b'\r\nRange: bytes=1-5\r\nIf-Range: "x"\r\n\r\n'),
    GET.replace(b"GET", b"HEAD").replace(b"\r\n\r\n", b"\r\nAccept-Encoding: gzip\r\nIf-None-Match: *\r\n\r\n"),
    b"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"GET /sumdb/sum.example.com/tile/8/0/x001/234.p/5 HTTP/1.1\r\nHost: h\r\nDisable-Module-Fetch: true\r\n\r\n",
    b"GET http://h/example.com/!u!p/@latest?q=1#f HTTP/1.1\r\nHost: h\r\nAuthorization: Basic QQ==\r\nConnection: close\r\n\r\n",
    b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)
PIECES = (b"\0", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b" ", b":", b"\xff\xfe", b"\xc3\x28", b"%00", b"%2e%2e/", b"Content-Length: 3\r\n", b"Host: x\r\n", b"../", b"@v/", b"\x80" * 40, b"bytes=-0", b"Transfer-Encoding: chunked\r\n")  # fmt: skip


def mutated(rng: random.Random) -> bytes:
    data = bytearray(rng.choice(SEEDS) * rng.choice((1, 1, 1, 2, 5)))
    for _ in range(rng.randrange(5)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0:
                data[at:at] = rng.choice(PIECES)
            case 1 if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            case 2:
                del data[at : at + rng.randrange(1, 20)]
            case 3:
                data[at:at] = rng.choice(SEEDS)[: rng.randrange(60)]
            case _:
                data[at:at] = rng.randbytes(rng.randrange(1, 10))
        if not data:
            data = bytearray(GET)
    return bytes(data)


def fuzz(proxy: Proxy, count: int, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(count):
        data = mutated(rng)
        got = talk(proxy.port, data)
        assert not got or ANSWERS.match(got), (data, got)
        assert len(ANSWERS.findall(got)) <= data.count(b"\r\n") + 1, (data, got)


def pids(proxy: Proxy) -> set[str]:
    front = children(proxy.process.pid)[0]
    return set(children(int(front)))


def children(pid: int) -> list[str]:
    found: list[str] = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
            found += file.read().split()
    return found


def run_fuzz(proxy: Proxy, total: int) -> None:
    assert proxy.get("/example.com/a/@v/list")[0] == 200
    before = pids(proxy)
    threads = [threading.Thread(target=fuzz, args=(proxy, total // 4, seed)) for seed in range(4)]
    failures: list[object] = []
    hook, threading.excepthook = threading.excepthook, lambda args: failures.append(args.exc_value)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    threading.excepthook = hook
    assert failures == []
    assert pids(proxy) == before, "a hot process died"
    assert proxy.get("/example.com/a/@v/list")[2] == BODY
    assert proxy.said == ""


def test_twenty_thousand_hostile_inputs(start: Start, behind: Behind) -> None:
    run_fuzz(start("--upstream", behind.url), 20_000)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_a_million_hostile_inputs(start: Start, behind: Behind) -> None:
    run_fuzz(start("--upstream", behind.url), 1_000_000)


def test_the_same_requests_in_whatever_pieces() -> None:
    """However the network cuts a stream, the same requests are read."""
    rng = random.Random(7)
    for _ in range(3000):
        data = mutated(rng)
        whole = [(r.target, r.bad, r.head, r.auth) for r in Reader().feed(data)]
        reader, pieces, at = Reader(), [], 0
        while at < len(data) and not reader.done:
            end = at + rng.randrange(1, 40)
            pieces += reader.feed(data[at:end])
            at = end
        cut = [(r.target, r.bad, r.head, r.auth) for r in pieces]
        good = [r for r in whole if not r[1]]
        # A cut stream may be refused a little earlier or later, but what is taken for good is the same, from the start.
        assert [r for r in cut if not r[1]][: len(good)] == good[: len([r for r in cut if not r[1]])], data


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"bytes=0-0", (0, 1)),
        (b"bytes=0-", (0, 10)),
        (b"bytes=-3", (7, 3)),
        (b"bytes=-30", (0, 10)),
        (b"bytes=9-99", (9, 1)),
        (b"bytes=10-", (0, 0)),
        (b"bytes=-0", (10, 0)),
        (b"bytes=5-4", None),
        (b"bytes=1-2,4-5", None),
        (b"bytes=a-b", None),
        (b"items=0-1", None),
        (b"bytes=-", None),
        (b"bytes=" + b"9" * 60 + b"-", None),
    ],
)
def test_ranges(value: bytes, found: tuple[int, int] | None) -> None:
    assert span(value, 10) == found
