"""When a plan may be used again: whatever the stamp calls unchanged gives the same plan when go is asked."""

from __future__ import annotations

import functools
import os
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gomend.apps.cgo import ordering, planned, stamps
from gomend.apps.loop import run_async
from gomend.ports.doors import real_doors

HEADS = """package main

import (
	"fmt"
	"go/parser"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	filepath.WalkDir(os.Args[1], func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil
		}
		at := func(pos token.Pos) int { return set.PositionFor(pos, false).Offset }
		last, first := at(file.Name.End()), -1
		for _, decl := range file.Decls {
			if one, ok := decl.(*ast.GenDecl); ok && one.Tok == token.IMPORT {
				last = at(one.End())
			} else if first < 0 {
				first = at(decl.Pos())
			}
		}
		fmt.Printf("%s\\t%d\\t%d\\n", path, last, first)
		return nil
	})
}
"""


def test_heads_end_where_go_itself_says_that_declarations_begin(tmp_path: Path) -> None:
    """Every file of Go's own source, beside go/parser."""
    (tmp_path / "main.go").write_text(HEADS)
    root = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    told = subprocess.run(["go", "run", "main.go", f"{root}/src"], cwd=tmp_path, capture_output=True, text=True, check=True)
    lines = told.stdout.splitlines()
    assert len(lines) > 5000
    unknown = 0
    for line in lines:
        path, last, first = line.rsplit("\t", 2)
        source = Path(path).read_bytes()
        match = stamps._HEAD.match(source)
        assert match
        if not stamps._AFTER.match(source, match.end()):
            unknown += 1
            continue
        assert int(last) <= match.end(), path
        assert match.end() == (int(first) if int(first) >= 0 else len(source)), path
    assert unknown < len(lines) / 1000


MAIN = """package main

import (
	"fmt"

	"example.com/shop/cart"
)

func main() { fmt.Println("hello", cart.Sum(1)) }
"""
CART = """package cart

// int twice(int a);
import "C"

// Sum is twice the number.
func Sum(a int) int { return int(C.twice(C.int(a))) }
"""
PURE = "package cart\n\n// Sum is a number.\nfunc Sum(a int) int { return a }\n"
EDITS = {
    "code": ("cart/cart.go", "Sum is", "Sum is still"),
    "body": ("main.go", '"hello"', '"good day"'),
    "pure": ("cart/cart.go", None, PURE),
    "cgo": ("cart/cart.go", None, CART),
    "header": ("cart/cart.go", "// int twice", "// #include <stdlib.h>\n// int twice"),
    "link": ("cart/cart.go", "// int twice", "// #cgo LDFLAGS: -lm\n// int twice"),
    "tag": ("cart/cart.go", "package cart", "//go:build !windows\n\npackage cart"),
    "net": ("main.go", '"fmt"\n', '"fmt"\n\t_ "net"\n'),
    "words": ("cart/notes.txt", None, "notes"),
    "cxx": ("cart/more.cc", None, "int more;\n"),
    "no-cxx": ("cart/more.cc", "", ""),
    "file": ("cart/other.go", None, 'package cart\n\nimport _ "os/user"\n'),
    "late": ("main.go", None, MAIN + "\nvar import_ = 1\n"),
    "go.mod": ("go.mod", "go 1.21", "go 1.22"),
    "work": ("../go.work", None, "go 1.22\n\nuse ./shop\n"),
}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.sampled_from(sorted(EDITS)), min_size=3, max_size=6))
def test_what_a_stamp_calls_unchanged_gives_the_same_plan(tmp_path_factory: pytest.TempPathFactory, edits: list[str]) -> None:
    doors = real_doors()
    folder = tmp_path_factory.mktemp("edits") / "shop"
    (folder / "cart").mkdir(parents=True)
    (folder / "go.mod").write_text("module example.com/shop\n\ngo 1.21\n")
    (folder / "main.go").write_text(MAIN)
    (folder / "cart/cart.go").write_text(CART)
    (folder / "cart/twice.c").write_text("int twice(int a) { return 2 * a; }\n")
    asked = ordering.order("linux/amd64", "glibc", "dynamic", str(folder), str(folder / "out"))
    made = run_async(functools.partial(planned.planned, doors, asked))
    take = functools.partial(stamps.take, doors.environ.variables, asked.directory)
    stamp = take(made.folders, made.files, before=time.time_ns() + 1)
    assert stamp is not None
    assert stamps.holds(stamp, doors.environ.variables)
    for edit in edits:
        name, old, new = EDITS[edit]
        path = folder / name
        if old == "":
            path.unlink(missing_ok=True)
        elif old is None:
            path.write_text(new)
        elif path.exists():
            path.write_text(path.read_text().replace(old, new, 1))
        if edit in {"body", "words"}:
            assert stamps.holds(stamp, doors.environ.variables), edit
            continue
        fresh = run_async(functools.partial(planned.planned, doors, asked))
        if stamps.holds(stamp, doors.environ.variables):
            assert fresh == made, edit
        made = fresh
        stamp = take(made.folders, made.files, before=time.time_ns() + 1)
        assert stamp is not None


def test_what_changes_no_plan_keeps_the_stamp_and_what_may_ends_it(tmp_path: Path) -> None:
    source = tmp_path / "main.go"
    source.write_text('package main\n\nimport _ "fmt"\n\nfunc main() {}\n')
    environ = {"HOME": str(tmp_path), "PATH": "/usr/bin"}

    def stamp() -> stamps.Stamp:
        found = stamps.take(environ, str(tmp_path), [str(tmp_path)], [], before=time.time_ns() + 1)
        assert found is not None
        return found

    first = stamp()
    source.write_text('package main\n\nimport _ "fmt"\n\nfunc main() { println(1) }\n')
    (tmp_path / "out").write_bytes(b"a binary")
    assert stamps.holds(first, environ)
    assert stamps.holds(first, {**environ, "TERM": "dumb"})
    assert not stamps.holds(first, {**environ, "CC": "clang"})
    for name, text in (
        ("main.go", 'package main\n\nimport _ "net"\n'),
        ("more.c", "int a;"),
        ("go.work", "go 1.22\n"),
        (".config/go/env", "CC=clang\n"),
    ):
        before = stamp()
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        assert not stamps.holds(before, environ), name


def test_no_stamp_is_taken_of_what_changed_meanwhile_or_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    environ = {"HOME": str(tmp_path), "PATH": os.defpath}
    take = functools.partial(stamps.take, directory=str(tmp_path), folders=[str(tmp_path)], files=[])
    assert take(environ, before=time.time_ns() + 1) is not None
    assert take(environ, before=(tmp_path / "main.go").stat().st_mtime_ns) is None
    assert take({**environ, "GOFLAGS": "-overlay=o.json"}, before=time.time_ns() + 1) is None
    (tmp_path / "main.go").write_text("package main\n\n)\n")
    assert take(environ, before=time.time_ns() + 1) is None
