"""GOPROXY lists: what we read against what the real go command says."""

from __future__ import annotations

import os
import subprocess

import pytest

from gomend.modules import proxylist

LISTS = (
    "https://a.example.com", "https://a.example.com,direct", "a.example.com", "a.example.com:8080/x", "localhost:3000", "localhost", "goproxy",
    "ftp://a.example.com", "file:///nowhere", "file:/nowhere", "file://host/x", "file:nowhere", "file:///x?y", "/nowhere", "./x", "http:/x",
    "http:x", "https://", "https://a.example.com:port", "https://a:1:2", "https://[::1", "https://[::1]:80", "https://a b", "https://a.example.com/%zz",
    "https://u:p@a.example.com", "https://u p@a.example.com", ":x", "1:x", ",", " ", " , |", "off", "direct", "direct,ftp://x", "ftp://x,direct", "||off", "https://a.example.com#f",
    "https://a.example.com?x=y", "http://%41", "https://a\\b", "HTTPS://a.example.com", "git@host:x",
)  # fmt: skip
LIST_ERRORS = ("GOPROXY list", "invalid proxy URL", "invalid file:// proxy URL", ": parse ")


@pytest.fixture(scope="module")
def real_errors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What go says to each list; CONNECT goes to a port where nobody listens, so nothing leaves this machine."""
    folder = tmp_path_factory.mktemp("lists")
    said = {}
    closed = "http://127.0.0.1:1"
    for value in LISTS:
        env = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "GOPROXY": value, "GOFLAGS": "-modcacherw", "GOSUMDB": "off",
            "GOTOOLCHAIN": "local", "HTTPS_PROXY": closed, "HTTP_PROXY": closed, "GOENV": "off", "GOVCS": "*:off", "GOMODCACHE": str(folder / "mod"),
        }  # fmt: skip
        done = subprocess.run(
            ["go", "mod", "download", "x.example.com/a@v1.0.0"],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        said[value] = done.stderr
    return said


@pytest.mark.parametrize("value", LISTS)
def test_go_refuses_the_same_lists(value: str, real_errors: dict[str, str]) -> None:
    error = proxylist.parse(value).error
    refused = any(words in real_errors[value] for words in LIST_ERRORS)
    assert bool(error) == refused, real_errors[value]
    if error:
        shown = error.split("%3A")[0].split('"')[0] if error.startswith("parse") else error.split(": ")[0]
        assert shown in real_errors[value]
        if error.startswith("parse"):
            assert error.rpartition('": ')[2].split(" ")[0] in real_errors[value]


@pytest.mark.parametrize("value", LISTS)
def test_what_is_left_without_bad_entries_is_accepted(value: str) -> None:
    left = proxylist.without_bad(value)
    assert proxylist.parse(left).error == ""
    assert proxylist.without_bad(left) == left
