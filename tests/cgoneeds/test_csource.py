"""Preambles and #include lines, against the real preprocessor."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.cgo import csource

GO = """package main

// #cgo LDFLAGS: -lm
/*
#include <math.h>
int declared(void);
static int given(void) { return declared(); }
*/
import "C"
"""


def test_the_preamble_is_the_comment_right_above_the_import() -> None:
    text = csource.preamble(GO)
    assert "#include <math.h>" in text
    assert "#cgo" not in text
    assert text.split("\n").index("#include <math.h>") == GO.split("\n").index("#include <math.h>")
    assert csource.preamble(GO.replace("*/\nimport", "*/\n\nimport")) == "\n" * 9 or "math" not in csource.preamble(
        GO.replace("*/\nimport", "*/\n\nimport")
    )
    lines = 'package a\n\n// #include <a.h>\n// int f(void);\nimport "C"\n'
    assert csource.preamble(lines).split("\n")[2:4] == [" #include <a.h>", " int f(void);"]
    assert csource.preamble("package a\n") == ""


def test_functions_without_a_body() -> None:
    text = csource.preamble(GO)
    assert csource.declared_only(text) == {"declared": 6}
    assert csource.defined(text) == {"given"}


NAMES = ["__linux__", "_WIN32", "__APPLE__", "__x86_64__", "__aarch64__", "__GNUC__", "_MSC_VER"]
CONDITION = st.one_of(
    st.sampled_from([f"ifdef {n}" for n in NAMES] + [f"ifndef {n}" for n in NAMES]),
    st.sampled_from([f"if defined({n})" for n in NAMES] + [f"if !defined({n})" for n in NAMES] + ["if 0", "if 1"]),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(["&&", "||"]), st.sampled_from(NAMES)).map(
        lambda t: f"if defined({t[0]}) {t[1]} defined({t[2]})"
    ),
)


@st.composite
def sources(draw: st.DrawFn) -> str:
    """C text of nested conditions around headers h0.h, h1.h …"""
    lines = ["int first;"]
    count = 0
    depth = 0
    for _ in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(["include", "open", "else", "elif", "close"]))
        if kind == "open":
            lines.append(f"#{draw(CONDITION)}")
            depth += 1
        elif kind == "close" and depth:
            lines.append("#endif")
            depth -= 1
        elif kind in {"else", "elif"} and depth:
            word = draw(st.sampled_from(NAMES))
            lines.append("#else\n#endif\n#if 1" if kind == "else" else f"#elif defined({word})")
        else:
            lines.append(f'#include "h{count}.h"')
            count += 1
    return "\n".join([*lines, *["#endif"] * depth]) + "\n"


@pytest.fixture(scope="module")
def headers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("headers")
    for i in range(12):
        (folder / f"h{i}.h").write_text(f"int header_{i};\n")
    return folder


@given(text=sources())
def test_conditions_agree_with_the_preprocessor(headers: Path, text: str) -> None:
    """What is told as certain is what gcc includes, and nothing that gcc includes is missing."""
    done = subprocess.run(
        ["gcc", "-E", "-P", "-x", "c", "-I", str(headers), "-"], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    real = {f"h{n}.h" for n in re.findall(r"header_(\d+)", done.stdout)}
    told = list(csource.includes(text, "linux", "amd64"))
    assert {i.header for i in told if not i.conditional} <= real
    assert real <= {i.header for i in told}
    # Every macro here is known, so nothing may be left open.
    assert not [i for i in told if i.conditional]


def test_comments_do_not_include() -> None:
    text = "/*\n#include <a.h>\n*/\n// #include <b.h>\n#include <c.h>\n"
    assert [(i.header, i.line) for i in csource.includes(text, "linux", "amd64")] == [("c.h", 5)]
