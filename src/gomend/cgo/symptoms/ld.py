"""Linkers: GNU ld, gold, lld, Apple's ld, zig's own."""

from __future__ import annotations

import re
from typing import Final

from gomend.cgo.symptoms.base import Kind, Table

TABLE: Final[Table] = (
    (Kind.FRAMEWORK_NOT_FOUND, re.compile(r"(?:unable to find (?:\w+ )?framework|framework not found) ['\"]?(?P<name>\w+)")),
    (Kind.FORMAT_FOREIGN, re.compile(r"(?P<path>[^\s:]+): skipping incompatible file")),
    (Kind.FORMAT_FOREIGN, re.compile(r"(?P<path>[^\s:]+): incompatible file type")),
    (Kind.FORMAT_FOREIGN, re.compile(r"skipping incompatible (?P<path>\S+) when searching for -l(?P<name>\S+)")),
    (
        Kind.LIBRARY_NOT_FOUND,
        re.compile(
            r"(?:(?:cannot find|unable to find library|library not found for) -l|mold: (?:fatal|error): library not found: )(?P<name>[\w.+-]+?)(?:: .*)?$"
        ),
    ),
    (
        Kind.LIBRARY_NOT_FOUND,
        re.compile(r"(?:unable to find (?:dynamic|static) system library|ld: library) ['\"](?P<name>[\w.+-]+)['\"]"),
    ),
    (
        Kind.START_FILE_NOT_FOUND,
        re.compile(r"(?:cannot find|cannot open|file not found:) (?P<name>S?crt1\.o|crti\.o|crtbegin\w?\.o|rcrt1\.o)"),
    ),
    (Kind.LINKED_FILE_NOT_FOUND, re.compile(r"(?:cannot find|cannot open) (?P<path>/[^\s:]+)(?::.*| inside .*)?$")),
    (Kind.STATIC_DLOPEN, re.compile(r"Using '(?P<name>dlopen)' in statically linked applications")),
    (Kind.STATIC_NSS, re.compile(r"Using '(?P<name>\w+)' in statically linked applications")),
    (
        Kind.NOT_PIC,
        re.compile(
            r"(?P<path>[^\s(]+\.[oa](?:\([^)]*\))?).*relocation (?P<detail>R_\w+) .*(?:can(?:not| not) be used|recompile with -f(?:PIC|PIE|pic))"
        ),
    ),
    (
        Kind.NOT_PIC,
        re.compile(
            r"(?P<path>[^\s(]+\.[oa](?:\([^)]*\))?): warning: relocation (?:against .* )?in read-only section (?P<detail>\S+)"
        ),
    ),
    (
        Kind.NOT_PIC,
        re.compile(r"(?P<path>[^\s(:]+\.[oa](?:\([^)]*\))?)\S*: (?P<detail>R_\w+) relocation .*recompile with -fPIC"),
    ),
    (Kind.NOT_PIC, re.compile(r"relocation (?P<detail>R_\w+).* cannot be used .*recompile with -fPIC")),
    (
        Kind.FORMAT_FOREIGN,
        re.compile(
            r"(?P<path>[^\s:]+): (?:error: )?(?:file not recognized: )?(?:[Ff]ile format not recognized|[Ff]ile in wrong format|file format not recognized|"
            r"is incompatible with|incompatible target|Relocations in generic ELF|unknown file type|error adding symbols: [Ff]ile (?:in wrong format|format not recognized))"
        ),
    ),
    (Kind.FORMAT_FOREIGN, re.compile(r"error: (?P<path>[^\s:]+) is incompatible with (?P<detail>\S+)")),
    (Kind.DEFINED_TWICE, re.compile(r"multiple definition of [`'‘](?P<name>[^'’`]+)['’]|duplicate symbol:? (?P<detail>\S+)")),
    (
        Kind.LINKER_OPTION_UNKNOWN,
        re.compile(
            r"(?:unsupported linker arg(?:ument)?|unknown linker arg|unsupported linker extension flag|unrecognized option|unknown option|unknown command line option|unknown argument)[:]? ['\"]?(?P<name>-[\w=,./-]+)"
        ),
    ),
    (Kind.SYMBOL_UNDEFINED, re.compile(r"^\s+\"_?(?P<name>\w+)\", referenced from:")),
    (Kind.SYMBOL_UNDEFINED, re.compile(r"undefined (?:reference to|symbol:|symbol) [`'‘\"]?(?P<name>[^'’`\"\s]+)")),
)
"""Kind of symptom and the words that show it, most specific first."""
