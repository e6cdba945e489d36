"""The pictures of an incident's page as SVG: every word is escaped, nothing is fetched, colours come from the page's style."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from typing import Final

from gomend.apps.incidents.page import words
from gomend.apps.incidents.page.gather import Bar, Lane, Node, Page
from gomend.apps.incidents.telling import said
from gomend.incidents.latency import Edge
from gomend.model.text import Translator

_WIDE: Final = 880
_LEFT: Final = 190
_LANE: Final = 46
_NODE_W, _NODE_H = 150, 34
_LEVEL: Final = 96
_ROW: Final = 17


def _svg(height: float, parts: Sequence[str], label: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {height:g}" role="img" aria-label="{escape(label)}">'
        + "".join(parts)
        + "</svg>"
    )


def _text(x: float, y: float, words_: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words_)}</text>'


def short(name: str, most: int = 24) -> str:
    """A name that fits; what is cut is in the middle."""
    return name if len(name) <= most else name[: most // 2 - 1] + "…" + name[-(most // 2) :]


def timeline(page: Page, say: Translator) -> str:
    """Swim lanes on one clock, the time after the start shaded."""
    room = _WIDE - _LEFT - 20
    scale = room / max(page.seconds, 1.0)
    height = len(page.lanes) * _LANE + 34
    x0 = _LEFT + page.onset * scale
    parts = [f'<rect x="{x0:.1f}" y="4" width="{_WIDE - 20 - x0:.1f}" height="{height - 30}" class="after"/>']
    for i, lane in enumerate(page.lanes):
        parts += _lane(lane, 6 + i * _LANE, scale, say)
    parts.append(f'<line x1="{x0:.1f}" x2="{x0:.1f}" y1="0" y2="{height - 26}" class="onset"/>')
    step = next((s for s in (10, 30, 60, 120, 300, 600, 1800, 3600) if page.seconds / s <= 12), 7200)
    for second in range(0, int(page.seconds) + 1, step):
        x = _LEFT + second * scale
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{height - 28}" y2="{height - 24}" class="axis"/>')
        if x < _WIDE - 30:
            parts.append(_text(x, height - 10, f"{second - page.onset:+.0f} s", "dim", "middle"))
    return _svg(height, parts, say(words.TIMELINE))


def _lane(lane: Lane, top: float, scale: float, say: Translator) -> list[str]:
    names = {"requests": words.REQUESTS, "errors": words.ERRORS, "events": words.EVENTS}
    name = say(names[lane.kind], **({"names": lane.name} if lane.kind == "events" else {})) if lane.kind in names else lane.name
    metric, _, pod = name.partition(" ") if lane.kind == "metric" else (name, "", "")
    parts = [_text(4, top + 16, short(metric, 26)), _text(4, top + 31, short(pod, 28), "dim")]
    most = max((v for _, _, v in lane.bars), default=0.0) or 1.0
    for start, width, value in lane.bars:
        x = _LEFT + start * scale
        if lane.kind == "events":
            parts.append(f'<circle cx="{x:.1f}" cy="{top + 18}" r="5" class="bad"/>')
            continue
        tall = max(0.0, value) / most * (_LANE - 14)
        parts.append(
            f'<rect x="{x:.1f}" y="{top + _LANE - 10 - tall:.1f}" width="{max(1.0, width * scale - 1):.1f}" height="{tall:.1f}" '
            f'class="{"bad" if lane.kind == "errors" else "bar"}"><title>{value:.4g} {escape(lane.unit)}</title></rect>'
        )
    if lane.kind != "events":
        parts.append(_text(_LEFT + 3, top + 12, f"{most:.4g} {lane.unit}".strip(), "dim halo"))
    parts.append(f'<line x1="{_LEFT}" x2="{_WIDE - 20}" y1="{top + _LANE - 9}" y2="{top + _LANE - 9}" class="axis"/>')
    return parts


def topology(page: Page, say: Translator) -> str:
    """Services by level from the entry; calls that became slow are red, with their time on the way."""
    levels: defaultdict[int, list[Node]] = defaultdict(list)
    for node in page.nodes:
        levels[node.level].append(node)
    places: dict[str, tuple[float, float]] = {}
    for level, nodes in levels.items():
        gap = _WIDE / (len(nodes) + 1)
        for i, node in enumerate(nodes):
            places[node.name] = (gap * (i + 1), 24 + level * _LEVEL)
    height = 24 + (max(levels, default=0) + 1) * _LEVEL - 30
    parts = [_edge(e, places) for e in sorted(page.edges, key=lambda e: e.weight)]
    for node in page.nodes:
        x, y = places[node.name]
        wide = min(_NODE_W, _WIDE / (len(levels[node.level]) + 1) - 6)
        parts.append(
            f'<rect x="{x - wide / 2:.1f}" y="{y - _NODE_H / 2:.1f}" width="{wide:.1f}" height="{_NODE_H}" rx="6" class="node"/>'
            f'<rect x="{x - wide / 2:.1f}" y="{y - _NODE_H / 2:.1f}" width="{wide:.1f}" height="{_NODE_H}" rx="6" class="blame" '
            f'fill-opacity="{0.75 * node.blame:.2f}"/>'
        )
        parts.append(_text(x, y + 4, short(node.name, int(wide / 7)), "", "middle"))
    return _svg(height, parts, say(words.TOPOLOGY))


def _edge(e: Edge, places: dict[str, tuple[float, float]]) -> str:
    (x1, y1), (x2, y2) = places[e.caller], places[e.callee]
    down = 1 if y2 > y1 else -1 if y2 < y1 else 0
    bend = _LEVEL / 2 if down == 0 else 0
    y1, y2 = y1 + down * _NODE_H / 2, y2 - down * _NODE_H / 2
    kind = "edge hot" if e.weight > 0 else "edge"
    path = f'<path d="M{x1:.1f} {y1:.1f} C{x1:.1f} {y1 + down * 30 + bend:.1f} {x2:.1f} {y2 - down * 30 + bend:.1f} {x2:.1f} {y2:.1f}" class="{kind}"/>'
    if e.weight <= 0:
        return path
    return path + _text((x1 + x2) / 2, (y1 + y2) / 2 + bend, f"{e.before:.0f} → {e.after:.0f} ms", "hotlabel", "middle")


def waterfall(bars: Sequence[Bar], longest: float, blamed: str, label: str) -> str:
    """The spans of one trace, those of the ``blamed`` service red; ``longest`` is the scale (ms), so that two of them can be compared."""
    room = _WIDE - 340
    parts: list[str] = []
    for i, bar in enumerate(bars):
        y = i * _ROW
        x, width = 330 + bar.start / longest * room, max(1.5, bar.length / longest * room)
        parts.append(_text(4 + min(bar.depth, 8) * 8, y + 13, short(f"{bar.service} {bar.op}", 46), "small"))
        parts.append(
            f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="{_ROW - 6}" class="{"bad" if bar.service == blamed else "span"}"/>'
        )
        inside = width > 80
        took = f"{bar.length:.1f} ms"
        place = (x + width - 5, "end") if inside else (x + width + 4, "start") if x + width < _WIDE - 70 else (x - 4, "end")
        parts.append(_text(place[0], y + 13, took, "small on" if inside else "dim small", place[1]))
    return _svg(len(bars) * _ROW + 6, parts, label)


def differs(page: Page, say: Translator) -> str:
    """What changed most, as pairs of bars."""
    rows = [(r, r.before) for r in page.rows if r.before is not None and r.before != r.after][:8]
    parts: list[str] = []
    for i, (row, before) in enumerate(rows):
        y = i * 44
        most = max(abs(before), abs(row.after), 1e-9)
        unit = "" if row.unit == "share" else f" {row.unit}"
        parts.append(_text(4, y + 13, short(f"{row.service}: {said(row.what, say)}", 110), "small"))
        for j, (value, kind) in enumerate(((before, "bar"), (row.after, "bad"))):
            top = y + 18 + j * 11
            width = max(1.5, abs(value) / most * (_WIDE - 130))
            shown = f"{value:.0%}" if row.unit == "share" else f"{value:.4g}{unit}"
            parts.append(f'<rect x="4" y="{top}" width="{width:.1f}" height="9" class="{kind}"/>')
            parts.append(_text(10 + width, top + 9, shown, "dim small"))
    return _svg(len(rows) * 44 + 4, parts, say(words.DIFFERS))


def strip(page: Page, names: dict[str, str], say: Translator) -> str:
    """A cell for each signal and minute; the fuller the darker."""
    parts: list[str] = []
    for i, (name, counts) in enumerate(page.strip):
        most = max(counts, default=0) or 1
        parts.append(_text(4, i * 22 + 15, names.get(name, name)))
        width = (_WIDE - _LEFT - 20) / max(1, len(counts))
        for j, n in enumerate(counts):
            x = _LEFT + j * width
            shade = 0.15 + 0.75 * n / most if n else 0.0
            parts.append(
                f'<rect x="{x:.1f}" y="{i * 22 + 2}" width="{width - 2:.1f}" height="17" class="cell"/>'
                f'<rect x="{x:.1f}" y="{i * 22 + 2}" width="{width - 2:.1f}" height="17" class="full" fill-opacity="{shade:.2f}"><title>{n}</title></rect>'
            )
    return _svg(len(page.strip) * 22 + 4, parts, say(words.QUALITY))
