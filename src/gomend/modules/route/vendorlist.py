"""vendor/modules.txt, read against go.mod. Source: cmd/go/internal/modload/vendor.go (readVendorList, checkVendorConsistency)."""

from __future__ import annotations

import re
from typing import Final

from gomend.golang import semver
from gomend.modules.route.errors import GoError, Mod
from gomend.modules.route.graph import Requirements
from gomend.modules.route.state import State

_HEAD: Final = re.compile(r"# (?P<path>\S+) (?P<version>v\S+)")


def _list(state: State) -> tuple[dict[str, Mod], dict[Mod, bool]]:
    """Packages by module, and the modules with whether they are marked explicit."""
    text = state.process.machine.text(f"{state.root}/vendor/modules.txt") or ""
    packages: dict[str, Mod] = {}
    explicit: dict[Mod, bool] = {}
    current: Mod | None = None
    for line in text.split("\n"):
        if match := _HEAD.match(line):
            current = Mod(match["path"], match["version"])
            explicit[current] = False
        elif line.startswith("## ") and current is not None:
            explicit[current] = "explicit" in line
        elif line and not line.startswith("#") and current is not None:
            packages[line.strip()] = current
    return packages, explicit


def _replaced(state: State) -> dict[Mod, str]:
    """The replacements that modules.txt tells."""
    text = state.process.machine.text(f"{state.root}/vendor/modules.txt") or ""
    found = re.findall(r"(?m)^# (\S+)(?: (v\S+))? => (.+)$", text)
    return {Mod(path, version): new for path, version, new in found}


def module_of(state: State, path: str) -> Mod | None:
    """The module that modules.txt names for a package."""
    return _list(state)[0].get(path)


def check(state: State, rs: Requirements) -> None:
    """modload.checkVendorConsistency: go.mod and modules.txt must agree.

    Raises:
        GoError: they do not.
    """
    _, explicit = _list(state)
    summary = state.summary
    if summary is None or semver.compare("go", state.go, "1.14") < 0:
        return
    wanted = [m for m in rs.roots if m.path not in semver.TOOLCHAINS]
    told = [
        f"\t{mod}: is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt"
        for mod in wanted
        if not explicit.get(mod)
    ]
    replaced = _replaced(state)
    for old, new in summary.replaces.items():
        if old not in replaced:
            told.append(f"\t{old}: is replaced in go.mod, but not marked as replaced in vendor/modules.txt")
        elif replaced[old] != f"{new.path} {new.version}".strip():
            was = replaced[old].replace(" ", "@")
            told.append(f"\t{old}: is replaced by {new} in go.mod, but marked as replaced by {was} in vendor/modules.txt")
    told += [
        f"\t{mod}: is marked as explicit in vendor/modules.txt, but not explicitly required in go.mod"
        for mod, marked in explicit.items()
        if marked and mod not in wanted
    ]
    if told:
        lines = "\n".join(told)
        raise GoError(
            f"inconsistent vendoring in {state.root}:\n{lines}\n\n\tTo ignore the vendor directory, use -mod=readonly or "
            "-mod=mod.\n\tTo sync the vendor directory, run:\n\t\tgo mod vendor"
        )
