"""What starts a program: the kernel, shells, the dynamic loaders of glibc and musl, container runtimes, qemu-user."""

from __future__ import annotations

import re
from typing import Final

from gomend.cgo.symptoms.base import Kind, Table

TABLE: Final[Table] = (
    (
        Kind.GLIBC_NOT_FOUND,
        re.compile(
            r"^(?P<path>[^\s:]+): .*version [`'‘]GLIBC_(?P<name>[\d.]+)['’] not found(?: \(required by (?P<detail>[^)]+)\))?"
        ),
    ),
    (
        Kind.CPU_LEVEL,
        re.compile(r"This program can only be run on AMD64 processors with (?P<name>v\d) microarchitecture support"),
    ),
    (Kind.CPU_LEVEL, re.compile(r"CPU ISA level is lower than required|Fatal glibc error: CPU does not support (?P<name>\S+)")),
    (
        Kind.ILLEGAL_INSTRUCTION,
        re.compile(r"SIGILL: (?P<name>illegal instruction)|(?:^|[: (])(?P<detail>Illegal instruction)\b"),
    ),
    (
        Kind.SHARED_LIBRARY_NOT_FOUND,
        re.compile(
            r"^(?:(?P<path>[^\s:]+): )?error while loading shared libraries: (?P<name>[^\s:]+): (?P<detail>cannot open shared object file|.*wrong ELF class.*)"
        ),
    ),
    (
        Kind.SHARED_LIBRARY_NOT_FOUND,
        re.compile(r"Error loading shared library (?P<name>[^\s:]+): (?P<detail>.*?)(?: \(needed by (?P<path>[^)]+)\))?$"),
    ),
    (Kind.SHARED_LIBRARY_NOT_FOUND, re.compile(r"Library not loaded: (?P<name>\S+)")),
    (
        Kind.EXEC_FORMAT,
        re.compile(
            r"(?:^|: |\s)(?P<path>[./][^\s:'\"]*)['\"’]?: (?:cannot execute binary file(?:: )?)?(?P<detail>[Ee]xec format error)?(?<!: )$(?<=rror|file)"
        ),
    ),
    (
        Kind.EXEC_FORMAT,
        re.compile(
            r"(?:exec|fork/exec|failed to run command|standard_init_linux\.go:\d+: exec user process caused:?)\s*['\"‘]?(?P<path>[./]?[^\s:'\"’]*)['\"’]?:? *\"?(?P<detail>[Ee]xec format error)"
        ),
    ),
    (Kind.LOADER_NOT_FOUND, re.compile(r"(?:Could not open|cannot open) ['\"](?P<name>/lib\S*ld-[^'\"]+)['\"]")),
    (Kind.LOADER_NOT_FOUND, re.compile(r"(?:^|: )(?P<path>[./][^\s:]*): cannot execute: required file not found")),
    (Kind.LOADER_NOT_FOUND, re.compile(r"failed to run command ['‘\"](?P<path>[^'’\"]+)['’\"]: No such file or directory")),
    (Kind.LOADER_NOT_FOUND, re.compile(r"(?:^|\s)(?:fork/)?exec (?P<path>[./][^\s:]*): no such file or directory")),
    (
        Kind.LOADER_NOT_FOUND,
        re.compile(
            r"^(?:/bin/)?(?:ba|da|z|a)?sh:(?: line)? ?\d*:? ?(?:exec: )?(?P<path>[./][^\s:]*/[^\s:]*): (?:No such file or directory|not found)$"
        ),
    ),
    (Kind.LOADER_NOT_FOUND, re.compile(r"exec user process caused:? \"?no such file or directory")),
)
"""Kind of symptom and the words that show it, most specific first."""
