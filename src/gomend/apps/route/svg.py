"""A chart as a stand-alone SVG: no scripts, light and dark, boxes as large as their words in any language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from gomend.apps.route.chart import Chart, Out, Row
from gomend.model.base import Thing

_SIZE: Final = 13
_LINE: Final = 19
_PAD: Final = 12
_LEFT, _MAIN = 30, 330
_SIDE_X, _SIDE = 532, 290
_RAIL: Final = 852
_WIDTH: Final = 884
_GAP: Final = 34
_SIDE_GAP: Final = 12
_NARROW: Final = frozenset("iljtfrI.,:;'|!/()[]-` ")
_BROAD: Final = frozenset("mwMW@%")
_STYLE: Final = """
  svg { --paper: #ffffff; --ink: #1f2328; --quiet: #818b98; --box: #f6f8fa; --go: #0b57d0; --gofill: #e3edfd;
        --good: #1a7f37; --bad: #b3261e; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --ink: #e6edf3; --quiet: #7d8590; --box: #161b22; --go: #6cb0ff; --gofill: #10294d;
          --good: #56d364; --bad: #ff8a80; } }
  text { font: 13px system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; fill: var(--ink); }
  .title { font-size: 16px; font-weight: 600; }
  .label { font-size: 12px; fill: var(--quiet); }
  .label.on { fill: var(--go); font-weight: 600; }
  .halo { stroke: var(--paper); stroke-width: 5px; paint-order: stroke; }
  .box { fill: var(--box); stroke: var(--quiet); stroke-width: 1px; }
  .box.good { stroke: var(--good); } .box.bad { stroke: var(--bad); }
  .box.on { fill: var(--gofill); stroke: var(--go); stroke-width: 3px; }
  .line { fill: none; stroke: var(--quiet); stroke-width: 1.2px; }
  .line.on { stroke: var(--go); stroke-width: 3.5px; }
  .head { fill: var(--quiet); } .head.on { fill: var(--go); }
"""


class _Placed(Thing, frozen=True):
    """A row with its place: main box and side boxes, as (top, height, lines)."""

    row: Row
    top: float
    height: float
    lines: tuple[str, ...]
    sides: tuple[tuple[float, float, tuple[str, ...]], ...]
    bottom: float


def svg(chart: Chart) -> str:
    """The picture."""
    placed = list(_place(chart))
    height = placed[-1].bottom + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" width="{_WIDTH}" height="{height:g}" role="img" aria-labelledby="title">',
        f'<title id="title">{escape(chart.title)}</title>',
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{height:g}" fill="var(--paper)"/>',
    ]
    parts += _words(_wrap(chart.title, _WIDTH - 2 * _LEFT, 16), _LEFT, 34, 22, "title")
    parts += list(_lines(chart, placed))
    for one in placed:
        parts += list(_boxes(one))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _place(chart: Chart) -> Iterator[_Placed]:
    top = 34.0 + 22 * len(_wrap(chart.title, _WIDTH - 2 * _LEFT, 16))
    for row in chart.rows:
        lines = _wrap(row.words, _MAIN - 2 * _PAD - 8, _SIZE)
        height = len(lines) * _LINE + 2 * _PAD - 4
        words = [_wrap(out.words, _SIDE - 2 * _PAD, _SIZE) for out in row.outs]
        tall = [len(lines_) * _LINE + 2 * _PAD - 6 for lines_ in words]
        # The main box and its first side box stand at the same height, so that the line between them is straight.
        main = top + max(0.0, (tall[0] - height) / 2 if tall else 0.0)
        at = top + max(0.0, (height - tall[0]) / 2 if tall else 0.0)
        sides = []
        for lines_, high in zip(words, tall, strict=True):
            sides.append((at, high, lines_))
            at += high + _SIDE_GAP
        bottom = max(main + height, at - _SIDE_GAP if sides else 0.0)
        yield _Placed(row=row, top=main, height=height, lines=lines, sides=tuple(sides), bottom=bottom)
        top = bottom + _GAP


def _boxes(one: _Placed) -> Iterator[str]:
    row = one.row
    on = " on" if row.reached else ""
    round_ = {"start": 18, "question": 4, "end": 18}.get(row.shape, 4)
    if row.shape == "question":
        y, h, slant = one.top, one.height, 14
        middle = y + h / 2
        points = [(_LEFT + slant, y), (_LEFT + _MAIN - slant, y), (_LEFT + _MAIN, middle), (_LEFT + _MAIN - slant, y + h)]
        points += [(_LEFT + slant, y + h), (_LEFT, middle)]
        yield f'<polygon class="box{on}" points="{" ".join(f"{x:g},{v:g}" for x, v in points)}"/>'
    else:
        yield f'<rect class="box{on}" x="{_LEFT}" y="{one.top:g}" width="{_MAIN}" height="{one.height:g}" rx="{round_}"/>'
    yield from _words(one.lines, _LEFT + _MAIN / 2, one.top + _PAD + 12, _LINE, "", centred=True)
    for out, (y, tall, lines) in zip(row.outs, one.sides, strict=True):
        taken = " on" if out.taken else ""
        yield f'<rect class="box {out.mood}{taken}" x="{_SIDE_X}" y="{y:g}" width="{_SIDE}" height="{tall:g}" rx="4"/>'
        yield from _words(lines, _SIDE_X + _PAD, y + _PAD + 11, _LINE, "")


def _lines(chart: Chart, placed: list[_Placed]) -> Iterator[str]:
    """Untaken lines first, so that the taken ones lie above them."""
    drawn: list[tuple[bool, str]] = []
    target = next((p for p in placed if p.row.id == chart.joined), None)
    for one, after in zip(placed, (*placed[1:], None), strict=True):
        row, x = one.row, _LEFT + _MAIN / 2
        if after is not None and (row.down or row.shape == "start"):
            drawn += _arrow([(x, one.top + one.height), (x, after.top)], row.down_taken)
            drawn += _label(x + 10, after.top - 13, row.down, row.down_taken, chart.taken)
        for out, (y, tall, _) in zip(row.outs, one.sides, strict=True):
            drawn += _side(one, out, y + tall / 2, chart.taken)
            if out.joins and target is not None:
                middle = target.top - _GAP / 2
                path = [(_SIDE_X + _SIDE, y + tall / 2), (_RAIL, y + tall / 2), (_RAIL, middle), (x, middle), (x, target.top)]
                drawn += _arrow(path, out.taken)
    yield from (text for taken, text in drawn if not taken)
    yield from (text for taken, text in drawn if taken)


def _side(one: _Placed, out: Out, y: float, word: str) -> list[tuple[bool, str]]:
    start, middle = _LEFT + _MAIN, one.top + one.height / 2
    turn = start + 22
    path = (
        [(start, middle), (_SIDE_X, y)] if abs(y - middle) < 1 else [(start, middle), (turn, middle), (turn, y), (_SIDE_X, y)]
    )
    return _arrow(path, out.taken) + _label(turn + 6, y - 6, out.label, out.taken, word)


def _arrow(points: Sequence[tuple[float, float]], taken: bool) -> list[tuple[bool, str]]:
    on = " on" if taken else ""
    (x0, y0), (x, y) = points[-2:]
    size = 6 if taken else 4.5
    if x == x0:
        stop, head = (x, y - size), [(x - size, y - 1.8 * size), (x + size, y - 1.8 * size), (x, y - 1)]
    else:
        stop, head = (x - size, y), [(x - 1.8 * size, y - size), (x - 1.8 * size, y + size), (x - 1, y)]
    del y0
    line = " ".join(f"{a:g},{b:g}" for a, b in [*points[:-1], stop])
    tip = " ".join(f"{a:g},{b:g}" for a, b in head)
    return [(taken, f'<polyline class="line{on}" points="{line}"/>'), (taken, f'<polygon class="head{on}" points="{tip}"/>')]


def _label(x: float, y: float, label: str, taken: bool, word: str) -> list[tuple[bool, str]]:
    if not label:
        return []
    words = f"{label} · {word}" if taken else label
    return [(True, f'<text class="label halo{" on" if taken else ""}" x="{x:g}" y="{y:g}">{escape(words)}</text>')]


def _words(lines: tuple[str, ...], x: float, y: float, step: float, kind: str, *, centred: bool = False) -> list[str]:
    anchor = ' text-anchor="middle"' if centred else ""
    name = f' class="{kind}"' if kind else ""
    return [f'<text{name} x="{x:g}" y="{y + i * step:g}"{anchor}>{escape(line)}</text>' for i, line in enumerate(lines)]


def width(text: str, size: float) -> float:
    """Pixels that a text takes at most in common sans-serif fonts."""
    return sum(_em(char) for char in text) * size


def _em(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if char in _NARROW:
        return 0.43
    if char in _BROAD:
        return 1.0
    return 0.77 if char.isupper() else 0.65


def _wrap(text: str, room: float, size: float) -> tuple[str, ...]:
    """Lines that fit: broken at spaces, within addresses after ``/``, ``@`` and the like, and between Chinese characters."""
    lines, line = [], ""
    for piece in _pieces(text, room, size):
        if line and width((line + piece).rstrip(), size) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return tuple([*lines, line.rstrip()] if line.strip() or not lines else lines)


def _pieces(text: str, room: float, size: float) -> Iterator[str]:
    piece = ""
    for i, char in enumerate(text):
        wide = unicodedata.east_asian_width(char) in "WF"
        following = text[i + 1] if i + 1 < len(text) else ""
        closing = following in "，。、；：）？！”》" if following else False
        piece += char
        full = width(piece, size) > room * 0.9
        before_wide = bool(following) and unicodedata.east_asian_width(following) in "WF"
        inside = char in "/@=&,|" and i > 0 and text[i - 1].isalnum() and text[i - 1].isascii()
        if full or (not closing and (wide or before_wide or inside or char == " ")):
            yield piece
            piece = ""
    if piece:
        yield piece
