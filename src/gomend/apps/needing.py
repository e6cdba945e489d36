"""Which projects need a module version, and through whom: asked from go's own graph, offline."""

from __future__ import annotations

import functools
from typing import Final

from gomend.apps.caching import Cache
from gomend.apps.loop import run_async
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.modules.cache import clean, locks, why
from gomend.modules.cache.why import Need
from gomend.ports.processes import Cmd

_OFFLINE: Final = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOWORK": "off", "GOTOOLCHAIN": "local"}


class Needs(Thing, frozen=True):
    """The answer: all needs of so many projects; ``unknown`` are those whose graph go could not tell, and why."""

    projects: int
    needs: tuple[Need, ...]
    unknown: dict[str, str]


def of(cache: Cache, folders: tuple[str, ...], wanted: str) -> Needs:
    """Who at or below these folders names ``path`` or ``path@version`` in its go.sum.

    Raises:
        OSError: a go.sum cannot be read.
    """
    projects = clean.projects(folders)
    needs: list[Need] = []
    unknown: dict[str, str] = {}
    for project in projects:
        named = why.versions(_keys(project), wanted)
        if not named:
            continue
        cmd = Cmd(argv=("go", "mod", "graph"), cwd=project, env={**_OFFLINE, "PWD": project}, timeout=120)
        done = run_async(functools.partial(cache.doors.runner.run, cmd))
        if not done.ok:
            unknown[project] = redact(done.why)
        needs += [_need(project, module, version, done.stdout, whole=whole) for (module, version), whole in named.items()]
    return Needs(projects=len(projects), needs=tuple(needs), unknown=unknown)


def _need(project: str, module: str, version: str, graph: str, *, whole: bool) -> Need:
    nodes = {word for line in graph.splitlines() for word in line.split() if word.startswith(f"{module}@")}
    newest = max(nodes, key=lambda n: locks.order(n.rpartition("@")[2]), default="")
    name = f"{module}@{version}"
    return Need(
        project=project,
        module=module,
        version=version,
        chain=why.chain(graph, name),
        whole=whole,
        selected=name == newest,
    )


def _keys(project: str) -> list[str]:
    return [f"{module} {version}" for module, version in clean.lines(f"{project}/go.sum")]
