"""Sync makes the folder that go would make, proves it, and can be undone; killed at any moment it leaves the old or the new."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.vendor.world import DAMAGES, GOMEND, World

CURED = sorted(set(DAMAGES) - {"go.mod moved on"})


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    found = {}
    for above, folders, names in os.walk(folder):
        for name in [*names, *(f for f in folders if os.path.islink(os.path.join(above, f)))]:
            path = Path(above, name)
            mode = path.lstat().st_mode
            raw = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            found[str(path.relative_to(folder))] = (mode, raw)
    return found


def sync(world: World, project: Path, *words: str, **env: str) -> tuple[int, dict[str, Any]]:
    done = world.run([GOMEND, "mod", "vendor", "sync", "--format", "json", *words], project, **env)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize(
    "name", ["file edited", "file added", "folder became a link", "module removed", "list: version", "list removed"]
)
def test_sync_mends_and_undo_brings_back(world: World, name: str) -> None:
    project, good = world.copy(), tree(world.folder / "m/vendor")
    state = {"GOMEND_STATE": str(project.parent / "state")}
    DAMAGES[name].inflict(project)
    before, files = tree(project / "vendor"), (project / "go.mod").read_bytes() + (project / "go.sum").read_bytes()

    code, plan = sync(world, project, **state)
    assert (code, plan["outcome"]) == (1, "dry-run")
    assert plan["changed"] or plan["added"] or plan["removed"]
    assert tree(project / "vendor") == before

    code, done = sync(world, project, "--yes", **state)
    assert (code, done["outcome"], done["reason"]) == (0, "proved", "")
    assert {k: done[k] for k in ("changed", "added", "removed")} == {k: plan[k] for k in ("changed", "added", "removed")}
    assert [e["exit"] for e in done["evidence"]] == [0]
    assert tree(project / "vendor") == good
    assert (project / "go.mod").read_bytes() + (project / "go.sum").read_bytes() == files
    assert world.prove(project)["bad"] == []
    assert sync(world, project, **state)[1]["outcome"] == "clean"

    undone = world.run([GOMEND, "undo", done["journal"]], project, **state)
    assert undone.returncode == 0, undone.stderr
    assert tree(project / "vendor") == before


@pytest.mark.parametrize("name", CURED)
def test_every_damage_is_mended(world: World, name: str) -> None:
    project = world.copy()
    DAMAGES[name].inflict(project)
    code, done = sync(world, project, "--yes")
    assert (code, done["outcome"]) == (0, "proved"), done
    assert world.prove(project, "--strict")["bad"] == []


def test_a_folder_that_is_not_there_is_made(world: World) -> None:
    project, good = world.copy("w"), tree(world.folder / "w/vendor")
    shutil.rmtree(project / "vendor")
    told = world.run([GOMEND, "mod", "vendor", "prove"], project)
    assert (told.returncode, told.stdout) == (2, "")
    assert "vendor sync --yes" in told.stderr
    code, done = sync(world, project, "--yes")
    assert (code, done["outcome"]) == (0, "proved"), done
    assert tree(project / "vendor") == good


def test_another_file_system_keeps_the_old_folder_beside(world: World, tmp_path: Path) -> None:
    project = world.copy()
    DAMAGES["file edited"].inflict(project)
    before = tree(project / "vendor")
    state = Path("/dev/shm") / f"gomend-test-{os.getpid()}"
    assert os.stat("/dev/shm").st_dev != os.stat(project).st_dev
    try:
        code, done = sync(world, project, "--yes", GOMEND_STATE=str(state))
        assert (code, done["outcome"]) == (0, "proved"), done
        assert tree(Path(done["old"])) == before
        assert world.run([GOMEND, "undo"], project, GOMEND_STATE=str(state)).returncode == 0
        assert tree(project / "vendor") == before
    finally:
        shutil.rmtree(state)


def test_a_cache_that_somebody_edited_is_not_vendored(world: World) -> None:
    """go copies from the unpacked folder; what it makes is proved against the zip before anything is swapped."""
    cache = world.folder / "mod-edited"
    subprocess.run(["cp", "-a", str(world.folder / "mod"), str(cache)], check=True)
    file = cache / "example.com/lib@v1.0.0/lib.go"
    file.chmod(0o644)
    file.write_text(file.read_text() + "\nfunc init() { println(`tampered`) }\n")
    project = world.copy()
    DAMAGES["file removed"].inflict(project)
    before = tree(project / "vendor")
    code, done = sync(world, project, "--yes", GOMODCACHE=str(cache))
    assert (code, done["outcome"]) == (1, "refused")
    assert [b["what"] for b in done["bad"]] == ["file-changed"]
    assert tree(project / "vendor") == before


def test_what_go_cannot_make_changes_nothing(world: World) -> None:
    project = world.copy()
    DAMAGES["go.mod moved on"].inflict(project)
    before = tree(project / "vendor")
    code, done = sync(world, project, "--yes")
    assert (code, done["outcome"]) == (1, "refused")
    assert done["reason"]
    assert tree(project / "vendor") == before


def killed_at_any_moment(world: World, times: int) -> None:
    good = tree(world.folder / "m/vendor")
    rolls = random.Random(5)
    seen: set[str] = set()
    project = world.copy()
    state = {"GOMEND_STATE": str(project.parent / "state")}
    env = {**world.environ, "GOMODCACHE": str(world.folder / "mod"), "PWD": str(project), **state}
    for number in range(times):
        shutil.rmtree(project / "vendor")
        shutil.copytree(world.folder / "m/vendor", project / "vendor")
        DAMAGES["file edited"].inflict(project)
        before = tree(project / "vendor")
        journals = set((project.parent / "state/journal").glob("*"))
        words = [GOMEND, "mod", "vendor", "sync", "--yes"]
        with subprocess.Popen(
            words, cwd=project, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as run:
            # Every other kill comes in the few milliseconds in which the folders are moved.
            while number % 2 and run.poll() is None and set((project.parent / "state/journal").glob("*")) == journals:
                pass
            try:
                run.wait(rolls.uniform(0, 0.02) if number % 2 else rolls.uniform(0.02, 0.7))
            except subprocess.TimeoutExpired:
                os.killpg(run.pid, signal.SIGKILL)
        now = tree(project / "vendor")
        assert now in (before, good, {}), "a mixture"
        seen.add("old" if now == before else "new" if now == good else "between")
        recovered = world.run([GOMEND, "recover"], project, **state)
        assert recovered.returncode == 0, recovered.stderr
        assert tree(project / "vendor") in (before, good)
        assert world.run(["go", "list", "-mod=vendor", "./..."], project).returncode == 0
    assert {"old", "new"} <= seen
    print(sorted(seen))


def test_killed_thirty_times(world: World) -> None:
    killed_at_any_moment(world, 30)


@pytest.mark.full
def test_killed_two_hundred_times(world: World) -> None:
    killed_at_any_moment(world, 200)
