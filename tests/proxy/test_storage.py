"""Stores: what is removed, what is taken in and given out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.apps.cli.main import run
from gomend.lab import modules
from gomend.proxy import evict
from gomend.proxy.evict import Held, Limits
from gomend.proxy.store import Store
from tests.proxy.conftest import Behind, Proxy
from tests.proxy.test_go import Project
from tests.proxy.test_once import fsck
from tests.proxy.test_operation import gomend as started

Start = Callable[..., Proxy]
ROOT = Path(__file__).parents[2]
A = "/example.com/a/@v/v1.0.0"


def gomend(*words: str) -> subprocess.CompletedProcess[str]:
    """The command in this process: starting Python costs more than all that it does here."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(list(words))
    for one in (out, err):
        one.seek(0)
    return subprocess.CompletedProcess(words, code, out.read(), err.read())


# Eviction.


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 30), st.integers(0, 30), st.booleans()), max_size=12),
    st.integers(0, 300),
    st.integers(0, 30),
    st.integers(0, 30),
)
def test_what_goes_is_what_must(rows: list[tuple[int, int, int, bool]], size: int, age: int, unused: int) -> None:
    day, now = 86400.0, 1e9
    held = [
        Held(f"{'corp' if kept else 'pub'}.example.com/m{i}", "v1.0.0", (), bytes_, now - came * day - 1, now - used * day - 1)
        for i, (bytes_, came, used, kept) in enumerate(rows)
    ]
    going = evict.choose(held, Limits(size=size, age=age, unused=unused, kept="corp.example.com"), now)
    gone = {g.held for g in going}
    left = [h for h in held if h not in gone]
    assert not [h for h in gone if h.module.startswith("corp")]
    for h in left:
        if h.module.startswith("pub"):
            assert not age or now - h.came <= age * day
            assert not unused or now - h.used <= unused * day
    free = [h for h in left if h.module.startswith("pub")]
    assert not size or sum(h.size for h in left) <= size or not free
    by_size = [g.held for g in going if g.why == "size"]
    assert all(h.used <= min((f.used for f in free), default=h.used) for h in by_size)
    if by_size:  # no more goes than must
        assert sum(h.size for h in left) + max(by_size, key=lambda h: h.used).size > size


def test_sizes() -> None:
    assert [evict.bytes_of(t) for t in ("", "7", "1kB", "2MB", "1.5 GB", "1TiB")] == [0, 7, 1024, 2 << 20, 3 << 29, 1 << 40]
    for bad in ("many", "-1", "5XB"):
        with pytest.raises(ValueError):
            evict.bytes_of(bad)


def test_evict_says_what_it_would_do_and_does_it(start: Start, behind: Behind, tmp_path: Path) -> None:
    proxy = start("--upstream", behind.url)
    for version in ("v1.0.0", "v1.1.0"):
        for suffix in ("info", "mod", "zip"):
            assert proxy.get(f"/example.com/a/@v/{version}.{suffix}")[0] == 200
    assert proxy.get("/corp.example.com/priv/@v/v0.1.0.zip")[0] == 200
    proxy.listed("example.com/a", "v1.0.0\nv1.1.0\n")
    old = time.time() - 40 * 86400
    for path in (tmp_path / "store" / "example.com/a/@v").glob("v1.0.0.*"):
        os.utime(path, (old, old))
    config = tmp_path / "e.toml"
    config.write_text('[sumdb]\nskip = "corp.example.com/*"\n')
    words = (
        "proxy",
        "evict",
        "--store",
        str(tmp_path / "store"),
        "--unused",
        "30",
        "--config",
        str(config),
        "--format",
        "json",
    )
    done = gomend(*words)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["dry_run"]) == (0, True)
    assert [(g["module"], g["version"], g["why"]) for g in answer["going"]] == [("example.com/a", "v1.0.0", "unused")]
    assert (tmp_path / "store" / "example.com/a/@v/v1.0.0.zip").exists()
    assert gomend(*words, "--yes").returncode == 0
    assert sorted(p.name for p in (tmp_path / "store" / "example.com/a/@v").iterdir()) == [
        "list",
        *(f"v1.1.0.{s}" for s in ("info", "mod", "zip")),
    ]
    assert (tmp_path / "store" / "example.com/a/@v/list").read_text() == "v1.1.0\n"
    assert proxy.get(f"{A}.zip")[0] in {200, 503}  # a server that had it open asks again
    everything = ("proxy", "evict", "--store", str(tmp_path / "store"), "--size", "1", "--yes")
    assert "priv" not in gomend(*everything, "--config", str(config)).stdout
    assert (tmp_path / "store" / "corp.example.com/priv/@v/v0.1.0.zip").exists()
    assert gomend(*everything, "--config", str(config), "--private").returncode == 0
    assert [p.name for p in (tmp_path / "store").iterdir()] == [".gomend"]
    assert fsck(tmp_path / "store")[0] == 0
    assert gomend("proxy", "evict", "--store", str(tmp_path / "store")).returncode == 2
    assert gomend("proxy", "evict", "--store", str(tmp_path / "nowhere"), "--size", "1MB").returncode == 2


def test_a_server_tidies_by_itself_and_holds_memory_alone(start: Start, behind: Behind, tmp_path: Path) -> None:
    config = tmp_path / "e.toml"
    config.write_text('[evict]\nunused = 30\npinned = "example.com/b"\n')
    store = Store(str(tmp_path / "store"))
    for place in ("example.com/a/@v/v1.0.0.zip", "example.com/b/@v/v1.0.0.zip"):
        store.put(place, b"old", mtime=1.0)
        os.utime(store.path(place), (1.0, 1.0))
    store.close()
    proxy = start("--upstream", behind.url, "--config", str(config))
    end = time.monotonic() + 20
    while (tmp_path / "store/example.com/a").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert (tmp_path / "store/example.com/b/@v/v1.0.0.zip").exists()
    assert b"gomend_proxy_evicted_total 1.0" in proxy.get("/metrics")[2]
    config.write_text('store = "memory"\n')
    before = set(os.listdir("/dev/shm"))
    memory = Proxy(Path("memory"), "--upstream", behind.url)
    try:
        assert memory.get(f"{A}.zip")[0] == 200
        (made,) = [name for name in set(os.listdir("/dev/shm")) - before if name.startswith("gomend-store-")]
        assert (Path("/dev/shm") / made / "example.com/a/@v/v1.0.0.zip").exists()
    finally:
        assert memory.stop() == 0
    assert not (Path("/dev/shm") / made).exists()
    assert not Path("memory").exists()


# Taking in and giving out.


def test_export_builds_without_any_proxy(behind: Behind, tmp_path: Path) -> None:
    project = Project(tmp_path / "p", behind.url)
    project.fine("get", "example.com/b", "example.com/UP/Case")
    store = str(tmp_path / "s")
    words = ("--store", store, "--upstream", behind.url, "--sumdb", "off")
    assert gomend("proxy", "mirror", "--project", str(project.folder), "example.com/multi@v1.0.0", *words).returncode == 0
    tree, cache = str(tmp_path / "tree"), str(tmp_path / "cache")
    done = gomend("proxy", "export", tree, "--store", store, "--project", str(project.folder), "--format", "json")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "tree/example.com/multi").exists()
    again = json.loads(gomend("proxy", "export", tree, "--store", store, "--format", "json").stdout)
    assert again["there"] == json.loads(done.stdout)["files"] < again["files"]
    assert (
        gomend(
            "proxy",
            "export",
            cache,
            "--store",
            store,
            "--as",
            "modcache",
            "--modules",
            "example.com/a,example.com/b,example.com/UP",
        ).returncode
        == 0
    )
    for name, environ in (("t", {"GOPROXY": f"file://{tree}"}), ("m", {"GOPROXY": "off", "GOMODCACHE": cache})):
        other = Project(tmp_path / name, "off", **environ)
        for file in ("go.mod", "go.sum"):
            (other.folder / file).write_bytes((project.folder / file).read_bytes())
        other.fine("build", "./...")
        other.fine("mod", "verify")
    assert gomend("proxy", "export", tree, "--store", store, "--modules", "example.com/none").returncode == 2
    assert gomend("proxy", "export", tree, "--store", str(tmp_path / "nowhere")).returncode == 2


def test_import_a_disk_store_of_athens(tmp_path: Path) -> None:
    root = tmp_path / "athens"
    wanted = [r for r in modules.RELEASES if r.path in {"example.com/a", "example.com/UP/Case", "example.com/v2only/v2"}]
    for release in wanted:
        folder = root / release.path / release.version
        folder.mkdir(parents=True)
        for suffix, name in (("info", f"{release.version}.info"), ("mod", "go.mod"), ("zip", "source.zip")):
            status, body = modules.answer(f"/{_escaped(release.path)}/@v/{release.version}.{suffix}", modules.RELEASES)
            assert status == 200
            (folder / name).write_bytes(body)
    done = gomend("proxy", "import", str(root), "--store", str(tmp_path / "s"), "--format", "json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["fetched"], answer["failed"]) == (0, 3 * len(wanted), []), done.stderr
    project = Project(tmp_path / "p", f"file://{tmp_path}/s")
    project.fine("get", "example.com/a@v1.1.0", "example.com/UP/Case", "example.com/v2only/v2")
    (root / "example.com/a/v1.0.0/source.zip").write_bytes(b"PK broken")
    done = gomend("proxy", "import", str(root), "--store", str(tmp_path / "t"), "--format", "json")
    assert done.returncode == 1
    assert [f["path"] for f in json.loads(done.stdout)["failed"]] == ["example.com/a/@v/v1.0.0.zip"]


def _escaped(path: str) -> str:
    return "".join(f"!{c.lower()}" if c.isupper() else c for c in path)


def test_import_a_bundle(behind: Behind, tmp_path: Path) -> None:
    project = Project(tmp_path / "p", behind.url)
    project.fine("get", "example.com/b")
    bundle = str(tmp_path / "b.tar")
    made = started("mod", "bundle", "make", str(project.folder), "-o", bundle, **project.environ)
    assert made.returncode == 0, made.stderr
    done = gomend("proxy", "import", bundle, "--store", str(tmp_path / "s"), "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["failed"]) == (0, []), done.stdout + done.stderr
    other = Project(tmp_path / "q", f"file://{tmp_path}/s")
    for name in ("go.mod", "go.sum"):
        (other.folder / name).write_bytes((project.folder / name).read_bytes())
    other.fine("build", "./...")
    (tmp_path / "no.tar").write_bytes(b"no bundle")
    assert gomend("proxy", "import", str(tmp_path / "no.tar"), "--store", str(tmp_path / "s")).returncode == 2
