"""Tables that say a value for each address of a function: file, line, place in the inlining tree.

Source: Go's ``runtime.step`` and "Go 1.2 Runtime Symbol Table Information": pairs of varints, the change of the value (zigzag) and the bytes
that it holds for (in instruction quanta); the first value is counted from -1, a change of 0 ends the table.
"""

from __future__ import annotations

from typing import Final

from gomend.binary.info import BinaryError

Runs = tuple[tuple[int, int], ...]
"""``(end, value)``: the value holds up to the offset ``end`` from the function's entry, from the end of the run before."""
_MOST: Final = 1 << 18
"""Runs of one function: a table that does not end is told from a long one."""


def decode(table: bytes, at: int, quantum: int) -> Runs:
    """The runs that stand at an offset of ``pctab``; none for offset 0.

    Raises:
        BinaryError: the table runs out of its bytes.
    """
    if not at:
        return ()
    value, end = -1, 0
    found: list[tuple[int, int]] = []
    try:
        while len(found) < _MOST:
            delta = table[at]
            at += 1
            if delta >= 0x80:
                delta, at = _long(table, at, delta)
            if not delta and found:
                return tuple(found)
            value += -(delta + 1 >> 1) if delta & 1 else delta >> 1
            size = table[at]
            at += 1
            if size >= 0x80:
                size, at = _long(table, at, size)
            end += size * quantum
            found.append((end, value))
    except IndexError:
        pass
    raise BinaryError("a line table of the binary does not end")


def _long(table: bytes, at: int, first: int) -> tuple[int, int]:
    value, shift, byte = first & 0x7F, 7, 0x80
    while byte & 0x80 and shift < 64:
        byte = table[at]
        value |= (byte & 0x7F) << shift
        shift += 7
        at += 1
    return value & 0xFFFF_FFFF, at


def value_at(runs: Runs, offset: int, default: int = -1) -> int:
    """The value that holds at an offset."""
    for end, value in runs:
        if offset < end:
            return value
    return default
