"""``gomend mod cache mend``: exactly what is damaged goes, what comes is proved, and what cannot be mended stays as it was."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gomend.apps.cli.schema import schema
from gomend.engine.digests import digest_path
from gomend.modules.cache import locks
from tests.cache.world import DAMAGES, A, World, _edit, at, folder, named, open_up

OFFLINE = {"GOPROXY": "off"}
NEEDS_NETWORK = {
    *("zip emptied", "zip cut at the end", "zip cut at the start", "bit of the zip flipped", "CRC in the zip wrong"),
    *("zip of other content", "zip of another module", "zip with a path that climbs out", "zip with an absolute path"),
    *("zip with names that differ in case", "bytes behind the zip", "bytes before the zip", "a folder in the zip's place"),
    *("zip, hash and folder exchanged", "folder without zip and ziphash", "file edited, zip gone"),
    *(".info emptied", ".info cut", ".info of another version", ".info with no time"),
}
"""Damage of what cannot be made anew from the other files of the version."""


def mend(world: World, cache: Path, *words: str, **env: str) -> tuple[int, dict[str, Any]]:
    env = {"GOMEND_STATE": f"{cache}-state"} | env
    done = world.gomend("mod", "cache", "mend", "--format", "json", *words, cache=cache, **env)
    assert done.stdout, done.stderr
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema("gomend.cache-mend/1"))
    return done.returncode, answer


def gomend(world: World, cache: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return world.gomend(*words, cache=cache, GOMEND_STATE=f"{cache}-state", **env)


def contents(cache: Path) -> dict[str, str | None]:
    """Digests of everything that go looks at; go's own locks may come with any command."""
    found: dict[str, str | None] = {}
    for above, folders, names in os.walk(cache):
        folders[:] = [f for f in folders if not (above == str(cache / "cache") and f == "gomend")]
        for name in [*names, *(f for f in folders if os.path.islink(f"{above}/{f}") or not os.listdir(f"{above}/{f}"))]:
            path = os.path.relpath(f"{above}/{name}", cache)
            if not (path.endswith((".lock", "cache/lock")) and os.path.isfile(f"{above}/{name}")):
                found[path] = digest_path(f"{above}/{name}")
    return found


@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_is_mended_and_undone(world: World, name: str) -> None:
    cache = world.copy()
    good = contents(cache)
    DAMAGES[name].inflict(cache)
    bad = contents(cache)
    code, answer = mend(world, cache, "--all", "--yes")
    assert (code, {i["outcome"] for i in answer["items"]}) == (0, {"proved"}), answer
    assert named(world.look(cache)) == []
    assert world.go(["mod", "verify"], cache).returncode == 0
    assert world.go(["build", "-o", os.devnull, "."], cache).returncode == 0
    assert [e["exit"] for e in answer["evidence"]] == [0]
    assert {p for p in good if "/sumdb/" not in p} <= contents(cache).keys()
    undone = gomend(world, cache, "undo")
    assert undone.returncode == 0, undone.stderr
    now = {path: digest for path, digest in contents(cache).items() if path in bad}
    assert now == bad


@pytest.mark.parametrize("name", DAMAGES)
def test_without_network_it_is_mended_from_the_zip_or_left_as_it_was(world: World, name: str) -> None:
    cache = world.copy()
    DAMAGES[name].inflict(cache)
    bad, was = contents(cache), named(world.look(cache))
    code, answer = mend(world, cache, "--all", "--yes", **OFFLINE)
    if name in NEEDS_NETWORK:
        assert code == 1
        assert {i["outcome"] for i in answer["items"]} == {"refused"}
        assert all("nothing was changed" in i["reason"] for i in answer["items"]), answer
        assert contents(cache) == bad
        assert not (cache / "cache/gomend").exists()
        assert named(world.look(cache)) == was
    else:
        assert (code, {i["outcome"] for i in answer["items"]}) == (0, {"proved"}), answer
        assert named(world.look(cache)) == []


def test_the_plan_changes_nothing_and_says_what_would(world: World) -> None:
    cache = world.copy()
    DAMAGES["file edited"].inflict(cache)
    bad = contents(cache)
    code, answer = mend(world, cache)
    assert (code, answer["dry_run"], contents(cache)) == (1, True, bad)
    (item,) = answer["items"]
    assert (item["outcome"], item["what"]) == ("dry-run", ["dir-changed"])
    assert str(folder(cache)) in item["paths"]
    assert item["bytes"] > 0
    assert mend(world, cache, "--dry-run")[1] == answer


def test_a_healthy_cache_is_left_alone(world: World) -> None:
    cache = world.copy()
    good = contents(cache)
    code, answer = mend(world, cache, "--all", "--yes")
    assert (code, answer["items"], answer["journal"]) == (0, [], "")
    assert contents(cache) == good


def test_only_what_is_damaged_moves(world: World) -> None:
    """Nothing but the folder goes where the zip is good; every other file keeps its inode."""
    cache = world.copy()
    DAMAGES["file edited"].inflict(cache)
    inodes = {p: p.stat().st_ino for p in (cache / "cache/download").rglob("*") if p.is_file()}
    code, answer = mend(world, cache, "--all", "--yes", **OFFLINE)
    assert code == 0
    assert {p: p.stat().st_ino for p in inodes} == inodes
    assert [p for i in answer["items"] for p in i["paths"] if "/build/" not in p] == [str(folder(cache))]
    modes = {p.name: p.stat().st_mode & 0o777 for p in folder(cache).iterdir()}
    assert set(modes.values()) == {0o444}
    assert folder(cache).stat().st_mode & 0o222 == 0


def test_a_named_module_is_mended_alone(world: World) -> None:
    cache = world.copy()
    DAMAGES["file edited"].inflict(cache)
    _edit(at(cache, "info", "example.com/b"), b"")
    code, answer = mend(world, cache, "--yes", "example.com/b")
    assert (code, [i["name"] for i in answer["items"]]) == (0, ["example.com/b@v1.0.0"])
    assert named(world.look(cache)) == [(f"{A}@v1.0.0", "dir-changed")]


def test_one_that_cannot_be_fetched_does_not_stop_the_others(world: World) -> None:
    cache = world.copy()
    DAMAGES["file edited"].inflict(cache)
    at(cache, "zip", "example.com/b").write_bytes(b"")
    code, answer = mend(world, cache, "--all", "--yes", **OFFLINE)
    assert code == 1
    assert {i["name"]: i["outcome"] for i in answer["items"]} == {f"{A}@v1.0.0": "proved", "example.com/b@v1.0.0": "refused"}
    assert named(world.look(cache)) == [("example.com/b@v1.0.0", "zip-empty")]


def test_a_proxy_that_sends_other_bits_changes_nothing(world: World) -> None:
    """go refuses them; the answer says who stands alone."""
    from gomend.lab.scenario import load
    from gomend.lab.stage import staged

    with staged(load({"id": "liar", "command": "true", "servers": {"P1": {"default": "zipwrong"}}})) as liar:
        cache = world.copy()
        at(cache, "zip").write_bytes(b"")
        bad = contents(cache)
        code, answer = mend(world, cache, "--all", "--yes", GOPROXY=f"http://127.0.0.1:{liar.ports['P1']}")
    (item,) = answer["items"]
    assert (code, item["outcome"], item["case"]) == (1, "refused", "proxy-alone"), item
    assert "Only the proxy differs" in item["reason"]
    assert contents(cache) == bad


def test_a_wrong_go_sum_is_not_fetched_against(world: World, tmp_path: Path) -> None:
    """Zip and checksum database agree, go.sum alone does not: nothing is fetched, and the text does not say to delete it."""
    cache = world.copy()
    project = tmp_path / "project"
    shutil.copytree(world.stage.project, project)
    sums = (project / "go.sum").read_text().splitlines()
    number = next(i for i, line in enumerate(sums) if line.startswith(f"{A} v1.0.0 h1:"))
    sums[number] = f"{A} v1.0.0 h1:3Mz1wF6P4FA+BHKOt/heWdt1U17EALz5/4zkQfKQnAY="
    (project / "go.sum").write_text("\n".join(sums) + "\n")
    asked = len(world.stage.journal.order)
    code, answer = mend(world, cache, "--yes", "--project", str(project))
    (item,) = answer["items"]
    assert (code, item["outcome"], item["case"]) == (1, "refused", "go-sum-alone")
    assert "Only go.sum differs" in item["reason"]
    assert "git log" in item["todo"]
    assert len(world.stage.journal.order) == asked


def test_a_version_that_go_works_on_is_left_alone(world: World) -> None:
    """Somebody holds go's lock: the version is named as busy, and nothing of it is touched."""
    cache = world.copy()
    _edit(at(cache, "info"), b"")
    handle = os.open(at(cache, "lock"), os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        answer = mend(world, cache, "--all", "--yes")[1]
    finally:
        os.close(handle)
    assert (answer["items"], answer["busy"]) == ([], [f"{A}@v1.0.0"])
    assert at(cache, "info").read_bytes() == b""
    assert mend(world, cache, "--all", "--yes")[0] == 0


def test_go_s_lock_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "@v/v1.0.0.lock"
    with locks.held(str(path)), pytest.raises(locks.BusyError), locks.held(str(path), wait=0.2):
        pass
    with locks.held(str(path), wait=0.2):
        assert path.is_file()


def test_a_read_only_cache_says_how_to_mend(world: World) -> None:
    """As another user than the owner (root may write everywhere)."""
    cache = world.copy()
    DAMAGES["file edited"].inflict(cache)
    bad = contents(cache)
    state, home = Path(f"{cache}-state"), Path(f"{cache}-home")
    for path in (state, home):
        path.mkdir()
        path.chmod(0o777)
    for above in (cache, *cache.parents):
        if above.stat().st_uid == os.getuid() and above.is_relative_to("/tmp") and above != Path("/tmp"):
            above.chmod(above.stat().st_mode | 0o055)
    words = ["setpriv", "--reuid=65534", "--clear-groups", "--regid=65534"] if os.getuid() == 0 else []
    if not words:
        subprocess.run(["chmod", "-R", "a-w", str(cache)], check=True)
    script = [*words, *_gomend(), "mod", "cache", "mend", "--all", "--yes", "--format", "json"]
    done = world.run(script, cache, GOMEND_STATE=str(state), HOME=str(home), GOCACHE=str(home / "build"))
    answer = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr
    assert {i["outcome"] for i in answer["items"]} == {"refused"}
    assert all("cannot be written to" in i["reason"] for i in answer["items"])
    assert contents(cache) == bad


def _gomend() -> list[str]:
    from tests.cache.world import GOMEND

    return [GOMEND]


def test_an_interrupted_plan_comes_first(world: World) -> None:
    cache = world.copy()
    DAMAGES["file edited"].inflict(cache)
    from gomend.engine.journal import Journal
    from gomend.model.outcome import Plan

    Journal.create(Path(f"{cache}-state"), Plan(steps=(), findings=(), codes=(), fixes=()), str(cache)).close()
    done = gomend(world, cache, "mod", "cache", "mend", "--all", "--yes")
    assert (done.returncode, "gomend recover" in done.stderr) == (2, True)
    assert named(world.look(cache)) == [(f"{A}@v1.0.0", "dir-changed")]


def test_the_stale_index_goes_with_the_folder(world: World) -> None:
    """Indexed while a file was missing: after the mend go sees the file (which it would not if the index had stayed)."""
    cache = world.copy()
    open_up(folder(cache))
    next(folder(cache).glob("*.go")).unlink()
    assert world.go(["list", "-deps", "./..."], cache).returncode != 0
    assert mend(world, cache, "--all", "--yes")[0] == 0
    assert world.go(["build", "-o", os.devnull, "./..."], cache).returncode == 0


def test_the_project_is_not_touched(world: World) -> None:
    cache = world.copy()
    before = digest_path(str(world.stage.project))
    at(cache, "zip").write_bytes(b"")
    assert mend(world, cache, "--yes")[0] == 0
    assert digest_path(str(world.stage.project)) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--yes", "--dry-run"], "exclude each other"),
        (["--project", "/"], "has no go.mod"),
        (["example.com/nothing"], "has nothing of"),
    ],
)
def test_bad_input_is_told(world: World, words: list[str], said: str) -> None:
    done = world.gomend("mod", "cache", "mend", *words)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_in_both_languages(world: World) -> None:
    for lang, word in (("en", "mended and proved"), ("zh-CN", "已修复")):
        cache = world.copy()
        DAMAGES["file edited"].inflict(cache)
        done = gomend(world, cache, "--lang", lang, "mod", "cache", "mend", "--yes")
        assert (done.returncode, done.stderr) == (0, "")
        assert word in done.stdout
        assert str(folder(cache)) in done.stdout


def test_go_downloads_while_versions_are_mended(world: World) -> None:
    """A go command fills the cache again and again while versions are damaged and mended: it never fails, nothing is left damaged."""
    cache = world.copy()
    wrong: list[str] = []
    done = threading.Event()

    def fill() -> None:
        while not done.is_set():
            ran = world.go(["mod", "download", "all"], cache)
            if ran.returncode:
                wrong.append(ran.stderr)

    thread = threading.Thread(target=fill)
    thread.start()
    proved = 0
    for name in (
        "file edited",
        "zip emptied",
        ".info with no time",
        "file added",
        "unpacking interrupted",
        "bytes behind the zip",
    ):
        DAMAGES[name].inflict(cache)
        _, answer = mend(world, cache, "--all", "--yes")
        proved += sum(i["outcome"] == "proved" for i in answer["items"])
    done.set()
    thread.join(60)
    assert wrong == []
    assert proved >= 3, "some go heals by itself"
    mend(world, cache, "--all", "--yes")
    assert named(world.look(cache)) == []
    assert world.go(["mod", "verify"], cache).returncode == 0


def test_undo_after_the_cache_was_emptied_takes_nothing_away(world: World) -> None:
    """The quarantine is gone with ``go clean -modcache``: undo would remove what came since and bring nothing back."""
    cache = world.copy()
    DAMAGES["file edited"].inflict(cache)
    done = world.gomend("mod", "cache", "mend", "--all", "--yes", cache=cache)
    assert done.returncode == 0, done.stdout + done.stderr
    assert world.go(["clean", "-modcache"], cache).returncode == 0
    assert world.go(["mod", "download", "all"], cache).returncode == 0
    refused = world.gomend("undo", cache=cache)
    assert refused.returncode == 2
    assert "changed after the plan" in refused.stderr
    assert named(world.look(cache)) == []
    assert world.go(["build", "-o", "/dev/null", "."], cache).returncode == 0
