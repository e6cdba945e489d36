"""The go command and cgo. Source: Go's ``cmd/go/internal/{load,work}``, ``cmd/cgo``, ``cmd/link``."""

from __future__ import annotations

import re
from typing import Final

from gomend.cgo.symptoms.base import Kind, Table

TABLE: Final[Table] = (
    (
        Kind.PKG_CONFIG_NOT_FOUND,
        re.compile(r'exec: "(?P<name>[^"]*pkg-?conf(?:ig)?[^"]*)": (?P<detail>executable file not found|stat|no such)'),
    ),
    (Kind.COMPILER_NOT_FOUND, re.compile(r'C compiler "(?P<name>[^"]*)" not found: (?P<detail>.*)')),
    (
        Kind.COMPILER_NOT_FOUND,
        re.compile(
            r'(?:cgo|go build [^:]*|# .*|link.*|runtime/cgo): exec: "(?P<name>[^"]+)": (?P<detail>executable file not found.*|.*no such file.*)'
        ),
    ),
    (
        Kind.COMPILER_NOT_FOUND,
        re.compile(
            r'exec: "(?P<name>(?:[^"]*/)?[\w.+-]*(?:gcc|g\+\+|clang|clang\+\+|cc|c\+\+|zig)(?:-\d+)?)": (?P<detail>executable file not found.*)'
        ),
    ),
    (Kind.FILES_EXCLUDED, re.compile(r"build constraints exclude all Go files in (?P<path>.+)")),
    (
        Kind.NAME_UNDEFINED,
        re.compile(r"^(?:vet: )?(?P<path>[^\s:]+\.go):(?P<detail>\d+)(?::\d+)?: undefined: (?P<name>[\w.]+)"),
    ),
    (Kind.C_SOURCE_REFUSED, re.compile(r"C(?:\+\+)? source files not allowed when not using cgo or SWIG: (?P<name>.+)")),
    (
        Kind.NEEDS_CGO,
        re.compile(r"(?P<name>-[\w=-]+)(?: \S+)? requires (?:external \(cgo\) linking, but cgo is not enabled|cgo\b.*)"),
    ),
    (Kind.NEEDS_CGO, re.compile(r"(?P<name>-buildmode=[\w-]+)[^:]* requires (?:cgo|external)")),
    (Kind.NEEDS_CGO, re.compile(r"loadinternal: cannot find (?P<name>runtime/cgo)")),
    (Kind.STRAY_WORD, re.compile(r"invalid flag in (?P<detail>go:cgo_\w+): (?P<name>[^-\s].*?)(?: \(see .*\))?$")),
    (
        Kind.BAD_QUOTES,
        re.compile(r"could not parse environment variable (?P<name>\w+) with value (?P<detail>\".*\"): unterminated . string"),
    ),
    (
        Kind.FLAG_REFUSED,
        re.compile(r"invalid flag in (?P<detail>#cgo \w+|pkg-config --\w+|go:cgo_\w+[^:]*): (?P<name>.+?)(?: \(see .*\))?$"),
    ),
    (Kind.BAD_QUOTES, re.compile(r"(?P<name>[A-Z_]*)[^\n]*unterminated ['\"] string")),
    (
        Kind.C_NAME_UNKNOWN,
        re.compile(r"^(?:(?P<path>[^\s:]+\.go):\d+:\d+: )?could not determine (?:what|kind of name for) C\.(?P<name>\w+)"),
    ),
    (Kind.TOOL_FAILED_SILENTLY, re.compile(r"^(?P<name>cgo): cannot parse (?P<path>\S+_cgo_\.o) as (?P<detail>ELF, .*)")),
    (
        Kind.TOOL_FAILED_SILENTLY,
        re.compile(r"^(?P<name>[\w./-]+): (?P<path>\S+[/\\]cgo(?:\.exe)?): exit status (?P<detail>\d+)$"),
    ),
)
"""Kind of symptom and the words that show it, most specific first."""
