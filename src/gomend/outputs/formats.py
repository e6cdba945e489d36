"""The formats by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO, Final

from gomend.model.rule import Rule
from gomend.model.text import Translator
from gomend.outputs.run import Run

FORMATS: Final = ("text", "json", "sarif", "github", "junit", "markdown", "html")
"""Names for ``--format`` (``md`` is short for ``markdown``)."""


def write(
    format: str,
    run: Run,
    say: Translator,
    rules: Mapping[str, Rule],
    out: IO[str],
    *,
    colour: bool = False,
    diffs: bool = False,
) -> None:
    """Write a run in one format; only the modules of that format are imported."""
    if format == "text":
        from gomend.outputs import text

        text.write(run, say, out, colour=colour, diffs=diffs)
        return
    out.write(_renderer(format)(run, say, rules))


def _renderer(format: str) -> Callable[[Run, Translator, Mapping[str, Rule]], str]:
    if format in {"markdown", "md", "html"}:
        from gomend.outputs import pages

        return pages.as_html if format == "html" else pages.as_markdown
    from gomend.outputs import machine

    return {
        "json": machine.as_json,
        "sarif": machine.as_sarif,
        "github": machine.as_github,
        "junit": machine.as_junit,
    }[format]
