"""A light look at Go source: the package's name, and a line of ``func main`` (or of a test) that surely has code.

No parser: comments, strings and raw strings are blanked, then braces are followed. Source: the Go specification.
"""

from __future__ import annotations

import re
from typing import Final

from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.files import FileProblem, read_text

_TOKENS: Final = re.compile(r"//[^\n]*|/\*.*?\*/|`[^`]*`|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
_PACKAGE: Final = re.compile(r"^\s*package\s+(\w+)", re.MULTILINE)
_MAIN: Final = re.compile(r"^func\s+main\s*\(\s*\)\s*\{", re.MULTILINE)
_TEST: Final = re.compile(r"^func\s+Test\w*\s*\(\s*\w+\s+\*testing\.T\s*\)\s*\{", re.MULTILINE)
_NO_CODE: Final = re.compile(r"(?:const|type|var)\b(?![^\n]*=)|const\b|type\b|\}|\)|$|\w+:$")


class Place(Thing, frozen=True):
    """A line of a local file at which a breakpoint should bind."""

    file: str
    line: int
    function: str


class Package(Thing, frozen=True):
    """The Go files of a folder: the package's name (empty if there is none) and places to stop at."""

    folder: str
    name: str
    files: tuple[str, ...]
    main: Place | None = None
    test: Place | None = None


def blank(text: str) -> str:
    """The text with comments and literals blanked; every character keeps its place."""

    def spaces(match: re.Match[str]) -> str:
        token = match[0]
        inner = re.sub(r"[^\n]", " ", token)
        return inner if token.startswith("/") else token[0] + inner[1:-1] + token[-1]

    return _TOKENS.sub(spaces, text)


def package_name(text: str) -> str:
    """What the package clause says."""
    found = _PACKAGE.search(blank(text))
    return found[1] if found else ""


def first_statement(text: str, head: re.Pattern[str] = _MAIN) -> int | None:
    """The line (from 1) of the first statement with code in the function that ``head`` finds, None if there is none.

    An empty function gives its own first line, which has code as well.
    """
    plain = blank(text)
    match = head.search(plain)
    if match is None:
        return None
    own = plain.count("\n", 0, match.end()) + 1
    rest = plain[match.end() :].split("\n")
    if rest[0].strip(" \t\r}"):
        return own
    depth = 0
    for offset, line in enumerate(rest[1:], 1):
        stripped = line.strip()
        if depth == 0 and stripped.startswith("}"):
            return own
        if depth == 0 and stripped and not _NO_CODE.match(stripped):
            return own + offset
        depth += sum(line.count(c) for c in "({[") - sum(line.count(c) for c in ")}]")
    return own


def scan(doors: Doors, folder: str) -> Package:
    """Look at the Go files of a folder."""
    names: dict[str, str] = {}
    main: Place | None = None
    test: Place | None = None
    files = []
    for name in doors.files.names(folder):
        if not name.endswith(".go") or name.startswith(("_", ".")):
            continue
        path = f"{folder}/{name}"
        try:
            text = read_text(doors.files, path) or ""
        except FileProblem:
            continue
        files.append(name)
        is_test = name.endswith("_test.go")
        constrained = re.search(r"^//go:build ", text, re.MULTILINE) is not None
        if not is_test and not constrained:
            names[package_name(text)] = path
        line = first_statement(text, _TEST if is_test else _MAIN)
        if line is not None and not constrained:
            place = Place(file=path, line=line, function="test" if is_test else "main")
            test, main = (test or place, main) if is_test else (test, main or place)
    name = "main" if "main" in names else next(iter(names), "")
    return Package(folder=folder, name=name, files=tuple(files), main=main, test=test)
