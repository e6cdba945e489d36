"""Reading the main module's go.mod at the start, and writing go.mod and go.sum at the end.

Source: cmd/go/internal/modload/init.go (loadModFile, commitRequirements, keepSums).
"""

from __future__ import annotations

from gomend.golang import semver
from gomend.golang import version as gover
from gomend.modules.route import gomod, workspace
from gomend.modules.route.errors import GoError, Mod, TooNewError, find
from gomend.modules.route.goversions import version_of
from gomend.modules.route.graph import Requirements, dirty_error, update_roots
from gomend.modules.route.loading import Loader
from gomend.modules.route.mainfile import read
from gomend.modules.route.reader import in_order
from gomend.modules.route.state import State
from gomend.modules.route.switching import switch_or_fatal
from gomend.modules.route.vendorlist import check


def load(state: State) -> Requirements:
    """modload.LoadModFile: the requirements that go.mod states."""
    if state.requirements is None:
        try:
            state.requirements = _load(state)
        except GoError as error:
            if state.process.command == "get" and find(error, TooNewError) is not None:
                switch_or_fatal(state, error)
            state.process.fatal(error)
    return state.requirements


def _load(state: State) -> Requirements:
    process = state.process
    if state.work:
        return workspace.load(state)
    if not state.root:
        state.set_build_mod()
        roots = [Mod("go", state.process.machine.go), Mod("toolchain", f"go{state.process.machine.go}")]
        return Requirements(state, True, roots, {"go"})
    state.text = process.machine.text(f"{state.root}/go.mod") or ""
    state.fetcher.sums.file = f"{state.root}/go.sum"
    summary, dropped = read(state, state.text)
    state.main = summary.path
    state.mains = {summary.path: state.root}
    state.summary = summary
    requires = [m for m in summary.requires if m.path not in semver.TOOLCHAINS and m not in summary.excludes]
    state.set_build_mod()
    for mod in dropped:
        verb = "dropping" if process.build_mod == "mod" else "ignoring"
        process.say(f"go: {verb} requirement on excluded version {mod.path} {mod.version}")
    direct = {m.path for m in requires if m.path not in summary.indirect} | {"go"}
    roots = [*requires, Mod("go", state.go)]
    if summary.toolchain and summary.toolchain != "default":
        roots.append(Mod("toolchain", summary.toolchain))
    rs = Requirements(state, not gomod_unpruned(state.go), in_order(roots), direct)
    if process.build_mod == "vendor":
        check(state, rs)
        return rs
    if len({m.path for m in rs.roots}) != len(rs.roots):
        rs = update_roots(rs, rs.direct, [], [])
    if not summary.has_go and process.build_mod == "mod" and process.command not in {"mod graph", "mod why"}:
        kept = [m for m in rs.roots if m.path != "go"]
        rs = Requirements(state, False, in_order([*kept, Mod("go", state.process.machine.go)]), direct)
        rs = Requirements(state, True, in_order(rs.whole().build_list()[1:]), direct)
    return rs


def gomod_unpruned(go: str) -> bool:
    """modload.pruningForGoVersion."""
    return semver.compare("go", go, gomod.PRUNED_SINCE) < 0


def start(state: State, *, need_root: bool = False) -> Requirements:
    """modload.Init and LoadModFile; ``need_root`` for commands that make no sense outside a module."""
    process = state.process
    if need_root and not state.root:
        process.fatal(f"go: {state.no_modules}")
    return load(state)


def write(state: State, loader: Loader | None, *, trim: bool = False) -> None:
    """modload.WriteGoMod (and, with ``trim``, what ``go mod tidy`` writes).

    Raises:
        GoError: a change is needed and forbidden.
    """
    rs = state.requirements
    if not state.root or rs is None or state.process.build_mod == "vendor":
        return
    process = state.process
    if rs.workspace:
        state.fetcher.sums.write(keep(state, loader, rs, build_list=True), read_only=False)
        return
    if process.needs_newer(rs.go):
        raise process.too_new("updating go.mod", rs.go)
    summary = gomod.summarize(state.text)
    mods = [m for m in rs.roots if m.path not in semver.TOOLCHAINS]
    before = {m: m.path not in summary.indirect for m in summary.requires if m.path not in semver.TOOLCHAINS}
    after = {m: m.path in rs.direct for m in mods}
    go_changed = summary.go != rs.go and (summary.has_go or process.build_mod == "mod")
    stale = summary.toolchain == f"go{rs.go}" or gover.older(version_of(summary.toolchain) or "1", "1.21")
    stale = bool(summary.toolchain) and stale
    flags_count = process.build_mod != "readonly"
    dirty = stale or go_changed or before.keys() != after.keys() or (flags_count and before != after)
    if dirty and process.build_mod != "mod":
        raise dirty_error(state)
    if dirty:
        toolchain = "" if stale else rs.selected("toolchain") or ""
        state.text = gomod.render(state.text, rs.go, toolchain, mods, rs.direct)
        process.machine.files[f"{state.root}/go.mod"] = state.text
    kept = keep(state, loader, rs, build_list=not trim or semver.compare("go", rs.go, "1.16") >= 0)
    read_only = process.build_mod != "mod"
    if not state.fetcher.sums.write(kept, read_only=read_only, trim=trim):
        raise GoError("updates to go.sum needed, disabled by -mod=readonly")


def keep(state: State, loader: Loader | None, rs: Requirements, *, build_list: bool) -> set[Mod]:
    """modload.keepSums: which sums go.sum has to hold."""
    kept: set[Mod] = set()

    def actual(mod: Mod) -> Mod:
        return state.replacement(mod) or mod

    for package in loader.packages.values() if loader is not None else ():
        if not package.mod.path and package.error is not None:
            rs.read()
        if not package.mod.path or (state.is_main(package.mod.path) and not rs.workspace):
            continue
        kept.add(actual(package.mod).sum_key)
        prefix = package.path
        by_root = rs.pruned and not rs.workspace and rs.selected(package.mod.path) == package.mod.version
        while prefix:
            version = rs.selected(prefix) if by_root else rs.read().selected(prefix)
            if version and version != "none":
                kept.add(actual(Mod(prefix, version)))
            prefix = prefix.rpartition("/")[0]
    if rs.graph is None:
        for mod in rs.roots:
            kept |= {actual(mod).sum_key, actual(mod)} if build_list and loader is None else {actual(mod).sum_key}
            if build_list:
                kept.add(actual(mod))
    else:
        kept |= {actual(m).sum_key for m, _ in rs.graph.breadth_first() if m in rs.graph.required}
        if build_list:
            for mod in rs.graph.build_list():
                kept |= {actual(mod).sum_key, actual(mod)}
    return kept


def run_loader(state: State, loader: Loader) -> Loader:
    """Run a loader and keep its requirements."""
    try:
        loader.run()
    except GoError as error:
        switch_or_fatal(state, error)
    state.requirements = loader.rs
    return loader
