"""``--graph``: every branch is there, one path is marked, words fit their boxes in both languages, labels are safe."""

from __future__ import annotations

import importlib.util
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest

from gomend.apps.cli.main import run
from gomend.apps.route import svg as drawing
from gomend.apps.route.chart import Chart, build
from gomend.apps.route.draw import draw, mermaid
from gomend.apps.route.explain import explain
from gomend.apps.route.here import Here, settled
from gomend.golang.facts.env import Setting
from gomend.model.text import Translator

ROOT = Path(__file__).parent.parent.parent
SVG = "{http://www.w3.org/2000/svg}"
KEY = "sum.example.com+255c3752+AUxtWWSAWLsO7v98Jcs3PE7QT5WqQ4SxeGg+s2+peBd+"
SETTINGS = {
    "plain": {"GOPROXY": "https://one.example.com|https://two.example.com:8443/a/very/long/path/that/goes/on/and/on,direct"},
    "private": {"GOPROXY": "https://one.example.com,direct", "GOPRIVATE": "example.com/lib"},
    "off": {"GOPROXY": "https://one.example.com,off"},
    "bad list": {"GOPROXY": "ftp://one.example.com"},
    "no sums": {"GOPROXY": "https://one.example.com", "GOSUMDB": "off"},
    "bad sums": {"GOPROXY": "https://one.example.com", "GOSUMDB": "nonsense+"},
    "direct": {"GOPROXY": "direct", "GOVCS": "*:off"},
}


def here(**values: str) -> Here:
    full = {"GOSUMDB": KEY, "GOVERSION": "go1.26.8", **values}
    return Here(settings=settled({name: Setting(value=value, origin="environment") for name, value in full.items()}))


def chart(name: str, language: str = "en") -> Chart:
    return build(explain("example.com/lib@v1.2.3", here(**SETTINGS[name])), Translator(language))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("name", SETTINGS)
def test_words_fit_their_boxes(name: str, language: str) -> None:
    """As wide as common sans-serif fonts make them at most, each line lies inside its box."""
    root = ET.fromstring(drawing.svg(chart(name, language)))
    boxes = []
    for box in (*root.iter(f"{SVG}rect"), *root.iter(f"{SVG}polygon")):
        if "box" not in box.get("class", ""):
            continue
        if box.tag == f"{SVG}rect":
            x, y, w, h = (float(box.get(k, "")) for k in ("x", "y", "width", "height"))
        else:
            points = [tuple(map(float, p.split(","))) for p in box.get("points", "").split()]
            xs, ys = [p[0] for p in points], [p[1] for p in points]
            x, y, w, h = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
        boxes.append((x, y, x + w, y + h))
    inside = 0
    for text in root.iter(f"{SVG}text"):
        x, y, wide = float(text.get("x", "")), float(text.get("y", "")), drawing.width(text.text or "", 13)
        left = x - wide / 2 if text.get("text-anchor") else x
        holder = [b for b in boxes if b[0] <= x <= b[2] and b[1] <= y <= b[3]]
        if text.get("class"):
            assert not holder or text.get("class") == "title", text.text
            continue
        assert len(holder) == 1, text.text
        assert holder[0][0] <= left
        assert left + wide <= holder[0][2], text.text
        inside += 1
    assert inside >= len(boxes)
    for i, a in enumerate(boxes):
        assert not any(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for b in boxes[i + 1 :])


@pytest.mark.parametrize("name", SETTINGS)
def test_one_path_is_taken(name: str) -> None:
    """From the start every taken row has exactly one taken way on, and there is one end."""
    made = chart(name)
    reached = [row for row in made.rows if row.reached]
    assert made.rows[0].reached
    for row in reached:
        ways = [out for out in row.outs if out.taken]
        assert len(ways) + row.down_taken == 1, row
    ends = [row for row in reached for out in row.outs if out.taken and not out.joins]
    assert len(ends) == 1


def test_all_branches_are_drawn_and_the_picture_is_safe() -> None:
    text = drawing.svg(chart("plain"))
    for words in (
        "Ask https://one.example.com",
        "404, 410",
        "any error",
        "no answer",
        "SECURITY ERROR",
        "go waits for ever",
        "taken",
    ):
        assert words in text
    assert "prefers-color-scheme: dark" in text
    assert "<script" not in text
    assert "http" not in re.sub(r"http://www\.w3\.org/2000/svg|https://[a-z]+\.example\.com", "", text).replace("GOPROXY", "")


def test_mermaid_labels_are_escaped() -> None:
    decision = explain("example.com/lib@v1.2.3", here(GOPROXY='https://one.example.com/a"b#c;<d>`e`,direct', GOPRIVATE='x"y'))
    text = mermaid(build(decision, Translator("en")))
    labels = re.findall(r'"([^"\n]*)"', text)
    assert text.count('"') == 2 * len(labels)
    for label in labels:
        assert not re.search(r"[<>`\\]", label)
        assert re.fullmatch(r"[^#]*(?:#(?:quot|35|lt|gt|96|amp|92);[^#]*)*", label)
    names = re.findall(r"(?m)^  (\w+)[\[{(]", text)
    assert "end" not in names
    assert len(names) == len(set(names))


def test_the_taken_path_in_mermaid_and_text() -> None:
    decision = explain("example.com/lib@v1.2.3", here(**SETTINGS["private"]))
    text = draw(decision, "mermaid", Translator("en"))
    assert 'match ==>|"yes (taken)"| match_0' in text
    assert "match_0 ==> sums" in text
    plain = draw(decision, "text", Translator("en"))
    assert "*   |-- yes: No proxy is asked: the origin, with all  (taken)" in plain
    assert plain.count("(taken)") >= 4


def test_the_committed_pictures_are_what_the_tool_draws() -> None:
    made = _tool().pictures()
    assert set(made) == {"route.svg", "route.zh-CN.svg"}
    for name, text in made.items():
        assert (ROOT / "docs/pictures" / name).read_text(encoding="utf-8") == text, "python tools/pictures.py"


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "tools/pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["--what-if", "GOPROXY=https://p.example.com", "--what-if", "GOSUMDB=off"]
    assert run(["mod", "route", "example.com/a@v1.0.0", "--graph", "svg", *settings]) == 0
    assert ET.fromstring(capsys.readouterr().out).tag == f"{SVG}svg"
    assert run(["mod", "route", "--graph", "svg"]) == 2
