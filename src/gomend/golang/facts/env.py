"""``go env``: every setting with its value and where the value comes from."""

from __future__ import annotations

import json
import os
from typing import ClassVar

from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.model.step import SetGoEnv, digest_bytes
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import read_text
from gomend.ports.processes import Cmd


class GoTool(Fact, frozen=True):
    """The go command that would run: its path and version, and other go commands behind it on PATH."""

    path: str
    version: str
    """As ``go version`` says it: ``go1.26.8``."""
    others: tuple[str, ...] = ()
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"tools", "env"})

    def evidence(self) -> Evidence:
        """``go version``."""
        return Evidence(source="go version", quote=f"{self.version} ({self.path})")


class Setting(Thing, frozen=True):
    """One value of ``go env`` and its origin: ``environment``, ``go env -w``, ``GOROOT/go.env`` or ``default``."""

    value: str
    origin: str


class GoEnv(Fact, frozen=True):
    """``go env`` in the project folder, without switching toolchains."""

    settings: dict[str, Setting]
    file: str
    """GOENV, the file of ``go env -w``; empty if GOENV=off."""
    file_digest: str | None = None
    """SHA-256 of that file, None if there is none."""
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"go-env", "env", "tools"})

    def __getitem__(self, name: str) -> str:
        """The value of a setting, empty if go does not know it."""
        found = self.settings.get(name)
        return found.value if found else ""

    def origin(self, name: str) -> str:
        """Where the value of ``name`` comes from."""
        found = self.settings.get(name)
        return found.origin if found else "default"

    def evidence(self, *names: str) -> tuple[Evidence, ...]:
        """One piece of evidence per setting, with its origin."""
        return tuple(Evidence(source=f"go env {name}", quote=f"{name}={self[name]}", where=self.origin(name)) for name in names)

    def settable(self, name: str) -> bool:
        """Whether ``go env -w`` has any effect on ``name`` (the process environment wins over it)."""
        return bool(self.file) and self.origin(name) != "environment"

    def set(self, name: str, value: str) -> SetGoEnv:
        """The step that writes a setting."""
        return SetGoEnv(name=name, value=value, file=self.file, before=self.file_digest)


@collector
async def collect_tool(doors: Doors, scope: Scope) -> GoTool | Absent | Unknown:
    """Find go on PATH and ask its version (outside the project, so that no toolchain is downloaded)."""
    del scope
    path = doors.runner.which("go")
    if path is None:
        return Unknown(reason="go is not on PATH")
    done = await doors.runner.run(Cmd(argv=("go", "version"), env={"GOTOOLCHAIN": "local"}, timeout=20))
    words = done.stdout.split()
    if not done.ok or len(words) < 3:
        return Unknown(reason=done.why or "go version gave an answer that gomend cannot read")
    others = []
    for folder in doors.environ.variables.get("PATH", "").split(os.pathsep):
        candidate = os.path.join(folder, "go")
        entry = doors.files.entry(candidate) if folder else None
        if entry and entry.kind in {"file", "link"} and candidate != path and candidate not in others:
            others.append(candidate)
    return GoTool(path=path, version=words[2], others=tuple(others))


@collector
async def collect_env(doors: Doors, scope: Scope, tool: GoTool) -> GoEnv | Unknown:
    """Ask ``go env -json``; GOTOOLCHAIN=local keeps go from downloading a toolchain only to answer."""
    del tool
    cmd = Cmd(argv=("go", "env", "-json"), cwd=scope.root, env={"GOTOOLCHAIN": "local"}, timeout=20)
    done = await doors.runner.run(cmd)
    real: dict[str, str] = {}
    if done.problem and done.exit != 0:
        # go env runs the C compiler for GOGCCFLAGS: one that hangs must not hide every other setting.
        names = Cmd(argv=("go", "env", "-json", "CC", "CXX"), cwd=scope.root, env=cmd.env, timeout=20)
        asked = await doors.runner.run(names)
        if asked.ok:
            real = json.loads(asked.stdout)
            done = await doors.runner.run(
                Cmd(argv=cmd.argv, cwd=scope.root, env={**cmd.env, "CC": "true", "CXX": "true"}, timeout=20)
            )
    if not done.ok:
        # A broken go.mod or go.work stops go env too: ask beside the project.
        done = await doors.runner.run(Cmd(argv=cmd.argv, cwd=doors.environ.home or "/", env=cmd.env, timeout=30))
    if not done.ok:
        return Unknown(reason=done.why)
    try:
        values: dict[str, str] = json.loads(done.stdout) | real
    except ValueError:
        return Unknown(reason="go env -json gave an answer that gomend cannot read")
    variables = doors.environ.variables
    file = values.get("GOENV", "")
    file = "" if file == "off" else file
    raw = doors.files.read(file) if file else None
    written = _lines(raw.decode(errors="replace") if raw else "")
    shipped = _lines(read_text(doors.files, os.path.join(values.get("GOROOT", ""), "go.env")) or "")
    values["GOTOOLCHAIN"] = variables.get("GOTOOLCHAIN") or written.get("GOTOOLCHAIN") or shipped.get("GOTOOLCHAIN") or "local"
    settings = {
        name: Setting(value=value, origin=_origin(name, value, variables.get(name), written, shipped))
        for name, value in sorted(values.items())
    }
    return GoEnv(settings=settings, file=file, file_digest=digest_bytes(raw) if raw is not None else None)


def _lines(text: str) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


def _origin(name: str, value: str, exported: str | None, written: dict[str, str], shipped: dict[str, str]) -> str:
    if exported:
        return "environment"
    if written.get(name):
        return "go env -w"
    if shipped.get(name) == value and value:
        return "GOROOT/go.env"
    return "default"
