"""What :mod:`gomend.binary.gosym` answers with."""

from __future__ import annotations

from typing import NamedTuple


class Function(NamedTuple):
    """One function as the linker placed it."""

    number: int
    """Its number, in the order of addresses."""
    name: str
    """``main.main``, ``example.com/shop/cart.(*Cart).Add``, ``main.main.func1`` …"""
    entry: int
    end: int
    """Where the next function starts; padding belongs to the function before."""
    start_line: int
    """Line of its ``func``; 0 for binaries of Go before 1.20, which do not have it."""


class Place(NamedTuple):
    """Where code of a line starts: an address and the function that it lies in (inlined code: the function around it)."""

    pc: int
    function: Function


class Frame(NamedTuple):
    """One level of a call at an address."""

    name: str
    file: str
    """Empty where the compiler recorded none."""
    line: int
    inlined: bool
    """The body stands in the next frame's function."""


class Inlined(NamedTuple):
    """A call that was replaced by the body of the function called."""

    name: str
    """The function whose body stands there."""
    file: str
    """File and line of the call."""
    line: int
    start_line: int
    """Line of the callee's ``func``; 0 before Go 1.20."""
