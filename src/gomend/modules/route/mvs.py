"""The fewest requirements for a build list. Source: cmd/go/internal/mvs (Req)."""

from __future__ import annotations

from gomend.modules.route.errors import Mod
from gomend.modules.route.reader import Reader, in_order


def least(state: Reader, keep: list[Mod], base: list[str]) -> list[Mod]:
    """mvs.Req: the fewest requirements that lead to this build list, ``base`` among them.

    Raises:
        GoError: a go.mod cannot be read.
    """
    needs: dict[Mod, list[Mod]] = {}
    order: list[Mod] = []

    def walk(mod: Mod) -> None:
        if mod in needs:
            return
        needs[mod] = state.required_of(mod)
        for need in needs[mod]:
            walk(need)
        order.append(mod)

    for mod in keep:
        walk(mod)
    chosen = {m.path: m.version for m in keep}
    have: set[Mod] = set()

    def mark(mod: Mod) -> None:
        if mod in have:
            return
        have.add(mod)
        for need in needs.get(mod, ()):
            mark(need)

    roots: list[Mod] = []
    for path in base:
        if path in chosen:
            roots.append(Mod(path, chosen[path]))
            mark(roots[-1])
    for mod in reversed(order):
        if chosen.get(mod.path) == mod.version and mod not in have:
            roots.append(mod)
            mark(mod)
    return in_order(list(dict.fromkeys(roots)))
