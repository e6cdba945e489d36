"""The answer of ``gomend slo align``: for machines, for people, and as the table of a white paper."""

from __future__ import annotations

import html
from fractions import Fraction
from typing import Final

from gomend.apps.slo.aligning import Aligned, Number
from gomend.model.base import Thing
from gomend.model.text import Text, Translator, text
from gomend.slo.align.compare import Divergence
from gomend.slo.align.meaning import Meaning
from gomend.slo.judge import decimal
from gomend.slo.yamltree import spelled

_SAME: Final = text("sloalign.same", "the teams mean the same")
_REPLACE: Final = text("sloalign.replace", "this works: {query}")
_ON: Final = text("sloalign.on", "on the same events ({counts}):")
_LIVE: Final = text("sloalign.live", "in the newest period:")
_MET: Final = text("sloalign.met", "met")
_MISSED: Final = text("sloalign.missed", "missed by {by}")
_NOTHING: Final = text("sloalign.nothing", "no number")
_DEFINITIONS: Final = text("sloalign.definitions", "Definitions")
_DIVERGENCES: Final = text("sloalign.divergences", "Where they differ")
_NUMBERS: Final = text("sloalign.numbers", "On the same data")
_FIELD: Final = text("sloalign.field", "Field")
_VALUE: Final = text("sloalign.value", "Value")
_VERDICT: Final = text("sloalign.verdict", "Against the objective")
_TITLE: Final = text("sloalign.title", "What the teams mean by their SLIs")
_FIELDS: Final[tuple[tuple[str, Text], ...]] = (
    ("text", text("sloalign.row.text", "As written")),
    ("good", text("sloalign.row.good", "Good")),
    ("bad", text("sloalign.row.bad", "Bad")),
    ("excluded", text("sloalign.row.excluded", "Excluded")),
    ("population", text("sloalign.row.population", "Population")),
    ("place", text("sloalign.row.place", "Measured at")),
    ("statistic", text("sloalign.row.statistic", "Statistic")),
    ("unit", text("sloalign.row.unit", "Unit")),
    ("window", text("sloalign.row.window", "Window")),
    ("objective", text("sloalign.row.objective", "Objective")),
)


class DivergenceShape(Thing, frozen=True):
    """One difference."""

    code: str
    detail: str
    teams: tuple[str, ...]
    replacement: str = ""


class NumberShape(Thing, frozen=True):
    """What one team's definition says on the same data."""

    team: str
    value: str | None
    source: str
    verdict: str = ""
    why: str = ""
    reading: str = ""


class SliShape(Thing, frozen=True):
    """One SLI."""

    name: str
    definitions: dict[str, dict[str, str]]
    divergences: tuple[DivergenceShape, ...]
    numbers: tuple[NumberShape, ...]
    counts: dict[str, str]


class AlignShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend slo align``."""

    schema_: str
    slis: tuple[SliShape, ...]


def shape(found: list[Aligned], say: Translator) -> AlignShape:
    """The answer for machines."""
    return AlignShape(schema_="gomend.slo-align/1", slis=tuple(_sli(each, say) for each in found))


def _sli(each: Aligned, say: Translator) -> SliShape:
    return SliShape(
        name=each.name,
        definitions={m.team: {name: value for name, _ in _FIELDS if (value := field(m, name))} for m in each.meanings},
        divergences=tuple(
            DivergenceShape(code=d.code, detail=detail(d, say), teams=d.teams, replacement=d.replacement)
            for d in each.divergences
        ),
        numbers=tuple(
            NumberShape(
                team=n.team,
                value=None if n.value is None else decimal(n.value, 5),
                source=n.of,
                verdict=verdict(n.value, each.target, say),
                why=n.why,
                reading=n.as_,
            )
            for n in each.numbers
        ),
        counts={name: decimal(count, 3) for name, count in each.counts.items()},
    )


def _who(number: Number) -> str:
    return f"{number.team}: {number.as_}" if number.as_ else number.team


def field(meaning: Meaning, name: str) -> str:
    """One field as a text; empty where it is not said."""
    value = getattr(meaning, name)
    if isinstance(value, frozenset):
        return " ".join(sorted(value))
    return spelled(value) if name == "window" and value else str(value or "")


def detail(found: Divergence, say: Translator) -> str:
    """A difference in words."""
    parts = ", ".join(say(p) for p in found.parts)
    said = {k: parts if v in {"{sides}", "{why}"} else v for k, v in found.said.parameters.items()}
    return say(found.said, **said)


def verdict(value: Fraction | None, target: Fraction | None, say: Translator) -> str:
    """Whether a share keeps the objective, and by how much it misses it."""
    if value is None or target is None or not 0 <= value <= 1:
        return ""
    return say(_MET) if value >= target else say(_MISSED, by=decimal(target - value, 5))


def told(found: list[Aligned], say: Translator) -> str:
    """The answer for people."""
    lines: list[str] = []
    for each in found:
        lines += [each.name, ""]
        if not each.divergences:
            lines.append(f"  {say(_SAME)}")
        for d in each.divergences:
            lines.append(f"  ! {d.code}  {detail(d, say)}")
            if d.replacement and d.code == "INVALID_QUERY":
                lines.append(f"      {say(_REPLACE, query=d.replacement)}")
        if any(n.value is not None for n in each.numbers):
            counts = ", ".join(f"{name} {decimal(count, 1)}" for name, count in each.counts.items())
            lines += ["", f"  {say(_ON, counts=counts) if counts else say(_LIVE)}"]
            width = max(len(_who(n)) for n in each.numbers)
            for n in each.numbers:
                value = say(_NOTHING) if n.value is None else decimal(n.value, 5)
                more = verdict(n.value, each.target, say) or n.why
                lines.append(f"    {_who(n).ljust(width)}  {value}" + (f"  {more}" if more else ""))
        lines.append("")
    return "\n".join(lines)


def _tables(each: Aligned, say: Translator) -> list[tuple[str, list[list[str]]]]:
    teams = [m.team for m in each.meanings]
    rows = [[say(words), *(field(m, name) for m in each.meanings)] for name, words in _FIELDS]
    first = [[say(_FIELD), *teams], *(row for row in rows if any(row[1:]))]
    second = [["", say(_DIVERGENCES), ""], *([d.code, detail(d, say), d.replacement] for d in each.divergences)]
    numbers = [
        [_who(n), say(_NOTHING) if n.value is None else decimal(n.value, 5), verdict(n.value, each.target, say) or n.why]
        for n in each.numbers
    ]
    third = [["", say(_VALUE), say(_VERDICT)], *numbers]
    return [(say(_DEFINITIONS), first), (say(_DIVERGENCES), second), (say(_NUMBERS), third)]


def markdown(found: list[Aligned], say: Translator) -> str:
    """The white paper's table in Markdown."""
    lines = [f"# {say(_TITLE)}", ""]
    for each in found:
        lines += [f"## {each.name}", ""]
        for title, rows in _tables(each, say):
            lines += [f"### {title}", ""]
            for at, row in enumerate(rows):
                lines.append("| " + " | ".join(_cell(c) for c in row) + " |")
                if at == 0:
                    lines.append("|" + " --- |" * len(row))
            lines.append("")
    return "\n".join(lines)


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


def page(found: list[Aligned], say: Translator) -> str:
    """The same as one HTML page that needs nothing else."""
    body = [f"<h1>{html.escape(say(_TITLE))}</h1>"]
    for each in found:
        body.append(f"<h2>{html.escape(each.name)}</h2>")
        for title, rows in _tables(each, say):
            body.append(f"<h3>{html.escape(title)}</h3><table>")
            for at, row in enumerate(rows):
                tag = "th" if at == 0 else "td"
                body.append("<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in row) + "</tr>")
            body.append("</table>")
    style = (
        "body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#222}"
        "table{border-collapse:collapse;margin:.5em 0 1.5em}th,td{border:1px solid #ccc;padding:.35em .7em;text-align:left;"
        "vertical-align:top;overflow-wrap:anywhere}th{background:#f3f3f3}"
    )
    head = f'<meta charset="utf-8"><title>{html.escape(say(_TITLE))}</title><style>{style}</style>'
    return f'<!doctype html><html lang="{say.language}"><head>{head}</head><body>{"".join(body)}</body></html>\n'
