"""Small changes to build commands as they stand in files: shell text (Dockerfile, Makefile, a task's command) or words.

Only the flag in question changes; everything else of the text stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from gomend.debug import buildflags
from gomend.model.step import Edit

DEBUG_GCFLAGS: Final = "all=-N -l"
"""What ``dlv`` itself builds with: no optimisation, no inlining, in every package."""

_VALUE: Final = r"(?P<q>[\"'])(?P<quoted>.*?)(?P=q)|(?P<bare>[^\s\"';&|]+)"
_LEAD: Final = r"(?:\\\r?\n|[ \t])+"
_LDFLAGS: Final = re.compile(rf"{_LEAD}--?ldflags(?:=|\s+)(?:{_VALUE})", re.DOTALL)
_WRAPPED: Final = re.compile(rf"{_LEAD}(?P<q>[\"'])--?ldflags=(?P<quoted>[^\"']*)(?P=q)")
_GCFLAGS: Final = re.compile(rf"--?gcflags(?:=|\s+)(?:{_VALUE})", re.DOTALL)
_GO_BUILD: Final = re.compile(
    r"\bgo(?:\.exe)?(?:\s+-C\s+\S+)?\s+(?:build|test|install)\b(?![^&;|\n]*@(?:v?\d|latest|master|main))"
)
_STRIP_WORD: Final = re.compile(r"--?(?:s|w)(?:=(?:true|1|t))?")

_VARIABLE: Final = re.compile(
    r"(?P<head>(?<![\w])(?!CGO_)\w*LD_?FLAGS\w*[ \t]*(?:::|[:?+])?=[ \t]*)(?:(?P<q>[\"'])(?P<quoted>.*?)(?P=q)|(?P<bare>[^\n]*))"
)

TextChange = Callable[[str], str]
"""A change of a command's text; the same text if there is nothing to change."""
WordsChange = Callable[[Sequence[str]], tuple[tuple[str, ...], ...]]
"""A change of a command's words: for each word the words that take its place."""


def _without_strip(value: str) -> str:
    """A value of -ldflags without -s and -w; quoted parts stay as they are."""
    parts = re.findall(r"\s+|\"[^\"]*\"|'[^']*'|[^\s\"']+(?:\"[^\"]*\"|'[^']*'|[^\s\"'])*", value)
    kept = [p for p in parts if not _STRIP_WORD.fullmatch(p)]
    return re.sub(r"[ \t]{2,}", " ", "".join(kept)).strip() if len(kept) != len(parts) else value


def keep_debug_info(text: str) -> str:
    """Take -s and -w out of every -ldflags of a shell text, and of variables named so (``LDFLAGS := -s -w``)."""

    def change(match: re.Match[str]) -> str:
        groups = match.groupdict()
        value = groups["quoted"] if groups["quoted"] is not None else groups.get("bare") or ""
        wanted = _without_strip(value)
        if wanted == value:
            return match[0]
        return match[0].replace(value, wanted, 1) if wanted else ""

    def change_variable(match: re.Match[str]) -> str:
        value = match["quoted"] if match["quoted"] is not None else match["bare"]
        return match["head"] + match[0][len(match["head"]) :].replace(value, _without_strip(value), 1) if value else match[0]

    return _VARIABLE.sub(change_variable, _WRAPPED.sub(change, _LDFLAGS.sub(change, text)))


_JOIN: Final = re.compile(r"(\s*(?:&&|;)(?:\s|\\\r?\n)*)")
_STRIPS: Final = re.compile(r"(?P<lead>RUN\s+)?(?:\S*/)?(?:[\w-]+-)?(?:strip|objcopy)\s+(?P<rest>.*)", re.DOTALL)
_KEEPS: Final = re.compile(r"--only-keep-debug|--add-gnu-debuglink")


def without_strip(text: str) -> str:
    """Take the commands ``strip`` and ``objcopy`` out of a RUN; a RUN that was nothing else becomes an empty line."""
    parts = _JOIN.split(text)
    kept: list[str] = []
    for command, joint in zip(parts[::2], ("", *parts[1::2]), strict=True):
        match = _STRIPS.fullmatch(command.strip())
        if match and not _KEEPS.search(match["rest"]):
            kept += [match["lead"]] if match["lead"] else []
        else:
            kept += [command] if not kept or (len(kept) == 1 and kept[0].endswith("RUN ")) else [joint, command]
    made = "".join(kept)
    return "" if made.strip() == "RUN" else made


def unstripped(text: str) -> str:
    """Take -s and -w, and the commands that strip, out of a RUN."""
    return without_strip(keep_debug_info(text))


def keep_debug_info_words(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Take -s and -w out of every -ldflags of a list of words."""
    made: list[tuple[str, ...]] = []
    value_next = False
    for i, word in enumerate(words):
        name, equals, value = word.partition("=")
        if value_next:
            wanted = _without_strip(word)
            made.append((wanted,) if wanted or word == wanted else ())
            value_next = False
        elif name in {"-ldflags", "--ldflags"} and equals:
            wanted = _without_strip(value)
            made.append((f"{name}={wanted}",) if wanted or value == wanted else ())
        elif name in {"-ldflags", "--ldflags"} and i + 1 < len(words):
            value_next = True
            following = _without_strip(words[i + 1])
            made.append((word,) if following or following == words[i + 1] else ())
        else:
            made.append((word,))
    return tuple(made)


def without_trimpath(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Take -trimpath out of a list of words."""
    return tuple(() if word.lstrip("-").partition("=")[0] == "trimpath" else (word,) for word in words)


def build_for_debugging(text: str) -> str:
    """Give every go build of a shell text ``-gcflags="all=-N -l"`` (an own -gcflags is replaced)."""
    if _GCFLAGS.search(text):
        return _GCFLAGS.sub(f'-gcflags="{DEBUG_GCFLAGS}"', text)
    return _GO_BUILD.sub(lambda m: f'{m[0]} -gcflags="{DEBUG_GCFLAGS}"', text)


def build_for_debugging_words(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Give a list of words of a go build ``-gcflags=all=-N -l`` (an own -gcflags is replaced)."""
    flag = f"-gcflags={DEBUG_GCFLAGS}"
    made: list[tuple[str, ...]] = []
    done = False
    value_next = False
    for word in words:
        name, equals, _ = word.partition("=")
        if value_next:
            made.append((DEBUG_GCFLAGS,))
            value_next = False
        elif name in {"-gcflags", "--gcflags"}:
            made.append((flag,) if equals else (word,))
            value_next, done = not equals, True
        else:
            made.append((word,))
    if not done:
        at = next((i for i, w in enumerate(words) if w in {"build", "test", "install"}), None)
        if at is not None:
            made[at] = (words[at], flag)
    return tuple(made)


def edits_in(text: str, start: int, end: int, change: TextChange) -> tuple[Edit, ...]:
    """The edits that do ``change`` to the bytes ``start`` to ``end`` of a file, trimmed to what differs."""
    raw = text.encode()
    old = raw[start:end].decode()
    new = change(old)
    if new == old:
        return ()
    before, after = old.encode(), new.encode()
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    while head and (before[head : head + 1] or b"\0")[0] & 0xC0 == 0x80:
        head -= 1
    while tail and before[len(before) - tail] & 0xC0 == 0x80:
        tail -= 1
    kept = after[head : len(after) - tail].decode()
    return (Edit(start=start + head, end=start + len(before) - tail, new=kept),)


def joined(words: Sequence[str]) -> str:
    """Words as one shell text."""
    return " ".join(map(buildflags.quote, words))


def goflags(value: str, change: WordsChange) -> str:
    """A value of GOFLAGS with changed words, quoted as go reads it."""
    words = [w for made in change(buildflags.split_quoted(value)) for w in made]
    return " ".join(f"'{w}'" if any(c.isspace() for c in w) else w for w in words)
