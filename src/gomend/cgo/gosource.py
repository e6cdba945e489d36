"""Reading Go source as far as cgo needs it: ``import "C"``, ``#cgo`` lines, build constraints, top-level names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_IMPORT_C: Final = re.compile(r'(?m)^[ \t]*(?:import[ \t]+)?"C"[ \t]*;?[ \t]*(?://.*)?$|import[ \t]*\([ \t]*"C"[ \t]*\)')
_DIRECTIVE: Final = re.compile(
    r"(?m)^[ \t]*(?://[ \t]*)?#cgo[ \t]+(?:[^:\n]*[ \t])?(CFLAGS|CPPFLAGS|CXXFLAGS|LDFLAGS|pkg-config):(.*)$"
)
_BUILD: Final = re.compile(r"(?m)^//go:build[ \t]+(.+)$")
_PACKAGE: Final = re.compile(r"(?m)^package[ \t]+(\w+)")
_TOKEN: Final = re.compile(r"\s*(\|\||&&|!|\(|\)|[\w.]+)")
_NOISE: Final = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|`[^`]*`|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
_FUNC: Final = re.compile(r"(?m)^func[ \t]+(\w+)[ \t]*[(\[]")
_SINGLE: Final = re.compile(r"(?m)^(?:var|const|type)[ \t]+(\w+)")
_GROUP: Final = re.compile(r"(?ms)^(?:var|const|type)[ \t]*\((.*?)^\)")
_MEMBER: Final = re.compile(r"(?m)^\t(\w+)")
_SYSTEMS: Final = frozenset(
    [
        "aix",
        "android",
        "darwin",
        "dragonfly",
        "freebsd",
        "hurd",
        "illumos",
        "ios",
        "js",
        "linux",
        "netbsd",
        "openbsd",
        "plan9",
        "solaris",
        "wasip1",
        "windows",
        "zos",
    ]
)
_CPUS: Final = frozenset(
    [
        "386",
        "amd64",
        "arm",
        "arm64",
        "loong64",
        "mips",
        "mips64",
        "mips64le",
        "mipsle",
        "ppc64",
        "ppc64le",
        "riscv64",
        "s390x",
        "sparc64",
        "wasm",
    ]
)
_UNIX: Final = _SYSTEMS - {"js", "plan9", "wasip1", "windows", "zos"}


def known(goos: str, goarch: str) -> bool:
    """Whether both names are ones that go has or had."""
    return goos in _SYSTEMS and goarch in _CPUS


def imports_c(text: str) -> bool:
    """Whether a file uses cgo."""
    return bool(_IMPORT_C.search(text))


def package_name(text: str) -> str:
    """The name in the package clause."""
    match = _PACKAGE.search(text)
    return match[1] if match else ""


def directives(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """``#cgo`` lines as (kind, words), whatever their conditions."""
    for match in _DIRECTIVE.finditer(text):
        yield match[1], tuple(match[2].split())


def tags(goos: str, goarch: str, *, cgo: bool = True) -> frozenset[str]:
    """Build tags that hold for a target."""
    more = {"unix"} if goos in _UNIX else set()
    more |= {"linux"} if goos == "android" else {"darwin"} if goos == "ios" else set()
    return frozenset({goos, goarch, "gc", *more, *({"cgo"} if cgo else ())})


def takes_part(name: str, text: str, held: frozenset[str]) -> bool:
    """Whether go compiles a file where these tags hold (go/build: file name suffixes and //go:build)."""
    words = name.removesuffix(".go").removesuffix("_test").split("_")[1:]
    if len(words) >= 2 and words[-2] in _SYSTEMS and words[-1] in _CPUS:
        suffixes = words[-2:]
    else:
        suffixes = words[-1:] if words and words[-1] in _SYSTEMS | _CPUS else []
    return all(word in held for word in suffixes) and holds(text, held)


def holds(text: str, held: frozenset[str]) -> bool:
    """Whether the ``//go:build`` line of a file holds; a file without one always takes part."""
    match = _BUILD.search(text.split("\npackage ", 1)[0] + "\n")
    return not match or _Constraint(match[1], held).value


def only_without_cgo(text: str) -> bool:
    """Whether a file takes part only while cgo is off."""
    match = _BUILD.search(text.split("\npackage ", 1)[0] + "\n")
    return bool(match and re.search(r"!\s*cgo\b", match[1]))


class _Constraint:
    """A ``//go:build`` expression and its value. Go releases up to this one hold, other unknown tags do not."""

    def __init__(self, text: str, held: frozenset[str]) -> None:
        self._words = _TOKEN.findall(text.split("//", maxsplit=1)[0])
        self._held = held
        self.value = self._either()

    def _either(self) -> bool:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> bool:
        value = self._one()
        while self._take("&&"):
            other = self._one()
            value = value and other
        return value

    def _one(self) -> bool:
        if self._take("!"):
            return not self._one()
        if self._take("("):
            value = self._either()
            self._take(")")
            return value
        word = self._words.pop(0) if self._words else ""
        return word in self._held or word.startswith("go1.")

    def _take(self, word: str) -> bool:
        if self._words[:1] == [word]:
            del self._words[0]
            return True
        return False


def declared(text: str) -> set[str]:
    """Names of functions, variables, constants and types at the top level (methods left out)."""
    plain = without_comments(text)
    names = {m[1] for m in _FUNC.finditer(plain)} | {m[1] for m in _SINGLE.finditer(plain)}
    for group in _GROUP.finditer(plain):
        names |= {m[1] for m in _MEMBER.finditer(group[1])}
    return names


def uses(text: str, name: str) -> int:
    """The line (from 1) on which a file uses a package-level name, 0 if none.

    A name that the file itself binds (``name :=``, ``var name``, a parameter) does not count: it may be another one.
    """
    plain = without_comments(text)
    if re.search(rf"\b{name}\b[^\n(){{}}]*:=|\bvar[ \t]+{name}\b|[(,][ \t]*{name}[ \t]+[\w*\[\].]+[ \t]*[,)]", plain):
        return 0
    match = re.search(rf"(?<![\w.]){name}\b(?!\s*:[^=])", plain)
    return plain[: match.start()].count("\n") + 1 if match else 0


def without_comments(text: str, *, strings: bool = True) -> str:
    """The text with comments and, unless asked to keep them, strings taken out; lines are kept."""

    def blank(match: re.Match[str]) -> str:
        if not strings and match[0][0] != "/":
            return match[0]
        return "\n" * match[0].count("\n") or " "

    return _NOISE.sub(blank, text)
