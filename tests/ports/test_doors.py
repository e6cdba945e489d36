"""The doors to a real machine: programs that hang or flood, files that are too large, whole writes, sealed copies, the lock."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.engine.digests import digest_path
from gomend.ports import processes
from gomend.ports.files import FileProblem, RealFiles, read_text, write_whole
from gomend.ports.processes import Cmd, Done, RealRunner
from gomend.ports.state import StateProblem, Vault, locked, move, remove_tree, state_folder


def run(*argv: str, **more: object) -> Done:
    return anyio.run(lambda: RealRunner(os.environ).run(Cmd(argv=argv, **more)))  # type: ignore[arg-type]


def test_output_exit_and_environment() -> None:
    done = run("sh", "-c", "echo out; echo err >&2; echo $X; exit 3", env={"X": "y"})
    assert (done.stdout, done.stderr, done.exit) == ("out\ny\n", "err\n", 3)
    assert not done.ok
    assert done.why == "sh exited with 3: err"


def test_standard_input() -> None:
    assert run("cat", stdin="hello").stdout == "hello"
    assert run("cat").stdout == ""


def test_a_program_that_is_not_there() -> None:
    done = run("no-such-program")
    assert done.exit is None
    assert done.why == "no-such-program is not on PATH"


def test_time_out_kills_the_whole_group(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    started = time.monotonic()
    done = run("sh", "-c", f"(sleep 2; touch {mark}) & sleep 60", timeout=0.3)
    assert time.monotonic() - started < 10
    assert done.problem == "sh did not end within 0.3 s"
    time.sleep(2.2)
    assert not mark.exists()


def test_a_flood_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "OUTPUT_LIMIT", 1000)
    done = run(sys.executable, "-c", "print('x' * 5_000_000)")
    assert done.ok
    assert len(done.stdout) == 1000
    assert done.truncated


def test_output_that_is_no_text() -> None:
    assert "�" in run(sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'a\\xffb')").stdout


def test_reading(tmp_path: Path) -> None:
    files = RealFiles()
    assert files.read(str(tmp_path / "nothing")) is None
    (tmp_path / "big").write_bytes(b"x" * 2000)
    with pytest.raises(FileProblem, match="larger than"):
        files.read(str(tmp_path / "big"), limit=1999)
    with pytest.raises(FileProblem):
        files.read(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    assert files.entry(str(tmp_path / "pipe")).kind == "other"  # type: ignore[union-attr]
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    with pytest.raises(FileProblem, match=r"not UTF-8 text \(byte 3\)"):
        read_text(files, str(tmp_path / "latin"))
    (tmp_path / "bom").write_bytes(b"\xef\xbb\xbfhello")
    assert read_text(files, str(tmp_path / "bom")) == "hello"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A named pipe in the place of a file must not hang a check."""
    os.mkfifo(tmp_path / "go.mod")
    script = f"from gomend.ports.files import RealFiles; RealFiles().read({str(tmp_path / 'go.mod')!r})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=False)
    assert "not a regular file" in done.stderr


def test_walk_skips_and_limits(tmp_path: Path) -> None:
    for name in ("a.go", "vendor/b.go", ".git/c", "deep/er/d.go"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = [os.path.relpath(p, tmp_path) for p in RealFiles().walk(str(tmp_path))]
    assert found == ["a.go", "deep/er/d.go"]
    assert len(list(RealFiles().walk(str(tmp_path), limit=1))) == 1


def test_whole_writes_keep_mode_and_links(tmp_path: Path) -> None:
    target = tmp_path / "real"
    target.write_text("old")
    target.chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    write_whole(str(tmp_path / "link"), b"new")
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link").is_symlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "real"]


@settings(max_examples=25, deadline=None)
@given(content=st.binary(max_size=2000))
def test_sealed_copies_open_again_and_show_nothing(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    state = tmp_path_factory.mktemp("state")
    vault = Vault(state, state)
    name = vault.seal(content)
    raw = (state / name).read_bytes()
    assert vault.open(name) == content
    assert len(content) < 8 or content not in raw
    assert (state / "key").stat().st_mode & 0o077 == 0
    (state / "key").write_bytes(b"k" * 32)
    with pytest.raises(StateProblem):
        vault.open(name)


@pytest.mark.parametrize("kind", ["file", "folder", "link", "none"])
def test_what_was_kept_comes_back(tmp_path: Path, kind: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    path = home / "thing"
    if kind == "file":
        path.write_text("x")
        path.chmod(0o600)
        os.utime(path, ns=(1, 10**18))
    elif kind == "folder":
        (path / "sub").mkdir(parents=True)
        (path / "sub" / "f").write_text("x")
        (path / "sub").chmod(0o555)
        (path / "l").symlink_to("sub")
    elif kind == "link":
        path.symlink_to("elsewhere")
    vault = Vault(tmp_path, tmp_path)
    before = digest_path(str(home))
    kept = vault.keep(str(path))
    remove_tree(str(path))
    path.mkdir()
    (path / "other").write_text("y")
    vault.restore(kept)
    vault.restore(kept)
    assert digest_path(str(home)) == before
    if kind == "file":
        assert path.stat().st_mtime_ns == 10**18
    remove_tree(str(path))


def test_moving_a_read_only_folder(tmp_path: Path) -> None:
    source = tmp_path / "a" / "ro"
    source.mkdir(parents=True)
    (source / "f").write_text("x")
    source.chmod(0o555)
    move(str(source), str(tmp_path / "b" / "ro"))
    assert (tmp_path / "b" / "ro").stat().st_mode & 0o777 == 0o555
    assert not source.exists()
    remove_tree(str(tmp_path / "b"))


def test_the_lock_is_held_by_programs_that_outlive_us(tmp_path: Path) -> None:
    """A killed gomend's child still changes things: the next one waits for it."""
    with locked(tmp_path) as handle:
        child = subprocess.Popen(["sleep", "1.2"], pass_fds=(handle,))
    started = time.monotonic()
    with pytest.raises(StateProblem, match="still changing"), locked(tmp_path, wait=0.2):
        pass
    with locked(tmp_path, wait=10):
        assert time.monotonic() - started > 0.8
    child.wait()


def test_where_state_lives() -> None:
    assert str(state_folder({"GOMEND_STATE": "/x"}, "/home/a")) == "/x"
    assert str(state_folder({"XDG_STATE_HOME": "/s"}, "/home/a")) == "/s/gomend"
    assert str(state_folder({}, "/home/a")) == "/home/a/.local/state/gomend"
