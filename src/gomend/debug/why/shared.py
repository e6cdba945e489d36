"""Go code in a library that the program loads: a plugin, or a c-shared library in a host that is no Go program."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from gomend.binary.info import BinaryError
from gomend.debug import buildflags, paths
from gomend.debug.why.ask import Ask
from gomend.debug.why.product import Product
from gomend.ports.files import FileProblem

_MODES: Final = frozenset({"plugin", "c-shared"})
_SUFFIXES: Final = (".so", ".dylib", ".dll")
_MOST: Final = 20
"""Libraries beside the program that are opened."""


def holding(ask: Ask, program: str, file: str) -> str:
    """The library that was built with ``file`` in it, or lies beside the program with it; empty if there is none."""
    mapped = paths.substitute(file, ask.rules)
    for path in dict.fromkeys((*_built(ask), *_beside(program))):
        try:
            library = Product(path)
        except (FileProblem, BinaryError):
            continue
        if mapped in library.files or file in library.files:
            return path
    return ""


def _built(ask: Ask) -> Iterator[str]:
    for script in reversed(ask.build):
        folder = ask.folder
        for _, words in buildflags.shell_commands(script):
            if words[:1] == ("cd",) and len(words) == 2:
                folder = os.path.normpath(os.path.join(folder, words[1]))
        for command in buildflags.go_commands(script):
            modes = {w.partition("=")[2] for w in command.argv if w.lstrip("-").startswith("buildmode=")}
            if command.flags.output and not _MODES.isdisjoint(modes):
                yield os.path.normpath(os.path.join(folder, command.flags.output))


def _beside(program: str) -> list[str]:
    folder = os.path.dirname(os.path.abspath(program))
    try:
        names = sorted(n for n in os.listdir(folder) if n.endswith(_SUFFIXES))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names[:_MOST]]
