"""JSON with comments: read as VS Code reads it, edited so that the rest stays byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomend.debug import jsonc
from gomend.model.step import Edit, edit_text

_KEYS = st.text(max_size=6)
_LEAVES = (
    st.none() | st.booleans() | st.integers(-9, 10**9) | st.text(max_size=12) | st.floats(allow_nan=False, allow_infinity=False)
)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3), max_leaves=8
)
_GAPS = st.sampled_from(["", " ", "\n", "\n    ", " /* a, ] */ ", " // b }\n", "\t", "\r\n  "])


@st.composite
def documents(draw: st.DrawFn, value: st.SearchStrategy[Any] = _VALUES) -> tuple[str, Any]:
    """The text of a value with comments, odd spacing and trailing commas, and the value."""

    def write(thing: Any) -> str:
        if isinstance(thing, dict):
            parts = [f"{json.dumps(k)}{draw(_GAPS)}:{draw(_GAPS)}{write(v)}" for k, v in thing.items()]
        elif isinstance(thing, list):
            parts = [write(v) for v in thing]
        else:
            return json.dumps(thing, ensure_ascii=draw(st.booleans()))
        comma = "," if parts and draw(st.booleans()) else ""
        inside = ",".join(f"{draw(_GAPS)}{part}{draw(_GAPS)}" for part in parts) + comma + draw(_GAPS)
        return f"{{{inside}}}" if isinstance(thing, dict) else f"[{inside}]"

    made = draw(value)
    return draw(st.sampled_from(["", "﻿"])) + draw(_GAPS) + write(made) + draw(_GAPS), made


def outside(raw: bytes, edits: tuple[Edit, ...]) -> list[bytes]:
    """The pieces of a file that edits leave alone."""
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda e: e.start):
        pieces.append(raw[at : edit.start])
        at = edit.end
    return [*pieces, raw[at:]]


def check_edit(doc: jsonc.Document, edits: tuple[Edit, ...], expected: Any) -> None:
    after = edit_text(doc.raw, edits)
    again = jsonc.parse(after)
    assert again.root is not None, (again.problem, after.decode())
    assert again.root.data == expected, after.decode()
    at = 0
    for piece in outside(doc.raw, edits):
        found = after.find(piece, at)
        assert found >= 0
        at = found + len(piece)
    assert after.count(b"/* a, ] */") == doc.raw.count(b"/* a, ] */") or edits[0].end > edits[0].start


@given(documents())
def test_reads_comments_and_trailing_commas(made: tuple[str, Any]) -> None:
    text, value = made
    doc = jsonc.parse(text)
    assert doc.root is not None, doc.problem
    assert doc.root.data == value


@settings(max_examples=200)
@given(documents(st.dictionaries(_KEYS, _VALUES, max_size=4)), _KEYS, _VALUES)
def test_set_puts_the_key_and_keeps_the_rest(made: tuple[str, dict[str, Any]], key: str, value: Any) -> None:
    doc = jsonc.parse(made[0])
    check_edit(doc, doc.set((key,), value), {**made[1], key: value})


@settings(max_examples=200)
@given(documents(st.lists(_VALUES, max_size=4)), _VALUES)
def test_append_and_prepend(made: tuple[str, list[Any]], value: Any) -> None:
    doc = jsonc.parse(made[0])
    check_edit(doc, doc.append((), value), [*made[1], value])
    check_edit(doc, doc.prepend((), value), [value, *made[1]])


@given(documents(st.lists(_VALUES, min_size=1, max_size=5)), st.randoms(use_true_random=False))
def test_permute(made: tuple[str, list[Any]], random: Any) -> None:
    doc = jsonc.parse(made[0])
    order = list(range(len(made[1])))
    random.shuffle(order)
    check_edit(doc, doc.permute((), order), [made[1][i] for i in order])


@given(documents(st.lists(_VALUES, min_size=1, max_size=5)), st.data())
def test_remove(made: tuple[str, list[Any]], data: st.DataObject) -> None:
    doc = jsonc.parse(made[0])
    first = data.draw(st.integers(0, len(made[1]) - 1))
    count = data.draw(st.integers(1, len(made[1]) - first))
    check_edit(doc, doc.remove((first,), count), made[1][:first] + made[1][first + count :])


@given(st.text(alphabet='{}[],:"\\/* \n1atrue', max_size=40))
def test_never_raises_and_takes_what_json_takes(text: str) -> None:
    doc = jsonc.parse(text)
    assert (doc.root is None) == bool(doc.problem)
    try:
        value = json.loads(text, strict=True)
    except ValueError:
        return
    assert doc.root is not None
    assert doc.root.data == value


LAUNCH = """{
  // Use IntelliSense to learn about possible attributes.
  "version": "0.2.0",
  "configurations": [
    {
      "name": "app", // the server
      "program": "${workspaceFolder}/bin/app" /* built by make */
    }, // more may come
  ]
}
"""


def test_inserted_key_looks_like_its_neighbours() -> None:
    doc = jsonc.parse(LAUNCH)
    edits = doc.set(("configurations", 0, "substitutePath"), [{"from": "a", "to": "b"}])
    assert edit_text(doc.raw, edits).decode() == LAUNCH.replace(
        'bin/app" /* built by make */\n',
        'bin/app", /* built by make */\n      "substitutePath": [\n        {\n          "from": "a",\n          "to": "b"\n        }\n      ]\n',
    )


def test_windows_line_ends_and_tabs_are_kept() -> None:
    doc = jsonc.parse('{\r\n\t"a": []\r\n}\r\n')
    assert (
        edit_text(doc.raw, doc.append(("a",), {"x": 1})) == b'{\r\n\t"a": [\r\n\t\t{\r\n\t\t\t"x": 1\r\n\t\t}\r\n\t]\r\n}\r\n'
    )


@pytest.mark.parametrize(
    "text", ['{"a":1,,}', "[,]", "{,}", '{"a":}', '{"a" 1}', "", "[1 2]", "{a:1}", '"\\x"', '{"a":,}', "[" * 5000]
)
def test_broken_text_names_a_line(text: str) -> None:
    doc = jsonc.parse("\n" + text)
    assert doc.root is None
    assert doc.problem.startswith("line ")


def test_no_such_place() -> None:
    doc = jsonc.parse('{"a": 1}')
    for call in (lambda: doc.set(("b", "c"), 1), lambda: doc.append(("a",), 1), lambda: doc.permute(("a",), [0])):
        with pytest.raises(LookupError):
            call()


def test_removed_items_leave_no_empty_lines() -> None:
    text = '{\n  "args": [\n    "build",\n    "-ldflags", // why\n    "-s -w",\n    "-o", "x"\n  ]\n}\n'
    doc = jsonc.parse(text)
    kept = '{\n  "args": [\n    "build",\n    // why\n    "-o", "x"\n  ]\n}\n'
    assert edit_text(doc.raw, doc.remove(("args", 1), 2)).decode() == kept
    last = '{\n  "args": [\n    "build",\n    "-ldflags", // why\n    "-s -w"\n  ]\n}\n'
    doc = jsonc.parse(last)
    expected = last.replace('"-ldflags", // why\n    "-s -w"\n', '"-ldflags" // why\n')
    assert edit_text(doc.raw, doc.remove(("args", 2))).decode() == expected
