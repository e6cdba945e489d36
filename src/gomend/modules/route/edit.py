"""Changing the build list to what was asked for, and saying why that cannot be.

Source: cmd/go/internal/modload/edit.go (editRequirements); versions are never walked backwards here: a conflict is told.
"""

from __future__ import annotations

from gomend.modules.route import semver
from gomend.modules.route.commit import gomod_unpruned
from gomend.modules.route.errors import BuildListError, ConstraintError, GoError, Mod, ModuleError, TooNewError, find
from gomend.modules.route.graph import Graph, Requirements, read_graph
from gomend.modules.route.mvs import least
from gomend.modules.route.query import versions
from gomend.modules.route.reader import in_order
from gomend.modules.route.state import State


def edit(state: State, rs: Requirements, upgrade: list[Mod], must: list[Mod]) -> Requirements:
    """modload.EditBuildList: requirements with these versions selected.

    Raises:
        GoError: a go.mod cannot be had, or two wishes exclude each other.
    """
    pruned = rs.pruned
    for mod in must:
        if mod.path == "go":
            pruned = not gomod_unpruned(mod.version)
    chosen = dict(rs.chosen) if pruned and rs.pruned else {m.path: m.version for m in rs.whole().build_list()[1:]}
    for mod in upgrade:
        if mod.path not in chosen or semver.compare(mod.path, chosen[mod.path], mod.version) < 0:
            chosen[mod.path] = mod.version
    wanted = {m.path: m.version for m in must}
    chosen |= wanted
    for _ in range(50):
        roots = in_order([Mod(p, v) for p, v in chosen.items() if v != "none"])
        graph = _extended(state, pruned, roots, chosen)
        _refuse(graph, roots, wanted, rs)
        lowered = _lower(state, graph, chosen, wanted, rs)
        changed = {
            p: graph.selected(p) for p, v in chosen.items() if p not in wanted and graph.selected(p) != v and v != "none"
        }
        if not changed and not lowered:
            break
        chosen |= lowered or changed
    roots = in_order([Mod(p, v) for p, v in chosen.items() if v != "none"])
    if not pruned:
        paths = [m.path for m in must if m.version != "none"]
        paths += [m.path for m in roots if rs.selected(m.path) == m.version or m.path in rs.direct]
        roots = least(state, roots, list(dict.fromkeys(paths)))
    if roots == rs.roots and pruned == rs.pruned:
        return rs
    return Requirements(state, pruned, roots, {m.path for m in roots if m.path in rs.direct})


def _extended(state: State, pruned: bool, roots: list[Mod], chosen: dict[str, str]) -> Graph:
    """modload.extendGraph: what an upgraded root requires counts too."""
    unprune: set[Mod] = set()
    while True:
        graph = read_graph(state, pruned, roots, unprune)
        fresh = {Mod(p, graph.selected(p)) for p in chosen if graph.selected(p) != "none"}
        fresh = {m for m in fresh if m not in graph.required and m not in graph.errors and m not in unprune}
        if not pruned or not fresh:
            break
        unprune |= fresh
    error = graph.error()
    if error is not None and (too_new := find(error, TooNewError)) is not None:
        raise BuildListError(too_new, []) if error.inner is None else error
    return graph


def _refuse(graph: Graph, roots: list[Mod], wanted: dict[str, str], rs: Requirements) -> None:
    """A wish (or a root that was there before) that cannot be read, or that needs more than another wish allows."""
    for mod in roots:
        fixed = mod.path in wanted
        if mod in graph.errors and (fixed or rs.selected(mod.path) == mod.version):
            error = graph.errors[mod]
            inner = error.inner if isinstance(error, ModuleError) and error.inner is not None else error
            raise ConstraintError(f"{mod}: {inner}", inner=inner)
        if not fixed:
            continue
        for need in graph.required.get(mod, ()):
            limit = wanted.get(need.path)
            if limit is not None and semver.compare(need.path, need.version, limit) > 0:
                raise ConstraintError(f"{mod} requires {need}, not {need.path}@{limit}")
            if need in graph.errors:
                error = graph.errors[need]
                inner = error.inner if isinstance(error, ModuleError) and error.inner is not None else error
                raise ConstraintError(f"{mod} requires {need}: {inner}", inner=inner)


def _lower(state: State, graph: Graph, chosen: dict[str, str], wanted: dict[str, str], rs: Requirements) -> dict[str, str]:
    """Other roots that need more than a wish allows go back a version (previousVersion)."""
    lowered: dict[str, str] = {}
    for path, version in chosen.items():
        mod = Mod(path, version)
        if path in wanted or version == "none":
            continue
        over = any(
            n.path in wanted and semver.compare(n.path, n.version, wanted[n.path]) > 0 for n in graph.required.get(mod, ())
        )
        if over:
            lowered[path] = _previous(state, mod)
    return lowered


def _previous(state: State, mod: Mod) -> str:
    """modload.previousVersion."""
    try:
        known = versions(state, mod.path, state.check_allowed)
    except GoError:
        return "none"
    return next((v for v in reversed(known) if semver.compare(mod.path, v, mod.version) < 0), "none")
