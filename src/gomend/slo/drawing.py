"""A series as an SVG picture: values, the limit and the objective as lines, the deploy as a mark. No script, no outside resource."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

from gomend.slo.policy import Period, Policy, Status

_WIDTH: Final = 860
_HEIGHT: Final = 220
_LEFT: Final = 70
_TOP: Final = 14
_BOTTOM: Final = 26
_Place = Callable[[Fraction | float], float]
_COLOURS: Final = {"ok": "#2a7d46", "bad": "#c22f2f", "low": "#a67c00", "early": "#8a8f98"}


def draw(policy: Policy, periods: Sequence[Period], statuses: Sequence[Status], names: tuple[str, str, str]) -> str:
    """The picture; ``names`` are the words for limit, objective and deploy."""
    points: list[tuple[Period, Status]] = [(p, s) for p, s in zip(periods, statuses, strict=True) if p.start is not None]
    values = [float(p.value) for p, _ in points if p.value is not None]
    lines = [float(policy.limit), float(policy.objective)]
    low, high = min([*values, *lines]), max([*values, *lines])
    pad = (high - low) * 0.08 or abs(high) * 0.01 or 1.0
    low, high = low - pad, high + pad
    first = float(points[0][0].start or 0) if points else 0.0
    last = float(points[-1][0].start or 1) if points else 1.0
    inside = _WIDTH - _LEFT - 14

    def x(at: Fraction | float) -> float:
        return _LEFT + (float(at) - first) / ((last - first) or 1) * inside

    def y(value: Fraction | float) -> float:
        return _TOP + (high - float(value)) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    made = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" font-family="system-ui,sans-serif" font-size="11">',
        f'<rect x="{_LEFT}" y="{_TOP}" width="{inside}" height="{_HEIGHT - _TOP - _BOTTOM}" fill="#fafafa" stroke="#ddd"/>',
    ]
    for value, name, style in (
        (policy.objective, names[1], 'stroke="#5566aa" stroke-dasharray="2 3"'),
        (policy.limit, names[0], 'stroke="#c22f2f" stroke-dasharray="7 4"'),
    ):
        made.append(f'<line x1="{_LEFT}" x2="{_WIDTH - 14}" y1="{y(value):.1f}" y2="{y(value):.1f}" {style}/>')
        anchor = -4 if value == policy.objective else 12
        made.append(
            f'<text x="{_LEFT + 4}" y="{y(value) + anchor:.1f}" fill="#444">{html.escape(name)} {float(value):.6g}</text>'
        )
    if policy.deploy is not None and first <= policy.deploy <= last:
        at = x(policy.deploy)
        made.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}" stroke="#111"/>')
        made.append(
            f'<text x="{at - 4:.1f}" y="{(_HEIGHT - _BOTTOM) / 2 + _TOP:.1f}" text-anchor="end" fill="#111">{html.escape(names[2])}</text>'
        )
    made += _line(points, x, y)
    for mark in (high - pad, low + pad):
        made.append(f'<text x="{_LEFT - 6}" y="{y(mark) + 4:.1f}" text-anchor="end" fill="#666">{mark:.5g}</text>')
    for end, side in ((first, "start"), (last, "end")):
        stamp = dt.datetime.fromtimestamp(end, dt.UTC).strftime("%m-%d %H:%M UTC")
        made.append(f'<text x="{x(end):.1f}" y="{_HEIGHT - 8}" text-anchor="{side}" fill="#666">{stamp}</text>')
    return "".join([*made, "</svg>"])


def _line(points: Sequence[tuple[Period, Status]], x: _Place, y: _Place) -> list[str]:
    """The line, broken where there is no value, and a dot a period in the colour of its status."""
    pieces: list[list[str]] = [[]]
    dots = []
    for period, status in points:
        if period.value is None or period.start is None:
            pieces.append([])
            continue
        at = f"{x(period.start):.1f},{y(period.value):.1f}"
        pieces[-1].append(at)
        where = at.split(",")
        dots.append(f'<circle cx="{where[0]}" cy="{where[1]}" r="3" fill="{_COLOURS.get(status, "#666")}"/>')
    lines = [f'<polyline points="{" ".join(p)}" fill="none" stroke="#667" stroke-width="1.2"/>' for p in pieces if len(p) > 1]
    return lines + dots
