"""The arguments of ``go get``. Source: cmd/go/internal/modget/query.go."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from gomend.modules.route.errors import GoError
from gomend.modules.route.folders import standard
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


def cleaned(raw: str) -> str:
    """search.CleanPatterns of one argument."""
    path, at, version = raw.partition("@")
    if not path or path.startswith(("/", ".")):
        return raw
    return f"{posixpath.normpath(path)}{at}{version}"


def is_standard(pattern: str) -> bool:
    """Whether the standard library has a package, as far as its name tells."""
    return standard(pattern) and pattern != "toolchain"


def unfit(pattern: str, asked: str) -> str:
    """query.validate: what is wrong with asking for a version of this; empty if nothing is."""
    if asked.startswith(("-", "/")):
        return f'invalid module version "{asked}"'
    if pattern.startswith((".", "/")):
        return f'can\'t request explicit version "{asked}" of path "{pattern}" in main module'
    if pattern == "all" and asked not in {"upgrade", "patch"}:
        return f'can\'t request version "{asked}" of pattern "all" that includes the main modules'
    if pattern == "tool":
        return 'can\'t request explicit version of "tool" pattern'
    return f'can\'t request explicit version of standard-library pattern "{pattern}"' if pattern in {"std", "cmd"} else ""


def complain(process: Process, wish: Wish, error: GoError) -> None:
    """modget.reportError: name the argument unless the error does."""
    text = str(error)
    named = re.search(rf"(?m)(?:[ \t(\"`]|^){re.escape(wish.pattern)}(?:[ @:;)\"`]|$)", text)
    version = not wish.asked or re.search(rf"(?m)(?:[ @(\"`]|^){re.escape(wish.version)}(?:[ :;)\"`]|$)", text)
    process.error(GoError(text if named and version else f"{wish.raw}: {text}"))
