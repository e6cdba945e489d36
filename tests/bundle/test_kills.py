"""Killed at any moment: no half bundle, no half file in a proxy folder, and the next run goes on."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
import zlib
from pathlib import Path

import pytest

from gomend.golang import dirhash, ziphash
from gomend.lab.modules import make_zip
from gomend.modules.bundle.manifest import File, Module
from gomend.modules.bundle.read import Bundle
from gomend.modules.bundle.verify import verify
from gomend.modules.bundle.write import Piece, small, write
from tests.bundle.test_hostile import manifest
from tests.cache.world import GOMEND, World


def killed(argv: list[str], world: World, after: float) -> bool:
    """Run with all its children in a group of its own and kill the group; whether it was still running."""
    with subprocess.Popen(
        argv,
        env=world.environ,
        cwd=world.stage.project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True
    return False


def took(argv: list[str], world: World) -> float:
    started = time.monotonic()
    assert subprocess.run(argv, env=world.environ, cwd=world.stage.project, capture_output=True, check=False).returncode == 0
    return time.monotonic() - started


def large(path: Path) -> None:
    """A bundle of some 40 MB that no compression helps: writing it takes a while."""
    noise = random.Random(1)
    pieces: list[Piece] = []
    modules = []
    for i in range(40):
        name = f"example.com/m{i:02d}"
        mod = f"module {name}\n".encode()
        data = make_zip({f"{name}@v1.0.0/go.mod": mod, f"{name}@v1.0.0/x.bin": noise.randbytes(1 << 20)})
        base = f"proxy/{name}/@v/v1.0.0"
        found = ziphash.of(memoryview(data), name, "v1.0.0")
        pieces += [small(f"{base}.info", b'{"Version":"v1.0.0"}'), small(f"{base}.mod", mod), small(f"{base}.zip", data)]
        modules.append(Module(module=name, version="v1.0.0", mod_h1=dirhash.h1_mod(mod), h1=found.h1, by=("go.sum",)))
    files: list[File] = sorted((p.file for p in pieces), key=lambda f: f.path)
    write(str(path), manifest(*files, modules=tuple(modules)), pieces)


def make_killed(world: World, out: Path, wanted: int, seed: int) -> None:
    """Kill make until ``wanted`` kills hit a running one; each time the bundle is the old one, the new one, or not there."""
    noise = random.Random(seed)
    argv = [GOMEND, "mod", "bundle", "make", "-o", str(out), "--quiet"]
    whole = took(argv, world)
    good = out.read_bytes()
    hits = number = 0
    while hits < wanted:
        number += 1
        assert number < 20 * wanted, "runs are over before they can be killed"
        if number % 2:
            out.unlink()
        hits += killed(argv, world, noise.uniform(0, whole))
        if out.exists():
            assert zlib.crc32(out.read_bytes()) == zlib.crc32(good)
        else:
            assert number % 2
        whole = min(whole, took(argv, world))
        assert out.read_bytes() == good
        assert [p.name for p in out.parent.iterdir()] == [out.name], "the next run leaves nothing behind"


def import_killed(world: World, folder: Path, wanted_hits: int, seed: int) -> None:
    """Kill import until that many kills hit a running one; every file that is there is whole, and a last run completes it."""
    noise = random.Random(seed)
    source = folder / "large.tar"
    large(source)
    with Bundle(str(source)) as opened:
        assert verify(opened, (), {}).bad == ()
        wanted = {f.path.removeprefix("proxy/"): f.sha256 for f in opened.manifest.files}
    whole = took([GOMEND, "mod", "bundle", "import", str(source), "--to", str(folder / "first")], world)
    hits = number = 0
    while hits < wanted_hits:
        number += 1
        assert number < 20 * wanted_hits, "runs are over before they can be killed"
        to = folder / f"proxy{number}"
        again = [GOMEND, "mod", "bundle", "import", str(source), "--to", str(to)]
        hits += killed(again, world, noise.uniform(whole * 0.2, whole))
        for path in to.rglob("*"):
            name = str(path.relative_to(to))
            if path.is_file() and not name.endswith(".gomend.tmp"):
                assert ziphash.of_file(str(path)).sha256 == wanted[name]
        took(again, world)
        have = {str(p.relative_to(to)) for p in to.rglob("*") if p.is_file()}
        assert have == set(wanted), "and nothing of the killed one is left"
        shutil.rmtree(to)


def test_make_killed_at_random(world: World, tmp_path: Path) -> None:
    make_killed(world, tmp_path / "b.tar", 5, 1)


def test_import_killed_at_random(world: World, tmp_path: Path) -> None:
    import_killed(world, tmp_path, 6, 2)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_make_killed_a_hundred_times(world: World, tmp_path: Path) -> None:
    make_killed(world, tmp_path / "b.tar", 60, 3)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_import_killed_a_hundred_times(world: World, tmp_path: Path) -> None:
    import_killed(world, tmp_path, 60, 4)


def test_an_interrupted_run_is_gone_on_with(world: World, tmp_path: Path) -> None:
    """What was verified is noted; notes that someone else wrote are not believed."""
    out = tmp_path / "b.tar"
    words = ["mod", "bundle", "make", "-o", str(out), "--quiet"]
    blocked = tmp_path / "b.tar.part"
    blocked.mkdir()
    first = world.gomend(*words)
    assert (first.returncode, "b.tar.part" in first.stderr) == (2, True)
    blocked.rmdir()
    notes = tmp_path / "b.tar.making/verified"
    saved = notes.read_bytes()
    second = world.gomend(*words)
    assert (second.returncode, "3 files were verified" in second.stderr) == (0, True)
    notes.parent.mkdir()
    notes.write_bytes(saved[:40] + bytes([saved[40] ^ 1]) + saved[41:])
    third = world.gomend(*words)
    assert (third.returncode, "were verified" in third.stderr) == (0, False)
