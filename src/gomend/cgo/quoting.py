"""How go splits CC, CGO_CFLAGS and their like. Source: Go's ``cmd/internal/quoted``.

Words end at blanks; a quote counts only where a word starts, nothing is unescaped, and a quoted word ends at the next such
quote. That is not what a shell does: ``-DX='a b'`` becomes the words ``-DX='a`` and ``b'``.
"""

from __future__ import annotations

from typing import Final

_BLANKS: Final = " \t\n\r"
_QUOTES: Final = "\"'"


class QuoteError(ValueError):
    """A quote that starts a word is never closed."""


def split(text: str) -> tuple[str, ...]:
    """The words of a value.

    Raises:
        QuoteError: go refuses the value.
    """
    words: list[str] = []
    at = 0
    while True:
        while at < len(text) and text[at] in _BLANKS:
            at += 1
        if at >= len(text):
            return tuple(words)
        if text[at] in _QUOTES:
            end = text.find(text[at], at + 1)
            if end < 0:
                msg = f"unterminated {text[at]} string"
                raise QuoteError(msg)
            words.append(text[at + 1 : end])
            at = end + 1
            continue
        start = at
        while at < len(text) and text[at] not in _BLANKS:
            at += 1
        words.append(text[start:at])


def words(text: str) -> tuple[str, ...]:
    """The words of a value, none where go refuses it."""
    try:
        return split(text)
    except QuoteError:
        return ()


def join(parts: tuple[str, ...]) -> str:
    """A value that go splits into these words; only words with blanks or quotes are quoted."""
    out = []
    for part in parts:
        plain = part and not any(c in part for c in _BLANKS + _QUOTES)
        quote = '"' if "'" in part else "'"
        out.append(part if plain else f"{quote}{part}{quote}")
    return " ".join(out)


def torn(text: str) -> tuple[str, ...]:
    """Words in which a quote stands inside and is not closed there: the mark of a value written for a shell."""
    return tuple(word for word in words(text) if any(word[1:].count(q) % 2 for q in _QUOTES))


def regroup(text: str) -> str | None:
    """The value that a shell would have understood, in go's quoting; None if a shell refuses it too."""
    import shlex

    try:
        return join(tuple(shlex.split(text)))
    except ValueError:
        return None


def closed(text: str) -> str | None:
    """The value that was meant where a quote is never closed: it closes at the end, or does not belong there.

    ``-DX='a b`` lacks its end; in ``'-O2 -g`` the quote would make one word of two flags.
    """
    for quote in _QUOTES:
        found = regroup(text + quote)
        if found is not None:
            alone = split(found)
            return regroup(text.replace(quote, "", 1)) if len(alone) == 1 and " -" in alone[0] else found
    return None
