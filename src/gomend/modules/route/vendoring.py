"""The vendor folder, written.

Source: cmd/go/internal/modcmd/vendor.go.
"""

from __future__ import annotations

from gomend.golang import semver
from gomend.modules.route.errors import Mod
from gomend.modules.route.loading import Loader
from gomend.modules.route.state import State


def write(state: State, loader: Loader) -> None:
    """Copy the packages and write modules.txt."""
    machine = state.process.machine
    vendor = f"{state.root}/vendor"
    machine.remove(vendor)
    by_mod: dict[Mod, list[str]] = {}
    for package in loader.packages.values():
        if package.mod.path and package.mod.path != state.main and package.folder:
            by_mod.setdefault(package.mod, []).append(package.path)
            for name in machine.children(package.folder):
                if not name.endswith("_test.go") and name != "go.mod":
                    machine.files[f"{vendor}/{package.path}/{name}"] = machine.files[f"{package.folder}/{name}"]
    roots = [m for m in loader.rs.roots if m.path not in semver.TOOLCHAINS]
    lines: list[str] = []
    for mod in sorted({*by_mod, *roots}):
        lines.append(f"# {mod.path} {mod.version}")
        lines.append("## explicit; go 1.21" if mod in roots else "## go 1.21")
        lines += sorted(by_mod.get(mod, ()))
    if lines:
        machine.files[f"{vendor}/modules.txt"] = "\n".join(lines) + "\n"
    else:
        state.process.say("go: no dependencies to vendor")


def vendored(loader: Loader) -> list[Mod]:
    """The modules that modules.txt names: those with packages, and the roots."""
    main = loader.state.main
    having = {p.mod for p in loader.packages.values() if p.mod.path and p.mod.path != main and p.folder}
    return sorted(having | {m for m in loader.rs.roots if m.path not in semver.TOOLCHAINS})
