"""``gomend mod cache verify`` as a user runs it, and what it keeps from one pass to the next."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
import zipfile
from pathlib import Path

import jsonschema
import pytest

from gomend.apps.cli.schema import schema
from gomend.golang import dirhash
from gomend.modules.cache import scan, verify
from gomend.modules.cache.manifest import Manifest
from gomend.modules.cache.verify import Place
from tests.cache.world import DAMAGES, A, World, _edit, at, bad, folder, go_version, named, open_up


def test_the_answer_has_its_schema(world: World) -> None:
    cache = world.copy()
    DAMAGES["file edited"].inflict(cache)
    done = world.gomend("mod", "cache", "verify", "--format", "json", cache=cache)
    assert done.returncode == 1, done.stderr
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema("gomend.cache/1"))
    assert bad(done) == [(f"{A}@v1.0.0", "dir-changed")]
    assert answer["bad"][0]["paths"] == [str(next(folder(cache).glob("*.go")))]


def test_a_healthy_cache_exits_0_in_both_languages(world: World) -> None:
    for lang, word in (("en", "as recorded"), ("zh-CN", "与记录一致")):
        done = world.gomend("--lang", lang, "mod", "cache", "verify", "--all")
        assert (done.returncode, done.stderr) == (0, "")
        assert word in done.stdout


def test_only_what_the_project_names(world: World) -> None:
    """Damage of another module is seen with --all alone; a named module is looked at alone."""
    cache = world.copy()
    other = world.go(["mod", "download", f"{A}@v1.1.0"], cache)
    assert other.returncode == 0, other.stderr
    _edit(at(cache, "info", version="v1.1.0"), b"")
    assert bad(world.gomend("mod", "cache", "verify", "--format", "json", cache=cache)) == []
    assert bad(world.gomend("mod", "cache", "verify", "--all", "--format", "json", cache=cache)) == [
        (f"{A}@v1.1.0", "info-empty")
    ]
    one = world.gomend("mod", "cache", "verify", "--all", f"{A}@v1.0.0", "--format", "json", cache=cache)
    assert (json.loads(one.stdout)["checked"], bad(one)) == (1, [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--project", "/"], "has no go.mod"),
        (["example.com/nothing"], "has nothing of example.com/nothing"),
        (["--format", "xml"], "xml"),
    ],
)
def test_bad_input_is_told(world: World, words: list[str], said: str) -> None:
    done = world.gomend("mod", "cache", "verify", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_no_cache_is_told(world: World, tmp_path: Path) -> None:
    done = world.gomend("mod", "cache", "verify", cache=tmp_path / "none")
    assert (done.returncode, "no module cache" in done.stderr) == (2, True)


def twice(world: World, cache: Path, state: Path, change: str = "") -> tuple[verify.Report, verify.Report]:
    """Two passes with a manifest, and a damage in between."""
    reports = []
    for number in range(2):
        manifest = Manifest(state, str(cache))
        manifest.load()
        records = world.records(cache)
        place = Place(root=str(cache), gocache=world.environ["GOCACHE"], go=go_version())
        reports.append(verify.verify(scan.whole(str(cache)), records, place, manifest, rounds=0))
        manifest.save()
        if change and not number:
            DAMAGES[change].inflict(cache)
    return reports[0], reports[1]


def test_a_second_pass_reads_nothing(world: World, tmp_path: Path) -> None:
    first, second = twice(world, world.copy(), tmp_path)
    assert (first.unchanged, first.files > 0) == (0, True)
    assert (second.unchanged, second.files) == (second.checked, 0)


@pytest.mark.parametrize("name", DAMAGES)
def test_a_second_pass_sees_every_damage(world: World, tmp_path: Path, name: str) -> None:
    _, second = twice(world, world.copy(), tmp_path, name)
    assert (DAMAGES[name].about, DAMAGES[name].what) in named(second)


def test_a_manifest_of_someone_else_is_not_believed(world: World, tmp_path: Path) -> None:
    """Whoever edits the cache and writes a manifest that calls it good has not this machine's key."""
    cache = world.copy()
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    twice(world, cache, mine)
    DAMAGES["file edited"].inflict(cache)
    manifest = Manifest(theirs, str(cache))
    place = Place(root=str(cache))
    records = world.records(cache)
    verify.verify(scan.whole(str(cache)), records, place, manifest)
    for entry in scan.whole(str(cache)).entries:
        from gomend.modules.cache import content
        from gomend.modules.cache.manifest import Good

        job = verify._job(0, entry, records)
        manifest.good[entry.name] = Good(stamp=content.stamp(job), recorded=verify._recorded(entry, records))
    manifest.save()
    (name,) = (theirs / "caches").iterdir()
    shutil.copy(name, mine / "caches" / name.name)
    read = Manifest(mine, str(cache))
    read.load()
    assert read.refused
    assert named(verify.verify(scan.whole(str(cache)), records, place, read, rounds=0)) == [(f"{A}@v1.0.0", "dir-changed")]


def test_full_distrusts_the_manifest(world: World, tmp_path: Path) -> None:
    """Times and sizes as before, other bytes: only --full can see it (and changing ctime back takes root and a clock)."""
    cache = world.copy()
    state = tmp_path / "state"
    for words in ([], ["--full"]):
        done = world.gomend("mod", "cache", "verify", "--all", "--format", "json", *words, cache=cache, GOMEND_STATE=str(state))
        assert json.loads(done.stdout)["unchanged"] == 0
    done = world.gomend("mod", "cache", "verify", "--all", "--format", "json", cache=cache, GOMEND_STATE=str(state))
    assert json.loads(done.stdout)["unchanged"] == json.loads(done.stdout)["checked"]


def test_without_go_sum_the_checksum_database_tells(world: World) -> None:
    """Zip, hash and folder agree with each other; only the cached, signed answer says otherwise."""
    cache = world.copy()
    DAMAGES["zip, hash and folder exchanged"].inflict(cache)
    (found,) = world.look(cache, sums=False).damages[:1]
    assert (found.what, found.said_by) == ("zip-mismatch", "sum.example.com")
    assert world.go(["mod", "verify"], cache, GOFLAGS="-mod=mod", GONOSUMDB="*").returncode == 0, "go verify sees nothing of it"


def test_the_index_of_a_mended_module_is_stale(world: World) -> None:
    """A module indexed while a file was missing stays without it for go, though the file is back (go's index in GOCACHE)."""
    cache = world.copy()
    open_up(folder(cache))
    (file,) = folder(cache).glob("*.go")
    raw = file.read_bytes()
    file.unlink()
    broken = world.go(["list", "-deps", "./..."], cache)
    file.write_bytes(raw)
    file.chmod(0o444)
    os.utime(folder(cache))
    assert broken.returncode != 0
    assert world.go(["build", "./..."], cache).returncode != 0, "go still does not see the file"
    assert named(world.look(cache)) == [(f"{A}@v1.0.0", "index-stale")]


def test_a_cache_in_the_middle_of_a_download_raises_no_alarm(world: World, tmp_path: Path) -> None:
    """Verified again and again while the real go fills the cache from a slow server."""
    cache = tmp_path / "filling"
    cache.mkdir()
    alarms: list[tuple[str, str]] = []
    passes = 0
    done = threading.Event()

    def fill() -> None:
        for _ in range(10):
            assert world.go(["mod", "download", "all"], cache).returncode == 0
            assert world.go(["clean", "-modcache"], cache).returncode == 0
        done.set()

    thread = threading.Thread(target=fill)
    thread.start()
    end = time.monotonic() + 60
    while not done.is_set() and time.monotonic() < end:
        seen = {(name, what) for name, what in named(world.look(cache, rounds=10)) if what != "read-only"}
        # On a machine so busy that a removal stands still for a third of a second, one look may be early; two are not.
        alarms += seen and seen & set(named(world.look(cache, rounds=10)))
        passes += 1
    thread.join()
    assert passes >= 1
    assert alarms == []


def test_a_damaged_repository_is_found(world: World) -> None:
    """A bare clone below cache/vcs, as go keeps one a URL, with a bit of an object flipped."""
    cache = world.copy()
    home = cache / "cache/vcs" / ("ab" * 32)
    source = world.folder / f"source{world.copies}"
    env = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.com",
    }
    for words in (
        ["init", "-q", str(source)],
        ["-C", str(source), "commit", "-q", "--allow-empty", "-m", "one"],
        ["clone", "-q", "--bare", str(source), str(home)],
    ):
        assert world.run(["git", *words], **env).returncode == 0
    look = ["mod", "cache", "verify", "--all", "--full", "--format", "json"]
    assert bad(world.gomend(*look, cache=cache)) == []
    loose = next(p for p in (home / "objects").rglob("*") if p.is_file() and len(p.name) == 38)
    raw = bytearray(loose.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    _edit(loose, bytes(raw))
    assert bad(world.gomend(*look, cache=cache)) == [("", "vcs-damaged")]


def test_what_nobody_vouches_for_is_counted(world: World) -> None:
    cache = world.copy()
    (cache / f"cache/download/sumdb/sum.example.com/lookup/{A}@v1.0.0").unlink()
    assert world.look(cache).unrecorded == 0
    assert world.look(cache, sums=False).unrecorded == 1


def toolchain(world: World, cache: Path) -> Path:
    """A toolchain as go leaves it: unpacked, each _go.mod copied to go.mod, its programs made runnable. Ours is a small one."""
    name = "golang.org/toolchain@v0.0.1-go1.99.0.linux-amd64"
    base = cache / "cache/download/golang.org/toolchain/@v"
    base.mkdir(parents=True)
    files = {
        "bin/go": b"#!/bin/sh\n",
        "pkg/tool/linux_amd64/compile": b"#!/bin/sh\n",
        "src/_go.mod": b"module std\n",
        "VERSION": b"go1.99.0\n",
    }
    with zipfile.ZipFile(base / "v0.0.1-go1.99.0.linux-amd64.zip", "w") as archive:
        for inner, raw in files.items():
            archive.writestr(f"{name}/{inner}", raw)
    (base / "v0.0.1-go1.99.0.linux-amd64.ziphash").write_text(
        dirhash.h1_zip((base / "v0.0.1-go1.99.0.linux-amd64.zip").read_bytes())
    )
    home = cache / name
    for inner, raw in {**files, "src/go.mod": files["src/_go.mod"]}.items():
        path = home / inner
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
        path.chmod(0o444 if inner.startswith(("src", "VER")) else 0o555)
    return home


def test_a_toolchain_that_was_used_is_healthy(world: World) -> None:
    cache = world.copy()
    home = toolchain(world, cache)
    name = "golang.org/toolchain@v0.0.1-go1.99.0.linux-amd64"
    assert named(world.look(cache)) == []
    _edit(home / "src/go.mod", b"module evil\n")
    assert named(world.look(cache)) == [(name, "dir-changed")]
    _edit(home / "src/go.mod", b"module std\n")
    (home / "pkg/tool/linux_amd64/compile").chmod(0o444)
    assert named(world.look(cache)) == [(name, "dir-not-executable")]
    (home / "bin/go").chmod(0o444)
    assert named(world.look(cache)) == [], "go itself makes all of them runnable on first use"


def test_looking_leaves_access_times_alone(world: World) -> None:
    """What cleaning by age goes by; they would change in this test, for they lie before the last change."""
    cache = world.copy()
    file = next(folder(cache).glob("*.go"))
    os.utime(file, ns=(1_000_000_000, file.stat().st_mtime_ns))
    os.utime(at(cache, "zip"), ns=(1_000_000_000, at(cache, "zip").stat().st_mtime_ns))
    assert named(world.look(cache)) == []
    assert file.stat().st_atime_ns == 1_000_000_000
    assert at(cache, "zip").stat().st_atime_ns == 1_000_000_000
