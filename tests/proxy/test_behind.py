"""A store behind several servers: a real S3 server that replicas share, and what happens when servers or the bucket die."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gomend.proxy.behind import Behind as BehindStore
from gomend.proxy.settings import Behind as Where
from tests.proxy.conftest import Behind, Proxy
from tests.proxy.test_demo import MANY, Mirror, kills
from tests.proxy.test_go import Project
from tests.proxy.test_once import fsck

Start = Callable[..., Proxy]
ROOT = Path(__file__).parents[2]
A = "/example.com/a/@v/v1.0.0"


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


def test_fsck_reads_the_bucket(start: Start, behind: Behind, bucket: Bucket, tmp_path: Path) -> None:
    config = bucket.config(tmp_path)
    first = start("--upstream", behind.url, "--config", config)
    for suffix in ("info", "mod", "zip"):
        assert first.get(f"{A}.{suffix}")[0] == 200
    first.stop()

    def look() -> tuple[int, dict[str, str], int]:
        done = subprocess.run(
            [sys.executable, "-m", "gomend", "proxy", "fsck", "--config", config, "--format", "json"],
            capture_output=True,
            text=True,
            check=False,
        )
        said = json.loads(done.stdout)
        return done.returncode, {bad["path"]: bad["what"] for bad in said["bad"]}, said["checked"]

    code, bad, checked = look()
    assert (code, bad) == (0, {})
    assert checked >= 3
    place = f"{A.removeprefix('/')}."
    zip_ = bucket.files / f"{place}zip"
    zip_.write_bytes(zip_.read_bytes()[:-30])
    mod = bucket.files / f"{place}mod"
    mod.write_bytes(mod.read_bytes() + b"\n// other\n")
    (bucket.files / "index.html").write_text("<p>")
    assert look() == (1, {f"{place}zip": "untrue", f"{place}mod": "changed", "index.html": "foreign"}, checked + 1)
    bucket.stop()
    done = subprocess.run(
        [sys.executable, "-m", "gomend", "proxy", "fsck", "--config", config], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "s3://modules/team" in done.stderr
    assert "secret-secret" not in done.stderr


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
        found: list[float] = []
        held = []
        for identity in (b"ours-ours-12", b"others-12345"):
            held.append(BehindStore(where, identity).alone("place", never))
            before = asyncio.all_tasks()
            assert await held[-1].__aenter__()
            for task in asyncio.all_tasks() - before:
                task.cancel()  # it beats no more
            found.append(await timed(BehindStore(where, b"ours-ours-12")))
        return found

    own, others = asyncio.run(run())
    assert own < 4
    assert 5 < others < 40


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
