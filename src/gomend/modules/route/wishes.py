"""The arguments of ``go get``. Source: cmd/go/internal/modget/query.go."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gomend.modules.route.errors import GoError
from gomend.modules.route.process import Process
from gomend.modules.route.search import Found


@dataclass
class Wish:
    """modget.query: one argument."""

    raw: str
    pattern: str
    asked: str
    version: str
    found: list[Found] = field(default_factory=list)
    error: GoError | None = None
    packages: bool = False

    @property
    def local(self) -> bool:
        """Whether it is a folder."""
        return self.pattern.startswith((".", "/"))

    def package(self, main: str) -> str:
        """The import path of a folder of the main module."""
        inside = self.pattern.strip("./")
        return f"{main}/{inside}" if inside else main


def complain(process: Process, wish: Wish, error: GoError) -> None:
    """modget.reportError: name the argument unless the error does."""
    text = str(error)
    named = re.search(rf"(?m)(?:[ \t(\"`]|^){re.escape(wish.pattern)}(?:[ @:;)\"`]|$)", text)
    version = not wish.asked or re.search(rf"(?m)(?:[ @(\"`]|^){re.escape(wish.version)}(?:[ :;)\"`]|$)", text)
    process.error(GoError(text if named and version else f"{wish.raw}: {text}"))
