"""The decisions about every module of a project, grouped: three hundred modules give a short answer."""

from __future__ import annotations

import shutil
from typing import Final

from gomend.apps.cli import base
from gomend.apps.route.decision import Decision, Step, lines, shape, words
from gomend.apps.route.explain import BUILDS, explain, wish_for
from gomend.apps.route.here import Here, Project
from gomend.apps.route.shapes import SCHEMA, DecisionShape, GroupShape, ModuleShape
from gomend.golang import version as gover
from gomend.model.base import Thing
from gomend.model.text import Translator

_NO_PROJECT: Final = words("no-project", "Name a module, such as example.com/a@latest, or go to a project with a go.mod.")
_NO_MODULES: Final = words("no-modules", "{module} needs no other module.")
_ALWAYS: Final = words("project.always", "For every module of {module} ({count}), as if nothing were cached")
_GROUP: Final = words("project.group", "{count} modules: {names}")
_ONE: Final = words("project.one", "1 module: {names}")
_MORE: Final = words("project.more", "and {count} more")
_STATE: Final = words(
    "project.state",
    "Now: {cached} of {count} are whole in the module cache (nobody is asked); {sums} of {count} have both sums in go.sum (no database is asked).",
)
_FULL_LIST: Final = "1.17"
"""From this go line on go.mod names every module that is needed to build."""
_SHOWN: Final = 6


class Group(Thing, frozen=True):
    """Modules (path, version) with the same steps."""

    modules: tuple[tuple[str, str], ...]
    decision: Decision


class Grouped(Thing, frozen=True):
    """All modules of a project."""

    module: str
    groups: tuple[Group, ...]
    here: Here

    def shape(self, say: Translator) -> DecisionShape:
        """For programs."""
        groups = tuple(
            GroupShape(
                modules=tuple(_state(path, version, self.here) for path, version in group.modules),
                steps=tuple(shape(step, say) for step in group.decision.steps),
            )
            for group in self.groups
        )
        return DecisionShape(schema=SCHEMA, go=self.here["GOVERSION"], project=self.module, groups=groups)

    def text(self, say: Translator) -> str:
        """For people: what holds for all, then what differs."""
        count = sum(len(g.modules) for g in self.groups)
        if not count:
            return say(_NO_MODULES, module=self.module) + "\n"
        common = self._common()
        told = [f"{say(_ALWAYS, module=self.module, count=count)}:", *lines(common, say)]
        for group in self.groups:
            states = [_state(path, version, self.here) for path, version in group.modules]
            whole = sum(set(s.cached) >= BUILDS for s in states)
            sums = sum(len(s.sums) == 2 for s in states)
            names = _named([path for path, _ in group.modules], say)
            told += ["", say(_ONE if len(states) == 1 else _GROUP, count=len(states), names=names)]
            told += lines(tuple(s for s in group.decision.steps if s not in common), say)
            if not group.decision.steps[-1].ends:
                told.append(f"    {say(_STATE, cached=whole, sums=sums, count=len(states))}")
        return "\n".join(told) + "\n"

    def _common(self) -> tuple[Step, ...]:
        first, *rest = self.groups
        return tuple(s for s in first.decision.steps if all(s in g.decision.steps for g in rest)) if rest else ()


def modules_of(project: Project) -> list[tuple[str, str]]:
    """The build list without network: what go.mod names; for go lines before 1.17 also what go.sum has whole."""
    found = {r.path: r.version for r in project.mod.requires}
    if gover.older(project.go or "1.16", _FULL_LIST):
        for line in sorted(project.sums):
            path, _, version = line.partition(" ")
            if not version.endswith("/go.mod"):
                found.setdefault(path, version)
    return sorted(found.items())


def explain_all(here: Here) -> Grouped:
    """Decide about every module of the project.

    Raises:
        Problem: there is no project here.
    """
    project = here.project
    if project is None:
        raise base.Problem(_NO_PROJECT)
    groups: dict[tuple[tuple[str, str], ...], list[tuple[str, str]]] = {}
    decisions: dict[tuple[tuple[str, str], ...], Decision] = {}
    for path, version in modules_of(project):
        decision = explain(f"{path}@{version}", here, cold=True, requests=False)
        groups.setdefault(decision.key, []).append((path, version))
        decisions.setdefault(decision.key, decision)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    module = project.mod.module.value if project.mod.module else project.root
    return Grouped(
        module=module, groups=tuple(Group(modules=tuple(m), decision=decisions[key]) for key, m in ordered), here=here
    )


def _state(path: str, version: str, here: Here) -> ModuleShape:
    wish = wish_for(path, version, here)
    return ModuleShape(module=path, version=version, cached=tuple(sorted(wish.cached)), sums=tuple(sorted(wish.sums)))


def _named(names: list[str], say: Translator) -> str:
    """As many names as fit on two lines."""
    room = 2 * shutil.get_terminal_size((100, 24)).columns
    shown = names[:_SHOWN]
    while len(shown) > 1 and sum(len(n) + 2 for n in shown) > room:
        shown = shown[:-1]
    more = [say(_MORE, count=len(names) - len(shown))] if len(shown) < len(names) else []
    return ", ".join([*shown, *more])
