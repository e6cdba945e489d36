"""What must change where some values are set already, and how to take it back."""

from __future__ import annotations

from collections.abc import Mapping

from gomend.model.base import Thing
from gomend.model.text import Said, say
from gomend.modules.planning import words
from gomend.modules.planning.settings import DEFAULTS, MANAGED, SECTIONS, Plan


class Change(Thing, frozen=True):
    """One variable: what is set now and what shall be; empty means go's default."""

    name: str
    before: str
    after: str
    why: tuple[Said, ...]

    @property
    def section(self) -> str:
        """Where the Go Modules Reference says more."""
        return SECTIONS[self.name]


def changes(plan: Plan, current: Mapping[str, str]) -> tuple[Change, ...]:
    """What to write and what to unset; ``current`` has only what is set besides go's defaults."""
    wanted = {line.name: line for line in plan.lines}
    found: list[Change] = []
    for name in MANAGED:
        if name == "GOTOOLCHAIN" and plan.needs.toolchains is None:
            continue
        before = current.get(name, "")
        line = wanted.get(name)
        if line is not None and before != line.value:
            found.append(Change(name=name, before=before, after=line.value, why=line.why))
        elif line is None and before and before != plan.defaults.get(name, DEFAULTS.get(name, "")):
            found.append(Change(name=name, before=before, after="", why=(say(words.UNSET),)))
    flags = current.get("GOFLAGS", "")
    kept = " ".join(flag for flag in flags.split() if flag.lstrip("-") != "mod=mod")
    if kept != " ".join(flags.split()):
        found.append(Change(name="GOFLAGS", before=flags, after=kept, why=(say(words.FLAGS_MOD),)))
    if any(extra.kind == "netrc" for extra in plan.extras) and current.get("GOAUTH") == "off":
        found.append(Change(name="GOAUTH", before="off", after="", why=(say(words.AUTH),)))
    return tuple(found)


def applied(current: Mapping[str, str], made: tuple[Change, ...]) -> dict[str, str]:
    """What is set once the changes are made."""
    after = dict(current)
    for change in made:
        after.pop(change.name, None)
        if change.after:
            after[change.name] = change.after
    return after
