"""Read go.mod and go.work with the line of every directive. Source of the grammar: go.dev/ref/mod, x/mod/modfile."""

from __future__ import annotations

import json
import re
from typing import Final

from gomend.model.base import Thing

_BLOCK: Final = re.compile(r"^(\w+)\s*\(\s*$")
_WORD: Final = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|=>|[()\[\],]|[^\s"`()\[\],]+')
_VERBS: Final = frozenset(
    {"module", "go", "toolchain", "require", "replace", "exclude", "retract", "use", "tool", "godebug", "ignore"}
)


class Require(Thing, frozen=True):
    """``require path version``."""

    path: str
    version: str
    line: int
    indirect: bool = False


class Replace(Thing, frozen=True):
    """``replace path [version] => to [to_version]``; a local folder has no ``to_version``."""

    path: str
    version: str
    to: str
    to_version: str
    line: int

    @property
    def local(self) -> bool:
        """Whether the replacement is a folder."""
        return not self.to_version


class Line(Thing, frozen=True):
    """A directive with one value, and where it stands."""

    value: str
    line: int


class ModFile(Thing, frozen=True):
    """A go.mod or go.work, read. ``errors`` are (line, what is wrong), as go would refuse them."""

    module: Line | None = None
    go: Line | None = None
    toolchain: Line | None = None
    requires: tuple[Require, ...] = ()
    replaces: tuple[Replace, ...] = ()
    excludes: tuple[Require, ...] = ()
    uses: tuple[Line, ...] = ()
    tools: tuple[Line, ...] = ()
    errors: tuple[tuple[int, str], ...] = ()


def parse(text: str) -> ModFile:
    """Read the text of a go.mod or go.work; never raises, problems are in ``errors``."""
    reader = _Reader()
    block: str | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        code, _, comment = _split_comment(raw)
        stripped = code.strip()
        if not stripped:
            continue
        if block is None and (match := _BLOCK.match(stripped)):
            block = match[1]
            if block not in _VERBS:
                reader.errors.append((number, f"unknown block type: {block}"))
        elif block is not None and stripped == ")":
            block = None
        else:
            words = [_unquote(w) for w in _WORD.findall(stripped)]
            verb, arguments = (block, words) if block else (words[0], words[1:])
            reader.take(verb, arguments, number, "indirect" in comment.replace(";", " ").split())
    if block is not None:
        reader.errors.append((len(text.splitlines()), f"unterminated block: {block}"))
    return reader.done()


class _Reader:
    def __init__(self) -> None:
        self.single: dict[str, Line] = {}
        self.requires: list[Require] = []
        self.excludes: list[Require] = []
        self.replaces: list[Replace] = []
        self.uses: list[Line] = []
        self.tools: list[Line] = []
        self.errors: list[tuple[int, str]] = []

    def take(self, verb: str, words: list[str], line: int, indirect: bool) -> None:
        if verb in {"module", "go", "toolchain"}:
            self._single(verb, words, line)
        elif verb in {"require", "exclude"}:
            if len(words) != 2:
                self.errors.append((line, f"usage: {verb} module/path v1.2.3"))
                return
            kept = self.requires if verb == "require" else self.excludes
            kept.append(Require(path=words[0], version=words[1], line=line, indirect=indirect))
        elif verb == "replace":
            self._replace(words, line)
        elif verb in {"use", "tool"}:
            if len(words) != 1:
                self.errors.append((line, f"usage: {verb} path"))
                return
            (self.uses if verb == "use" else self.tools).append(Line(value=words[0], line=line))
        elif verb not in _VERBS:
            self.errors.append((line, f"unknown directive: {verb}"))

    def _single(self, verb: str, words: list[str], line: int) -> None:
        if len(words) != 1:
            self.errors.append((line, f"usage: {verb} {'module/path' if verb == 'module' else 'version'}"))
        elif verb in self.single:
            self.errors.append((line, f"repeated {verb} statement"))
        else:
            self.single[verb] = Line(value=words[0], line=line)

    def _replace(self, words: list[str], line: int) -> None:
        if "=>" not in words:
            self.errors.append((line, "usage: replace module/path [v1.2.3] => other/module v1.4 or => ../local/directory"))
            return
        at = words.index("=>")
        left, right = words[:at], words[at + 1 :]
        if len(left) not in (1, 2) or len(right) not in (1, 2):
            self.errors.append((line, "usage: replace module/path [v1.2.3] => other/module v1.4 or => ../local/directory"))
            return
        self.replaces.append(
            Replace(
                path=left[0],
                version=left[1] if len(left) == 2 else "",
                to=right[0],
                to_version=right[1] if len(right) == 2 else "",
                line=line,
            )
        )

    def done(self) -> ModFile:
        return ModFile(
            module=self.single.get("module"),
            go=self.single.get("go"),
            toolchain=self.single.get("toolchain"),
            requires=tuple(self.requires),
            replaces=tuple(self.replaces),
            excludes=tuple(self.excludes),
            uses=tuple(self.uses),
            tools=tuple(self.tools),
            errors=tuple(self.errors),
        )


def _split_comment(line: str) -> tuple[str, str, str]:
    """Cut a ``//`` comment off, but not inside a quoted word or a URL-like word (go asks for a space or line start)."""
    quoted = ""
    for i, char in enumerate(line):
        if quoted:
            quoted = "" if char == quoted and line[i - 1] != "\\" else quoted
        elif char in "\"`":
            quoted = char
        elif line.startswith("//", i) and (i == 0 or line[i - 1].isspace() or line[i - 1] in "()"):
            return line[:i], "//", line[i + 2 :]
    return line, "", ""


def _unquote(word: str) -> str:
    if word.startswith("`"):
        return word[1:-1]
    if word.startswith('"'):
        try:
            return str(json.loads(word))
        except ValueError:
            return word[1:-1]
    return word
