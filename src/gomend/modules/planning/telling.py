"""A plan for people: settings with reasons, the outage table, what is left open."""

from __future__ import annotations

import unicodedata

from gomend.model.redact import redact
from gomend.model.text import Translator, text
from gomend.modules.planning import words
from gomend.modules.planning.changes import Change
from gomend.modules.planning.settings import Plan
from gomend.modules.planning.simulate import Cell, Cure, Table

_SETTINGS = text("modules.plan.head-settings", "Settings")
_DEFAULTS = text("modules.plan.head-defaults", "go's defaults do; nothing is to be set.")
_CHANGES = text("modules.plan.head-changes", "On this machine")
_SAME = text("modules.plan.head-same", "Nothing to change.")
_EXTRAS = text("modules.plan.head-extras", "Besides")
_OPEN = text("modules.plan.head-open", "Left open")
_TABLE = text(
    "modules.plan.head-table", "What each outage does (✓ what checks the module, ✗ cause, ⧗ hangs, ! leaks a private path)"
)
_CURES = text("modules.plan.head-cures", "What would cure it")
_LEAKS = text("modules.plan.head-leaks", "Leaks")
_LEAK = text("modules.plan.leak", "{outage}: {request} goes to {server}")
_SECTION = text("modules.plan.section", "Go Modules Reference, “{section}”")
_NOW = text("modules.plan.now", "is {before} now")
_NOW_DEFAULT = text("modules.plan.now-default", "is go's default now")


def told(plan: Plan, made: tuple[Change, ...], found: Table, cures: tuple[Cure, ...], say: Translator) -> str:
    """Everything."""
    lines = [say(_SETTINGS)] if plan.lines else [say(_DEFAULTS)]
    for line in plan.lines:
        lines += [f"  {line.name}={line.value}", *(f"    {say(said)}" for said in line.why)]
        lines.append(f"    ({say(_SECTION, section=line.section)})")
    lines += ["", say(_CHANGES)]
    for change in made:
        now = say(_NOW, before=redact(change.before)) if change.before else say(_NOW_DEFAULT)
        lines.append(f"  {f'{change.name}={change.after}' if change.after else f'go env -u {change.name}'}  ({now})")
        lines += [] if change.name in {line.name for line in plan.lines} else [f"    {say(said)}" for said in change.why]
    lines += [] if made else [f"  {say(_SAME)}"]
    if plan.extras:
        lines += ["", say(_EXTRAS)]
        for extra in plan.extras:
            lines += [f"  {extra.text}", f"    {say(extra.why)}"]
    lines += ["", say(_TABLE), *_aligned(grid(found, say))]
    if leaks := leaking(found, say):
        lines += ["", say(_LEAKS), *(f"  - {leak}" for leak in leaks)]
    lines += _list(say(_OPEN), [say(said) for said in plan.open])
    lines += _list(say(_CURES), curing(cures, say))
    return "\n".join(lines) + "\n"


def curing(cures: tuple[Cure, ...], say: Translator) -> list[str]:
    """One line a cure, with the outages that it is for."""
    grouped: dict[tuple[str, tuple[str, ...]], list[Cure]] = {}
    for cure in cures:
        grouped.setdefault((cure.cure.id, cure.needs), []).append(cure)
    return [
        say(
            words.STOPS,
            outages=say(words.COMMA).join(say(words.OUTAGES[cure.outage]) for cure in group),
            needs=say(words.COMMA).join(say(words.NEEDS[need]) for need in needs),
            cure=say(group[0].cure),
        )
        for (_, needs), group in grouped.items()
    ]


def leaking(found: Table, say: Translator) -> list[str]:
    """Which private path goes where."""
    return [
        say(_LEAK, outage=say(words.OUTAGES[outage]), request=leak.request, server=leak.server)
        for outage, cells in found.items()
        for one in cells.values()
        for leak in one.leaks
    ]


def grid(found: Table, say: Translator) -> list[list[str]]:
    """The table as words: a head, then one row an outage."""
    needs = list(next(iter(found.values()), {}))
    rows = [["", *(say(words.NEEDS[need]) for need in needs)]]
    for outage, cells in found.items():
        rows.append([say(words.OUTAGES[outage]), *(_cell(cells[need], say) for need in needs)])
    return rows


def markdown(rows: list[list[str]]) -> str:
    """A table in Markdown."""
    head, *rest = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, f"|{'---|' * len(rows[0])}", *rest]) + "\n"


def _cell(cell: Cell, say: Translator) -> str:
    mark = "! " if cell.leaks else ""
    if cell.outcome == "builds":
        return f"{mark}✓ {say(words.CELLS[cell.verified])}"
    return f"{mark}⧗ {say(words.CELLS['hangs'])}" if cell.outcome == "hangs" else f"{mark}✗ {cell.cause}"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  " + "  ".join(word + " " * (width - _width(word)) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _width(word: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in word)


def _list(head: str, items: list[str]) -> list[str]:
    return ["", head, *(f"  - {item}" for item in items)] if items else []
