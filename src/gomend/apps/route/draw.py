"""A chart as lines for a terminal, as mermaid, or as a picture."""

from __future__ import annotations

from gomend.apps.route.chart import Chart, build
from gomend.apps.route.decision import Decision
from gomend.apps.route.probed import Probed
from gomend.model.text import Translator


def draw(decision: Decision, form: str, say: Translator, probed: Probed | None = None) -> str:
    """The decision's chart as ``text``, ``mermaid`` or ``svg``."""
    chart = build(decision, say, probed)
    if form == "mermaid":
        return mermaid(chart)
    if form == "svg":
        from gomend.apps.route.svg import svg

        return svg(chart)
    return plain(chart)


def plain(chart: Chart) -> str:
    """Lines for a terminal: ``*`` and a word mark the taken path."""
    lines = [chart.title, ""]
    for row in chart.rows:
        mark = "*" if row.reached else " "
        lines.append(f"{mark} [{row.words}]")
        for out in row.outs:
            tail = f"  ({chart.taken})" if out.taken else ""
            lines.append(f"{'*' if out.taken else ' '}   |-- {out.label + ': ' if out.label else ''}{out.words}{tail}")
        if row.down or row.id == "start":
            tail = f"  ({chart.taken})" if row.down_taken and row.down else ""
            lines.append(f"{'*' if row.down_taken else ' '}   v {row.down}{tail}".rstrip())
        elif row.id == "last":
            lines.append("")
    return "\n".join(lines) + "\n"


def mermaid(chart: Chart) -> str:
    """A mermaid flow chart; taken edges are thick, taken boxes have a class."""
    lines = ["---", f'title: "{chart.title.replace(chr(34), chr(39))}"', "---", "flowchart TD"]
    taken = ["start"]
    for row, after in zip(chart.rows, (*chart.rows[1:], None), strict=True):
        opening, closing = {"start": ("([", "])"), "question": ("{", "}"), "end": ("([", "])")}.get(row.shape, ("[", "]"))
        lines.append(f"  {row.id}{opening}{_quoted(row.words)}{closing}")
        taken += [row.id] if row.reached else []
        if after is not None and (row.down or row.id == "start"):
            lines.append(f"  {row.id} {_arrow(row.down, row.down_taken, chart.taken)} {after.id}")
        for i, out in enumerate(row.outs):
            name = f"{row.id}_{i}"
            lines.append(f"  {row.id} {_arrow(out.label, out.taken, chart.taken)} {name}[{_quoted(out.words)}]")
            taken += [name] if out.taken else []
            if out.joins:
                lines.append(f"  {name} {'==>' if out.taken else '-->'} {chart.joined}")
    lines += [
        "  classDef taken fill:#dbeafe,stroke:#1d4ed8,stroke-width:3px,color:#0b1f4d",
        f"  class {','.join(dict.fromkeys(taken))} taken",
    ]
    return "\n".join(lines) + "\n"


def _arrow(label: str, taken: bool, word: str) -> str:
    body = f"{label} ({word})" if taken and label else label
    line = "==>" if taken else "-->"
    return f"{line}|{_quoted(body)}|" if body else line


def _quoted(text: str) -> str:
    """A mermaid label: quotes and what mermaid or HTML would read become entities."""
    entities = {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "`": "#96;", "&": "#amp;", "\\": "#92;"}
    return '"' + "".join(entities.get(c, c) for c in text) + '"'
