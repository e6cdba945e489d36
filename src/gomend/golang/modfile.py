"""Read go.mod and go.work with the line of every directive. Source of the grammar: go.dev/ref/mod, x/mod/modfile."""

from __future__ import annotations

import json
import re
from typing import Final

from gomend.golang import modpath
from gomend.model.base import Thing

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|[()\[\]{},]|(?:(?!//)[^\s()\[\]{},])+')
_GO: Final = re.compile(r"[1-9][0-9]*\.(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?(?:[a-z]+[0-9]+)?")
_TOOLCHAIN: Final = re.compile(r"default|go1(?:\..*)?")
_MOD_BLOCKS: Final = frozenset({"module", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore"})
_MOD_VERBS: Final = _MOD_BLOCKS | {"go", "toolchain"}
_WORK_BLOCKS: Final = frozenset({"godebug", "use", "replace"})
_WORK_VERBS: Final = _WORK_BLOCKS | {"go", "toolchain"}
_REPLACE_USAGE: Final = "usage: replace module/path [v1.2.3] => other/module v1.4 or => ../local/directory"
_FOLDER: Final = re.compile(r"(?:\.{1,2}(?:[/\\].*)?|[/\\].*|[A-Za-z]:.*)")


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


def parse(text: str, *, work: bool = False) -> ModFile:
    """Read the text of a go.mod (or go.work); never raises, problems are in ``errors``."""
    reader = _Reader(_WORK_VERBS if work else _MOD_VERBS)
    blocks = _WORK_BLOCKS if work else _MOD_BLOCKS
    block: str | None = None
    known = True
    lines = text.split("\n")
    for number, raw in enumerate(lines, 1):
        words, comment, problem = _tokens(raw)
        if problem:
            reader.errors.append((number, problem))
        if not words:
            continue
        if block is not None:
            if words[0] == ")":
                block = None
                if len(words) > 1:
                    reader.errors.append((number, "syntax error (expected newline after closing paren)"))
            elif known:
                reader.take(block, words, number, _is_indirect(comment))
        elif words[-1] == "(" or words[-2:] == ["(", ")"]:
            verb = " ".join(words[:-1] if words[-1] == "(" else words[:-2])
            known = verb in blocks
            if not known:
                reader.errors.append((number, f"unknown block type: {verb}"))
            block = verb if words[-1] == "(" else None
        else:
            reader.take(words[0], words[1:], number, _is_indirect(comment))
    if block is not None:
        reader.errors.append((len(lines), f"syntax error (unterminated block: {block})"))
    return reader.done()


class _Reader:
    def __init__(self, verbs: frozenset[str]) -> None:
        self.verbs = verbs
        self.single: dict[str, Line] = {}
        self.requires: list[Require] = []
        self.excludes: list[Require] = []
        self.replaces: list[Replace] = []
        self.uses: list[Line] = []
        self.tools: list[Line] = []
        self.errors: list[tuple[int, str]] = []

    def take(self, verb: str, raw: list[str], line: int, indirect: bool) -> None:
        if verb not in self.verbs:
            self.errors.append((line, f"unknown directive: {verb}"))
            return
        words = []
        for word in raw if verb not in {"go", "toolchain", "godebug", "retract"} else ():
            text, problem = _unquote(word)
            if problem:
                self.errors.append((line, f"invalid quoted string: {problem}"))
                return
            words.append(text)
        if verb in {"module", "go", "toolchain"}:
            self._single(verb, words if verb == "module" else raw, line)
        elif verb in {"require", "exclude"}:
            self._require(verb, words, line, indirect)
        elif verb == "replace":
            self._replace(words, line)
        elif verb in {"use", "tool"}:
            if len(words) != 1:
                self.errors.append((line, f"{verb} directive expects exactly one argument"))
                return
            (self.uses if verb == "use" else self.tools).append(Line(value=words[0], line=line))

    def _single(self, verb: str, words: list[str], line: int) -> None:
        if verb in self.single:
            self.errors.append((line, f"repeated {verb} statement"))
        elif len(words) != 1:
            self.errors.append((line, f"{verb} directive expects exactly one argument"))
        elif verb == "go" and not _GO.fullmatch(words[0]):
            self.errors.append((line, f"invalid go version '{words[0]}': must match format 1.23.0"))
        elif verb == "toolchain" and not _TOOLCHAIN.fullmatch(words[0]):
            self.errors.append((line, f"invalid toolchain version '{words[0]}': must match format go1.23.0 or default"))
        else:
            self.single[verb] = Line(value=words[0], line=line)

    def _require(self, verb: str, words: list[str], line: int, indirect: bool) -> None:
        if len(words) != 2:
            self.errors.append((line, f"usage: {verb} module/path v1.2.3"))
            return
        if wrong := modpath.major_problem(words[0], words[1]):
            self.errors.append((line, f"{verb} {words[0]}: {wrong}"))
            return
        kept = self.requires if verb == "require" else self.excludes
        kept.append(Require(path=words[0], version=words[1], line=line, indirect=indirect))

    def _replace(self, words: list[str], line: int) -> None:
        arrow = 1 if words[1:2] == ["=>"] else 2
        right = words[arrow + 1 :]
        if words[arrow : arrow + 1] != ["=>"] or len(right) not in (1, 2):
            self.errors.append((line, _REPLACE_USAGE))
            return
        folder = bool(_FOLDER.fullmatch(right[0]))
        version = words[1] if arrow == 2 else ""
        wrong = modpath.major_problem(words[0], version) if version else ""
        if len(right) == 1 and not folder:
            wrong = "replacement module without version must be directory path (rooted or starting with . or ..)"
        elif len(right) == 2 and folder:
            wrong = f'replacement module directory path "{right[0]}" cannot have version'
        if wrong:
            self.errors.append((line, wrong))
            return
        to_version = right[1] if len(right) == 2 else ""
        self.replaces.append(Replace(path=words[0], version=version, to=right[0], to_version=to_version, line=line))

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


def _tokens(line: str) -> tuple[list[str], str, str]:
    """Words and punctuation of a line, its comment, and what the lexer would refuse."""
    words: list[str] = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        if line.startswith("//", at):
            return words, line[at + 2 :], ""
        match = _TOKEN.match(line, at)
        if line[at] in '"`' and (match is None or match[0][-1:] != line[at] or len(match[0]) == 1):
            return words, "", "unexpected newline in string"
        if match is None:
            return words, "", f"unexpected input character {line[at]!r}"
        if "/*" in match[0] and line[at] not in '"`':
            return words, "", "mod files must use // comments (not /* */ comments)"
        words.append(match[0])
        at = match.end()
    return words, "", ""


def _is_indirect(comment: str) -> bool:
    words = comment.split()
    return words == ["indirect"] or words[:1] == ["indirect;"]


def _unquote(word: str) -> tuple[str, str]:
    """The text of a word, and what is wrong with its quotes: Go takes double quotes only."""
    if word.startswith('"'):
        try:
            return str(json.loads(word)), ""
        except ValueError:
            return "", "invalid syntax"
    return (word, "") if not any(c in word for c in "\"'`") else ("", "unquoted string cannot contain quote")
