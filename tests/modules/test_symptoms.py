"""The parser of go's messages: prefixes, several errors, hangs, nothing that is not go's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.golang.facts.log import LogText, clean
from gomend.modules.facts import netrc
from gomend.modules.symptoms.go import Symptom, parse, server_of
from gomend.modules.symptoms.kinds import Kind

NOT_FOUND = (
    "go: example.com/!u!p/a@v1.0.0: reading https://goproxy.example.com:8443/x/example.com/!u!p/a/@v/v1.0.0.info: 404 Not Found"
)


def read(text: str, command: tuple[str, ...] = (), exit: int | None = None) -> tuple[Symptom, ...]:
    return parse(LogText(source="log", lines=clean(text), command=command, exit=exit))


def test_parts_of_a_status_line() -> None:
    (found,) = read(NOT_FOUND)
    assert (found.kind, found.status, found.wanted, found.server) == (
        Kind.PROXY_STATUS,
        404,
        "info",
        "goproxy.example.com:8443",
    )


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://a.example.com/x", "a.example.com"),
        ("http://u:xxxxx@a.example.com:80/x@v1", "a.example.com:80"),
        ("https://[redacted]@a.example.com/x", "a.example.com"),
        ("https://[::1", "[::1"),
        ("", ""),
    ],
)
def test_server_of_a_url(url: str, server: str) -> None:
    assert server_of(url) == server


def test_the_same_error_twice_is_one_symptom() -> None:
    assert len(read(NOT_FOUND + "\n" + NOT_FOUND)) == 1


def test_a_server_response_belongs_to_its_line() -> None:
    (found,) = read(NOT_FOUND + "\n\tserver response:\n\tnot found: x: invalid version: unknown revision v1.0.0")
    assert "unknown revision" in found.evidence.quote


def test_a_stopped_download_is_a_hang() -> None:
    log = "go: downloading example.com/a v1.0.0\n"
    (found,) = read(log, ("go", "build", "./..."), 124)
    assert (found.kind, found.subject) == (Kind.PROXY_TIMEOUT, "example.com/a@v1.0.0")
    assert [s.kind for s in read("", ("go", "mod", "download"), -9)] == [Kind.PROXY_TIMEOUT]
    assert read(log, ("go", "build", "./..."), 0) == ()
    assert read("", ("go", "test", "./..."), 124) == ()
    assert read("panic: test timed out\n", ("go", "test", "./..."), 124) == ()


def test_a_go_sum_line_decides_whose_mismatch_it_is() -> None:
    body = "checksum mismatch\n\tdownloaded: h1:a=\n\t{}: h1:b=\n"
    assert read("verifying example.com/a@v1.0.0: " + body.format("go.sum"))[0].kind is Kind.GOSUM_MISMATCH
    assert read("verifying example.com/a@v1.0.0: " + body.format("go.work.sum"))[0].kind is Kind.GOSUM_MISMATCH
    assert read("go: example.com/a@v1.0.0: verifying module: " + body.format("sum.example.com"))[0].kind is Kind.SUMDB_MISMATCH


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet='go: rading@v1/.\n\t"https#|[]0124x!', max_size=200))
def test_nothing_makes_it_raise(text: str) -> None:
    read(text)


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("machine a login u password p\n", ("a",)),
        ("machine a\nlogin u\npassword p\nmachine b login u password p\n", ("a", "b")),
        ("machine a login u\n", ()),
        ("machine a login u password p default login x password y\n", ("a",)),
        ("macdef init\nmachine x login u password p\n\nmachine b login u password p\n", ("b",)),
        ("default login u password p\n", ()),
        ("", ()),
    ],
)
def test_netrc(text: str, hosts: tuple[str, ...]) -> None:
    assert netrc.parse(text) == hosts
