"""A Go source file, line by line: which function a line stands in, and whether it could have code at all.

No parser: comments and literals are blanked, then braces are followed. Source: the Go specification; cmd/compile gives no code to
declarations, labels, blank lines and closing braces other than a function's own.
"""

from __future__ import annotations

import re
from typing import Final

from gomend.debug import gosource
from gomend.model.base import Thing

_FUNC: Final = re.compile(r"^func\s*(?:\(\s*(?:\w+\s+)?(\*?)\s*([\w.]+)(?:\[[^\]]*\])?\s*\)\s*)?(\w+)", re.MULTILINE)
_NOTHING: Final = re.compile(
    r"^\s*(?:$|[})\]]+[,;]?\s*$|else\s*\{\s*$|\}\s*else\s*\{\s*$|(?:const|type|import|package)\b|var\s+[\w, ]+\s+[^=]*$|\w+:\s*$|case\b.*:\s*$|default\s*:\s*$)"
)
_DEAD: Final = re.compile(r"^\s*(?:return\b|panic\(|os\.Exit\(|goto\b|break\b|continue\b)")
_FALSE: Final = re.compile(r"\bif\s+(?:false|!true|0\s*==\s*1)\b")
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

    def directives(self) -> tuple[tuple[str, int, int], ...]:
        """``//line`` directives: file, line it speaks of, line it stands on."""
        found = []
        for match in _LINE.finditer(self.text):
            at = self.text.count("\n", 0, match.start()) + 1
            found.append((match[1] or match[3], int(match[2] or match[4]), at))
        return tuple(found)

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
