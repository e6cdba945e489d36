"""Paths as Delve compares them, dlv's words, launch.json as vscode-go reads it, and a light look at Go source."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.debug import dap, gosource, paths
from gomend.debug.facts import binaries, dlv
from gomend.debug.facts.launch import LaunchConfigs
from gomend.debug.symptoms import dlv as symptoms
from gomend.golang.facts.log import LogText, clean
from gomend.ports.doors import real_doors
from tests.debug.real import DEBUG_FLAGS, Project

RULES = [
    ("/w/main.go", [("/w", "/app")], "/app/main.go"),
    ("/w/main.go", [("/w/", "/app")], "/app/main.go"),
    ("/w2/main.go", [("/w", "/app")], "/w2/main.go"),
    ("/w/lib/x.go", [("/w", "/app"), ("/w/lib", "/lib")], "/app/lib/x.go"),
    ("/w/Calc/X.go", [("C:\\w", "/c"), ("/w", "/app")], "/app/calc/x.go"),
    ("C:\\w\\Calc\\X.go", [("c:\\w", "/app")], "/app/calc/x.go"),
    ("/w/main.go", [("/w", "")], "main.go"),
    ("main.go", [("", "/app")], "/app/main.go"),
    ("/w/main.go", [("/w/main.go", "main.go"), ("/w", "m")], "main.go"),
    ("/w/a/b.go", [("/w", "m")], "m/a/b.go"),
]


@pytest.mark.parametrize(("path", "rules", "expected"), RULES)
def test_substitute(path: str, rules: list[tuple[str, str]], expected: str) -> None:
    assert paths.substitute(path, rules) == expected


def test_substitute_agrees_with_dlv(tmp_path: Path) -> None:
    """dlv names the mapped path in its message when it has no such file; the second checkout keeps main.go from matching."""
    project = Project(tmp_path / "shop")
    binary = str(project.build(*DEBUG_FLAGS))
    for path, rules, expected in RULES:
        arguments = {"mode": "exec", "program": binary, "substitutePath": [{"from": a, "to": b} for a, b in rules]}
        session = anyio.run(lambda a=arguments, p=path: dap.bind("dlv", a, [(p, 1)], cwd=str(tmp_path), env=os.environ))
        assert session.breakpoints[0].message == f"could not find file {expected}"


@given(
    st.lists(st.tuples(st.sampled_from(["/a", "/a/b", "/a/b/c", "/ab", "m"]), st.sampled_from(["/x", "/x/b", "y"])), max_size=4)
)
def test_sorted_rules_shadow_nothing(rules: list[tuple[str, str]]) -> None:
    distinct = list({source: (source, to) for source, to in rules}.values())
    assert paths.shadowed(sorted(distinct, key=lambda r: -len(r[0]))) == ()


def said(text: str) -> list[tuple[str, str, int, str]]:
    log = LogText(source="log", lines=clean(text))
    return [(s.kind, s.file, s.line, s.go) for s in symptoms.parse(log)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Command failed: could not find file /w/a b.go", [("no-file", "/w/a b.go", 0, "")]),
        ('{"error":"could not find file /w/main.go"}', [("no-file", "/w/main.go", 0, "")]),
        ("could not find statement at /w/m.go:13, please use a line with a statement", [("no-statement", "/w/m.go", 13, "")]),
        ("could not find statement at C:/w/m.go:7, binary is stripped", [("stripped", "C:/w/m.go", 7, "")]),
        ("could not launch process: could not open debug info", [("stripped", "", 0, "")]),
        ("Version of Delve is too old for Go version go1.27.0 (maximum", [("dlv-too-old", "", 0, "go1.27.0")]),
        (
            "WARNING: undefined behavior - version of Delve is too old for Go version 1.28rc1",
            [("dlv-too-old", "", 0, "1.28rc1")],
        ),
        ("Go version go1.24.9 is too old for this version of Delve", [("go-too-old", "", 0, "go1.24.9")]),
        ("> main.main() ./main.go:9\nWarning: debugging optimized function", [("optimised", "", 0, "")]),
        ("DAP server listening at: 127.0.0.1:4711", [("listening", "127.0.0.1:4711", 0, "")]),
        ("all is well", []),
    ],
)
def test_words_of_dlv(text: str, expected: list[tuple[str, str, int, str]]) -> None:
    assert said(text) == expected


def test_words_of_the_real_dlv(tmp_path: Path) -> None:
    project = Project(tmp_path / "shop")
    binary = str(project.build("-trimpath", *DEBUG_FLAGS))
    script = tmp_path / "script"
    script.write_text("break example.com/shop/main.go:1\nexit\n")
    done = subprocess.run(
        ["dlv", "exec", "--allow-non-terminal-interactive", "--init", str(script), binary],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    arguments = {"mode": "exec", "program": binary}
    session = anyio.run(lambda: dap.bind("dlv", arguments, [("/w/main.go", 1)], cwd=str(tmp_path), env=os.environ))
    said_all = done.stdout + done.stderr + session.breakpoints[0].message + "\n" + session.output
    assert {kind for kind, *_ in said(said_all)} == {"no-file", "no-statement", "trimpath"}, said_all


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.27.2", (25, 27)), ("1.25.0", (21, 24)), ("1.25.2", (22, 25)), ("1.31.0", (None, 31)), ("x", (None, None))],
)
def test_versions_that_dlv_takes(version: str, expected: tuple[int | None, int | None]) -> None:
    assert dlv.supported(version) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("package main\n\nfunc main() {\n\t// x\n\tconst a = 1\n\n\tprintln(a)\n}\n", 7),
        ("package main\n\nfunc main() { println(1) }\n", 3),
        ("package main\n\nfunc main() {\n}\n", 3),
        ("package main\n\nfunc main() {\n\tconst (\n\t\ta = 1\n\t)\n\tprintln(a)\n}\n", 7),
        ("package main\n/*\nfunc main() {\n*/\nvar s = `\nfunc main() {\n`\nfunc main() {\n\tprintln(s)\n}\n", 9),
        ("package lib\n", None),
    ],
)
def test_first_statement(text: str, line: int | None) -> None:
    assert gosource.first_statement(text) == line


def test_launch_configurations_as_vscode_go_reads_them(tmp_path: Path) -> None:
    project = Project(tmp_path / "shop")
    project.environ["SHOP"] = "cmd"
    project.launch(
        program="${workspaceFolder}/${env:SHOP}/../main_test.go", cwd="sub", buildFlags=["-v"], env={"A": "${workspaceFolder}"}
    )
    answer = project.answers({LaunchConfigs})[LaunchConfigs]
    assert isinstance(answer, LaunchConfigs)
    (config,) = answer.configs
    assert (config.mode, config.program, config.cwd) == ("test", f"{project.root}/main_test.go", f"{project.root}/sub")
    assert config.env == {"A": str(project.root)}
    assert config.module is not None
    assert config.module.path == "example.com/shop"


def test_a_binary_tells_how_it_was_built(tmp_path: Path) -> None:
    project = Project(tmp_path / "shop")
    doors = real_doors(project.environ)
    plain = binaries.read(doors, str(project.build(*DEBUG_FLAGS)))
    assert plain.debuggable
    assert plain.symbols
    assert plain.flags.main is not None
    assert plain.flags.main.debuggable
    assert f"{project.root}/main.go" in plain.sources
    assert not any("/fmt/" in s for s in plain.sources)
    small = binaries.read(doors, str(project.build("-trimpath", "-ldflags=-s", *DEBUG_FLAGS)))
    assert (small.debuggable, small.symbols, small.flags.trimpath) == (False, False, True)
    assert small.sources == ("example.com/shop/internal/Calc/Calc.go", "example.com/shop/main.go")
    assert binaries.read(doors, "/nowhere").exists is False
    assert binaries.read(doors, str(project.root)).problem
    assert binaries.read(doors, str(project.write("text", "#!/bin/sh\n"))).problem
    assert binaries.read(doors, str(project.write("cut", "\x7fELF"))).problem
