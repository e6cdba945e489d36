"""Two environments: where they decide differently about one module or about all modules of the project."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from gomend.apps.cli import base
from gomend.apps.route.decision import Decision, english, words
from gomend.apps.route.explain import explain, matching
from gomend.apps.route.here import NAMES, Here, look, settled
from gomend.apps.route.project import modules_of
from gomend.apps.route.shapes import SCHEMA, DecisionShape, DifferenceShape
from gomend.apps.route.wish import sumdb_name
from gomend.golang.facts.env import Setting
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Said, Text, Translator

HERE: Final = "here"
"""The word for this machine's own environment."""
_UNREADABLE: Final = words("compare.unreadable", "{path} cannot be read: {reason}")
_NO_SETTINGS: Final = words(
    "compare.no-settings", "{path} has no go settings; write NAME=VALUE lines, go env -json or a scenario."
)
_WHICH: Final = words("compare.which", "Name a module to compare, or go to a project with a go.mod.")
_SAME: Final = words("compare.same", "{a} and {b} decide alike ({count} modules).")
_DIFFERENT: Final = words("compare.different", "{a} and {b} decide differently.")
_FOR: Final = words("compare.for", "for {names}")
_FOR_ALL: Final = words("compare.for-all", "for all {count} modules")
_MORE: Final = words("compare.more", "and {count} more")
_NONE: Final = words("compare.none", "none")
_ASPECTS: Final[dict[str, Text]] = {
    "servers": words("compare.servers", "who is asked, in order"),
    "fall-through": words("compare.fall-through", "what lets an error pass on"),
    "leak": words("compare.leak", "who learns the module's path"),
    "private": words("compare.private", "the pattern that keeps it from proxies"),
    "origin": words("compare.origin", "what the origin is asked with"),
    "sums": words("compare.sums", "who checks the sums"),
    "credentials": words("compare.credentials", "which logins are sent"),
    "toolchain": words("compare.toolchain", "which go does the work"),
    "vendor": words("compare.vendor", "where go build reads from"),
}
_LINE: Final = re.compile(r"(?:export |set )?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_SHOWN: Final = 4


class Difference(Thing, frozen=True):
    """One aspect in which A and B differ, for these modules."""

    aspect: str
    a: str
    b: str
    modules: tuple[str, ...]
    a_said: tuple[Said, ...] = ()
    b_said: tuple[Said, ...] = ()

    def sides(self, say: Translator) -> tuple[str, str]:
        """Both sides for people."""
        pairs = ((self.a, self.a_said), (self.b, self.b_said))
        a, b = ("; ".join(map(say, said)) if said else plain or say(_NONE) for plain, said in pairs)
        return a, b


class Compared(Thing, frozen=True):
    """All differences."""

    a: str
    b: str
    count: int
    go: str
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def shape(self, say: Translator) -> DecisionShape:
        """For programs."""
        found = tuple(
            DifferenceShape(aspect=d.aspect, a=d.a, b=d.b, modules=d.modules, text=say(_ASPECTS[d.aspect]))
            for d in self.differences
        )
        return DecisionShape(schema=SCHEMA, go=self.go, same=self.same, a=self.a, b=self.b, differences=found)

    def text(self, say: Translator) -> str:
        """For people."""
        if self.same:
            return say(_SAME, a=self.a, b=self.b, count=self.count) + "\n"
        lines = [say(_DIFFERENT, a=self.a, b=self.b)]
        for d in self.differences:
            whole = len(d.modules) == self.count and self.count > 1
            names = list(d.modules[:_SHOWN])
            names += [say(_MORE, count=len(d.modules) - _SHOWN)] if len(d.modules) > _SHOWN else []
            where = say(_FOR_ALL, count=self.count) if whole else say(_FOR, names=", ".join(names))
            a, b = d.sides(say)
            lines += ["", f"{say(_ASPECTS[d.aspect])} ({where})", f"  {self.a}: {a}", f"  {self.b}: {b}"]
        return "\n".join(lines) + "\n"


def compare(module: str | None, files: tuple[str, str], *, offline: bool = False) -> Compared:
    """Compare two environments; the project and its module cache are this machine's for both.

    Raises:
        Problem: a file cannot be read, or there is nothing to compare for.
    """
    own = look(offline=offline)
    one, other = (environment(name, own) for name in files)
    if module is not None:
        wanted = [module]
    elif own.project is not None:
        wanted = [f"{path}@{version}" for path, version in modules_of(own.project)]
    else:
        raise base.Problem(_WHICH)
    found: dict[tuple[str, str, str], Difference] = {}
    for name in wanted:
        a, b = (explain(name, here, cold=True, requests=False) for here in (one, other))
        for aspect, read in _READERS.items():
            (left, left_said), (right, right_said) = read(a, one), read(b, other)
            if left != right:
                key = (aspect, redact(left), redact(right))
                known = found.get(key)
                modules = (*known.modules, name) if known else (name,)
                found[key] = Difference(aspect=aspect, a=key[1], b=key[2], modules=modules, a_said=left_said, b_said=right_said)
    differences = tuple(found.values())
    names = tuple(_shown(name) for name in files)
    return Compared(a=names[0], b=names[1], count=len(wanted), go=own["GOVERSION"], differences=differences)


def _shown(name: str) -> str:
    return name if name == HERE else Path(name).name


# Reading an environment ----------------------------------------------------------------------------------------------


def environment(name: str, own: Here) -> Here:
    """The environment that a file describes, in the place of this machine's; what it does not name has go's default.

    Raises:
        Problem: it cannot be read, or has no setting that matters.
    """
    if name == HERE:
        return own
    try:
        raw = Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise base.Problem(_UNREADABLE, path=name, reason=error.strerror or "") from None
    except UnicodeDecodeError:
        raise base.Problem(_UNREADABLE, path=name, reason="UTF-8") from None
    values = {k: v for k, v in _values(raw).items() if k in NAMES}
    if not values:
        raise base.Problem(_NO_SETTINGS, path=name)
    settings = {k: _default(k, own) for k in NAMES} | {k: Setting(value=v, origin=name) for k, v in values.items() if v}
    return msgspec.structs.replace(own, settings=settled(settings), file="")


def _default(name: str, own: Here) -> Setting:
    """Where a file says nothing: this machine's value only if nobody here has changed it."""
    found = own.settings[name]
    own_choice = found.origin in {"environment", "go env -w", "--what-if"}
    if name == "GOVERSION" or not own_choice:
        return found
    return Setting(value=own.shipped.get(name, ""), origin="default")


def _values(raw: str) -> dict[str, str]:
    """``go env -json``, a scenario, or lines as ``go env``, GOENV and .env have them."""
    if raw.lstrip().startswith("{"):
        try:
            found = json.loads(raw)
        except ValueError:
            return {}
        found = found.get("env", found) if isinstance(found.get("env", found), dict) else found
        return {k: v for k, v in found.items() if isinstance(v, str)}
    values: dict[str, str] = {}
    for line in raw.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match:
            values[match[1]] = _unquoted(match[2].strip())
    return values


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1].replace("'\\''", "'")
    return re.split(r"\s+#", value, maxsplit=1)[0]


# What differs --------------------------------------------------------------------------------------------------------

Read = tuple[str, tuple[Said, ...]]
"""What is compared (English or plain values), and sentences that say it to people in their language, if it needs any."""


def _servers(d: Decision, here: Here) -> Read:
    del here
    order = [s.server if s.kind == "server" else s.kind for s in d.steps if s.kind in {"server", "direct", "off"}]
    bad = d.step("list")
    return (bad.value if bad else " ".join(order)), ()


def _fall_through(d: Decision, here: Here) -> Read:
    del here
    return " ".join("|" if s.falls_on_any else "," for s in d.of("server")), ()


def _leak(d: Decision, here: Here) -> Read:
    proxies = [s.server for s in d.of("server")]
    return " ".join([*proxies, *([sumdb_name(here)] if d.step("sumdb") else [])]), ()


def _private(d: Decision, here: Here) -> Read:
    return (matching(here["GONOPROXY"], d.module) if d.step("private") else ""), ()


def _of(*kinds: str) -> Callable[[Decision, Here], Read]:
    def read(d: Decision, here: Here) -> Read:
        del here
        said = tuple(s.said for s in d.steps if s.kind in kinds)
        return "; ".join(map(english, said)), said

    return read


def _vendor(d: Decision, here: Here) -> Read:
    del here
    return "; ".join(s.variable for s in d.steps if s.kind in {"vendor", "mod-flag"}), ()


_READERS: Final[dict[str, Callable[[Decision, Here], Read]]] = {
    "toolchain": _of("toolchain"),
    "vendor": _vendor,
    "servers": _servers,
    "fall-through": _fall_through,
    "leak": _leak,
    "private": _private,
    "origin": _of("direct", "insecure"),
    "sums": _of("sumdb", "sumdb-off", "sumdb-invalid"),
    "credentials": _of("login", "login-command"),
}
