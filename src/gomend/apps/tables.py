"""Columns that stand under each other, also where Chinese characters take two cells."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], *, indent: int = 2, gap: int = 2) -> list[str]:
    """Rows as lines; each column is as wide as its widest cell, the last one is not padded."""
    widths = [max(width(row[i]) for row in rows if i < len(row)) for i in range(max(map(len, rows), default=0))]
    lines = []
    for row in rows:
        cells = [cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(row[:-1])] + list(row[-1:])
        lines.append((" " * indent + (" " * gap).join(cells)).rstrip())
    return lines


def width(text: str) -> int:
    """Cells that a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def some(words: Sequence[str], most: int = 4) -> str:
    """The first few words, and how many more there are."""
    shown = " ".join(words[:most])
    return f"{shown} +{len(words) - most}" if len(words) > most else shown
