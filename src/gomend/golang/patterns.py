"""Module path patterns as GOPRIVATE, GONOPROXY, GONOSUMDB and GOINSECURE use them.

Source: golang.org/x/mod/module, MatchPrefixPatterns: comma-separated globs of ``path.Match``, each matched against the
prefix of the path that has as many elements as the glob; empty globs and malformed ones match nothing.
"""

from __future__ import annotations

from functools import lru_cache


class _BadPatternError(Exception):
    """The glob is malformed (``path.ErrBadPattern``)."""


def matches(patterns: str, path: str) -> bool:
    """Whether a module path matches one of the comma-separated patterns."""
    elements = path.split("/")
    for pattern in patterns.split(","):
        glob = pattern.removesuffix("/")
        count = glob.count("/") + 1
        if glob and len(elements) >= count and match(glob, "/".join(elements[:count])):
            return True
    return False


@lru_cache(maxsize=4096)
def match(glob: str, name: str) -> bool:
    """``path.Match``; False for a malformed glob."""
    try:
        return _match(glob, name)
    except _BadPatternError:
        return False


def _match(glob: str, name: str) -> bool:
    while glob:
        star, chunk, glob = _scan(glob)
        if star and not chunk:
            return "/" not in name
        rest = _chunk(chunk, name)
        if rest is not None and (not rest or glob):
            name = rest
            continue
        found = False
        if star:
            for i, char in enumerate(name):
                if char == "/":
                    break
                rest = _chunk(chunk, name[i + 1 :])
                if rest is not None and (glob or not rest):
                    name, found = rest, True
                    break
        if not found:
            return False
    return not name


def _scan(glob: str) -> tuple[bool, str, str]:
    """Leading stars, the piece up to the next star, and the rest."""
    bare = glob.lstrip("*")
    inside = False
    i = 0
    while i < len(bare):
        char = bare[i]
        if char == "\\":
            i += 1
        elif char == "[":
            inside = True
        elif char == "]":
            inside = False
        elif char == "*" and not inside:
            break
        i += 1
    return len(bare) < len(glob), bare[:i], bare[i:]


def _chunk(chunk: str, text: str) -> str | None:
    """What is left of ``text`` after a piece without stars, None if it does not fit; the whole piece is always read."""
    failed = False
    while chunk:
        failed = failed or not text
        char = chunk[0]
        if char == "[":
            fits, chunk = _class(chunk[1:], "" if failed else text[0])
        elif char == "?":
            fits, chunk = not failed and text[0] != "/", chunk[1:]
        else:
            chunk = chunk[1:] if char == "\\" else chunk
            if not chunk:
                raise _BadPatternError
            fits, chunk = not failed and text[0] == chunk[0], chunk[1:]
        text = text if failed else text[1:]
        failed = failed or not fits
    return None if failed else text


def _class(chunk: str, char: str) -> tuple[bool, str]:
    """A character class after its ``[``: whether it has ``char``, and what follows its ``]``."""
    negated = chunk.startswith("^")
    chunk = chunk[1:] if negated else chunk
    found = False
    ranges = 0
    while not (ranges and chunk.startswith("]")):
        low, chunk = _escaped(chunk)
        high = low
        if chunk.startswith("-"):
            high, chunk = _escaped(chunk[1:])
        found = found or bool(char and low <= char <= high)
        ranges += 1
    return found != negated, chunk[1:]


def _escaped(chunk: str) -> tuple[str, str]:
    if not chunk or chunk[0] in "-]":
        raise _BadPatternError
    chunk = chunk[1:] if chunk[0] == "\\" else chunk
    if len(chunk) < 2:
        raise _BadPatternError
    return chunk[0], chunk[1:]
