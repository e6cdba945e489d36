"""A main module's go.mod, read as strictly as go reads it: with versions that are no full ones asked for.

Source: cmd/go/internal/modload (ReadModFile, fixVersion).
"""

from __future__ import annotations

from dataclasses import replace

from gomend.golang import modfile, semver
from gomend.modules.route import gomod
from gomend.modules.route.errors import GoError, Mod, ModuleError
from gomend.modules.route.gomod import Summary
from gomend.modules.route.query import query
from gomend.modules.route.state import State


def read(state: State, text: str, name: str = "go.mod") -> tuple[Summary, list[Mod]]:
    """A go.mod, and those of its requirements that it excludes itself; ``name`` is the file's in errors.

    Raises:
        GoError: it has errors, needs a newer go, or names versions that cannot be told.
    """
    found = _parsed(state, text, name)
    if found.module is None:
        raise GoError(
            f"error reading {name}: missing module declaration. To specify the module path:\n"
            "\tgo mod edit -module=example.com/mod"
        )
    summary = gomod.summarize(text)
    dropped = [mod for mod in summary.requires if mod in summary.excludes]
    requires = [m for m in summary.requires if m.path not in semver.TOOLCHAINS and m not in summary.excludes]
    fixed, _ = _fixed(state, requires)
    if requires != fixed:
        others = [m for m in summary.requires if m.path in semver.TOOLCHAINS]
        summary = replace(summary, requires=(*fixed, *others))
    return summary, dropped


def _parsed(state: State, text: str, name: str) -> modfile.ModFile:
    process = state.process
    go = gomod.lookup_go(text)
    too_new = process.too_new(name, go) if go and process.needs_newer(go) else None
    if too_new is not None and process.machine.does("too-new-first"):
        raise too_new
    found = modfile.parse(text)
    lines_of = {Mod(r.path, r.version): r.line for r in found.requires if r.path not in semver.TOOLCHAINS}
    _, untold = _fixed(state, list(lines_of))
    errors = sorted([*found.errors, *((lines_of[mod], words) for mod, words in untold)], key=lambda e: e[0])
    if errors:
        lines = "\n".join(f"{name}:{line}: {words}" for line, words in errors)
        if not process.machine.does("toolchain-default"):
            lines = lines.replace("go1.23.0 or default", "go1.23.0 or local")
        if not process.machine.does("patch-in-hints"):
            lines = lines.replace("1.23.0", "1.23")
        raise GoError(f"errors parsing {name}:\n{lines}")
    if too_new is not None:
        raise too_new
    return found


def _fixed(state: State, mods: list[Mod]) -> tuple[list[Mod], list[tuple[Mod, str]]]:
    """modload.fixVersion: what is no full version is asked for; the versions, and those that cannot be told."""
    found: list[Mod] = []
    told: list[tuple[Mod, str]] = []
    for mod in mods:
        version = mod.version
        try:
            if semver.canonical(version) != version:
                version = query(state, mod.path, version, "", None).version
        except GoError as error:
            told.append((mod, f"require {mod.path}: {error.inner}" if isinstance(error, ModuleError) else f"{error}"))
        found.append(Mod(mod.path, version))
    return found, told
