"""The page of an incident: complete, self-contained, safe against what telemetry may say."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from gomend.apps.incidents import ranking
from gomend.model.text import Translator

DATA = Path(__file__).parent / "data"


class Checked(HTMLParser):
    """Every tag is closed in order; nothing that could run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert tag not in {"script", "iframe", "img", "link", "object"}
        assert not [a for a, _ in attrs if a.startswith("on") or a in {"href", "src"}]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def checked(html: str) -> Checked:
    reader = Checked()
    reader.feed(html)
    assert reader.open == []
    assert "http" not in re.sub(r'xmlns="http://www.w3.org/2000/svg"', "", html)
    return reader


@pytest.mark.parametrize("name", ["tickets-network", "shop-metrics-only"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_page_has_its_parts(name: str, language: str) -> None:
    html = ranking.page(str(DATA / name), None, "html", Translator(language))
    reader = checked(html)
    heads = html.count("<h2>")
    assert heads == (7 if name == "tickets-network" else 5)  # without traces there are no calls and no request to show
    assert reader.seen >= {"svg", "rect", "table"}
    assert ("ts-route-service" if name == "tickets-network" else "adservice") in "".join(reader.words[:12])


def test_the_same_data_gives_the_same_bytes() -> None:
    made = {ranking.page(str(DATA / "shop-network"), None, "html", Translator("en")) for _ in range(2)}
    assert len(made) == 1


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'|`"
    for path in (DATA / "shop-network").glob("*.parquet"):
        columns = [r[0] for r in duckdb.connect().execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
        terms = ", ".join(
            f'replace("{c}", \'cartservice\', ?) AS "{c}"' if c in {"PodName", "OperationName", "svc"} else f'"{c}"'
            for c in columns
        )
        n = terms.count("?")
        duckdb.connect().execute(
            f"COPY (SELECT {terms} FROM '{path}') TO '{tmp_path / path.name}' (FORMAT parquet)", [evil] * n
        )
    for form in ("html", "markdown"):
        made = ranking.page(str(tmp_path), None, form, Translator("en"))
        assert "alert(1)" in made
        assert not re.search(r"(?<!\\)<script", made)
        if form == "html":
            checked(made)


def test_export_writes_a_file_or_says_why_not(tmp_path: Path) -> None:
    def gomend(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gomend", "incidents", "export", *words], capture_output=True, text=True, check=False
        )

    target = tmp_path / "page.html"
    done = gomend(str(DATA / "shop-metrics-only"), "-o", str(target))
    assert (done.returncode, done.stdout) == (0, "")
    checked(target.read_text())
    shown = gomend(str(DATA / "shop-metrics-only"), "--format", "markdown")
    assert shown.stdout.startswith("# ")
    assert "adservice" in shown.stdout
    (tmp_path / "file").write_text("")
    refused = gomend(str(DATA / "shop-metrics-only"), "-o", str(tmp_path / "file" / "page.html"))
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
