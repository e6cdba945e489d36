"""``gomend mod cache clean``: exactly what was asked for goes, nothing else is hurt, and other go commands work on."""

from __future__ import annotations

import fcntl
import json
import os
import random
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gomend.apps.cli import sizes
from gomend.apps.cli.base import Problem
from gomend.apps.cli.schema import schema
from gomend.modules.cache import locks, scan, usage
from tests.cache.harm import Warm
from tests.cache.test_mend import contents, gomend
from tests.cache.world import DAMAGES, A, World, at, folder, named

CASE = "example.com/UP/Case"
YEAR = 365 * 86400


def clean(world: World, cache: Path, *words: str, **env: str) -> dict[str, Any]:
    done = gomend(world, cache, "mod", "cache", "clean", "--format", "json", *words, **env)
    assert done.stdout, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(answer, schema("gomend.cache-clean/1"))
    assert done.returncode == bool(answer["kept"])
    return answer


def names(answer: dict[str, Any]) -> list[str]:
    return [f"{g['module']}@{g['version']}" for g in answer["gone"]]


def of(cache: Path, module: str) -> dict[str, str | None]:
    """What the cache has of other things than this module."""
    escaped = {A: "example.com/a", CASE: "example.com/!u!p/!case"}.get(module, module)
    return {p: d for p, d in contents(cache).items() if not p.startswith((f"cache/download/{escaped}/@v", f"{escaped}@"))}


def aged(cache: Path, module: str, days: int, version: str = "v1.0.0") -> None:
    """As if last used so many days ago."""
    then = time.time() - days * 86400
    entry = scan.entry(str(cache), module, version, ("info", "mod", "zip", "ziphash", "lock"), True)
    for path in [entry.folder, *(f"{entry.base}.{s}" for s in entry.files)]:
        os.utime(path, (then, then))


def test_the_plan_changes_nothing(world: World) -> None:
    cache = world.copy()
    before = contents(cache)
    answer = clean(world, cache, A)
    assert (answer["dry_run"], names(answer), contents(cache)) == (True, [f"{A}@v1.0.0"], before)
    assert answer["freed"] > 0


@pytest.mark.parametrize("module", [A, CASE])
def test_one_module_goes_and_nothing_else(world: World, module: str) -> None:
    cache = world.copy()
    others = of(cache, module)
    answer = clean(world, cache, module, "--yes")
    assert names(answer) == [f"{module}@v1.0.0"]
    assert of(cache, module) == others
    left = scan.some(str(cache), [(module, "v1.0.0")]).entries
    assert [e.files for e in left if e.files != {"lock"}] == []
    assert not any(e.unpacked for e in left)
    assert not (cache / "cache/gomend").exists()
    assert named(world.look(cache)) == []
    assert world.go(["mod", "verify"], cache).returncode == 0
    assert world.go(["build", "-o", os.devnull, "."], cache).returncode == 0


def test_one_version_goes_and_the_list_is_written_as_go_does(world: World) -> None:
    cache = world.copy()
    assert world.go(["mod", "download", f"{A}@v1.1.0"], cache).returncode == 0
    path = cache / f"cache/download/{A}/@v/list"
    assert path.read_text() == "v1.0.0\nv1.1.0\n"
    assert names(clean(world, cache, f"{A}@v1.0.0", "--yes")) == [f"{A}@v1.0.0"]
    assert path.read_text() == "v1.1.0\n"
    assert world.go(["mod", "download", f"{A}@v1.0.0"], cache).returncode == 0
    assert path.read_text() == "v1.0.0\nv1.1.0\n", "what go writes"


def test_kept_in_quarantine_it_comes_back_byte_for_byte(world: World) -> None:
    cache = world.copy()
    before = contents(cache)
    answer = clean(world, cache, A, CASE, "--yes", "--keep-quarantine")
    assert answer["journal"]
    assert Path(answer["quarantine"]).is_dir()
    assert contents(cache) != before
    assert gomend(world, cache, "undo").returncode == 0
    assert contents(cache) == before
    assert folder(cache).stat().st_mode & 0o777 == folder(world.folder / "mod").stat().st_mode & 0o777


def test_quarantines_are_deleted(world: World) -> None:
    cache = world.copy()
    clean(world, cache, A, "--yes", "--keep-quarantine")
    assert clean(world, cache, "--quarantine")["freed"] > 0
    assert (cache / "cache/gomend").exists()
    assert clean(world, cache, "--quarantine", "--yes")["freed"] > 0
    assert not (cache / "cache/gomend").exists()


@pytest.mark.parametrize("words", [["--quarantine"], ["--whole"]])
def test_what_is_deleted_cannot_be_undone_into_a_loss(world: World, words: list[str]) -> None:
    """After the quarantine is gone, gomend undo must leave what the mend brought."""
    cache = world.copy()
    DAMAGES["file edited"].inflict(cache)
    assert gomend(world, cache, "mod", "cache", "mend", "--all", "--yes").returncode == 0
    clean(world, cache, *words, "--yes")
    assert world.go(["mod", "download", "all"], cache).returncode == 0
    good = contents(cache)
    done = gomend(world, cache, "undo")
    assert (done.returncode, contents(cache)) == (2, good), done.stdout


def test_by_age(world: World) -> None:
    cache = world.copy()
    aged(cache, A, 100)
    aged(cache, "example.com/b", 80)
    answer = clean(world, cache, "--older-than", "90d")
    assert names(answer) == [f"{A}@v1.0.0"]
    assert abs(answer["gone"][0]["last_used"] - (time.time() - 100 * 86400)) < 600
    assert answer["gone"][0]["last_used_by"].split()[1] in {"atime", "mtime"}
    assert clean(world, cache, "--older-than", "1y")["gone"] == []
    os.utime(at(cache, "info"), (time.time(), time.time() - YEAR))  # read a moment ago
    assert clean(world, cache, "--older-than", "90d")["gone"] == []


def test_by_need(world: World, tmp_path: Path) -> None:
    """What a project's go.sum names stays; what another version of it names goes."""
    cache = world.copy()
    assert world.go(["mod", "download", f"{A}@v1.1.0"], cache).returncode == 0
    projects = tmp_path / "projects"
    shutil.copytree(world.stage.project, projects / "deep/one")
    assert names(clean(world, cache, "--unreachable-from", str(projects), "--yes")) == [f"{A}@v1.1.0"]
    assert world.go(["build", "-o", os.devnull, "."], cache, GOPROXY="off").returncode == 0


def test_toolchains_are_needed_by_go_mod(tmp_path: Path) -> None:
    from gomend.modules.cache import clean as cleaning

    (tmp_path / "go.mod").write_text("module m\n\ngo 1.24.0\n\ntoolchain go1.25.3\n")
    found = cleaning.toolchains([str(tmp_path)])
    assert found == {"go1.24.0", "go1.25.3"}
    for version, needed in (("v0.0.1-go1.25.3.linux-amd64", True), ("v0.0.1-go1.25.2.linux-amd64", False)):
        entry = scan.entry("/c", "golang.org/toolchain", version, ("zip",), True)
        assert cleaning.is_needed(entry, (), found) is needed


def test_down_to_a_size_the_least_recently_used_first(world: World) -> None:
    cache = world.copy()
    for module, days in ((A, 3), ("example.com/b", 2), (CASE, 1)):
        aged(cache, module, days)
    every = clean(world, cache, "--older-than", "0h")
    order = [f"{A}@v1.0.0", "example.com/b@v1.0.0", f"{CASE}@v1.0.0"]
    assert names(every) == order
    one = every["gone"][0]["bytes"]
    assert names(clean(world, cache, "--size", f"{every['total'] - 1}")) == order[:1]
    assert names(clean(world, cache, "--size", f"{every['total'] - one - 1}")) == order[:2]
    assert names(clean(world, cache, "--size", f"{every['total']}")) == []
    assert names(clean(world, cache, "--size", "0", "--older-than", "36h")) == order[:2], "both must hold"


def test_hard_links_are_counted_once_and_only_if_all_go(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "a/one").write_bytes(b"x" * 100_000)
    os.link(tmp_path / "a/one", tmp_path / "b/two")
    both = usage.freed([str(tmp_path / "a"), str(tmp_path / "b")])
    alone = usage.freed([str(tmp_path / "a")])
    assert 100_000 <= both < 150_000
    assert alone < 50_000
    assert usage.freed([str(tmp_path / "a")], whole=True) > 100_000


def test_what_is_freed_is_what_the_disk_says(world: World) -> None:
    cache = world.copy()

    def taken() -> int:
        return int(
            subprocess.run(["du", "-s", "-B1", str(cache)], capture_output=True, text=True, check=True).stdout.split()[0]
        )

    before = taken()
    answer = clean(world, cache, A, "example.com/b", "--yes")
    assert abs(before - taken() - answer["freed"]) <= 4 * 4096, "but for folders that go made room in"


def test_the_whole(world: World) -> None:
    cache = world.copy()
    assert clean(world, cache, "--whole")["freed"] > 0
    assert folder(cache).exists()
    clean(world, cache, "--whole", "--yes")
    assert not folder(cache).exists()


def test_a_version_that_go_works_on_stays(world: World) -> None:
    cache = world.copy()
    handle = os.open(at(cache, "lock"), os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        answer = clean(world, cache, A, "example.com/b", "--yes")
    finally:
        os.close(handle)
    assert list(answer["kept"]) == [f"{A}@v1.0.0"]
    assert names(answer) == ["example.com/b@v1.0.0"]
    assert world.go(["mod", "verify"], cache).returncode == 0


def test_go_downloads_while_versions_are_cleaned(world: World) -> None:
    """Two go commands fill the cache again and again while everything in it is cleaned: none of them fails, nothing is damaged."""
    cache = world.copy()
    wrong: list[str] = []
    done = threading.Event()

    def fill() -> None:
        while not done.is_set():
            ran = world.go(["mod", "download", "all"], cache)
            if ran.returncode:
                wrong.append(ran.stderr)

    threads = [threading.Thread(target=fill) for _ in range(2)]
    for thread in threads:
        thread.start()
    gone = sum(len(clean(world, cache, "--size", "0", "--yes")["gone"]) for _ in range(12))
    done.set()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert gone > 6
    assert world.go(["mod", "download", "all"], cache).returncode == 0
    assert named(world.look(cache)) == []
    assert world.go(["mod", "verify"], cache).returncode == 0


def test_killed_while_cleaning(world: World) -> None:
    """What a killed clean leaves, go takes: whole versions, or pieces that it completes."""
    chance = random.Random(3)
    warm = Warm(world)
    killed = 0
    try:
        for number in range(25):
            cache = world.copy()
            words = ["--keep-quarantine"] if number % 2 else []
            state = Path(f"{cache}-state")
            pid = warm.start(["mod", "cache", "clean", "--size", "0", "--yes", *words], cache, state)
            end, place = time.monotonic() + 10, cache / "cache/gomend/quarantine"
            while not place.exists() and time.monotonic() < end and os.path.exists(f"/proc/{pid}"):
                time.sleep(0.0003)
            time.sleep(chance.uniform(0, 0.02))
            warm.kill(pid)
            killed += warm.wait(pid) == -9
            assert named(world.look(cache)) == []
            if number % 5 == 0:
                assert world.go(["mod", "verify"], cache).returncode == 0
                assert world.go(["build", "-o", os.devnull, "."], cache).returncode == 0
            assert gomend(world, cache, "recover").returncode == 0
            assert named(world.look(cache)) == []
    finally:
        warm.close()
    assert killed > 8


def test_damage_can_be_cleaned_away(world: World) -> None:
    cache = world.copy()
    DAMAGES["file edited"].inflict(cache)
    DAMAGES["unpacking interrupted"].inflict(cache)
    assert names(clean(world, cache, A, "--yes")) == [f"{A}@v1.0.0"]
    assert named(world.look(cache)) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Say what may go"),
        (["--older-than", "soon"], "is no age"),
        (["--size", "big"], "is no size"),
        (["--unreachable-from", "/nowhere"], "is no folder"),
        (["--unreachable-from", "/proc/self/fd"], "no go.sum"),
        (["--whole", A], "--whole goes with no other"),
        (["example.com/nothing"], "has nothing of"),
    ],
)
def test_bad_input_is_told(world: World, words: list[str], said: str) -> None:
    cache = world.copy()
    before = contents(cache)
    done = gomend(world, cache, "mod", "cache", "clean", "--yes", *words)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr
    assert contents(cache) == before


@pytest.mark.parametrize(
    ("value", "count"), [("5G", 5 << 30), ("1.5M", 3 << 19), ("10", 10), ("2kB", 2048), ("3 GiB", 3 << 30)]
)
def test_sizes(value: str, count: int) -> None:
    assert sizes.size(value) == count


@pytest.mark.parametrize("value", ["-1G", "G", "1X", "", "1e9"])
def test_what_is_no_size(value: str) -> None:
    with pytest.raises(Problem):
        sizes.size(value)


def test_versions_are_sorted_as_go_sorts_them(tmp_path: Path) -> None:
    """The list that we write is the one that go writes, whatever the versions (against x/mod/semver's own rules)."""
    versions = ["v1.0.0-alpha", "v1.0.0-alpha.1", "v1.0.0-alpha.beta", "v1.0.0-beta", "v1.0.0-beta.2", "v1.0.0-beta.11"]
    versions += ["v1.0.0-rc.1", "v1.0.0", "v1.2.0", "v1.10.0", "v2.0.0+incompatible"]
    mixed = versions[:]
    random.Random(1).shuffle(mixed)
    for version in [*mixed, "v1", "notes"]:
        (tmp_path / f"{version}.mod").write_text("")
    assert locks.version_list(str(tmp_path)).decode().split() == versions
