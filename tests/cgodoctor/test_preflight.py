"""What is foreseen without building: observed failures name their cause, healthy projects stay clean, go agrees about flags."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import anyio
import pytest

from gomend.apps.cgo.predicting import Prediction, predict
from gomend.cgo.preflight.allowed import FlagRules
from gomend.engine.gather import gather
from gomend.model.base import Severity
from gomend.ports.doors import Scope, real_doors
from tests.cgo.bench import GO, Bench

CASES = {c["id"]: c for c in json.loads((Path(__file__).parents[1] / "cgo" / "data" / "cases.json").read_text())}
AHEAD = [
    "library-missing",
    "undefined-reference",
    "cflag-not-allowed",
    "static-glibc-getaddrinfo",
    "musl-no-execinfo",
    "no-interpreter",
    "multilib",
    "header",
    "cname",
    "preamble",
    "muslkernel",
    "libarch2",
    "newglibcarc",
]
"""Causes that only this part foresees; the whole list is measured by tools/cgo_preflight.py."""


def ahead(bench: Bench, *, compile: bool = True, budget: float = 30.0, **fields: object) -> Prediction:
    doors = real_doors(bench.env)

    async def run() -> Prediction:
        made, _ = await predict(doors, bench.scope(**fields), compile=compile, budget=budget)
        return made

    return anyio.run(run)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gocache")


@pytest.mark.parametrize("name", AHEAD)
def test_the_cause_is_foreseen(name: str, tmp_path: Path, cache: Path) -> None:
    case = CASES[name]
    bench = Bench(tmp_path, cache, case["files"])

    def fill(text: str) -> str:
        return text.replace("{W}", str(tmp_path)).replace("{GO}", GO)

    if case["setup"]:
        subprocess.run(["/bin/bash", "-c", fill(case["setup"])], cwd=bench.root, env=bench.env, check=True, capture_output=True)
    bench.env |= {k: fill(v) for k, v in case["env"].items()}
    before = sorted(str(p) for p in bench.root.rglob("*"))
    made = ahead(bench, command=("/bin/bash", "-c", fill(case["cmd"])))
    assert case["cause"] in {f.slug for f in made.findings}, [(f.code, f.slug) for f in made.findings]
    found = next(f for f in made.findings if f.slug == case["cause"])
    assert found.evidence
    assert found.fixes
    assert sorted(str(p) for p in bench.root.rglob("*")) == before


HEALTHY = {
    "plain": '// static int add(int a, int b) { return a + b; }\nimport "C"\n\nfunc main() { println(C.add(2, 40)) }\n',
    "libm": '// #cgo LDFLAGS: -lm\n// #include <math.h>\nimport "C"\n\nfunc main() { println(C.sqrt(2)) }\n',
    "types": (
        '/*\n#include <errno.h>\n#include <stdlib.h>\n#define LIMIT 42\n#define NAME "n"\nstruct point { int x; };\nenum kind { ONE };\n'
        'typedef unsigned long word;\nextern int goBack(int);\nstatic int call(void) { return 1; }\n*/\nimport "C"\n\nfunc main() {\n'
        "\tvar p C.struct_point\n\tvar k C.enum_kind = C.ONE\n\tvar w C.word = C.LIMIT\n\t// C.nothing is only a comment\n"
        '\ts := C.CString(C.NAME + "C.neither")\n\tC.free(nil)\n\t_, err := C.call()\n\tprintln(p.x, k, w, s, err, C.sizeof_word, C.ENOENT)\n}\n'
    ),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_projects_are_clean_and_build(name: str, tmp_path: Path, cache: Path) -> None:
    bench = Bench(
        tmp_path, cache, {"go.mod": "module example.com/x\n\ngo 1.21\n", "main.go": f"package main\n\n{HEALTHY[name]}"}
    )
    made = ahead(bench)
    assert [(f.code, f.title) for f in made.findings if f.severity is Severity.ERROR] == []
    assert not made.undetermined
    assert [r.log for r in made.rehearsals] == [""]
    assert bench.run("go", "build", "-o", os.devnull, ".").returncode == 0


FLAGS = [
    ("CFLAGS", "-O3"),
    ("CFLAGS", "-fexcess-precision=standard"),
    ("CFLAGS", "-fplugin=x.so"),
    ("CFLAGS", "-Wno-unused"),
    ("CFLAGS", "-I include"),
    ("CFLAGS", "-D X=1"),
    ("CFLAGS", "-mavx2"),
    ("LDFLAGS", "-Wl,--wrap=f"),
    ("LDFLAGS", "-Wl,-z,relro"),
    ("LDFLAGS", "-Wl,-Map=x"),
    ("LDFLAGS", "-static-libgcc"),
    ("LDFLAGS", "-T script"),
    ("LDFLAGS", "@file"),
]


@pytest.mark.parametrize(("kind", "flag"), FLAGS)
def test_go_and_the_lists_agree_about_flags(kind: str, flag: str, tmp_path: Path, cache: Path) -> None:
    text = f'package main\n\n// #cgo {kind}: {flag}\nimport "C"\n\nfunc main() {{}}\n'
    bench = Bench(tmp_path, cache, {"go.mod": "module example.com/x\n\ngo 1.21\n", "main.go": text})
    said = bench.run("go", "build", "-n", ".").stderr
    refused = "invalid flag in #cgo" in said
    answers = anyio.run(lambda: gather({FlagRules}, Scope(root=str(bench.root)), real_doors(bench.env)))
    rules = answers[FlagRules]
    assert isinstance(rules, FlagRules)
    table = "Linker" if kind == "LDFLAGS" else "Compiler"
    assert bool(rules.refused(table, tuple(flag.split()))) == refused, said[:500]


@pytest.mark.full
def test_an_answer_comes_in_time_although_the_compiler_hangs(tmp_path: Path, cache: Path) -> None:
    slow = tmp_path / "slow-gcc"
    slow.write_text('#!/bin/sh\ncase "$*" in *-dumpmachine*) exec gcc -dumpmachine ;; esac\nexec sleep 600\n')
    slow.chmod(0o755)
    bench = Bench(
        tmp_path, cache, {"go.mod": "module example.com/x\n\ngo 1.21\n", "main.go": f"package main\n\n{HEALTHY['plain']}"}
    )
    bench.env["CC"] = str(slow)
    made = ahead(bench, budget=1.0)
    assert made.rehearsal_seconds < 15
    assert made.rehearsals[0].partly
