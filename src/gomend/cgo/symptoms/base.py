"""Symptoms: lines of a log that say one of the things that tools say when C goes wrong."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Sequence

from gomend.model.base import Thing


class Kind(enum.StrEnum):
    """What a line says."""

    COMPILER_NOT_FOUND = "compiler-not-found"
    FILES_EXCLUDED = "files-excluded"
    NAME_UNDEFINED = "name-undefined"
    C_SOURCE_REFUSED = "c-source-refused"
    NEEDS_CGO = "needs-cgo"
    FLAG_REFUSED = "flag-refused"
    BAD_QUOTES = "bad-quotes"
    TOOL_FAILED_SILENTLY = "tool-failed-silently"
    C_NAME_UNKNOWN = "c-name-unknown"
    PKG_CONFIG_NOT_FOUND = "pkg-config-not-found"
    PACKAGE_NOT_FOUND = "package-not-found"
    OPTION_UNKNOWN = "option-unknown"
    FOREIGN_ASSEMBLY = "foreign-assembly"
    HEADER_NOT_FOUND = "header-not-found"
    FUNCTION_UNDECLARED = "function-undeclared"
    STRAY_WORD = "stray-word"
    LFS64_NAME = "lfs64-name"
    C_SYNTAX = "c-syntax"
    LIBRARY_NOT_FOUND = "library-not-found"
    LINKED_FILE_NOT_FOUND = "linked-file-not-found"
    START_FILE_NOT_FOUND = "start-file-not-found"
    SYMBOL_UNDEFINED = "symbol-undefined"
    FORMAT_FOREIGN = "format-foreign"
    STATIC_NSS = "static-nss"
    STATIC_DLOPEN = "static-dlopen"
    NOT_PIC = "not-pic"
    DEFINED_TWICE = "defined-twice"
    FRAMEWORK_NOT_FOUND = "framework-not-found"
    LINKER_OPTION_UNKNOWN = "linker-option-unknown"
    GLIBC_NOT_FOUND = "glibc-not-found"
    EXEC_FORMAT = "exec-format"
    LOADER_NOT_FOUND = "loader-not-found"
    SHARED_LIBRARY_NOT_FOUND = "shared-library-not-found"
    CPU_LEVEL = "cpu-level"
    ILLEGAL_INSTRUCTION = "illegal-instruction"


class Symptom(Thing, frozen=True):
    """One line. ``name`` is what it is about (a header, a symbol, a program), ``path`` the file it names."""

    kind: Kind
    line: int
    """Index of the line in the log, from 0."""
    name: str = ""
    path: str = ""
    detail: str = ""


Table = Sequence[tuple[Kind, "re.Pattern[str]"]]


def scan(lines: Iterable[str], table: Table) -> Iterator[Symptom]:
    """Every line that one of the patterns finds; the groups ``name``, ``path`` and ``detail`` fill the symptom."""
    for index, line in enumerate(lines):
        for kind, pattern in table:
            match = pattern.search(line)
            if match:
                groups = {k: v or "" for k, v in match.groupdict().items()}
                yield Symptom(kind=kind, line=index, **groups)
                break
