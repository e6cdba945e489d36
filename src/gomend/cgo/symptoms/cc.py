"""C compilers and assemblers: gcc, clang, zig cc."""

from __future__ import annotations

import re
from typing import Final

from gomend.cgo.symptoms.base import Kind, Table

_LFS64: Final = r"(?:off64_t|ino64_t|stat64|fstat64|lstat64|lseek64|fopen64|open64|pread64|pwrite64|mmap64|ftello64|fseeko64)"

TABLE: Final[Table] = (
    (Kind.COMPILER_NOT_FOUND, re.compile(r"cannot execute [‘'`](?P<name>cc1(?:plus|obj|objplus))['’]")),
    (
        Kind.TOOL_FAILED_SILENTLY,
        re.compile(
            r"(?:cannot execute|fatal error: cannot find) [‘'`](?P<name>cc1|as|ld|collect2|lto1|(?:ld\.)?(?:mold|gold|lld|bfd))['’]"
            r"|invalid linker name in (?:argument )?['‘]-fuse-ld=(?P<path>[^'’]+)|(?P<detail>internal compiler error|Killed signal terminated program)"
        ),
    ),
    (Kind.OPTION_UNKNOWN, re.compile(r"^as: unrecognized option ['‘](?P<name>-[^'’]+)")),
    (
        Kind.OPTION_UNKNOWN,
        re.compile(
            r"error: (?:unrecognized command[- ]line option|unknown argument:?|unsupported option|unsupported argument) ['\"‘`]?(?P<name>-?[^'\"’`\s]+)"
        ),
    ),
    (
        Kind.OPTION_UNKNOWN,
        re.compile(r"error: argument unused during compilation: ['\"](?P<name>-[^'\"]+)['\"] \[-Werror,-Wunused-command-line"),
    ),
    (Kind.OPTION_UNKNOWN, re.compile(r"error: unknown target (?:CPU|triple) ['\"](?P<name>[^'\"]+)")),
    (
        Kind.HEADER_NOT_FOUND,
        re.compile(
            r"(?:^|\s)(?:(?P<path>[^\s:]+):\d+:\d+: )?fatal error: ['\"]?(?P<name>[^'\":]+\.[\w+]+|[\w/]+)['\"]?(?:: No such file or directory| file not found)"
        ),
    ),
    (
        Kind.LFS64_NAME,
        re.compile(
            rf"(?:unknown type name|undeclared|implicit declaration of function|call to undeclared function|undefined (?:reference|symbol)).*?['‘`\" ](?P<name>{_LFS64})\b"
        ),
    ),
    (Kind.LFS64_NAME, re.compile(rf"['‘`](?P<name>{_LFS64})['’`] undeclared")),
    (
        Kind.FUNCTION_UNDECLARED,
        re.compile(
            r"(?:^(?P<path>[^\s:]+):\d+:\d+: )?error: (?:call to undeclared (?:library )?function|implicit declaration of function) ['‘`](?P<name>\w+)"
        ),
    ),
    (
        Kind.FOREIGN_ASSEMBLY,
        re.compile(
            r"^(?P<path>[^\s:]+\.[sS]):\d+: Error: (?P<detail>no such instruction: .*|operand size mismatch.*|unknown mnemonic.*|unknown pseudo-op.*|bad instruction.*|junk at end.*|too many memory references.*|unrecognized.*)"
        ),
    ),
    (
        Kind.FOREIGN_ASSEMBLY,
        re.compile(
            r"^(?P<path>[^\s:]+\.[sS]):\d+:\d+: error: (?P<detail>invalid instruction mnemonic.*|unknown token in expression.*|unexpected token.*|unknown directive.*|unrecognized instruction.*|invalid operand.*)"
        ),
    ),
    (
        Kind.FOREIGN_ASSEMBLY,
        re.compile(
            r"(?:/tmp/|\\)[^\s:]+\.s:\d+: Error: (?P<detail>no such instruction: .*|bad instruction.*|unknown mnemonic.*)"
        ),
    ),
    (Kind.STRAY_WORD, re.compile(r"error: (?P<name>[^:]+): linker input file not found")),
    (Kind.STRAY_WORD, re.compile(r"(?:clang|zig|error).*: no such file or directory: ['\"](?P<name>[^'\"]+)['\"]")),
    (Kind.STRAY_WORD, re.compile(r"^(?:\S+: )?error: (?P<name>[^\s:/]+): No such file or directory$")),
    (
        Kind.C_SYNTAX,
        re.compile(
            r"^(?:cgo-gcc-prolog|_cgo_\w+|(?P<path>[^\s:]+\.(?:go|cc|cpp|cxx|c|hpp|hh|h|mm|m|s|S))):\d+:(?:\d+:)? (?:fatal )?[Ee]rror: (?P<detail>.+)"
        ),
    ),
)
"""Kind of symptom and the words that show it, most specific first."""
