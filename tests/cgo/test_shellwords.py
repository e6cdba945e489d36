"""Which go commands a command line runs, and how they are changed: compared with what a real shell does."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.cgo import shellwords
from gomend.cgo.facts.flags import BuildFlags, builds_in

SCRIPTS = {
    "go build -o x . && ./x": [("build", {}, "")],
    "set -e; export GOARCH=arm64 CC='a b'\ncd sub && CGO_ENABLED=1 go build 2>&1 | tee log": [
        ("build", {"GOARCH": "arm64", "CC": "a b", "CGO_ENABLED": "1"}, "sub")
    ],
    "(cd a; time go test ./...)": [("test", {}, "a")],
    "if true; then go build; fi": [("build", {}, "")],
    "env CGO_ENABLED=0 go install ./cmd/... # go build": [("install", {"CGO_ENABLED": "0"}, "")],
    "go -C sub build": [],
    "go -C sub version": [],
    "X=$(go env GOROOT) go build": [("build", {"X": "$(go env GOROOT)"}, "")],
    "echo 'go build'": [],
    'go build \\\n  -ldflags "-s -w" \\\n  ./...': [("build", {}, "")],
    "export A=1; unset A; go build": [("build", {}, "")],
    "go build >out.txt 2>/dev/null; GOOS=windows go build": [("build", {}, ""), ("build", {"GOOS": "windows"}, "")],
}
SCRIPTS["go -C sub build"] = [("build", {}, "sub")]


@pytest.mark.parametrize("script", SCRIPTS)
def test_builds_in_scripts(script: str) -> None:
    found = [(b.verb, b.variables, b.folder) for b in builds_in(("bash", "-c", script))]
    assert found == SCRIPTS[script]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1), min_size=1))
def test_quoted_words_come_back(words: list[str]) -> None:
    argv = ("run", *words)
    (found,) = shellwords.commands(shlex.join(argv))
    assert tuple(w.text for w in found) == argv


@given(st.text(alphabet="ab '\"\\$(){};&|<>#\n=-"))
def test_any_script_is_read(script: str) -> None:
    for words in shellwords.commands(script):
        assert all(0 <= w.start <= w.end <= len(script) for w in words)


WORDS = st.text(alphabet="ab c'\"$\\", min_size=1, max_size=6)


@given(st.lists(WORDS, max_size=4), WORDS)
def test_changed_commands_mean_the_same_to_a_shell(arguments: list[str], value: str) -> None:
    """`again` changes one flag; a real shell sees that flag's new value and every other word as before."""
    argv = ("go", "build", "-o", "out", *(f"./{a}" for a in arguments))
    flags = BuildFlags(flags={}, sources={}, script=shlex.join(argv), builds=builds_in(argv))
    (line,) = flags.again({"o": value, "tags": "netgo"})
    shown = subprocess.run(
        ["sh", "-c", line.replace("go build", "printf '%s\\0'", 1)], capture_output=True, text=True, check=True
    )
    assert shown.stdout.split("\0")[:-1] == ["-tags=netgo", f"-o={value}", *argv[4:]]


def test_variables_of_the_script_are_changed_where_they_stand(tmp_path: Path) -> None:
    script = "export CGO_ENABLED=0; A=1 CC='x y' go build -o out ."
    argv = ("bash", "-c", script)
    flags = BuildFlags(flags={}, sources={}, script=script, builds=builds_in(argv))
    assert flags.again(variables={"CGO_ENABLED": "1", "CC": "gcc", "CGO_CFLAGS": "-O2"}) == (
        "export CGO_CFLAGS=-O2",
        "export CGO_ENABLED=1; A=1 CC=gcc go build -o out .",
    )
    assert not list(tmp_path.iterdir())
