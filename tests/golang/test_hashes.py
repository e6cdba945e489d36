"""Hashes, escaped paths and verifier keys against what go itself writes and says."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from gomend.golang import dirhash, modpath, verifier
from tests.modules.server import zip_of

FILES = {"go.mod": "module example.com/UP/Case\n\ngo 1.21\n", "b/x.go": "package b\n", "a.go": "package a\n"}


def run_go(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    (folder / "home").mkdir(exist_ok=True)
    base = {
        "PATH": os.environ["PATH"], "HOME": str(folder / "home"), "GOMODCACHE": str(folder / "mod"), "GOFLAGS": "-modcacherw", "GOENV": "off",
        "GOPROXY": f"file://{folder}/proxy", "GOTOOLCHAIN": "local", "GOSUMDB": "off", "HTTPS_PROXY": "http://127.0.0.1:1",
    }  # fmt: skip
    return subprocess.run(["go", *words], cwd=folder, env=base | env, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def proxy(tmp_path: Path) -> Path:
    folder = tmp_path / "proxy" / modpath.escape("example.com/UP/Case") / "@v"
    folder.mkdir(parents=True)
    (folder / "v1.0.0.info").write_text('{"Version":"v1.0.0"}')
    (folder / "v1.0.0.mod").write_text(FILES["go.mod"])
    (folder / "v1.0.0.zip").write_bytes(zip_of("example.com/UP/Case", "v1.0.0", FILES))
    return tmp_path


def test_hashes_are_those_that_go_writes(proxy: Path) -> None:
    done = run_go(proxy, "mod", "download", "-json", "example.com/UP/Case@v1.0.0")
    assert done.returncode == 0, done.stderr
    zip_file = proxy / "mod/cache/download/example.com/!u!p/!case/@v/v1.0.0.zip"
    assert f'"Sum": "{dirhash.h1_zip(zip_file.read_bytes())}"' in done.stdout
    assert f'"GoModSum": "{dirhash.h1_mod(FILES["go.mod"].encode())}"' in done.stdout
    assert modpath.unescape("example.com/!u!p/!case") == "example.com/UP/Case"


def test_what_is_no_zip(proxy: Path) -> None:
    whole = zip_of("example.com/a", "v1.0.0", FILES)
    assert dirhash.has_directory(whole)
    for cut in (0, 10, len(whole) - 5):
        assert not dirhash.has_directory(whole[:cut])
        with pytest.raises(dirhash.BadZipError):
            dirhash.h1_zip(whole[:cut])


def test_the_empty_go_mod() -> None:
    assert dirhash.EMPTY_MOD == "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY="


def key(name: str, data: bytes) -> str:
    digest = int.from_bytes(hashlib.sha256(name.encode() + b"\n" + data).digest()[:4], "big")
    return f"{name}+{digest:08x}+{base64.b64encode(data).decode()}"


GOOD = key("sum.example.com", b"\x01" + bytes(range(32)))
KEYS = (
    GOOD, GOOD + " https://sum.invalid", GOOD + " a b", "a b c", "sum.example.com", "https://sum.example.com", " ", "x+y+z", GOOD[:-4], GOOD.replace("+", " "),
    key("sum.example.com", b"\x02" + bytes(range(32))), key("sum.example.com", b"\x01" + bytes(range(31))), GOOD.replace("sum.", "som."), "sum.example.com+12345678+!!",
)  # fmt: skip


@pytest.mark.parametrize("value", KEYS)
def test_go_refuses_the_same_databases(proxy: Path, value: str) -> None:
    done = run_go(proxy, "mod", "download", "example.com/UP/Case@v1.0.0", GOSUMDB=value)
    refused = any(words in done.stderr for words in ("invalid GOSUMDB", "missing GOSUMDB"))
    problem = verifier.problem(value)
    assert bool(problem) == refused, done.stderr
    assert problem in done.stderr


@pytest.mark.parametrize(
    ("path", "version", "wrong"),
    [
        ("example.com/a", "v1.2.3", ""),
        ("example.com/a", "v2.0.0", "should be v0 or v1"),
        ("example.com/a", "v2.0.0+incompatible", ""),
        ("example.com/a/v2", "v2.0.0", ""),
        ("example.com/a/v2", "v3.0.0", "should be v2"),
        ("gopkg.in/y.v3", "v3.1.0", ""),
        ("gopkg.in/y.v1", "v0.0.0-20200101000000-abcdefabcdef", ""),
        ("example.com/a", "master", ""),
    ],
)
def test_major_versions(path: str, version: str, wrong: str) -> None:
    assert wrong in modpath.major_problem(path, version)
    assert bool(wrong) == bool(modpath.major_problem(path, version))
