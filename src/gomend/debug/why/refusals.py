"""Delve's and go's own words where a program cannot be debugged at all. Source: Delve 1.20 to 1.27 (``pkg/proc``, ``pkg/goversion``, ``service/dap``)."""

from __future__ import annotations

import re
from typing import Final

_DLV: Final = (
    (re.compile(r"Go version \S+ is too old for this version of Delve|is too old for this version of Delve"), "go-too-old"),
    (re.compile(r"[Vv]ersion of Delve is too old for"), "dlv-too-old"),
    (re.compile(r"operation not permitted|ptrace|could not attach to pid", re.IGNORECASE), "ptrace-refused"),
    (
        re.compile(r"not an executable file|non-main package|is not a main package|not a main package|no main package"),
        "not-main",
    ),
    (re.compile(r"could not open debug info|no debug_info|debug info not found|binary is stripped", re.IGNORECASE), "stripped"),
    (re.compile(r"no symbol section|could not find symbol"), "no-symtab"),
    (re.compile(r"noDebug"), "no-debug"),
)
_BUILD: Final = (
    (re.compile(r"is not a main package|no main package|function main is undeclared"), "not-main"),
    (re.compile(r"build constraints exclude all Go files"), "build-tag"),
)


def of_dlv(text: str) -> str:
    """The cause behind a refused launch, empty if the words tell none."""
    return next((cause for pattern, cause in _DLV if pattern.search(text)), "")


def of_build(text: str) -> str:
    """The cause behind a build that failed in mode debug or test."""
    return next((cause for pattern, cause in _BUILD if pattern.search(text)), "not-main")


def of_breakpoint(text: str) -> str:
    """The cause that dlv's answer to one breakpoint suggests where nothing else tells."""
    return "no-statement" if "could not find statement" in text else "path-mismatch"
