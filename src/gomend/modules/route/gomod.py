"""go.mod as the model needs it: what it requires, excludes, replaces and retracts, and writing it back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from gomend.golang import modfile, semver
from gomend.golang import version as gover
from gomend.modules.route.errors import GoError, Mod

PRUNED_SINCE: Final = "1.17"
"""From this ``go`` line on, go.mod lists every module that a build needs (gover.ExplicitIndirectVersion)."""
DEFAULT_GO: Final = "1.16"
"""The language version of a go.mod without a ``go`` line (gover.DefaultGoModVersion)."""
_GO_LINE: Final = re.compile(r"(?m)^\s*go\s+([^\s/]+)")
_RETRACT_BLOCK: Final = re.compile(r"(?ms)^retract\s*\((.*?)^\)")
_RETRACT_LINE: Final = re.compile(r"(?m)^retract\s+(?!\()(.+)$")
_DEPRECATED: Final = re.compile(r"(?m)^// Deprecated: (.*)\n(?://.*\n)*module\s")


@dataclass(frozen=True)
class Summary:
    """modload.modFileSummary."""

    path: str
    go: str
    toolchain: str
    requires: tuple[Mod, ...]
    indirect: frozenset[str]
    retracts: tuple[tuple[str, str, str], ...]
    deprecated: str
    replaces: dict[Mod, Mod] = field(default_factory=dict)
    excludes: frozenset[Mod] = frozenset()
    tools: tuple[str, ...] = ()
    has_go: bool = True

    @property
    def pruned(self) -> bool:
        """Whether the graph behind it may be left unread."""
        return bool(self.go) and not gover.older(self.go, PRUNED_SINCE)


def lookup_go(text: str) -> str:
    """gover.GoModLookup of ``go``."""
    match = _GO_LINE.search(text)
    return match[1] if match else ""


def lookup_toolchain(text: str) -> str:
    """gover.GoModLookup of ``toolchain``."""
    match = re.search(r"(?m)^\s*toolchain\s+([^\s/]+)", text)
    return match[1] if match else ""


@lru_cache(maxsize=256)
def summarize(text: str) -> Summary:
    """Read a dependency's go.mod, laxly.

    Raises:
        GoError: not even that can be read.
    """
    found = modfile.parse(text)
    requires = tuple(Mod(r.path, r.version) for r in found.requires)
    serious = [error for error in found.errors if not error[1].startswith("unknown directive")]
    if not requires and serious and found.module is None:
        line, words = serious[0]
        raise GoError(f"parsing go.mod: go.mod:{line}: {words}")
    go = found.go.value if found.go else ""
    if go and not gover.older(go, "1.21"):
        requires = (*requires, Mod("go", go))
    deprecated = _DEPRECATED.search(text)
    return Summary(
        path=found.module.value if found.module else "",
        go=go,
        toolchain=found.toolchain.value if found.toolchain else "",
        requires=requires,
        indirect=frozenset(r.path for r in found.requires if r.indirect),
        retracts=_retracts(text),
        deprecated=deprecated[1] if deprecated else "",
        replaces={Mod(r.path, r.version): Mod(r.to, r.to_version) for r in found.replaces},
        excludes=frozenset(Mod(e.path, e.version) for e in found.excludes),
        tools=tuple(t.value for t in found.tools),
        has_go=bool(go),
    )


def _retracts(text: str) -> tuple[tuple[str, str, str], ...]:
    lines = [line for block in _RETRACT_BLOCK.findall(text) for line in block.split("\n")]
    lines += _RETRACT_LINE.findall(text)
    found: list[tuple[str, str, str]] = []
    for line in lines:
        words, _, why = line.partition("//")
        if interval := re.fullmatch(r"\[\s*(\S+?)\s*,\s*(\S+?)\s*\]", words.strip()):
            found.append((interval[1], interval[2], why.strip()))
        elif words.strip():
            found.append((words.strip(), words.strip(), why.strip()))
    return tuple(found)


def parse_errors(text: str, name: str) -> str:
    """What go refuses the main module's go.mod with; empty if it takes it."""
    errors = modfile.parse(text).errors
    return "\n".join(f"{name}:{line}: {words}" for line, words in errors)


def render(old: str, go: str, toolchain: str, requires: list[Mod], direct: set[str]) -> str:
    """Write go.mod back with other requirements; everything else stays (modload.UpdateGoModFromReqs)."""
    kept: list[str] = []
    block = ""
    for line in old.split("\n"):
        word = line.split("//")[0].split()
        if block:
            if block != "require":
                kept.append(line)
            if word[:1] == [")"]:
                block = ""
        elif word[:1] in (["require"], ["go"], ["toolchain"]):
            block = "require" if word[-1] == "(" else ""
        else:
            kept.append(line)
            block = word[0] if word and word[-1] == "(" else ""
    while kept and not kept[-1].strip():
        kept.pop()
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)) + f"\n\ngo {go}\n"
    if toolchain and toolchain != f"go{go}":
        text += f"\ntoolchain {toolchain}\n"
    for flag in (True, False):
        mods = [m for m in sorted(requires, key=lambda m: (m.path, semver.key(*m))) if (m.path in direct) == flag]
        if mods:
            tail = "" if flag else " // indirect"
            text += "\nrequire (\n" + "".join(f"\t{m.path} {m.version}{tail}\n" for m in mods) + ")\n"
    return text
