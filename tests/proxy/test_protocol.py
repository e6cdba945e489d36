"""The GOPROXY protocol, asked by a plain HTTP client."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

from gomend.lab import modules
from tests.proxy.conftest import Behind, Proxy

Start = Callable[..., Proxy]
A = modules.find("example.com/a", "v1.0.0")
assert A is not None


def test_each_file_is_fetched_once_and_only_when_asked_for(start: Start, behind: Behind) -> None:
    proxy = start("--upstream", behind.url)
    for _ in range(3):
        assert proxy.get("/example.com/a/@v/v1.0.0.mod")[::2] == (200, A.mod)
    assert behind.asked == ["/example.com/a/@v/v1.0.0.mod"]
    assert proxy.get("/example.com/a/@v/v1.0.0.zip")[::2] == (200, A.zip)
    assert proxy.get("/example.com/a/@v/v1.0.0.info")[::2] == (200, A.info)
    assert proxy.get("/example.com/a/@v/list")[::2] == (200, b"v1.0.0\nv1.1.0\n")
    assert json.loads(proxy.get("/example.com/a/@latest")[2])["Version"] == "v1.1.0"
    assert json.loads(proxy.get("/example.com/a/@v/main.info")[2])["Version"] == "v1.1.0"
    assert proxy.get("/example.com/%21u%21p/%21case/@v/v1.0.0.info")[0] == 200
    assert proxy.get("/example.com/!u!p/!case/@v/v1.0.0.mod")[0] == 200
    assert len(behind.asked) == 8


def test_headers(start: Start, behind: Behind) -> None:
    proxy = start("--upstream", behind.url)
    status, headers, body = proxy.get("/example.com/a/@v/v1.0.0.zip")
    assert (status, headers["content-type"], len(body)) == (200, "application/zip", int(headers["content-length"]))
    assert "immutable" in headers["cache-control"]
    assert "date" in headers
    assert "immutable" not in proxy.get("/example.com/a/@v/list")[1]["cache-control"]
    same = proxy.get("/example.com/a/@v/v1.0.0.zip", If_None_Match=f'"other", {headers["etag"]}')
    assert same[::2] == (304, b"")
    head = proxy.get("/example.com/a/@v/v1.0.0.zip", "HEAD")
    assert (head[0], head[2], head[1]["content-length"]) == (200, b"", headers["content-length"])
    for path in ("/example.com/a/@v/v1.0.0.zip", "/example.com/a/@v/v1.0.0.mod"):
        whole = proxy.get(path)[2]
        assert proxy.get(path, Range="bytes=3-7")[::2] == (206, whole[3:8])
        assert proxy.get(path, Range="bytes=-4")[::2] == (206, whole[-4:])
        assert proxy.get(path, Range="bytes=5-")[::2] == (206, whole[5:])
        assert proxy.get(path, Range=f"bytes={len(whole)}-")[0] == 416
        assert proxy.get(path, Range="bytes=2-1")[::2] == (200, whole)
        assert proxy.get(path, Range="bytes=0-1", If_Range='"other"')[::2] == (200, whole)
        part = proxy.get(path, Range="bytes=1-2", If_Range=proxy.get(path)[1]["etag"])
        assert part[1]["content-range"] == f"bytes 1-2/{len(whole)}"


def test_gzip_only_where_it_helps(start: Start) -> None:
    many = tuple(modules._release("example.com/many", f"v1.{i}.0", {}) for i in range(500))
    behind = Behind(many)
    try:
        proxy = start("--upstream", behind.url)
        plain = proxy.get("/example.com/many/@v/list")
        packed = proxy.get("/example.com/many/@v/list", Accept_Encoding="gzip")
        assert gzip.decompress(packed[2]) == plain[2]
        assert packed[1]["content-encoding"] == "gzip"
        assert packed[1]["vary"] == plain[1]["vary"] == "Accept-Encoding"
        assert len(packed[2]) * 3 < len(plain[2])
        assert "content-encoding" not in proxy.get("/example.com/many/@v/v1.0.0.mod", Accept_Encoding="gzip")[1]
        assert "content-encoding" not in proxy.get("/example.com/many/@v/v1.0.0.zip", Accept_Encoding="gzip")[1]
    finally:
        behind.close()


def test_disable_module_fetch(start: Start, behind: Behind) -> None:
    proxy = start("--upstream", behind.url)
    assert proxy.get("/example.com/a/@v/v1.0.0.info", Disable_Module_Fetch="true")[0] == 404
    assert behind.asked == []
    assert proxy.get("/example.com/a/@v/v1.0.0.info")[0] == 200
    assert proxy.get("/example.com/a/@v/v1.0.0.info", Disable_Module_Fetch="true")[0] == 200


NO_PATHS = (
    "/x",
    "/@v/list",
    "/example.com/a/@v/v1.0.0.txt",
    "/example.com/a/@v/main.zip",
    "/example.com/a/@v/v2.0.0.info",
    "/example.com/A/@v/list",
    "/example.com/../@v/list",
    "/example.com/%2e%2e/%2e%2e/etc/@v/list",
    "/example.com/a/@v/..%2f..%2fx.info",
    "/.gomend/record",
    "/.gomend/@v/list",
    "/example.com/%00/@v/list",
    "/example.com/a%2521/@v/list",
    "/example.com//a/@v/list",
    "/example.com/a/@v/v1.0.0.zip.zip",
    "/example.com/" + "a" * 300 + "/@v/list",
    "/sumdb/other.example.com/supported",
    "/sumdb/../x/supported",
)


def test_what_is_no_module_path_is_not_found_and_nobody_is_asked(start: Start, behind: Behind) -> None:
    proxy = start("--upstream", behind.url)
    for path in NO_PATHS:
        status, headers, body = proxy.get(path)
        assert status == 404, path
        assert headers["content-type"] == "text/plain; charset=utf-8"
        assert body.count(b"\n") == 1
    assert behind.asked == []


def test_only_get_and_head(start: Start, behind: Behind) -> None:
    proxy = start("--upstream", behind.url)
    status, headers, _ = proxy.get("/example.com/a/@v/list", "DELETE")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_an_absent_module_says_what_to_do(start: Start, behind: Behind) -> None:
    proxy = start("--upstream", behind.url)
    status, _, body = proxy.get("/corp.example.com/team/nothing/@v/v1.0.0.info")
    assert status == 404
    assert b"GOPRIVATE=corp.example.com/team" in body
    assert b"not found: corp.example.com/team/nothing@v1.0.0" in body


def test_the_store_is_a_file_proxy_and_outlives_its_upstream(start: Start, behind: Behind, tmp_path: Path) -> None:
    proxy = start("--upstream", behind.url)
    for suffix in ("list", "v1.0.0.info", "v1.0.0.mod", "v1.0.0.zip"):
        assert proxy.get(f"/example.com/b/@v/{suffix}")[0] == 200
    root = tmp_path / "store" / "example.com" / "b" / "@v"
    assert sorted(p.name for p in root.iterdir()) == ["list", "v1.0.0.info", "v1.0.0.mod", "v1.0.0.zip"]
    assert not list((tmp_path / "store" / ".gomend" / "tmp").glob("*/*"))
    assert proxy.stop() == 0
    behind.close()
    again = start("--upstream", behind.url)
    for suffix in ("list", "v1.0.0.info", "v1.0.0.mod", "v1.0.0.zip"):
        assert again.get(f"/example.com/b/@v/{suffix}")[0] == 200
