"""The checksum database: proved to the server, passed on to go, and every lie of the lab's database refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gomend.golang import dirhash, modpath, sumdb
from gomend.golang.treetiles import TileError, TreeTiles
from gomend.lab import actions, modules
from gomend.lab.actions import Response
from gomend.lab.server import Handler
from gomend.lab.sumdb import SumDB, _leaf, _root
from tests.proxy.conftest import Behind, Proxy
from tests.proxy.test_go import Project

Start = Callable[..., Proxy]
ZIP, MOD = "/example.com/a/@v/v1.0.0.zip", "/example.com/a/@v/v1.0.0.mod"


class Vouched(Behind):
    """An upstream that also stands before the lab's database; ``lie`` is how that lies."""

    def __init__(self) -> None:
        super().__init__()
        self.database = SumDB()
        self.lie = ""
        self.good = actions.healthy(self.database)

    def answer(self, handler: Handler) -> Response:
        return actions.respond(
            actions.choose(self.rules, "ok", handler.path), handler.path, lambda path, fault: self.good(path, fault or self.lie)
        )


@pytest.fixture
def vouched() -> object:
    one = Vouched()
    yield one
    one.close()


def test_go_checks_through_the_server_alone(start: Start, vouched: Vouched, tmp_path: Path) -> None:
    proxy = start("--upstream", vouched.url, "--sumdb", vouched.database.key)
    for number, where in enumerate((proxy.url, f"file://{proxy.store}")):
        if number:
            vouched.close()
        project = Project(tmp_path / f"p{number}", where, GOSUMDB=vouched.database.key)
        project.fine("get", "example.com/b@v1.0.0")
        project.fine("build", "./...")
        assert "example.com/b v1.0.0 h1:" in (project.folder / "go.sum").read_text()


@pytest.mark.parametrize("lie", ["wrong", "absent", "badsig", "fork", "badtile"])
@pytest.mark.parametrize("path", [ZIP, MOD])
def test_what_is_not_proved_is_refused_and_never_stored(start: Start, vouched: Vouched, lie: str, path: str) -> None:
    vouched.lie = lie
    proxy = start("--upstream", vouched.url, "--sumdb", vouched.database.key)
    status, headers, body = proxy.get(path)
    assert status == 502, body
    assert body.startswith(b"SECURITY: "), body
    assert headers["cache-control"] == "no-store"
    files = [p for p in proxy.store.rglob("*") if p.is_file() and ".gomend" not in p.parts]
    # A log that is signed and proved says another hash: what it says is kept, and the module refused.
    assert [p for p in files if lie not in {"wrong", "absent"} or "sumdb" not in p.parts] == []
    vouched.lie = ""
    status, _, body = proxy.get(path)
    assert status == 200 or (lie in {"wrong", "absent"} and body.startswith(b"SECURITY: "))


def test_another_key_is_refused(start: Start, vouched: Vouched) -> None:
    other = SumDB(seed=b"x" * 32)
    proxy = start("--upstream", vouched.url, "--sumdb", other.key)
    assert proxy.get(ZIP)[0] == 502


def test_a_changed_zip_is_refused_and_the_next_upstream_asked(start: Start, vouched: Vouched) -> None:
    vouched.rules = [(r"\.zip$", "zipwrong")]
    proxy = start("--upstream", vouched.url, "--sumdb", vouched.database.key)
    assert b"says h1:" in proxy.get(ZIP)[2]
    healthy = Vouched()
    try:
        both = start("--upstream", vouched.url, "--upstream", healthy.url, "--sumdb", vouched.database.key, store="both")
        assert both.get(ZIP)[0] == 200
    finally:
        healthy.close()


def test_without_a_database_a_version_still_never_changes(start: Start, behind: Behind) -> None:
    proxy = start("--upstream", behind.url, "--sumdb", "off")
    assert proxy.get(ZIP)[0] == 200
    (proxy.store / ZIP[1:]).unlink()
    proxy.stop()
    behind.rules = [(r"\.zip$", "zipwrong")]
    again = start("--upstream", behind.url, "--sumdb", "off")
    status, _, body = again.get(ZIP)
    assert status == 502
    assert b"a version never changes" in body


def test_what_the_database_does_not_know_is_refused_unless_it_is_skipped(start: Start, tmp_path: Path) -> None:
    own = modules._release("corp.example.com/own", "v1.0.0", {})
    behind = Behind((own,))
    vouched = Vouched()
    config = tmp_path / "proxy.toml"
    try:
        words = ("--upstream", vouched.url, "--upstream", behind.url, "--config", str(config))
        config.write_text(f'[sumdb]\nname = "{vouched.database.key}"\n')
        status, _, body = start(*words).get("/corp.example.com/own/@v/v1.0.0.mod")
        assert (status, b"skip in [sumdb]" in body) == (502, True)
        config.write_text(f'[sumdb]\nname = "{vouched.database.key}"\nskip = "corp.example.com/*"\n')
        assert start(*words).get("/corp.example.com/own/@v/v1.0.0.mod")[0] == 200
    finally:
        behind.close()
        vouched.close()


def test_the_log_is_followed_and_a_second_history_is_noticed(start: Start, vouched: Vouched) -> None:
    """The database grows: fine. It shows another past, or is rolled back: refused, also after a restart."""
    grown = modules.RELEASES
    vouched.database.releases = grown[:5]
    proxy = start("--upstream", vouched.url, "--sumdb", vouched.database.key)
    assert proxy.get(ZIP)[0] == 200
    vouched.database = SumDB(releases=grown)
    vouched.good = actions.healthy(vouched.database)
    assert proxy.get("/example.com/multi/@v/v1.0.0.zip")[0] == 200
    assert proxy.get("/example.com/multi/sub/@v/v1.0.0.zip")[0] == 200
    proxy.stop()
    changed = SumDB(releases=(grown[1], grown[0], *grown[2:]))
    vouched.good = actions.healthy(changed)
    again = start("--upstream", vouched.url, "--sumdb", vouched.database.key)
    status, _, body = again.get("/example.com/retr/@v/v1.0.0.zip")
    assert status == 502
    assert b"forked" in body
    assert again.get(ZIP)[0] == 200


def test_tiles_against_a_plain_tree() -> None:
    """Every record of trees of many sizes; every older tree; every byte of a tile that is changed is noticed."""
    for size in (1, 2, 3, 7, 255, 256, 257, 300, 513, 1000):
        texts = [f"example.com/m v1.0.{i} h1:x\nexample.com/m v1.0.{i}/go.mod h1:y\n" for i in range(size)]
        leaves = tuple(_leaf(text) for text in texts)
        tree = sumdb.Tree(size=size, root=_root(leaves))

        def read(level: int, number: int, width: int, leaves: tuple[bytes, ...] = leaves) -> bytes:
            span = 1 << (8 * level)
            return b"".join(_root(leaves[i * span : (i + 1) * span]) for i in range(number * 256, number * 256 + width))

        tiles = TreeTiles(tree, read)
        for i in {0, size // 3, size // 2, size - 1}:
            assert tiles.contains(sumdb.Record(number=i, text=texts[i].encode(), note=b""))
            assert not tiles.contains(sumdb.Record(number=i, text=b"other\n", note=b""))
            assert tiles.extends(sumdb.Tree(size=i + 1, root=_root(leaves[: i + 1])))
            assert not tiles.extends(sumdb.Tree(size=i + 1, root=b"\0" * 32))
        assert not tiles.contains(sumdb.Record(number=size, text=texts[0].encode(), note=b""))

        def false(level: int, number: int, width: int, read: Callable[..., bytes] = read) -> bytes:
            raw = read(level, number, width)
            return raw[:-1] + bytes([raw[-1] ^ 1])

        with pytest.raises(TileError):
            TreeTiles(tree, false).contains(sumdb.Record(number=0, text=texts[0].encode(), note=b""))


def test_the_lab_s_records_are_what_go_computes() -> None:
    a = modules.find("example.com/a", "v1.0.0")
    assert a is not None
    assert a.sums[0] == f"example.com/a v1.0.0 {dirhash.h1_zip(a.zip)}"
    assert modpath.escape("example.com/UP") == "example.com/!u!p"
