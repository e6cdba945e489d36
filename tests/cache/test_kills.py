"""``kill -9`` at any moment of a mend or a clean, and a disk that is full at any write: no damage that go could see."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from gomend.engine import apply
from gomend.engine.digests import digest_path
from gomend.modules.cache import quarantine
from gomend.ports.doors import real_doors
from gomend.ports.state import remove_tree
from tests.cache.harm import Warm
from tests.cache.world import DAMAGES, GOMEND, World, named

SETS = (
    ("zip, hash and folder exchanged",),
    ("file edited",),
    ("zip of other content", "file removed"),
    ("unpacking interrupted",),
    ("file edited, zip gone",),
    ("go.mod of other content", ".info of another version"),
    ("ziphash of another zip", "lock is a folder"),
    ("sumdb answer forged", "list with a web page"),
    ("package added", "stray file"),
)
"""Damages that are inflicted together."""


class Judge:
    """What go says of a cache, asked on a copy and once for each state of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.known: dict[str, tuple[int, int]] = {}
        self.told = ""

    def said(self, cache: Path) -> tuple[int, int]:
        """Exit codes of go mod verify and go build."""
        state = "".join(str(digest_path(str(p))) for p in sorted(cache.iterdir()) if p.name != "cache")
        state += str(digest_path(str(cache / "cache/download")))
        if state not in self.known:
            copy = cache.parent / f"{cache.name}-judged{len(self.known)}"  # go indexes by path, for ever
            subprocess.run(["cp", "-a", str(cache), str(copy)], check=True)
            verify, build = (self.world.go(words, copy) for words in (["mod", "verify"], ["build", "-o", os.devnull, "."]))
            self.known[state] = verify.returncode, build.returncode
            self.told = verify.stderr + build.stderr
            remove_tree(str(copy))
        return self.known[state]


@pytest.fixture(scope="module")
def warm(world: World) -> Iterator[Warm]:
    made = Warm(world)
    yield made
    made.close()


def damaged(world: World, names: tuple[str, ...]) -> Path:
    cache = world.copy()
    for name in names:
        DAMAGES[name].inflict(cache)
    return cache


def recover(state: Path) -> None:
    anyio.run(lambda: apply.recover(state, real_doors()))


def killed(world: World, warm: Warm, judge: Judge, chance: random.Random, number: int) -> tuple[bool, bool]:
    """One kill, and what must hold after it; answers whether it came in time, and whether there was something to recover."""
    names = SETS[number % len(SETS)]
    cache = damaged(world, names)
    state = cache.parent / f"{cache.name}-state"
    before, was = {name for name, _ in named(world.look(cache))}, judge.said(cache)
    after = (0, 0)
    pid = warm.start(["mod", "cache", "mend", "--all", "--yes", "--quiet"], cache, state)
    if number % 2:  # as soon as the journal is there: in the middle of the swap
        end = time.monotonic() + 10
        while not (state / "journal").exists() and time.monotonic() < end and os.path.exists(f"/proc/{pid}"):
            time.sleep(0.0005)
        time.sleep(chance.uniform(0, 0.06))
    else:
        time.sleep(chance.uniform(0, 0.6))
    warm.kill(pid)
    in_time = warm.wait(pid) == -9
    left = {name for name, _ in named(world.look(cache))}
    assert left <= before, (names, left)
    assert judge.said(cache) in {was, after, (was[0], 0), (0, was[1])}, (names, judge.told)
    open_ = any((state / "journal").glob("*/journal.jsonl")) if (state / "journal").exists() else False
    recover(state)
    left = {name for name, _ in named(world.look(cache))}
    assert left in (before, set()), (names, left)
    assert judge.said(cache) in {was, after}, (names, judge.told)
    gone(cache)
    gone(state)
    return in_time, open_


def gone(path: Path) -> None:
    """Remove it, though a go whose gomend was killed may still write there for a moment."""
    for _ in range(100):
        try:
            remove_tree(str(path))
        except OSError:
            time.sleep(0.1)
        else:
            return
    remove_tree(str(path))


def kills(world: World, warm: Warm, count: int, seed: int) -> None:
    judge, chance = Judge(world), random.Random(seed)
    done = [killed(world, warm, judge, chance, number) for number in range(count)]
    # Most of them must have come before the end, and many in the middle of the changes, or nothing was proved.
    assert sum(in_time for in_time, _ in done) > count * 0.6
    assert sum(in_time and swapping for in_time, swapping in done) > count * 0.2


def test_killed_twenty_times(world: World, warm: Warm) -> None:
    kills(world, warm, 20, 1)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 12))
def test_killed_fifty_times(world: World, warm: Warm, seed: int) -> None:
    kills(world, warm, 50, seed)


def limited(world: World, warm: Warm, judge: Judge, names: tuple[str, ...], limit: int) -> bool:
    """No file may grow beyond ``limit`` bytes, of gomend or of the go that it starts; answers whether it mended all the same."""
    cache = damaged(world, names)
    state = cache.parent / f"{cache.name}-state"
    was, before = judge.said(cache), named(world.look(cache))
    pid = warm.start(["mod", "cache", "mend", "--all", "--yes", "--quiet"], cache, state, fsize=limit)
    code = warm.wait(pid)
    left = named(world.look(cache))
    assert code in {0, 1, 2, 5}, (names, limit, code)
    assert left in (before, []), (names, limit)
    assert judge.said(cache) in {was, (0, 0)}, (names, limit, judge.told)
    recover(state)
    # A go whose gomend failed may still write a list of versions anew: less damage than before is as good.
    assert set(named(world.look(cache))) <= set(left)
    quarantine.drop_leftovers(str(cache))  # as the next mend does, where a go was still writing at the end of this one
    assert not list((cache / "cache").glob("gomend/fetch-*"))
    gone(cache)
    return not left


@pytest.mark.parametrize("names", [SETS[0], SETS[1], SETS[4], SETS[7]], ids=" and ".join)
def test_a_write_fails_at_any_size_by_rlimit(world: World, warm: Warm, names: tuple[str, ...]) -> None:
    judge = Judge(world)
    mended = [limited(world, warm, judge, names, limit) for limit in (1, 40, 150, 300, 700, 1500, 3000, 6000, 1 << 20)]
    assert mended[-1]
    assert not mended[0]


FULL = """
set -e
mkdir -p $T && mount -t tmpfs -o size=4m gomend-test $T
cp -a $CACHE $T/mod && sync
free=$(($(stat -f -c '%f * %S' $T)))
head -c $((free - LEFT)) /dev/zero > $T/filler 2>/dev/null || true
set +e
export GOMODCACHE=$T/mod GOMEND_STATE=$T/state
$GOMEND mod cache mend --all --yes --quiet --format json > $OUT.json 2> $OUT.err
echo $? > $OUT.exit
rm $T/filler
$GOMEND recover > /dev/null 2>> $OUT.err
cp -a $T/mod $OUT
"""


def full(world: World, judge: Judge, names: tuple[str, ...], left: int) -> bool:
    """A file system of its own with ``left`` bytes free, for the cache and for gomend's state."""
    cache = damaged(world, names)
    out = cache.parent / f"{cache.name}-out"
    was, before = judge.said(cache), [d for d in named(world.look(cache)) if d[1] != "no-space"]
    script = {
        "T": str(cache.parent / f"{cache.name}-tmpfs"),
        "CACHE": str(cache),
        "LEFT": str(left),
        "OUT": str(out),
        "GOMEND": GOMEND,
    }
    own = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    ran = world.run([*own, "sh", "-c", FULL], **script)
    assert out.exists(), ran.stderr
    code = int(Path(f"{out}.exit").read_text())
    assert code in {0, 1, 2, 5}, (names, left, code, Path(f"{out}.err").read_text())
    assert "Traceback" not in Path(f"{out}.err").read_text()
    now = [d for d in named(world.look(out)) if d[1] != "no-space"]
    assert now in (before, []), (names, left, now)
    assert judge.said(out) in {was, (0, 0)}, (names, left, judge.told)
    assert not list((out / "cache").glob("gomend/fetch-*"))
    remove_tree(str(cache))
    remove_tree(str(out))
    return not now


@pytest.mark.parametrize("names", [SETS[0], SETS[4]], ids=" and ".join)
def test_the_disk_is_full(world: World, names: tuple[str, ...]) -> None:
    judge = Judge(world)
    mended = [full(world, judge, names, kb << 10) for kb in (0, 16, 40, 64, 96, 1024)]
    assert mended[-1]
    assert not mended[0]


@pytest.mark.full
@pytest.mark.parametrize("names", SETS, ids=" and ".join)
def test_the_disk_is_full_at_any_page(world: World, names: tuple[str, ...]) -> None:
    judge = Judge(world)
    mended = [full(world, judge, names, kb << 10) for kb in range(0, 132, 4)]
    assert not mended[0]
