"""Changing the build list to what was asked for, or saying why that cannot be.

Source: cmd/go/internal/modload/edit.go (editRequirements, extendGraph), mvs.go (previousVersion).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gomend.golang import semver
from gomend.modules.route.commit import gomod_unpruned
from gomend.modules.route.errors import ConstraintError, GoError, Mod, TooNewError, find
from gomend.modules.route.goversions import version_of
from gomend.modules.route.graph import Graph, Requirements, read_graph
from gomend.modules.route.mvs import least
from gomend.modules.route.query import versions
from gomend.modules.route.reader import in_order
from gomend.modules.route.state import State
from gomend.modules.route.tracker import Conflict, Reason, Tracker


def edit(state: State, rs: Requirements, upgrade: list[Mod], must: list[Mod]) -> Requirements:
    """modload.EditBuildList: requirements with these versions selected.

    Raises:
        ConstraintError: two wishes exclude each other, or a module that was asked for cannot be had.
        GoError: a go.mod cannot be read, or needs a newer go.
    """
    return _Editor(state, rs, upgrade, must).run()


@dataclass
class _Editor:
    state: State
    old: Requirements
    upgrade: list[Mod]
    must: list[Mod]
    wanted: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    rejected: set[Mod] = field(default_factory=set)
    conflicts: list[Conflict] = field(default_factory=list)

    def run(self) -> Requirements:
        rs, pruned = self._start()
        self._wish()
        roots: list[Mod] = []
        dirty = True
        while dirty and not self.conflicts:
            roots = in_order([Mod(p, v) for p, v in self.chosen.items() if v != "none"])
            dirty = self._round(pruned, roots)
        if self.conflicts:
            raise ConstraintError(self.conflicts)
        if not pruned:
            paths = [m.path for m in self.must if m.version != "none"]
            paths += [
                m.path for m in roots if rs.selected(m.path) == m.version or (m.path in rs.direct and m.path in rs.chosen)
            ]
            roots = least(self.state, roots, list(dict.fromkeys(paths)))
        if roots == self.old.roots and pruned == self.old.pruned:
            return self.old
        edited = Requirements(self.state, pruned, roots, {m.path for m in roots if m.path in rs.direct})
        if not pruned and "go" in edited.chosen and not gomod_unpruned(edited.go):
            return Requirements(self.state, True, edited.whole().build_list()[1:], edited.direct)
        return edited

    def _start(self) -> tuple[Requirements, bool]:
        """The requirements to begin with, converted if the new go version prunes otherwise than the old one."""
        rs, pruned = self.old, self.old.pruned
        for mod in self.must:
            if mod.path == "go":
                pruned = not gomod_unpruned(mod.version)
                break
            if mod.path == "toolchain" and gomod_unpruned(version_of(mod.version) or "1.0"):
                pruned = False
                break
        if pruned != rs.pruned:
            roots = rs.whole().build_list()[1:] if pruned else rs.roots
            rs = Requirements(self.state, pruned, roots, rs.direct)
        self.chosen = dict(rs.chosen) if pruned else {m.path: m.version for m in rs.whole().build_list()[1:]}
        return rs, pruned

    def _wish(self) -> None:
        for mod in self.upgrade:
            known = self.chosen.get(mod.path)
            if known is None or semver.compare(mod.path, known, mod.version) < 0:
                self.chosen[mod.path] = mod.version
        self.wanted = {m.path: m.version for m in self.must}
        self.chosen |= self.wanted

    def _round(self, pruned: bool, roots: list[Mod]) -> bool:
        """Look for what cannot stay, and choose other versions of it; whether anything changed."""
        graph, upgraded = self._extended(pruned, roots)
        tracker = self._tracked(graph, {m: self._pruning(graph, m, pruned) for m in (*roots, *upgraded)})
        dirty = False
        for mod in roots:
            conflict = tracker.conflict(mod, pruned=tracker.roots[mod])
            if conflict is None:
                continue
            last = conflict.path[-1]
            if conflict.error is None:
                conflict = replace(conflict, limit=Mod(last.path, self.wanted.get(last.path, "")))
            if self.wanted.get(mod.path) == mod.version:
                self.conflicts.append(conflict)
                continue
            other = Mod(mod.path, graph.selected(mod.path))
            if other != mod and tracker.check(other, pruned=tracker.roots[mod]) is None and other not in self.rejected:
                continue
            origin = self.old.read().selected(mod.path)
            if conflict.error is not None and origin == mod.version:
                self.conflicts.append(conflict)
                continue
            previous = self._previous(tracker, graph, mod, origin, pruned)
            self.chosen[mod.path] = previous.version
            dirty = True
            if conflict.error is not None:
                action = {"none": f"removing {mod}", origin: f"restoring {previous}"}.get(
                    previous.version, f"trying {previous}"
                )
                self.state.process.say(f"go: {conflict.summary}\n\t{action}")
        return dirty or self._accept(graph)

    def _accept(self, graph: Graph) -> bool:
        """Take the versions that the graph selects for what was not asked for."""
        changed = {p: graph.selected(p) for p, v in self.chosen.items() if p not in self.wanted and graph.selected(p) != v}
        self.chosen |= changed
        return bool(changed)

    def _extended(self, pruned: bool, roots: list[Mod]) -> tuple[Graph, set[Mod]]:
        """modload.extendGraph: what an upgraded root requires counts too."""
        upgraded: set[Mod] = set()
        while True:
            graph = read_graph(self.state, "pruned" if pruned else "unpruned", roots, upgraded)
            fresh = {Mod(p, graph.selected(p)) for p in self.chosen if graph.selected(p) != "none"}
            fresh = {m for m in fresh if m not in graph.required and m not in upgraded}
            if not pruned or not fresh:
                break
            upgraded |= fresh
        error = graph.error()
        if error is not None and find(error, TooNewError) is not None:
            raise error
        return graph, upgraded

    def _pruning(self, graph: Graph, mod: Mod, pruned: bool) -> bool:
        summary = graph.summaries.get(mod)
        return pruned and (summary is None or summary.pruned or mod.path in semver.TOOLCHAINS)

    def _tracked(self, graph: Graph, roots: dict[Mod, bool]) -> Tracker:
        tracker = Tracker(roots)
        for mod, _ in graph.breadth_first():
            if self._over(mod):
                tracker.disqualify(mod, Reason(module=mod), pruned=True)
            elif mod in graph.errors:
                tracker.disqualify(mod, Reason(error=graph.errors[mod]), pruned=True)
            elif mod in graph.required and mod != graph.main:
                needs = graph.required[mod]
                over = next((need for need in needs if self._over(need)), None)
                if over is not None:
                    tracker.disqualify(mod, Reason(module=over), pruned=True)
                    continue
                for need in needs:
                    if not tracker.require(mod, need):
                        break
        return tracker

    def _over(self, mod: Mod) -> bool:
        """Whether a module is newer than what was asked for."""
        limit = self.wanted.get(mod.path)
        return limit is not None and semver.compare(mod.path, mod.version, limit) > 0

    def _previous(self, tracker: Tracker, graph: Graph, mod: Mod, origin: str, pruned: bool) -> Mod:
        """The next lower version that may be chosen."""
        self.rejected.add(mod)
        previous = mod
        pruning = self._pruning(graph, mod, pruned)
        while True:
            failed: GoError | None = None
            try:
                previous = Mod(mod.path, _previous_version(self.state, previous))
            except GoError as error:
                failed = error
            above = semver.compare(mod.path, mod.version, origin) > 0
            if above and (failed is not None or semver.compare(mod.path, previous.version, origin) < 0):
                previous = Mod(mod.path, origin)
            elif failed is not None:
                raise failed
            if previous not in self.rejected and tracker.check(previous, pruned=pruning) is None:
                return previous
            self.rejected.add(previous)


def _previous_version(state: State, mod: Mod) -> str:
    """modload.previousVersion."""
    if mod.version == "none" or mod.path in semver.TOOLCHAINS:
        return "none"
    known = versions(state, mod.path, state.check_allowed)
    return next((v for v in reversed(known) if semver.compare(mod.path, v, mod.version) < 0), "none")
