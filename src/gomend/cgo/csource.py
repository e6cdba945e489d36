"""Reading C as far as cgo needs it: the preamble of a Go file, ``#include`` lines that take part on a target, functions.

Conditions are judged by the macros that compilers define for a target; what depends on others is told as conditional.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gomend.model.base import Thing

_IMPORT_C: Final = re.compile(r'(?m)^[ \t]*(?:import[ \t]*\(?[ \t\n]*)?"C"')
_DIRECTIVE: Final = re.compile(
    r"\n[ \t]*#[ \t]*(include|include_next|if|ifdef|ifndef|elif|elifdef|elifndef|else|endif|define)\b[ \t]*((?:[^\n\\]|\\\n|\\.)*)"
)
_LARGE: Final = 256 * 1024
"""Characters from which on comments are not taken out first: amalgamations have no directives in comments that matter."""
_INCLUDE: Final = re.compile(r'<([^>\n]+)>|"([^"\n]+)"')
_COMMENT: Final = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)
_TERM: Final = re.compile(r"(!?)\s*(?:defined\s*\(?\s*(\w+)\s*\)?|(\w+))\s*\)?")
_PROTOTYPE: Final = re.compile(r"(?m)^[ \t]*(?:extern[ \t]+)?(?:\w+[ \t*]+)+?(\w+)[ \t]*\(([^;{}()]*)\)[ \t]*;")
_BODY: Final = re.compile(r"\b(\w+)[ \t]*\([^;{}]*\)[ \t\n]*\{")
_OF_SYSTEM: Final = {
    "linux": {"__linux__", "__linux", "linux", "__unix__", "unix", "__ELF__"},
    "android": {"__linux__", "__linux", "__ANDROID__", "ANDROID", "__unix__", "__ELF__"},
    "darwin": {"__APPLE__", "__MACH__"},
    "ios": {"__APPLE__", "__MACH__"},
    "windows": {"_WIN32", "WIN32", "__MINGW32__", "_WINDOWS", "__WIN32__"},
    "freebsd": {"__FreeBSD__", "__unix__", "__ELF__"},
    "netbsd": {"__NetBSD__", "__unix__", "__ELF__"},
    "openbsd": {"__OpenBSD__", "__unix__", "__ELF__"},
    "dragonfly": {"__DragonFly__", "__unix__", "__ELF__"},
    "solaris": {"__sun", "__unix__", "__ELF__"},
    "illumos": {"__sun", "__unix__", "__ELF__"},
    "aix": {"_AIX", "__unix__"},
}
_OF_CPU: Final = {
    "amd64": {"__x86_64__", "__amd64__"},
    "386": {"__i386__", "i386"},
    "arm64": {"__aarch64__"},
    "arm": {"__arm__"},
    "riscv64": {"__riscv"},
    "ppc64le": {"__powerpc64__", "__PPC64__"},
    "s390x": {"__s390x__"},
}
_COMPILER: Final = {"__GNUC__", "__STDC__", "__STDC_VERSION__"}
_NEVER: Final = {
    "_MSC_VER",
    "__CYGWIN__",
    "__EMSCRIPTEN__",
    "__wasm__",
    "__HAIKU__",
    "__QNX__",
    "_AIX",
    "__hpux",
    "__OS2__",
    "VMS",
}


class Include(Thing, frozen=True):
    """One ``#include``: the header, whether it stands in angle brackets, its line (from 1), and whether it may not take part."""

    header: str
    system: bool
    line: int
    conditional: bool = False


def preamble(text: str) -> str:
    """The C text above ``import "C"``, on the lines that it has in the Go file; empty if there is none."""
    match = _IMPORT_C.search(text)
    if not match:
        return ""
    lines = text[: match.start()].split("\n")
    last = len(lines) - 1
    # In `import ( … "C" )` the comment stands inside the parentheses, directly above.
    at = last - 1
    if at < 0:
        return ""
    out = [""] * last
    if lines[at].rstrip().endswith("*/"):
        start = at
        while start >= 0 and "/*" not in lines[start]:
            start -= 1
        if start < 0:
            return ""
        for i in range(start, at + 1):
            line = lines[i]
            line = line[line.index("/*") + 2 :] if i == start else line
            out[i] = line.rstrip().removesuffix("*/") if i == at else line
        return "\n".join(out)
    while at >= 0 and lines[at].lstrip().startswith("//"):
        out[at] = lines[at].lstrip()[2:]
        at -= 1
    return "\n".join(out)


def macros(goos: str, goarch: str) -> tuple[frozenset[str], frozenset[str]]:
    """Macros that compilers define for a target, and those that they certainly do not."""
    held = _COMPILER | _OF_SYSTEM.get(goos, set()) | _OF_CPU.get(goarch, set())
    every = set().union(*_OF_SYSTEM.values(), *_OF_CPU.values())
    return frozenset(held), frozenset((every | _NEVER) - held)


def includes(text: str, goos: str, goarch: str) -> Iterator[Include]:
    """``#include`` lines; those that cannot take part on the target are left out."""
    held, gone = macros(goos, goarch)
    plain = "\n" + (_COMMENT.sub(_blank, text) if len(text) < _LARGE else text)
    stack: list[list[bool | None]] = []
    """For each open #if: the value of the current branch, and whether an earlier branch was taken."""
    guard = True
    for match in _DIRECTIVE.finditer(plain):
        word, rest = match[1], match[2].strip()
        if word in {"if", "ifdef", "ifndef"}:
            value = _condition(word, rest, held, gone)
            if word == "ifndef" and guard and not stack:
                value = True if value is None else value  # the guard around a header
            stack.append([value, value])
        elif word in {"elif", "elifdef", "elifndef", "else"} and stack:
            taken = stack[-1][1]
            value = True if word == "else" else _condition(word.removeprefix("el"), rest, held, gone)
            stack[-1][0] = False if taken else None if taken is None and value else value
            stack[-1][1] = True if taken or value else None if taken is None or value is None else False
        elif word == "endif" and stack:
            stack.pop()
        elif word in {"include", "include_next"}:
            found = _INCLUDE.match(rest)
            states = [level[0] for level in stack]
            if found and False not in states:
                yield Include(
                    header=(found[1] or found[2]).strip(),
                    system=found[1] is not None,
                    line=plain.count("\n", 0, match.start() + 1),
                    conditional=None in states,
                )
        guard = guard and word in {"include", "define", "ifndef"}


def _condition(word: str, rest: str, held: frozenset[str], gone: frozenset[str]) -> bool | None:
    if word in {"ifdef", "ifndef"}:
        name = rest.split(maxsplit=1)[0] if rest.split() else ""
        known = True if name in held else False if name in gone else None
        return known if word == "ifdef" or known is None else not known
    rest = rest.replace("\\\n", " ")
    if "&&" in rest and "||" in rest:
        return None
    parts = re.split(r"&&|\|\|", rest)
    values: list[bool | None] = []
    for part in parts:
        match = _TERM.fullmatch(part.strip().strip("()").strip()) or _TERM.fullmatch(part.strip())
        if not match:
            values.append(None)
            continue
        name = match[2] or match[3]
        value = True if name in held else False if name in gone else {"0": False, "1": True}.get(name)
        values.append(value if not match[1] or value is None else not value)
    if "||" in rest:
        return True if True in values else None if None in values else False
    return False if False in values else None if None in values else True


def declared_only(text: str) -> dict[str, int]:
    """Functions that a preamble declares without a body, with their lines; parameters of other declarations do not count."""
    plain = _COMMENT.sub(_blank, text)
    bodies = defined(text)
    found: dict[str, int] = {}
    for match in _PROTOTYPE.finditer(plain):
        words = match[0].split()
        if words[0] not in {"typedef", "return", "static", "else", "#define"} and match[1] not in bodies:
            found.setdefault(match[1], plain.count("\n", 0, match.start(1)) + 1)
    return found


def defined(text: str) -> set[str]:
    """Names that look like functions with a body."""
    return {m[1] for m in _BODY.finditer(_COMMENT.sub(_blank, text))} - {"if", "for", "while", "switch"}


def _blank(match: re.Match[str]) -> str:
    word = match[0]
    return word if word.startswith('"') else "\n" * word.count("\n") or " "
