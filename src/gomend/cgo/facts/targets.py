"""The GOOS/GOARCH pairs that the project is built for, each with the go settings that hold for it."""

from __future__ import annotations

import json
import os
from typing import ClassVar, Final

from gomend.cgo import envfile
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Fact, Unknown, collector
from gomend.model.step import Edit, EditFile, digest_bytes
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import read_text
from gomend.ports.processes import Cmd

MOST_TARGETS: Final = 8
"""Declared targets that are looked at."""


class Target(Thing, frozen=True):
    """One target: what ``go env`` says with its GOOS and GOARCH and with the lines of its env file."""

    goos: str
    goarch: str
    declared: bool
    """Asked for by the team (``targets`` in gomend.toml, ``--target``); otherwise what go builds for here and now."""
    cross: bool
    """Not the system and CPU that go itself runs on."""
    values: dict[str, str]
    origins: dict[str, str]
    """Where values come from, as in :meth:`gomend.golang.facts.env.GoEnv.origin`, or the name of the env file."""
    file: str = ""
    """Absolute path of the target's env file, whether it exists or not."""
    file_text: str | None = None
    file_used: bool = False
    """Its lines are in :attr:`values`. They are not while a failed command is explained, which did not see them."""

    @property
    def name(self) -> str:
        """``linux/arm64``."""
        return f"{self.goos}/{self.goarch}"

    @property
    def file_name(self) -> str:
        """Path of the env file relative to the project."""
        return envfile.name(self.goos, self.goarch)

    @property
    def cgo(self) -> bool:
        """Whether go uses cgo for this target."""
        return self["CGO_ENABLED"] == "1"

    def __getitem__(self, name: str) -> str:
        """The value of a setting, empty if go has none."""
        return self.values.get(name, "")

    def origin(self, name: str) -> str:
        """Where a value comes from: ``environment``, ``go env -w``, ``GOROOT/go.env``, an env file, ``default``."""
        return self.origins.get(name, "default")

    def evidence(self, *names: str) -> list[Evidence]:
        """Settings as ``go env`` shows them for this target."""
        asked = f"GOOS={self.goos} GOARCH={self.goarch} go env" if self.cross else "go env"
        return [Evidence(source=f"{asked} {n}", quote=f"{n}={self[n]}", where=self.origin(n)) for n in names]

    def write(self, values: dict[str, str]) -> EditFile:
        """The step that writes ``values`` into the target's env file."""
        old = self.file_text or ""
        new = envfile.merged(old, {"GOOS": self.goos, "GOARCH": self.goarch, **values})
        before = digest_bytes(old.encode()) if self.file_text is not None else None
        return EditFile(path=self.file, before=before, edits=(Edit(start=0, end=len(old.encode()), new=new),))


class Targets(Fact, frozen=True):
    """Every target of the project: the one that go builds for now, then those that the team declared."""

    items: tuple[Target, ...]
    problems: dict[str, str] = {}
    """Declared targets that go does not know, with what it said."""
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"env", "go-env", "tools", "file:.gomend/env/*.env", "file:gomend.toml", "file:pyproject.toml"})

    @property
    def current(self) -> Target:
        """The one that go builds for now."""
        return self.items[0]


@collector
async def collect(doors: Doors, scope: Scope, env: GoEnv) -> Targets | Unknown:
    """Ask ``go env`` once a target, with the target's env file laid over the environment."""
    host = (env["GOHOSTOS"], env["GOHOSTARCH"])
    now = (env["GOOS"], env["GOARCH"])
    declared = [(goos, goarch) for goos, _, goarch in (t.strip().partition("/") for t in scope.targets) if goos and goarch]
    items: list[Target] = []
    problems: dict[str, str] = {}
    for pair in dict.fromkeys([now, *declared[:MOST_TARGETS]]):
        goos, goarch = pair
        path = os.path.join(scope.root, *envfile.name(goos, goarch).split("/"))
        text = read_text(doors.files, path)
        # A command that failed ran without the file, so what it met is judged without it.
        used = text is not None and scope.log is None
        overlay = envfile.parse(text) if text is not None and used else {}
        values, problem = await _values(doors, scope, env, pair, now, overlay)
        if values is None:
            problems["/".join(pair)] = problem
            continue
        origins = {n: env.origin(n) for n in values} | dict.fromkeys(overlay, envfile.name(goos, goarch))
        items.append(
            Target(
                goos=goos,
                goarch=goarch,
                declared=pair in declared,
                cross=pair != host,
                values=values,
                origins=origins,
                file=path,
                file_text=text,
                file_used=used,
            )
        )
    if not items or (items[0].goos, items[0].goarch) != now:
        return Unknown(reason=problems.get("/".join(now), "go env gave no GOOS and GOARCH"))
    return Targets(items=tuple(items), problems=problems)


async def _values(
    doors: Doors, scope: Scope, env: GoEnv, pair: tuple[str, str], now: tuple[str, str], overlay: dict[str, str]
) -> tuple[dict[str, str] | None, str]:
    if pair == now and not overlay:
        return {n: s.value for n, s in env.settings.items()}, ""
    laid = {**overlay, "GOOS": pair[0], "GOARCH": pair[1], "GOTOOLCHAIN": "local"}
    done = await doors.runner.run(Cmd(argv=("go", "env", "-json"), cwd=scope.root, env=laid, timeout=30))
    if not done.ok:
        return None, done.why
    try:
        values: dict[str, str] = json.loads(done.stdout)
    except ValueError:
        return None, "go env -json gave an answer that gomend cannot read"
    # Variables that go env does not list but pkg-config reads are settings of the target as well.
    return values | {n: v for n, v in overlay.items() if n not in values}, ""
