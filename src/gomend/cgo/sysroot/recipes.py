"""How to compile a few C libraries as static archives with musl: data in ``recipes.toml``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import msgspec

from gomend.cgo.sysroot.problem import SysrootProblem
from gomend.model.base import Thing


class Recipe(Thing, frozen=True):
    """One library; the head of ``recipes.toml`` says what each field is."""

    source: str
    also: str
    steps: tuple[tuple[str, ...], ...]
    why: str
    needs: tuple[str, ...] = ()
    tools: dict[str, str] = {}
    cpus: dict[str, tuple[str, ...]] = {}


@lru_cache(maxsize=1)
def every() -> dict[str, Recipe]:
    """All recipes by name."""
    text = files("gomend.cgo.sysroot").joinpath("recipes.toml").read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=dict[str, Recipe])


def digest(name: str) -> str:
    """A digest of a recipe, which changes when its words do."""
    return hashlib.sha256(msgspec.json.encode(every()[name])).hexdigest()


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """Recipes for names (a recipe's own, or Debian's package), with those that they need, each after what it needs.

    Raises:
        SysrootProblem: there is no recipe of a name.
    """
    recipes = every()
    by_package = {r.also: n for n, r in recipes.items()}
    order: dict[str, None] = {}

    def add(name: str) -> None:
        for needed in recipes[name].needs:
            add(needed)
        order.setdefault(name)

    for asked in names:
        name = by_package.get(asked, asked)
        if name not in recipes:
            raise SysrootProblem("no-recipe", name=asked, names=", ".join(recipes))
        add(name)
    return tuple(order)
