"""Why a project needs a module version: the shortest chain in its module graph. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from gomend.model.base import Thing


class Need(Thing, frozen=True):
    """One project and one version. ``chain`` leads from the project to it, empty if nothing in the graph does.

    ``whole``: its code is needed, not only its go.mod; ``selected``: it is the version that the project builds with.
    """

    project: str
    module: str
    version: str
    chain: tuple[str, ...]
    whole: bool
    selected: bool


def chain(graph: str, wanted: str) -> tuple[str, ...]:
    """The shortest way from the main module to ``path@version`` in what ``go mod graph`` printed; empty if there is none."""
    edges: dict[str, list[str]] = {}
    start = ""
    for line in graph.splitlines():
        left, _, right = line.partition(" ")
        if right:
            start = start or left
            edges.setdefault(left, []).append(right)
    came: dict[str, str] = {start: ""}
    todo = deque([start] if start else [])
    while todo:
        at = todo.popleft()
        if at == wanted:
            return _back(came, at)
        for other in edges.get(at, ()):
            if other not in came:
                came[other] = at
                todo.append(other)
    return ()


def versions(keys: Iterable[str], wanted: str) -> dict[tuple[str, str], bool]:
    """The versions that a go.sum (its ``path version`` and ``path version/go.mod`` keys) names of what is asked for.

    ``wanted`` is a path or ``path@version``. The value is whether the code is named, and not only the go.mod.
    """
    path, _, version = wanted.partition("@")
    found: dict[tuple[str, str], bool] = {}
    for key in keys:
        name, _, word = key.partition(" ")
        if name == path and (not version or word.removesuffix("/go.mod") == version):
            pair = name, word.removesuffix("/go.mod")
            found[pair] = found.get(pair, False) or not word.endswith("/go.mod")
    return found


def _back(came: dict[str, str], at: str) -> tuple[str, ...]:
    steps = [at]
    while at := came[at]:
        steps.append(at)
    return tuple(reversed(steps))
