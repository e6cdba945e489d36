"""Flags of go build as go reads them, and their smallest change."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.debug import buildflags, mending
from gomend.model.step import edit_text


@pytest.mark.parametrize(
    ("script", "strip", "gcflags", "trimpath"),
    [
        ("go build -ldflags='-s -w -X main.v=1' -o x .", "-s -w", None, False),
        ('go build -ldflags "-X main.v=-s" .', "", None, False),
        ("go build -ldflags=-s -ldflags=-X=main.v=1 .", "", None, False),
        ("go build -ldflags='-s -w=0'", "-s", None, False),
        ("go build -ldflags=-w=false .", "", None, False),
        ('go build -gcflags="all=-N -l" -trimpath', "", ("all", True), True),
        ("go build -gcflags '-N -l' --trimpath=false", "", ("", True), False),
        ("go build -gcflags=./...=-N", "", None, False),
        ("GOFLAGS=\"-trimpath '-ldflags=-s -w'\" go build", "-s -w", None, True),
        ("export GOFLAGS=-trimpath; cd x && go test -c -o t ./...", "", None, True),
        ("X='-s -w'\ngo build -ldflags \"$X\" .", "-s -w", None, False),
        ("go -C cmd/x build -trimpath \\\n  -o y # -ldflags=-s\n", "", None, True),
        ("CGO_ENABLED=0 env GOOS=linux /usr/local/go/bin/go build -ldflags -w", "-w", None, False),
    ],
)
def test_flags(script: str, strip: str, gcflags: tuple[str, bool] | None, trimpath: bool) -> None:
    (command,) = buildflags.go_commands(script)
    main = command.flags.main
    assert command.flags.strip == strip
    assert (main and (main.pattern, main.debuggable)) == gcflags
    assert command.flags.trimpath is trimpath


def test_lines_and_what_is_no_build() -> None:
    script = "set -e\ngo mod download && \\\n  # note\n  go build -o a . ; go vet ./...\n(cd b; go install ./cmd/b)\n"
    found = buildflags.go_commands(script, line=10)
    assert [(c.verb, c.line) for c in found] == [("build", 13), ("install", 14)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('go build -ldflags="-s -w" -o x .', "go build -o x ."),
        ('go build -ldflags "-s -w -X main.v=1" .', 'go build -ldflags "-X main.v=1" .'),
        ("go build \\\n    -ldflags=-s \\\n    -o x", "go build \\\n    -o x"),
        ("go build '-ldflags=-w' .", "go build ."),
        ("go build -ldflags \"-X 'main.d=$(date -s)' -s -w\" .", "go build -ldflags \"-X 'main.d=$(date -s)'\" ."),
        ("go build -ldflags=\"-w -extldflags '-static -s'\"", "go build -ldflags=\"-extldflags '-static -s'\""),
        ("LDFLAGS := -s -w -X main.v=1", "LDFLAGS := -X main.v=1"),
        ('ENV GO_LDFLAGS="-s -w" A=1', 'ENV GO_LDFLAGS="" A=1'),
        ("CGO_LDFLAGS=-s go build -tags s", "CGO_LDFLAGS=-s go build -tags s"),
    ],
)
def test_debug_information_is_kept_and_nothing_else_changed(text: str, expected: str) -> None:
    assert mending.keep_debug_info(text) == expected
    assert mending.keep_debug_info(expected) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("go build -o x .", 'go build -gcflags="all=-N -l" -o x .'),
        ("go build -gcflags='-N -l' .", 'go build -gcflags="all=-N -l" .'),
        ("go install example.com/x@latest && go build .", 'go install example.com/x@latest && go build -gcflags="all=-N -l" .'),
        ("go vet .", "go vet ."),
    ],
)
def test_build_for_debugging(text: str, expected: str) -> None:
    assert mending.build_for_debugging(text) == expected
    assert mending.build_for_debugging(expected) == expected


@given(st.lists(st.sampled_from(["-s", "-w", "-X a=b", "-linkmode=external", "-s=false"]), max_size=4), st.booleans())
def test_words_and_text_agree(flags: list[str], joined: bool) -> None:
    value = " ".join(flags)
    words = ["go", "build", *([f"-ldflags={value}"] if joined else ["-ldflags", value]), "-o", "x"]
    changed = [w for made in mending.keep_debug_info_words(words) for w in made]
    assert buildflags.parse_flags(changed[2:]).strip == ""
    assert buildflags.parse_flags(changed[2:]).output == "x"
    again = shlex.split(mending.keep_debug_info(shlex.join(words)))
    assert buildflags.parse_flags(again[2:]).ldflags == buildflags.parse_flags(changed[2:]).ldflags


@given(st.text(alphabet="ab 'é\"-\n", max_size=20), st.text(alphabet="cé\U0001f600", max_size=3))
def test_edits_are_trimmed_to_what_differs(text: str, other: str) -> None:
    whole = f"x{text}y"
    raw = whole.encode()
    edits = mending.edits_in(whole, 1, len(raw) - 1, lambda old: other + old[1:])
    assert edit_text(raw, edits).decode() == "x" + other + text[1:] + "y"


def test_split_quoted_agrees_with_go(tmp_path: Path) -> None:
    """GOFLAGS that go itself takes: what it then prints as the linker's flags is what we read."""
    value = "'-ldflags=-s  -w' \"-tags=a b\" -trimpath"
    assert buildflags.split_quoted(value) == ("-ldflags=-s  -w", "-tags=a b", "-trimpath")
    (tmp_path / "go.mod").write_text("module m\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    done = subprocess.run(
        ["go", "build", "-n", "."],
        cwd=tmp_path,
        env={"GOFLAGS": value, "PATH": "/usr/local/go/bin:/usr/bin:/bin", "HOME": str(tmp_path), "GOTOOLCHAIN": "local"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert " -s -w " in done.stderr


def test_delve_splits_buildflags_its_own_way() -> None:
    text = "-tags=integration -ldflags='-X main.Hello=World'  'a b' x'\\''y"
    assert buildflags.split_delve(text) == ("-tags=integration", "-ldflags=-X main.Hello=World", "a b", "x'y")
