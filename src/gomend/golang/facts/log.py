"""The error text that ``why`` was given or that ``run`` and ``check --deep`` saw, cleaned of what wrappers put around it."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Scope

_COLOUR: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_PREFIXES: Final = re.compile(
    r"^(?:"
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?(?: +|\t)"  # RFC 3339, GitHub Actions raw logs
    r"|\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?(?: +|\t)"  # [12:34:56]
    r"|#\d+\s+(?:\[[^\]]*\]\s+)?(?:\d+\.\d+(?: +|\t))?"  # BuildKit: "#12 3.456 "
    r"|\[[\w ./:-]{1,40}\]\s+(?=go: |\S+\.go:|# )"  # [build] go: …
    r"|[\w./-]{1,40}\s*\|(?: +|\t)"  # compose: "app  | "
    r"|##\[\w+\]|::(?:error|warning|notice)[^:]*::"  # GitHub Actions commands
    r"|(?:stderr|stdout|E|ERR|out)[:|]\s+"
    r")+"
)


class LogText(Fact, frozen=True):
    """A log: cleaned ``lines``, where it came from, and the command that wrote it, if known."""

    source: str
    lines: tuple[str, ...]
    command: tuple[str, ...] = ()
    exit: int | None = None
    reads: ClassVar = frozenset({"command"})

    @property
    def text(self) -> str:
        """The lines joined again."""
        return "\n".join(self.lines)

    def evidence(self, index: int, *, more: int = 0) -> Evidence:
        """Line ``index`` (from 0) and ``more`` lines after it."""
        quote = "\n".join(self.lines[index : index + 1 + more])
        return Evidence(source=self.source, quote=quote or "(empty line)", where=f"{self.source}:{index + 1}")


def clean(text: str) -> tuple[str, ...]:
    """Lines without colours, carriage returns, time stamps and the prefixes of CI systems, compose and BuildKit."""
    plain = _COLOUR.sub("", text).replace("\r\n", "\n")
    return tuple(_PREFIXES.sub("", line.rsplit("\r", 1)[-1]).rstrip() for line in plain.split("\n"))


@collector
async def collect(scope: Scope) -> LogText | Absent | Unknown:
    """Take the log from the scope. After a fix the scope has a fresh one, or says that the old one proves nothing."""
    if scope.log is None:
        if scope.log_source:
            return Unknown(reason=f"{scope.log_source} is from before the fix; run the command again to know")
        return Absent(reason="no log was given")
    return LogText(source=scope.log_source or "log", lines=clean(scope.log), command=scope.command, exit=scope.command_exit)
