"""Path maps: rules that hold in both directions, and the page of real binaries as it would be written now."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.debug import paths
from gomend.debug.pathmap import rules
from gomend.debug.pathmap.recorded import Module

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".cache/tools/bin"
PAGE = ROOT / "docs/debug-maps.md"
NAME = st.text("abcXY-_.9é ", min_size=1, max_size=6).filter(lambda s: s.strip(". ") == s and s[:1] != "-")


@st.composite
def layouts(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Folders here and in the binary: modules apart from each other, some with a nested module that lies alike on both sides."""
    names = draw(st.lists(NAME, min_size=1, max_size=6, unique_by=lambda s: s.lower()))
    found = []
    for i, name in enumerate(names):
        local = f"/home/dev{i}/{name}"
        prefix = draw(
            st.sampled_from(
                [f"/app/{name}", f"/go/src/m{i}", f"example.com/{name}@v1.{i}.0", f"example.com/m{i}", f"C:/b/{name}", local]
            )
        )
        found.append((local, prefix))
        if draw(st.booleans()):
            found.append((f"{local}/sub", draw(st.sampled_from([f"{prefix}/sub", f"/other/m{i}", f"example.com/n{i}@v0.1.0"]))))
    return found


@given(layouts(), NAME)
def test_rules_are_never_shadowed_and_lead_back(layout: list[tuple[str, str]], name: str) -> None:
    made = rules.ordered(r for local, prefix in layout for r in rules.of_module(Module(path="m", prefix=prefix), local, ()))
    pairs = [(r.from_, r.to) for r in made]
    assert paths.shadowed(pairs) == ()
    assert len({r.from_ for r in made}) == len(made)
    if any(paths.is_windows(to) for _, to in pairs):
        return  # Delve makes all matching lower-case then; see the cause dlv-lowercases-windows-rule
    back = tuple((r.to, r.from_) for r in sorted(made, key=lambda r: -len(r.to)))
    for local, prefix in layout:
        recorded = f"{prefix}/{name}.go"
        assert paths.substitute(recorded, back) == f"{local}/{name}.go"
        assert paths.substitute(f"{local}/{name}.go", pairs) == recorded


def test_the_page_holds_what_is_asked_of_the_maps() -> None:
    rows = re.findall(r"^\| ([^|*]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+|–) \|$", PAGE.read_text(), re.MULTILINE)
    assert len(rows) >= 20
    for name, files, here, back, delve in rows:
        assert int(here) >= int(files) * 0.99, name
        assert back == here, name
        assert delve == "–" or int(delve) <= int(here), name


@pytest.mark.full
def test_the_page_is_what_the_tool_writes_now() -> None:
    env = {**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, ROOT / "tools/debug_maps.py", "--check"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "build", [("go", "build"), ("go", "build", "-trimpath"), ("go", "build", "-trimpath", "-ldflags=-s -w")]
)
def test_every_recorded_file_is_found_and_maps_back(tmp_path: Path, build: tuple[str, ...]) -> None:
    shutil.copytree(ROOT / "tests/debug/why/projects/ws", tmp_path / "ws")
    folder = tmp_path / "ws/a"
    subprocess.run([*build, "-buildvcs=false", "-o", tmp_path / "out", "."], cwd=folder, check=True)
    argv = [sys.executable, "-m", "gomend", "debug", "map", str(tmp_path / "out"), "--source", str(folder), "--format", "json"]
    answer = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    assert answer["unmapped"] == []
    forth = [(r["from"], r["to"]) for r in answer["rules"]]
    if "-trimpath" in build:
        assert (str(tmp_path / "ws/b"), "example.com/b") in forth
    else:
        assert forth == []
