"""Requirements of the main module and the module graph behind them, with graph pruning.

Source: cmd/go/internal/modload/buildlist.go (Requirements, readModGraph, updateRoots), cmd/go/internal/mvs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Literal

from gomend.golang import semver
from gomend.modules.route.errors import BuildListError, GoError, Halt, Hang, Mod
from gomend.modules.route.gomod import Summary
from gomend.modules.route.mvs import least
from gomend.modules.route.reader import Reader, in_order

Pruning = Literal["pruned", "unpruned", "workspace"]
"""modload.modPruning."""


class Graph:
    """modload.ModuleGraph: who requires what, and what is selected."""

    def __init__(self, tops: list[Mod]) -> None:
        """An empty graph below the main module, or below the roots of a workspace (its modules, go and toolchain)."""
        self.tops = tops
        self.main = tops[0]
        self.required: dict[Mod, list[Mod]] = {}
        self.best: dict[str, str] = {m.path: m.version for m in tops if m.version}
        self._mains = {m.path for m in tops if not m.version}
        self.summaries: dict[Mod, Summary] = {}
        self.errors: dict[Mod, GoError] = {}

    def require(self, mod: Mod, needs: list[Mod]) -> None:
        """mvs.Graph.Require."""
        self.required[mod] = needs
        for need in needs:
            known = self.best.get(need.path)
            if need.path not in self._mains and (known is None or semver.compare(need.path, known, need.version) < 0):
                self.best[need.path] = need.version

    def selected(self, path: str) -> str:
        """The version in the build list; empty for the main module, ``none`` for what is not there."""
        return "" if path in self._mains else self.best.get(path, "none")

    def build_list(self) -> list[Mod]:
        """The main modules (and what else stands at the top), then the selected ones by path."""
        tops = [m.path for m in self.tops]
        rest = [Mod(p, v) for p, v in sorted(self.best.items()) if v != "none" and p not in tops]
        return [*(Mod(p, self.selected(p)) for p in tops), *rest]

    def breadth_first(self) -> list[tuple[Mod, list[Mod]]]:
        """Every module with the way to it, nearest first."""
        queue: list[tuple[Mod, list[Mod]]] = [(m, [m]) for m in self.tops]
        seen = set(self.tops)
        for mod, way in queue:
            for need in self.required.get(mod, ()):
                if need not in seen:
                    seen.add(need)
                    queue.append((need, [*way, need]))
        return queue

    def error(self) -> GoError | None:
        """ModuleGraph.findError: the nearest module that could not be read."""
        for mod, way in self.breadth_first():
            if mod in self.errors:
                return BuildListError(self.errors[mod], way)
        return None


class Requirements:
    """modload.Requirements: roots, which of them are direct, and the graph once it is read."""

    def __init__(self, state: Reader, pruned: bool, roots: list[Mod], direct: set[str], *, workspace: bool = False) -> None:
        """``roots`` in order; those of a workspace are its modules, whose requirements are read from their go.mod."""
        self.state, self.pruned, self.roots, self.direct, self.workspace = state, pruned, roots, direct, workspace
        self.chosen: dict[str, str] = {}
        for mod in roots:
            known = self.chosen.get(mod.path)
            if known is None or semver.compare(mod.path, known, mod.version) < 0:
                self.chosen[mod.path] = mod.version
        self.graph: Graph | None = None

    @property
    def go(self) -> str:
        """The ``go`` root."""
        return self.chosen["go"]

    def selected(self, path: str) -> str | None:
        """rootSelected: empty for the main module, None if it is no root."""
        return "" if path in self.state.mains else self.chosen.get(path)

    def read(self) -> Graph:
        """Requirements.Graph, with its errors inside."""
        if self.graph is None:
            pruning: Pruning = "workspace" if self.workspace else "pruned" if self.pruned else "unpruned"
            self.graph = read_graph(self.state, pruning, self.roots, set())
        return self.graph

    def whole(self) -> Graph:
        """Requirements.Graph.

        Raises:
            GoError: a go.mod could not be read.
        """
        graph = self.read()
        if (error := graph.error()) is not None:
            raise error
        return graph


def read_graph(state: Reader, pruning: Pruning, roots: list[Mod], unprune: set[Mod]) -> Graph:
    """modload.readModGraph: below a pruned module only its direct requirements count."""
    graph = Graph(list(roots) if pruning == "workspace" else [Mod(state.main, "")])
    if pruning != "workspace":
        graph.require(graph.main, list(roots))
    seen: set[tuple[Mod, Pruning]] = set()
    first: list[tuple[Mod, Pruning]] = [(mod, pruning) for mod in roots]
    _read(state, graph, first, seen, unprune)
    if pruning == "workspace":
        deep = {m.path for m in roots}
        while more := _lifted(graph, deep, seen):
            deep |= {m.path for m in more}
            _read(state, graph, [(mod, "workspace") for mod in more], seen, unprune)
    return graph


def _lifted(graph: Graph, deep: set[str], seen: set[tuple[Mod, Pruning]]) -> list[Mod]:
    """Selected versions that the go.mod files above do not name: what they need may not stand there either."""
    found: list[Mod] = []
    for path in sorted(deep):
        mod = Mod(path, graph.selected(path))
        found.append(mod)
        for need in graph.required.get(mod, ()):
            chosen = Mod(need.path, graph.selected(need.path))
            if semver.compare(need.path, chosen.version, need.version) > 0:
                found.append(chosen)
    return [m for m in dict.fromkeys(found) if m.version != "none" and (m, "workspace") not in seen]


def _read(
    state: Reader, graph: Graph, queue: list[tuple[Mod, Pruning]], seen: set[tuple[Mod, Pruning]], unprune: set[Mod]
) -> None:
    hung: Hang | None = None
    for mod, as_pruned in queue:
        if mod.version == "none" or (mod, as_pruned) in seen:
            continue
        seen.add((mod, as_pruned))
        if mod not in graph.summaries and mod not in graph.errors:
            try:
                graph.summaries[mod] = state.summary_of(mod)
                graph.require(mod, state.required_of(mod))
            except GoError as error:
                graph.errors[mod] = error
            except Hang as hang:
                graph.errors[mod], hung = GoError("it waits for ever"), hung or hang
            except Halt:
                _in_flight(state, [m for m, _ in queue if m not in graph.summaries and m not in {mod, *graph.errors}])
                raise
        if mod in graph.errors:
            continue
        summary = graph.summaries[mod]
        below: Pruning = "unpruned" if as_pruned == "unpruned" or not summary.pruned else "pruned"
        queue.extend((r, below) for r in graph.required[mod] if as_pruned != "pruned" or not summary.pruned or r in unprune)
    if hung is not None:
        raise hung


def _in_flight(state: Reader, waiting: list[Mod]) -> None:
    """Two go.mod files are read at a time: when one ends the process, the next has been asked for already."""
    for mod in [m for m in waiting if m.path not in semver.TOOLCHAINS][:1]:
        said = len(state.process.stderr)
        with contextlib.suppress(GoError, Halt), state.process.machine.racing():
            state.summary_of(mod)
        del state.process.stderr[said:]


def expand(requirements: Requirements) -> Requirements:
    """modload.expandGraph: requirements whose roots are what the graph selects.

    Raises:
        GoError: the graph cannot be read.
    """
    graph = requirements.whole()
    if requirements.workspace or all(graph.selected(m.path) == m.version for m in requirements.roots):
        return requirements
    updated = update_roots(requirements, requirements.direct, [], [])
    updated.whole()
    return updated


def update_roots(old: Requirements, direct: set[str], needed: list[tuple[Mod, bool]], add: list[Mod]) -> Requirements:
    """modload.updateRoots: the least change that makes the roots consistent.

    ``needed`` are modules of packages that must be roots (True) or only be checked against the graph.

    Raises:
        GoError: the graph cannot be read, or go.mod would have to change and may not.
    """
    if old.workspace:
        return Requirements(old.state, True, old.roots, direct, workspace=True)
    return _pruned(old, direct, needed, add) if old.pruned else _unpruned(old, direct, add)


def _dirty(state: Reader) -> GoError:
    process = state.process
    text = "updates to go.mod needed"
    if process.mod_explicit:
        return GoError(f"{text}, disabled by -mod={process.build_mod}; to update it:\n\tgo mod tidy")
    if process.mod_reason:
        return GoError(
            f"{text}, disabled by -mod={process.build_mod}\n\t({process.mod_reason})\n\tto update it:\n\tgo mod tidy"
        )
    return GoError(f"{text}; to update it:\n\tgo mod tidy")


dirty_error: Callable[[Reader], GoError] = _dirty
"""modload.errGoModDirty."""


def _pruned(old: Requirements, direct: set[str], needed: list[tuple[Mod, bool]], add: list[Mod]) -> Requirements:
    """modload.updatePrunedRoots."""
    state = old.state
    rs, roots = old, list(old.roots)
    upgraded = False
    check: list[Mod] = []
    for mod, _ in needed:
        if rs.selected(mod.path) is not None:
            check.append(mod)
        elif mod not in roots:
            roots.append(mod)
            upgraded = True
    for mod in add:
        known = rs.selected(mod.path)
        if known is None or semver.compare(mod.path, known, mod.version) < 0:
            roots.append(mod)
            upgraded = True
    roots = in_order(roots)
    while True:
        graph: Graph | None = None
        if upgraded:
            if state.process.build_mod != "mod":
                raise _dirty(state)
            rs = Requirements(state, True, roots, direct)
            graph = rs.whole()
        elif rs.graph is not None:
            graph = rs.graph
        elif not _spot_check(rs, check):
            graph = rs.whole()
        selected = [Mod(p, graph.selected(p) if graph else v) for p, v in rs.chosen.items()]
        upgraded = selected != rs.roots
        roots = selected
        if not upgraded:
            if state.process.build_mod != "mod":
                return rs
            break
    if roots == rs.roots and direct == rs.direct:
        return rs
    fresh = Requirements(state, True, roots, direct)
    fresh.graph = rs.graph if roots == rs.roots else None
    return fresh


def _spot_check(rs: Requirements, mods: list[Mod]) -> bool:
    for mod in dict.fromkeys(mods):
        try:
            needs = rs.state.required_of(mod)
        except GoError:
            return False
        for need in needs:
            known = rs.selected(need.path)
            if known is not None and semver.compare(need.path, known, need.version) < 0:
                return False
    return True


def _unpruned(old: Requirements, direct: set[str], add: list[Mod]) -> Requirements:
    """modload.updateUnprunedRoots."""
    state = old.state
    graph = old.whole()
    if state.process.build_mod != "mod":
        wrong = any(m.version != graph.selected(m.path) for m in (*old.roots, *add))
        if wrong or any(old.selected(path) is None for path in direct):
            raise _dirty(state)
        return old
    best = {m.path: m for m in graph.build_list()[1:]}
    for mod in add:
        known = best.get(mod.path)
        if known is None or semver.compare(mod.path, known.version, mod.version) < 0:
            best[mod.path] = mod
    paths = [m.path for m in old.roots if graph.selected(m.path) == m.version] + sorted(direct & set(best))
    roots = least(state, list(best.values()), list(dict.fromkeys(paths)))
    if roots == old.roots and direct == old.direct:
        return old
    return Requirements(state, False, roots, direct)
