"""Our own checksum database with the real go as client: it believes the key, the proofs and the growth, and nothing forged."""

from __future__ import annotations

import asyncio
import http.server
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.golang import dirhash, modpath, signing, sumdb
from gomend.golang.treetiles import TreeTiles
from gomend.lab import modules
from gomend.proxy.database import Database
from gomend.proxy.larder import Larder
from gomend.proxy.outcomes import AbsentError, FailedError
from gomend.proxy.settings import Setup
from gomend.proxy.store import Store

NAME = "sum.example.com"
RELEASES = modules.RELEASES


async def sums(module: str, version: str) -> tuple[str, str]:
    """Of the lab's modules."""
    base = f"/{modpath.escape(module)}/@v/{modpath.escape(version)}"
    found = [modules.answer(f"{base}.{kind}", RELEASES) for kind in ("zip", "mod")]
    if any(status != 200 for status, _ in found):
        raise AbsentError("no such version")
    return dirhash.h1_zip(found[0][1]), dirhash.h1_mod(found[1][1])


class Served:
    """The lab's modules and a database over one HTTP server; ``bend`` may change what the database says."""

    def __init__(self, folder: Path, signers: tuple[signing.Signer, ...]) -> None:
        self.database = Database(str(folder / "log"), signers, sums)
        self.asked: list[str] = []
        self.bend: Callable[[str, bytes], bytes] = lambda _path, body: body
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                status, body = outer.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str) -> tuple[int, bytes]:
        if not path.startswith(f"/sumdb/{NAME}/"):
            return modules.answer(path, RELEASES)
        try:
            return 200, self.bend(
                path, asyncio.run(self.database.answer(modpath.unescape(path.removeprefix(f"/sumdb/{NAME}/"))))
            )
        except AbsentError as error:
            return 404, str(error).encode()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.database.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path, (signing.new(NAME),))
    yield made
    made.close()


def download(folder: Path, url: str, key: str, *wanted: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir(exist_ok=True)
    (folder / "go.mod").write_text("module example.com/m\n")
    env = {
        **os.environ, "GOPROXY": url, "GOSUMDB": key, "GONOSUMDB": "", "GOPRIVATE": "", "GOFLAGS": "-modcacherw", "GOPATH": str(folder / "gopath"),
        "GOMODCACHE": str(folder / "cache"), "GONOSUMCHECK": "", "GOINSECURE": "", "GOTOOLCHAIN": "local",
    }  # fmt: skip
    return subprocess.run(
        ["go", "mod", "download", "-json", *wanted], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def versions() -> list[str]:
    return [f"{r.path}@{r.version}" for r in RELEASES]


def test_the_real_go_believes_it(served: Served, tmp_path: Path) -> None:
    key = served.database._signers[0].public
    for at, wanted in enumerate(versions()):
        done = download(tmp_path / "client", served.url, key, wanted)
        assert done.returncode == 0 or "requires go" in done.stdout, (wanted, done.stdout)
        assert served.database.tree().size >= at
    assert any("/lookup/" in path for path in served.asked)
    assert any("/tile/" in path for path in served.asked), "go asked for proofs"


def test_keys_are_changed_without_a_gap(tmp_path: Path) -> None:
    """Both keys sign for a while: clients with the old one and with the new one go on, one with another key does not."""
    old, new, other = (signing.new(NAME) for _ in range(3))
    made = Served(tmp_path, (old, new))
    try:
        for at, (signer, good) in enumerate(((old, True), (new, True), (other, False))):
            done = download(tmp_path / f"client{at}", made.url, signer.public, versions()[0])
            assert (done.returncode == 0) == good, done.stdout
    finally:
        made.close()


def test_a_false_record_is_refused_by_go(served: Served, tmp_path: Path) -> None:
    served.bend = lambda path, body: body.replace(b" h1:", b" h1:AAAA", 1) if "/lookup/" in path else body
    done = download(tmp_path / "client", served.url, served.database._signers[0].public, versions()[0])
    assert done.returncode != 0


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 700), older=st.integers(0, 700), at=st.integers(0, 699))
def test_proofs_hold_for_every_size(tmp_path_factory: pytest.TempPathFactory, count: int, older: int, at: int) -> None:
    async def fixed(module: str, version: str) -> tuple[str, str]:
        return f"h1:{module}", f"h1:{version}"

    folder = tmp_path_factory.mktemp("log")
    database = Database(str(folder / "log"), (signing.new(NAME),), fixed)

    async def fill() -> list[sumdb.Tree]:
        trees = [database.tree()]
        for number in range(count):
            await database.answer(f"lookup/example.com/m{number}@v1.0.0")
            trees.append(database.tree())
        return trees

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        trees = asyncio.run(fill())
    head = sumdb.opened(asyncio.run(database.answer("latest")), sumdb.verifier(database._signers[0].public))
    assert head == trees[-1]

    def read(level: int, number: int, width: int) -> bytes | None:
        return asyncio.run(database.answer(sumdb.tile_path(level, number, width)))

    tiles = TreeTiles(head, read)
    raw = asyncio.run(database.answer(f"lookup/example.com/m{at % count}@v1.0.0"))
    assert tiles.contains(sumdb.record(raw))
    assert tiles.extends(trees[min(older, count)])
    database.close()


def test_servers_share_a_log_and_a_crash_leaves_no_half_record(tmp_path: Path) -> None:
    async def fixed(module: str, version: str) -> tuple[str, str]:
        return f"h1:{module}", f"h1:{version}"

    signers = (signing.new(NAME),)
    one, two = (Database(str(tmp_path / "log"), signers, fixed) for _ in range(2))
    first = asyncio.run(one.answer("lookup/example.com/a@v1.0.0"))
    assert asyncio.run(two.answer("lookup/example.com/a@v1.0.0")).split(b"\n\n")[0] == first.split(b"\n\n")[0]
    with (tmp_path / "log").open("ab") as file:
        file.write(b"example.com/b v1.0.0 h1:ha")
    three = Database(str(tmp_path / "log"), signers, fixed)
    assert three.tree().size == 1
    asyncio.run(three.answer("lookup/example.com/c@v1.0.0"))
    assert asyncio.run(one.answer("latest")).splitlines()[1] == b"2"
    assert b"h1:ha\n" not in (tmp_path / "log").read_bytes()
    for database in (one, two, three):
        database.close()


def test_keys_are_read_as_they_are_written_and_never_shown() -> None:
    key = signing.new(NAME)
    assert signing.read(key.secret) == key
    assert sumdb.verifier(key.public).name == NAME
    assert key.secret.split("+")[-1] not in repr(key)
    for bad in ("", "PRIVATE+KEY+x", key.secret.replace(NAME, "sum.example.org"), key.public):
        with pytest.raises(sumdb.SumDBError):
            signing.read(bad)
    with pytest.raises(sumdb.SumDBError):
        signing.new("no dot")


def test_a_store_without_a_record_is_summed_from_its_files(tmp_path: Path) -> None:
    """A module that came into the store by other hands has its own h1 in the database, and go takes it."""
    release = next(r for r in RELEASES if r.zip)
    base = tmp_path / "store" / modpath.escape(release.path) / "@v"
    base.mkdir(parents=True)
    for suffix, raw in (("info", release.info), ("mod", release.mod), ("zip", release.zip)):
        (base / f"{release.version}.{suffix}").write_bytes(raw)

    async def asked() -> tuple[str, str]:
        larder = Larder(Setup(store=str(tmp_path / "store")), Store(str(tmp_path / "store")), ())
        try:
            return await larder.sums(release.path, release.version)
        finally:
            await larder.close()

    assert asyncio.run(asked()) == (dirhash.h1_zip(release.zip), dirhash.h1_mod(release.mod))
    (base / f"{release.version}.zip").write_bytes(release.zip[:-9])
    with pytest.raises(FailedError, match="go would refuse"):
        asyncio.run(asked())
