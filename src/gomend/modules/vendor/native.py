"""What cgo packages include from other folders: go mod vendor copies no folder without Go files (golang/go#26366)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

_SUFFIXES: Final = (".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".s", ".S", ".inc")
_INCLUDE: Final = re.compile(rb'^[ \t]*(?://)?[ \t]*#[ \t]*(?:include|import)[ \t]*"([^"\n]+)"', re.MULTILINE)
_FLAGS: Final = re.compile(rb"^[ \t]*(?://)?[ \t]*#cgo\b[^\n:]*\b(?:CFLAGS|CPPFLAGS|CXXFLAGS|LDFLAGS):([^\n]*)", re.MULTILINE)
_FOLDER: Final = re.compile(rb"-(?:I|L|isystem|iquote)[ \t]*\$\{SRCDIR\}/?([^\s\"']*)")
_FILE: Final = re.compile(rb"(?:^|\s)\$\{SRCDIR\}/([^\s\"']+)")
_PREAMBLE: Final = re.compile(rb'^import\s+"C"', re.MULTILINE)


def may_matter(name: str, data: bytes | bytearray) -> bool:
    """Whether a file of a package can say what cgo needs."""
    if name.endswith(".go"):
        return not name.endswith("_test.go") and bool(_PREAMBLE.search(data))
    return name.endswith(_SUFFIXES)


def needs(sources: Mapping[str, bytes]) -> Iterator[tuple[str, str, str]]:
    """Who needs what, outside of its own folder: the file, its words, and a path from the module's root.

    Only packages that have a file with ``import "C"`` count; elsewhere go compiles no C.
    """
    cgo = {posixpath.dirname(name) for name in sources if name.endswith(".go")}
    told: set[tuple[str, str]] = set()
    for name in sorted(sources):
        folder = posixpath.dirname(name)
        if folder not in cgo:
            continue
        text = sources[name]
        found = [(m[1], m[0], False) for m in _INCLUDE.finditer(text) if b"/" in m[1]]
        if name.endswith(".go"):
            for flags in _FLAGS.finditer(text):
                found += [(m[1], m[0], True) for m in _FOLDER.finditer(flags[1])]
                found += [(m[1], m[0], False) for m in _FILE.finditer(flags[1])]
        for raw, words, is_folder in found:
            path = posixpath.normpath(posixpath.join(folder, raw.decode("utf-8", "replace")))
            here = folder or "."
            outside = path.startswith(("..", "/")) or here == (path if is_folder else posixpath.dirname(path) or ".")
            if not outside and (folder, path) not in told:
                told.add((folder, path))
                yield name, words.decode("utf-8", "replace").strip(), path


def there(path: str, names: frozenset[str]) -> bool:
    """Whether the module has this file, or files in this folder."""
    return path in names or any(name.startswith(f"{path}/") for name in names)
