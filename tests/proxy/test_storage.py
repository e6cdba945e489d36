"""Stores: what is removed, taken in and given out; what many servers share in a real S3 server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.lab import modules
from gomend.proxy import evict
from gomend.proxy.behind import Behind as BehindStore
from gomend.proxy.evict import Held, Limits
from gomend.proxy.settings import Behind as Where
from gomend.proxy.store import Store
from tests.proxy.conftest import Behind, Proxy
from tests.proxy.test_demo import MANY, Mirror, kills
from tests.proxy.test_go import Project
from tests.proxy.test_once import fsck
from tests.proxy.test_operation import gomend

Start = Callable[..., Proxy]
ROOT = Path(__file__).parents[2]
A = "/example.com/a/@v/v1.0.0"


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
    made = gomend("mod", "bundle", "make", str(project.folder), "-o", bundle, **project.environ)
    assert made.returncode == 0, made.stderr
    done = gomend("proxy", "import", bundle, "--store", str(tmp_path / "s"), "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["failed"]) == (0, []), done.stdout + done.stderr
    other = Project(tmp_path / "q", f"file://{tmp_path}/s")
    for name in ("go.mod", "go.sum"):
        (other.folder / name).write_bytes((project.folder / name).read_bytes())
    other.fine("build", "./...")
    (tmp_path / "no.tar").write_bytes(b"no bundle")
    assert gomend("proxy", "import", str(tmp_path / "no.tar"), "--store", str(tmp_path / "s")).returncode == 2


# A store behind several servers.


class Bucket:
    """A real S3 server with one bucket."""

    def __init__(self, folder: Path) -> None:
        (folder / "modules").mkdir(parents=True)
        self.files = folder / "modules" / "team"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.environ = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret-secret"}
        self.start()

    def start(self) -> None:
        environ = {**os.environ, "ROOT_ACCESS_KEY": "key", "ROOT_SECRET_KEY": "secret-secret"}
        argv = [
            str(ROOT / ".cache/tools/bin/versitygw"),
            "--quiet",
            "--port",
            f"127.0.0.1:{self.port}",
            "posix",
            str(self.folder),
        ]
        self.process = subprocess.Popen(argv, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert time.monotonic() < end
            time.sleep(0.02)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def config(self, tmp_path: Path) -> str:
        file = tmp_path / "behind.toml"
        file.write_text(
            f'[behind]\nurl = "s3://modules/team"\nendpoint = "http://127.0.0.1:{self.port}"\nregion = "us-east-1"\n[times]\nfresh = 2\nstale = 0\n'
        )
        return str(file)


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    one = Bucket(tmp_path / "s3")
    for name, value in one.environ.items():
        monkeypatch.setenv(name, value)
    yield one
    one.stop()


def test_replicas_share_a_bucket_and_a_new_one_needs_no_upstream(
    start: Start, behind: Behind, bucket: Bucket, tmp_path: Path
) -> None:
    config = bucket.config(tmp_path)
    first = start("--upstream", behind.url, "--config", config, store="one")
    project = Project(tmp_path / "p", first.url)
    project.fine("get", "example.com/b@latest")
    second = start("--upstream", behind.url, "--config", config, store="two")
    again = Project(tmp_path / "q", second.url)
    again.fine("get", "example.com/b@v1.0.0")
    files = [path for path in behind.asked if path.endswith((".info", ".mod", ".zip"))]
    assert len(files) == len(set(files)) >= 5
    behind.rules = [(".", "status:500")]
    third = start("--upstream", behind.url, "--config", config, store="three")
    assert third.get("/example.com/b/@v/list")[2] == b"v1.0.0\n"
    assert third.get("/example.com/b/@v/v1.0.0.zip", Disable_Module_Fetch="true")[0] == 200
    shutil.rmtree(tmp_path / "three" / "example.com")  # a disk that is lost costs nothing
    assert third.get("/example.com/b/@v/v1.0.0.mod")[0] == 200
    assert fsck(tmp_path / "three")[0] == 0
    assert not list((bucket.files / ".gomend/claims").glob("*"))


def test_five_hundred_requests_at_two_replicas_are_one_fetch(
    start: Start, behind: Behind, bucket: Bucket, tmp_path: Path
) -> None:
    config = bucket.config(tmp_path)
    replicas = [start("--upstream", behind.url, "--config", config, store=name) for name in ("one", "two")]
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda i: replicas[i % 2].get(f"{A}.zip")[0], range(500)))
    assert set(answers) == {200}
    assert behind.asked.count(f"{A}.zip") == 1


def test_a_version_never_changes_for_any_replica(start: Start, behind: Behind, bucket: Bucket, tmp_path: Path) -> None:
    config = bucket.config(tmp_path)
    first = start("--upstream", behind.url, "--config", config, store="one")
    assert first.get(f"{A}.mod")[0] == 200
    shutil.rmtree(bucket.files / "example.com")  # only the record is left
    whole = behind.world
    behind.world = lambda path, fault: (
        (200, b"module example.com/a // other\n") if path.endswith(".mod") else whole(path, fault)
    )
    second = start("--upstream", behind.url, "--config", config, store="two")
    status, _, body = second.get(f"{A}.mod")
    assert (status, b"a version never changes" in body) == (502, True), body
    behind.world = whole
    assert second.get(f"{A}.mod")[0] == 200
    # What somebody put into the bucket is not believed.
    assert first.get(f"{A}.zip")[0] == 200
    (bucket.files / f"{A[1:]}.zip").write_bytes(b"PK nonsense")
    third = start("--upstream", behind.url, "--config", config, store="three")
    assert third.get(f"{A}.zip")[0] == 200
    assert (bucket.files / f"{A[1:]}.zip").read_bytes() != b"PK nonsense"


def test_a_bucket_that_is_gone_stops_nobody_and_gets_what_it_is_owed(
    start: Start, behind: Behind, bucket: Bucket, tmp_path: Path
) -> None:
    bucket.stop()
    proxy = start("--upstream", behind.url, "--config", bucket.config(tmp_path))
    begun = time.monotonic()
    assert proxy.get(f"{A}.zip")[0] == 200
    assert time.monotonic() - begun < 20
    assert b"gomend_proxy_behind_failures_total 0" not in proxy.get("/metrics")[2]
    assert b"gomend_proxy_behind_failures_total" in proxy.get("/metrics")[2]


def killed(start: Start, bucket: Bucket, tmp_path: Path, count: int) -> None:
    mirror = Mirror()
    try:
        config = bucket.config(tmp_path)
        kills(lambda: start("--upstream", mirror.url, "--sumdb", "off", "--config", config), count, 3)
        for release in MANY:
            for suffix, content in (("info", release.info), ("mod", release.mod), ("zip", release.zip)):
                kept = bucket.files / release.path / "@v" / f"v1.0.0.{suffix}"
                assert not kept.exists() or kept.read_bytes() == content, kept
        # A server with another disk sees whole files only.
        other = start("--upstream", "http://127.0.0.1:9", "--sumdb", "off", "--config", config, store="other")
        for release in MANY:
            assert other.get(f"/{release.path}/@v/v1.0.0.zip")[::2] == (200, release.zip)
    finally:
        mirror.close()


def test_kills_leave_nothing_half_done_in_a_bucket(start: Start, bucket: Bucket, tmp_path: Path) -> None:
    killed(start, bucket, tmp_path, 3)


@pytest.mark.full
@pytest.mark.timeout(7200)
def test_a_thousand_kills_leave_nothing_half_done_in_a_bucket(start: Start, bucket: Bucket, tmp_path: Path) -> None:
    killed(start, bucket, tmp_path, 1000)


def test_a_claim_of_a_dead_server_is_taken_over(bucket: Bucket, tmp_path: Path) -> None:
    where = Where(url="s3://modules/team", endpoint=f"http://127.0.0.1:{bucket.port}", region="us-east-1")

    async def never() -> bool:
        return False

    async def timed(one: BehindStore) -> float:
        begun = time.monotonic()
        async with one.alone("place", never) as first:
            assert first
        return time.monotonic() - begun

    async def run() -> list[float]:
        found = []
        for identity in (b"ours-ours-12", b"others-12345"):
            dead = BehindStore(where, identity)
            claim = dead.alone("place", never)
            assert await claim.__aenter__()
            task = next(t for t in asyncio.all_tasks() if "_beat" in repr(t))
            task.cancel()
            found.append(await timed(BehindStore(where, b"ours-ours-12")))
        return found

    own, others = asyncio.run(run())
    assert own < 2
    assert 5 < others < 15


def test_what_is_owed_is_written_later(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    one = BehindStore(Where(url="s3://modules/team", endpoint=f"http://127.0.0.1:{bucket.port}", region="us-east-1"))
    bucket.stop()
    asyncio.run(one.write("example.com/a/@v/list", str(tmp_path / "file")))
    assert list(one.owed) == ["example.com/a/@v/list"]
    bucket.start()
    one._until = 0.0
    asyncio.run(one.settle())
    assert one.owed == {}
    assert (bucket.files / "example.com/a/@v/list").read_bytes() == b"content"
