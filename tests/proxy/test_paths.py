"""Paths: what golang.org/x/mod takes is taken, what it refuses is refused, and nothing leaves the root. Addresses: where a redirect may lead."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from gomend.proxy import asks
from gomend.proxy.asks import BadAskError
from gomend.proxy.guard import Guard, Resolver, is_inner
from tests.proxy.conftest import Behind, Proxy

Start = Callable[..., Proxy]
CHECKER = Path(__file__).parent / "pathcheck"
WORDS = (
    "example.com", "a", "!a", "A", "!A", "!", "b.c", "..", ".", "", "v2", "v1", "v02", "gopkg.in", "x.v1", "x.v2-unstable", "con", "aux.go", "~1", "a~1", "-x",
    "x-", "ä", "名", "%", "%2f", "\\", ":", "a b", "\0", "x" * 60, "@", "@v", "!u!p", "github.com", ".git", "x.", "_", "+", "golang.org", "toolchain", "\n", "\u212a",
)  # fmt: skip
VERSIONS = (
    "v1.0.0", "v2.0.0", "v0.0.0-20240102030405-0123456789ab", "v1.0.0+incompatible", "v2.0.0+incompatible", "v1.0.0-!r!c1", "v1.0.0-RC1", "v1", "main", "!main",
    "..", "", "v1.0.0.0", "v01.0.0", "v1.0.0+meta", "v1.0.0-", "v1.2.3-pre.0.20240102030405-0123456789ab", "v3.1.4", "con", "a b", "a!b", "ä", "x" * 60, "-", "v1.0.0-a~b",
)  # fmt: skip


def test_ten_thousand_paths_are_judged_as_x_mod_judges_them(tmp_path: Path) -> None:
    rng = random.Random(11)
    pairs = {("example.com/!a/b", "v1.0.0")}
    while len(pairs) < 10_000:
        path = "/".join(rng.choice(WORDS) for _ in range(rng.randrange(1, 5)))
        if rng.random() < 0.5:
            path = f"example.com/{path}"
        if rng.random() < 0.2:
            at = rng.randrange(len(path) + 1)
            path = path[:at] + chr(rng.choice((0x21, 0x2E, 0x2F, 0x41, 0x61, 0x7E, 0x40, rng.randrange(1, 0x300)))) + path[at:]
        pairs.add((path, rng.choice(VERSIONS)))
    asked = sorted(p for p in pairs if " " not in p[0])
    program = tmp_path / "pathcheck"
    subprocess.run(["go", "build", "-o", str(program), "."], cwd=CHECKER, check=True, capture_output=True)
    lines = "".join(json.dumps(f"{path} {version}") + "\n" for path, version in asked)
    said = subprocess.run([program], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    wrong, taken = [], 0
    root = str(tmp_path / "root")
    for (path, version), line in zip(asked, said, strict=True):
        wanted = tuple(json.loads(line))
        try:
            ask = asks.parse(f"/{urllib.parse.quote(path)}/@v/{urllib.parse.quote(version)}.info")
            found = (ask.module, ask.version)
            assert os.path.realpath(f"{root}/{ask.place}").startswith(f"{root}/")
            taken += 1
        except BadAskError:
            found = ("", "")
        if found != wanted:
            wrong.append((path, version, found, wanted))
    assert wrong == []
    assert taken > 500


INNER = (
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "192.0.0.8", "192.0.2.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1",
    "2001:db8::1", "2001::1", "not-an-address", "",
)  # fmt: skip
OUTER = (
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
)
REFUSED = (
    "http://127.0.0.1/x", "https://127.0.0.1:8443/x", "http://0x7f.1/x", "http://2130706433/x", "http://017700000001/x", "http://127.1/x", "http://[::1]/x",
    "http://[::ffff:127.0.0.1]/x", "http://169.254.169.254/latest/meta-data/", "http://user:pw@1.1.1.1/x", "file:///etc/passwd", "ftp://1.1.1.1/x", "gopher://1.1.1.1/x",
    "//127.0.0.1/x", "http://10.0.0.1/x", "http://up.example.com:81/x", "unix:/run/x.sock", "http://[fe80::1%25eth0]/x", "http://[::1", "http://1.1.1.1:99999/x",
)  # fmt: skip


def test_addresses() -> None:
    assert [a for a in INNER if not is_inner(a)] == []
    assert [a for a in OUTER if is_inner(a)] == []


def test_redirects() -> None:
    guard = Guard(["http://up.example.com", "https://10.1.2.3:8443"])
    old = "http://up.example.com/a"
    assert [url for url in REFUSED if not urllib_problem(guard, old, url) and "up.example.com" not in url] == []
    for url in (
        "http://up.example.com/b",
        "https://1.1.1.1/x",
        "https://10.1.2.3:8443/x",
        "http://8.8.8.8/x",
        "https://elsewhere.example.com/x",
    ):
        assert guard.problem(old, url) == ""
    assert guard.problem("https://up.example.com/a", "http://up.example.com/a") == "from https to http"
    assert Guard([], inner=True).problem(old, "http://127.0.0.1/x") == ""


def urllib_problem(guard: Guard, old: str, new: str) -> str:
    """As the client does: the target joined with where it came from."""
    try:
        return guard.problem(old, urllib.parse.urljoin(old, new))
    except ValueError:
        return "to no URL"


def test_a_name_that_leads_inside_is_not_followed() -> None:
    """localhost is a public name to nobody: its address is looked at, after the look-up that is used."""

    async def look(guard: Guard, port: int) -> list[str]:
        return [found["host"] for found in await Resolver(guard).resolve("localhost", port)]

    with pytest.raises(OSError, match="inner address"):
        asyncio.run(look(Guard([]), 80))
    assert "127.0.0.1" in asyncio.run(look(Guard(["http://localhost:81"]), 81))
    with pytest.raises(OSError, match="inner address"):
        asyncio.run(look(Guard(["http://localhost:81"]), 82))


def test_an_upstream_cannot_make_us_ask_an_inner_server(start: Start, behind: Behind) -> None:
    inner = Behind()
    try:
        behind.rules = [(r"v1\.0\.0\.mod$", f"redirect:{inner.url}")]
        proxy = start("--upstream", behind.url)
        status, _, body = proxy.get("/example.com/a/@v/v1.0.0.mod")
        assert status == 502
        assert b"redirects to the inner address 127.0.0.1" in body
        assert inner.asked == []
        both = start("--upstream", behind.url, "--upstream", f"{inner.url}/", store="both")
        assert both.get("/example.com/a/@v/v1.0.0.mod")[0] == 200
    finally:
        inner.close()
