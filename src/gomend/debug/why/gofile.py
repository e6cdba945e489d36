"""A Go source file, line by line: which function a line stands in, and whether it could have code at all.

No parser: comments and literals are blanked, then braces are followed. Source: the Go specification; cmd/compile gives no code to
declarations, labels, blank lines and closing braces other than a function's own.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from gomend.debug import gosource
from gomend.model.base import Thing

_FUNC: Final = re.compile(r"^func\s*(?:\(\s*(?:\w+\s+)?(\*?)\s*([\w.]+)(?:\[[^\]]*\])?\s*\)\s*)?(\w+)", re.MULTILINE)
_NOTHING: Final = re.compile(
    r"^\s*(?:$|[})\]]+[,;]?\s*$|else\s*\{\s*$|\}\s*else\s*\{\s*$|(?:const|type|import|package)\b|var\s+[\w, ]+\s+[^=]*$|\w+:\s*$|case\b.*:\s*$|default\s*:\s*$)"
)
_DEAD: Final = re.compile(r"^\s*(?:return\b|panic\(|os\.Exit\(|goto\b|break\b|continue\b)")
_FALSE: Final = re.compile(r"\bif\s+(?:false|!true|0\s*==\s*1)\b")
_BRANCH: Final = re.compile(r"\b(?:if|else|for|case|default)\b")
_STATEMENT: Final = re.compile(r"^\s*(?:return\b.*|[\w.\[\]*, ]+(?:[-+*/%&|^]?=|:=|\+\+|--).*|[\w.]+\(.*\))\s*$")
_NO_RESULT: Final = re.compile(r"^func\s*(?:\([^()]*\)\s*)?\w+\([^()]*\)\s*\{\s*$")
_STAYS: Final = re.compile(
    r"\bfor\b(?:[^;{]*\{|[^;]*;\s*;)|\bselect\b|\bgoto\b|\bpanic\(|\w+\.(?:Exit|Fatal\w*|Goexit|Panic\w*|FailNow|Skip\w*)\("
)
_MUST: Final = re.compile(r"^\s*(?:return\b|defer\b|go\b|\w+(?:\+\+|--)\s*$)")
_CLOSES: Final = re.compile(r"^\s*(?:$|[})\]]+[,;]?\s*$|\}?\s*else\s*\{\s*$)")
_LINE: Final = re.compile(r"^//line\s+(\S+?):(\d+)(?::\d+)?\s*$|/\*line\s+(\S+?):(\d+)(?::\d+)?\*/", re.MULTILINE)
_IMPORT_C: Final = re.compile(r'^import\s+"C"', re.MULTILINE)


class Func(Thing, frozen=True):
    """A function: its name as the linker writes it behind the package (``add``, ``(*Cart).Add``), first and last line."""

    name: str
    start: int
    end: int


class GoFile:
    """One file's text."""

    def __init__(self, text: str) -> None:
        """Read it once."""
        self.text = text
        self.lines = text.split("\n")
        self.plain = gosource.blank(text).split("\n")
        self.package = gosource.package_name(text)
        self.functions = tuple(self._functions())

    def _functions(self) -> list[Func]:
        plain = "\n".join(self.plain)
        found = []
        for match in _FUNC.finditer(plain):
            start = plain.count("\n", 0, match.start()) + 1
            pointer, receiver, name = match.groups()
            full = name if not receiver else f"(*{receiver}).{name}" if pointer else f"{receiver}.{name}"
            found.append(Func(name=full, start=start, end=self._end(start)))
        return found

    def _end(self, start: int) -> int:
        depth, opened = 0, False
        for number in range(start, len(self.plain) + 1):
            line = self.plain[number - 1]
            for at, char in enumerate(line):
                if char == "{" and not (not opened and line[:at].rstrip().endswith(("interface", "struct"))):
                    depth += 1
                    opened = True
                elif char == "}" and opened:
                    depth -= 1
                    if not depth:
                        return number
            if not opened and number > start and not line.strip():
                return number
        return len(self.plain)

    def around(self, line: int) -> Func | None:
        """The function that a line stands in."""
        return next((f for f in self.functions if f.start <= line <= f.end), None)

    def empty(self, line: int) -> bool:
        """Blank, a comment, or a declaration or brace that never has code."""
        text = self.plain[line - 1] if 0 < line <= len(self.plain) else ""
        return bool(_NOTHING.match(text))

    def dead(self, line: int, inside: Func) -> bool:
        """Behind a return at the same depth, or in a branch that is never taken by its own words."""
        depth, closed_at = 0, -1
        for number in range(inside.start, line):
            text = self.plain[number - 1]
            if number > inside.start and _FALSE.search(text):
                closed_at = depth
            elif number > inside.start and closed_at < 0 and _DEAD.match(text) and number < line:
                after = [self.plain[n - 1] for n in range(number + 1, line + 1)]
                if not any("}" in a or a.strip().endswith(":") for a in after):
                    return True
            depth += text.count("{") - text.count("}")
            if closed_at >= 0 and depth <= closed_at:
                closed_at = -1
        return closed_at >= 0

    def branch_without(self, line: int, inside: Func, code: Container[int]) -> bool:
        """A statement in a branch none of whose lines has code, though the function has some."""
        if not _STATEMENT.match(self.plain[line - 1]):
            return False
        depth, start = 0, line
        while start > inside.start and depth <= 0:
            start -= 1
            text = self.plain[start - 1]
            depth += text.count("{") - text.count("}")
        if start <= inside.start or not _BRANCH.search(self.plain[start - 1]):
            return False
        depth, end = 1, start
        while end < inside.end and depth > 0:
            end += 1
            text = self.plain[end - 1]
            depth += text.count("{") - text.count("}")
        return not any(number in code for number in range(start + 1, end))

    def directives(self) -> tuple[tuple[str, int, int], ...]:
        """``//line`` directives: file, line it speaks of, line it stands on."""
        found = []
        for match in _LINE.finditer(self.text):
            at = self.text.count("\n", 0, match.start()) + 1
            found.append((match[1] or match[3], int(match[2] or match[4]), at))
        return tuple(found)

    def contradicts(self, function: Func, code: Container[int]) -> tuple[int, int] | None:
        """A line of an unoptimised function that must have code and has none, and one with code that cannot have any; None where they agree."""
        body = range(function.start + 1, function.end)
        silent = [n for n in body if _MUST.match(self.plain[n - 1]) and n not in code]
        silent = [n for n in silent if not self.dead(n, function) and not self.branch_without(n, function, code)]
        odd = [n for n in body if n in code and _CLOSES.match(self.plain[n - 1]) and "func" not in self._opener(n, function)]
        return (silent[0], odd[0]) if silent and odd else None

    def _opener(self, line: int, function: Func) -> str:
        """The line that a closing brace belongs to."""
        depth = 0
        for number in range(line, function.start - 1, -1):
            text = self.plain[number - 1]
            depth += sum(text.count(c) for c in "})]") - sum(text.count(c) for c in "{([")
            if depth <= 0 and number < line:
                return text
        return ""

    def runs_to_its_end(self, function: Func) -> bool:
        """A function without results that nothing keeps from reaching its closing brace: the compiler always returns from there."""
        head = self.plain[function.start - 1]
        body = self.plain[function.start : function.end]
        simple = _NO_RESULT.match(head) and self.plain[function.end - 1].rstrip() == "}" and function.end > function.start + 1
        last = next((line for line in reversed(body[:-1]) if line.strip()), "")
        simple = simple and _STATEMENT.match(last) and not last.lstrip().startswith("return")
        return bool(simple) and not any(_STAYS.search(line) for line in body)

    def preamble(self, line: int) -> bool:
        """In the C code above ``import "C"``."""
        match = _IMPORT_C.search("\n".join(self.plain)) or _IMPORT_C.search(self.text)
        if match is None:
            return False
        at = self.text.count("\n", 0, match.start()) + 1
        if line >= at:
            return False
        number = at - 1
        while number > 0 and not self.plain[number - 1].strip() and self.lines[number - 1].strip():
            if number == line:
                return True
            number -= 1
        return False
