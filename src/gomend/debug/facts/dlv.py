"""The dlv that an editor would start, and the Go versions that it can debug.

Source: Delve's ``pkg/goversion/compat.go`` of each release: what it refuses without ``--check-go-version=false``.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from gomend.golang.facts.env import GoEnv
from gomend.model.base import Cost
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.processes import Cmd

_SUPPORTED: Final = {
    (1, 20): (18, 20),
    (1, 21): (19, 21),
    (1, 22): (19, 22),
    (1, 23): (21, 23),
    (1, 24): (21, 24),
    (1, 25): (22, 25),
    (1, 26): (24, 26),
    (1, 27): (25, 27),
}
"""Oldest and newest minor version of Go 1 by Delve release."""


class DlvTool(Fact, frozen=True):
    """The dlv command: path, version (``1.27.2``) and the Go minor versions it takes (None: not known)."""

    path: str
    version: str
    oldest: int | None = None
    newest: int | None = None
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"tools", "env", "go-env"})

    def evidence(self) -> Evidence:
        """``dlv version``."""
        return Evidence(source="dlv version", quote=f"Version: {self.version} ({self.path})")


def supported(version: str) -> tuple[int | None, int | None]:
    """Oldest and newest Go 1 minor version that a Delve release debugs; a release newer than the table: its own minor."""
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if not match:
        return None, None
    major, minor, patch = (int(part) for part in match.groups())
    if (major, minor, patch) == (1, 25, 0):
        return 21, 24
    if (major, minor) in _SUPPORTED:
        return _SUPPORTED[major, minor]
    return (None, minor) if (major, minor) > max(_SUPPORTED) else (None, None)


def oldest_for(go: str) -> str:
    """The oldest Delve that takes a Go version (``go1.26.8``), as ``1.26``; the newest known one for Go versions newer than the table."""
    match = re.match(r"go1\.(\d+)", go)
    minor = int(match[1]) if match else 0
    fitting = [version for version, (_, newest) in _SUPPORTED.items() if newest >= minor]
    return ".".join(map(str, min(fitting) if fitting else max(_SUPPORTED)))


@collector
async def collect(doors: Doors, scope: Scope, env: GoEnv) -> DlvTool | Absent | Unknown:
    """Find dlv on PATH, else where ``go install`` puts it, as vscode-go does."""
    del scope
    gopath = env["GOPATH"].split(":")[0]
    folders = (env["GOBIN"], f"{gopath}/bin" if gopath else "")
    candidates = ("dlv", *(f"{folder}/dlv" for folder in folders if folder))
    path = next((found for found in map(doors.runner.which, candidates) if found), None)
    if path is None:
        return Absent(reason="dlv is not installed")
    done = await doors.runner.run(Cmd(argv=(path, "version"), timeout=20))
    match = re.search(r"^Version:\s*v?(\d+\.\d+\.\d+\S*)", done.stdout, re.MULTILINE)
    if not done.ok or match is None:
        return Unknown(reason=done.why or "dlv version gave an answer that gomend cannot read")
    oldest, newest = supported(match[1])
    return DlvTool(path=path, version=match[1], oldest=oldest, newest=newest)
