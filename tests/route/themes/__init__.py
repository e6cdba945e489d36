"""Scenarios made at random, by theme, as somebody would write them who knows go well: one or two things wrong in each."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from .auth import auth
from .common import Scene
from .lists import fall, lists
from .mixed import mixed
from .private import private, sums
from .projects import modules
from .queries import asks, tools
from .work import work

THEMES: Final[dict[str, Callable[[random.Random], Scene]]] = {
    "fall": fall,
    "list": lists,
    "priv": private,
    "sum": sums,
    "cmd": asks,
    "mod": modules,
    "tc": tools,
    "auth": auth,
    "work": work,
    "mix": mixed,
}
"""What makes a scenario, by theme."""


def draw(r: random.Random, theme: str = "") -> Scene:
    """One scenario; its theme is drawn as well if none is given."""
    theme = theme or r.choice(list(THEMES))
    return {"id": theme, "group": theme, "ordered": False, "timeout": 30, **THEMES[theme](r)}


def scene(seed: int, theme: str = "") -> Scene:
    """The scenario of a seed."""
    return draw(random.Random(seed), theme)
