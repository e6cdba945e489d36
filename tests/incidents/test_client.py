"""Servers that are slow, cut off, lie or bomb: each is one message in time, none costs memory, none hears a secret that is not its own."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gomend.incidents.intake import Refused
from gomend.incidents.sources import client as module
from gomend.incidents.sources.client import BadAnswer, Client
from gomend.incidents.sources.supervise import State, forever


@contextmanager
def raw(*answers: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers so, byte for byte, one connection each; None: never. What it heard stands in the list."""
    heard: list[bytes] = []
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    heard.append(line.recv(65536))
                    if answer is None:
                        done.wait(20)
                    else:
                        line.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", heard
        done.set()
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    head = "\r\n".join(
        [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", "Connection: close", *headers]
    )
    return head.encode() + b"\r\n\r\n" + body


def asked(url: str, **more: object) -> object:
    async def run() -> object:
        client = Client(url, **more)  # type: ignore[arg-type]
        try:
            return await client.json("/x", {"q": "1"})
        finally:
            await client.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (http(b"<html>", "Content-Type: text/html"), "no JSON: '<html>'"),
        (http(b'{"a": [1, 2'), "no JSON"),
        (http(b'{"a": 1}', length=500), "the answer broke off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "."),
        (b"", "."),
        (http(gzip.compress(bytes(1 << 20)), "Content-Encoding: gzip"), "HTTP 200"),
        (http(b"moved", "Location: http://192.0.2.1/", status="302 Found"), "HTTP 302: moved"),
        (http(b"\xff\xfe" * 10), "no JSON"),
        (http(b"[" * 100_000), "no JSON"),
        (http(b'{"token=hunter2hunter2"', status="500 Oops"), "HTTP 500"),
    ],
)
def test_what_is_no_answer_is_one_message(answer: bytes, says: str) -> None:
    with raw(answer, answer) as (url, _), pytest.raises(BadAnswer, match=says):
        asked(url)


def test_a_server_that_never_answers_is_left_in_time() -> None:
    began = time.monotonic()
    with raw(None) as (url, _), pytest.raises(BadAnswer, match="no answer in time"):
        asked(url, timeout=0.3)
    assert time.monotonic() - began < 10


def test_an_answer_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 100_000)
    with raw(http(b" " * 300_000)) as (url, _), pytest.raises(BadAnswer, match="more than 100000 bytes"):
        asked(url)

    async def lines(url: str) -> None:
        client = Client(url)
        try:
            async for _ in client.lines("/w", {}, 5):
                pass
        finally:
            await client.close()

    with raw(http(b"x" * 300_000)) as (url, _), pytest.raises(BadAnswer, match="a line longer"):
        asyncio.run(lines(url))


def test_secrets_go_to_the_server_and_into_no_message() -> None:
    answer = http(b"Authorization: Bearer s3cret-token", status="403 Forbidden")
    with raw(answer) as (url, heard), pytest.raises(BadAnswer) as bad:
        asked(url, token=lambda: "s3cret-token")
    assert b"Authorization: Bearer s3cret-token\r\n" in heard[0]
    assert b"Accept-Encoding: identity\r\n" in heard[0]
    assert "s3cret-token" not in str(bad.value)
    with raw(http(b"{}")) as (url, heard):
        assert asked(url.replace("//", "//me:p%40ss@")) == {}
    assert b"Authorization: Basic bWU6cEBzcw==\r\n" in heard[0]


def test_a_source_that_fails_is_asked_later_and_later_and_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    told: list[str] = []
    turns = iter([BadAnswer("down")] * 9 + [None] + [Refused("disk", "full")] * 2 + [None])

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def once(state: State) -> None:
        turn = next(turns, KeyboardInterrupt())
        if isinstance(turn, BaseException):
            raise turn
        state.good()

    monkeypatch.setattr("gomend.incidents.sources.supervise.asyncio.sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(forever(State("s", lambda s: told.append(s.problem)), once))
    assert told == ["down", "", "full", ""]
    for pause, most in zip(pauses, [0.5, 1, 2, 4, 8, 16, 32, 60, 60], strict=False):
        assert most / 2 <= pause <= most
    assert pauses[10] <= 0.5 * 2, "after a success the pauses are short again"
    assert len(set(pauses)) == len(pauses), "never in step with others"
