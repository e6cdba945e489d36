"""go.mod as we read it against ``go mod edit -json``."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gomend.golang import modfile

paths = st.sampled_from(
    ["example.com/a", "example.com/b/v2", "gopkg.in/y.v3", "example.org/UP/Case", '"example.com/quoted"', "gopkg.in/z.v1"]
)
versions = {"example.com/b/v2": "v2.1.0", "gopkg.in/y.v3": "v3.0.1"}
comments = st.sampled_from(["", " // indirect", " // because", "//indirect", " // indirect; because", "// x // indirect"])


def version_of(path: str) -> str:
    return versions.get(path.strip('"`'), "v1.2.3")


requires = st.builds(lambda p, c: f"{p} {version_of(p)}{c}", paths, comments)
folders = st.sampled_from(["../a", "./b", '"../with space"', "/abs/path"])
replaces = st.one_of(
    st.builds(lambda p, f: f"{p} => {f}", paths, folders),
    st.builds(lambda p, f: f"{p} {version_of(p)} => {f}", paths, folders),
    st.builds(lambda p, q: f"{p} => {q} {version_of(q)}", paths, paths),
)
excludes = st.builds(lambda p: f"{p} {version_of(p)}", paths)
retracts = st.sampled_from(["v1.0.0", "[v1.0.0, v1.1.0]", "v1.0.1 // bad"])
tools = st.sampled_from(["example.com/a/cmd/x", '"example.com/b/v2/tool"'])
godebugs = st.sampled_from(["panicnil=1", "default=go1.21"])
ignores = st.sampled_from(["./node_modules", "static"])
KINDS = {
    "require": requires,
    "replace": replaces,
    "exclude": excludes,
    "retract": retracts,
    "tool": tools,
    "godebug": godebugs,
    "ignore": ignores,
}


@st.composite
def blocks(draw: st.DrawFn) -> str:
    verb = draw(st.sampled_from(sorted(KINDS)))
    lines = draw(st.lists(KINDS[verb], min_size=1, max_size=3))
    if draw(st.booleans()):
        blank = draw(st.sampled_from(["", "\n", "\t// a comment\n"]))
        after = draw(st.sampled_from(["", " // after"]))
        return f"{verb} (\n{blank}" + "".join(f"\t{line}\n" for line in lines) + f"){after}\n"
    return "".join(f"{verb} {line}\n" for line in lines)


@st.composite
def go_mods(draw: st.DrawFn) -> str:
    parts = draw(st.lists(blocks(), max_size=4))
    head = draw(
        st.sampled_from(["module example.com/m\n", 'module "example.com/m" // x\n', "// Deprecated: y\nmodule example.com/m\n"])
    )
    go = draw(st.sampled_from(["", "go 1.21\n", "go 1.23.4\n\ntoolchain go1.24.1\n", "go 1.22 // why\n"]))
    text = head + "\n" + go + "\n".join(parts)
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def by_go(folder: Path, text: str) -> dict[str, Any] | None:
    path = folder / "go.mod"
    path.write_bytes(text.encode())
    done = subprocess.run(
        ["go", "mod", "edit", "-json", str(path)], cwd=folder, capture_output=True, text=True, check=False, timeout=30
    )
    return json.loads(done.stdout) if done.returncode == 0 else None


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=go_mods())
def test_what_go_reads(tmp_path: Path, text: str) -> None:
    real = by_go(tmp_path, text)
    mine = modfile.parse(text)
    assert real is not None, text
    assert mine.errors == ()
    assert (mine.module.value if mine.module else "") == real["Module"]["Path"]
    assert (mine.go.value if mine.go else "") == real.get("Go", "")
    assert (mine.toolchain.value if mine.toolchain else "") == real.get("Toolchain", "")
    assert [(r.path, r.version, r.indirect) for r in mine.requires] == [
        (r["Path"], r["Version"], r.get("Indirect", False)) for r in real["Require"] or ()
    ]
    assert list(dict.fromkeys((r.path, r.version) for r in mine.excludes)) == [
        (r["Path"], r["Version"]) for r in real["Exclude"] or ()
    ]
    # The command also drops what later lines replace again, and double lines.
    assert {(r.path, r.version): (r.to, r.to_version) for r in mine.replaces} == {
        (r["Old"]["Path"], r["Old"].get("Version", "")): (r["New"]["Path"], r["New"].get("Version", ""))
        for r in real["Replace"] or ()
    }
    assert list(dict.fromkeys(t.value for t in mine.tools)) == [t["Path"] for t in real.get("Tool") or ()]
    lines = text.splitlines()
    for require in mine.requires:
        assert require.version in lines[require.line - 1]


BROKEN = (
    "module example.com/m\nrequire `example.com/a` v1.0.0\n",
    "module example.com/m\nrequire gopkg.in/y.v3 v2.0.0\n",
    "module example.com/m\nrequire example.com/a v2.0.0+incompatible\n",
    "module example.com/m\nrequire (\n) x\n",
    "module example.com/m\nrequire ()\n",
    "module example.com/m\nrequire example.com/'a' v1.0.0\n",
    "module example.com/m\n/* x */\n",
    "module example.com/m\ntoolchain go1.22.1\n",
    "module example.com/m\nreplace example.com/a v1.0.0 => ../a v1.0.0\n",
    "modul example.com/m\n",
    "module example.com/m\nmodule example.com/n\n",
    "module example.com/m\ngo 1.21\ngo 1.22\n",
    "module example.com/m\nrequire example.com/a\n",
    "module example.com/m\nrequire (\nexample.com/a v1.0.0\n",
    "module example.com/m\nreplace example.com/a v1.0.0\n",
    "module example.com/m\nfoo (\n x\n)\n",
    "module example.com/m\nrequire example.com/a v1.0.0 v2.0.0\n",
    "module example.com/m\nreplace example.com/a => ../a v1.0.0 x\n",
    "module example.com/m\n<<<<<<< HEAD\nrequire example.com/a v1.0.0\n=======\n>>>>>>> b\n",
    "module example.com/m\ntool a b\n",
    "module example.com/m\n)\n",
    "module example.com/m extra\n",
    "module example.com/m\ngo one\n",
    "module example.com/m\ngo 1.21 1.22\n",
    "module example.com/m\ntoolchain x\n",
    "module example.com/m\nrequire example.com/a v2.0.0\n",
    "module example.com/m\nrequire example.com/a/v2 v1.0.0\n",
    'module example.com/m\nrequire "example.com/a v1.0.0\n',
    "module example.com/m\nreplace example.com/a => b\n",
    "module example.com/m\nuse ./x\n",
    "module (\n example.com/m\n)\n",
    "module example.com/m\nrequire (example.com/a v1.0.0)\n",
)


@pytest.mark.parametrize("text", BROKEN)
def test_what_go_refuses(tmp_path: Path, text: str) -> None:
    real = by_go(tmp_path, text)
    mine = modfile.parse(text)
    assert bool(mine.errors) == (real is None), (text, mine.errors)


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet='module require(replace)=>go \n\t"`/.v1,[]\\', max_size=80))
def test_nothing_makes_it_raise(text: str) -> None:
    modfile.parse(text)
