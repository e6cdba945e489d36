"""go.work: several main modules at once, with one graph and one go.work.sum beside their go.sum files.

Source: cmd/go/internal/modload/init.go (LoadWorkFile, loadModFile, makeMainModules, requirementsFromModFiles).
"""

from __future__ import annotations

import contextlib
import posixpath
from dataclasses import replace
from typing import Final

from gomend.golang import modfile, semver
from gomend.golang import version as gover
from gomend.modules.route.errors import GoError, Mod, TooNewError
from gomend.modules.route.gomod import DEFAULT_GO, Summary
from gomend.modules.route.graph import Requirements
from gomend.modules.route.machine import join
from gomend.modules.route.mainfile import read
from gomend.modules.route.reader import in_order
from gomend.modules.route.state import MAIN_ONLY, State, find_work

_DEFAULT_GO: Final = "1.18"
"""The version of a go.work without a ``go`` line (gover.DefaultGoWorkVersion)."""


def load(state: State) -> Requirements:
    """modload.loadModFile in workspace mode.

    Raises:
        GoError: go.work or a go.mod of a module that it lists cannot be read, or they do not agree.
    """
    process = state.process
    file = state.work
    if process.mod_explicit:
        state.set_build_mod()
    work = parse(state)
    go = work.go.value if work.go else _DEFAULT_GO
    toolchain = work.toolchain.value if work.toolchain and work.toolchain.value != "default" else ""
    folders = used(state, work)
    state.fetcher.sums.file = f"{file}.sum"
    state.fetcher.sums.others = [f"{folder}/go.sum" for folder in folders]
    if not folders:
        state.root = ""
        state.mains, state.main = {MAIN_ONLY: ""}, MAIN_ONLY
        state.summaries = {MAIN_ONLY: Summary(MAIN_ONLY, "", "", (), frozenset(), (), "")}
        state.set_build_mod()
        roots = [Mod(MAIN_ONLY, ""), Mod("go", _DEFAULT_GO), Mod("toolchain", f"go{process.machine.go}")]
        return Requirements(state, True, in_order(roots), {"go"}, workspace=True)
    found: list[tuple[str, Summary]] = []
    wrong: list[GoError] = []
    for folder in folders:
        try:
            found.append((folder, _module(state, folder, go, listed=work.go is not None)))
        except GoError as error:
            wrong.append(error)
    for known in wrong[:-1]:
        process.error(known)
    if wrong:
        raise wrong[-1]
    _take(state, work, found)
    state.work_go, state.work_toolchain = go, toolchain
    state.set_build_mod()
    return _requirements(state)


def _requirements(state: State) -> Requirements:
    """modload.requirementsFromModFiles."""
    roots = [*(Mod(path, "") for path in state.mains), Mod("go", state.work_go)]
    if state.work_toolchain:
        roots.append(Mod("toolchain", state.work_toolchain))
    every = state.summaries.values()
    direct = {m.path for summary in every for m in summary.requires if m.path not in summary.indirect}
    return Requirements(state, True, in_order(roots), direct, workspace=True)


def members(state: State) -> dict[str, str]:
    """The modules of the workspace around a command that works on one module (modget.loadWorkspace), with their folders."""
    beside = state.fresh()
    beside.work = find_work(state.process)
    found: dict[str, str] = {}
    if beside.work:
        with contextlib.suppress(GoError):
            for folder in used(beside, parse(beside)):
                path = modfile.parse(state.process.machine.text(f"{folder}/go.mod") or "").module
                if path is not None:
                    found[path.value] = folder
    return found


def raise_go(state: State, go: str) -> None:
    """At its end ``go get`` lifts the ``go`` line of go.work to that of the module (modload.UpdateWorkGoVersion)."""
    beside = state.fresh()
    beside.work = find_work(state.process)
    if not beside.work:
        return
    with contextlib.suppress(GoError):
        work = parse(beside)
        files = state.process.machine.files
        if gover.older(work.go.value if work.go else _DEFAULT_GO, go):
            rest = [line for line in str(files[beside.work]).split("\n") if line.split()[:1] != ["go"]]
            files[beside.work] = f"go {go}\n" + "\n".join(rest)


def enter(state: State, rs: Requirements) -> State:
    """modload.EnterWorkspace: the workspace with the new requirements of the module that is being changed.

    Raises:
        GoError: the workspace cannot be loaded, or the module now needs a newer go.
    """
    process = state.process
    if process.needs_newer(rs.go):
        raise process.too_new("updating go.mod", rs.go)
    inside = state.fresh()
    inside.work = find_work(process)
    inside.root = posixpath.dirname(inside.work)
    load(inside)
    requires = [m for m in rs.roots if m.path not in semver.TOOLCHAINS]
    if not gover.older(rs.go, "1.21"):
        requires.append(Mod("go", rs.go))
    indirect = frozenset(m.path for m in requires if m.path not in rs.direct)
    inside.summaries[state.main] = replace(inside.summaries[state.main], go=rs.go, requires=tuple(requires), indirect=indirect)
    inside.requirements = _requirements(inside)
    return inside


def parse(state: State) -> modfile.ModFile:
    """modload.ReadWorkFile; a go.work that needs a newer go ends the process.

    Raises:
        GoError: it cannot be read, or has errors.
    """
    process = state.process
    name = process.short(state.work)
    text = process.machine.text(state.work)
    if text is None:
        raise GoError(f"reading go.work: open {name}: no such file or directory")
    work = modfile.parse(text, work=True)
    if work.errors:
        lines = "\n".join(f"{name}:{line}: {words}" for line, words in work.errors)
        raise GoError(f"errors parsing go.work:\n{lines}")
    if work.go is not None and process.needs_newer(work.go.value):
        process.fatal(process.too_new(name, work.go.value))
    return work


def used(state: State, work: modfile.ModFile) -> list[str]:
    """The folders that go.work lists.

    Raises:
        GoError: one of them twice.
    """
    folders: list[str] = []
    for line in work.uses:
        folder = join(posixpath.dirname(state.work), line.value)
        if folder in folders:
            name = state.process.short(state.work)
            raise GoError(f"error loading go.work:\n{name}:{line.line}: path {folder} appears multiple times in workspace")
        folders.append(folder)
    return folders


def _module(state: State, folder: str, go: str, *, listed: bool) -> Summary:
    process = state.process
    where = process.short(folder)
    name = process.short(f"{folder}/go.mod")
    fixes_it = process.command.startswith("work ")
    text = process.machine.text(f"{folder}/go.mod")
    if text is None:
        raise GoError(f"cannot load module {where} listed in go.work file: open {name}: no such file or directory")
    try:
        summary, _ = read(state, text, name)
    except TooNewError as error:
        if fixes_it:
            raise GoError(f"cannot load module {where} listed in go.work file: {error}", inner=error) from None
        raise _too_old(where, error.go, go, listed=listed) from None
    except GoError as error:
        raise GoError(f"cannot load module {where} listed in go.work file: {error}", inner=error) from None
    needs = summary.go or DEFAULT_GO
    if not fixes_it and gover.older(go, needs) and not gover.older(needs, "1.21"):
        raise _too_old(where, needs, go, listed=listed)
    return summary


def _too_old(where: str, needs: str, go: str, *, listed: bool) -> GoError:
    """modload.errWorkTooOld."""
    verb = "lists" if listed else "implicitly requires"
    return GoError(
        f"module {where} listed in go.work file requires go >= {needs}, but go.work {verb} go {go}; "
        "to update it:\n\tgo work use"
    )


def _take(state: State, work: modfile.ModFile, found: list[tuple[str, Summary]]) -> None:
    """modload.makeMainModules."""
    process = state.process
    state.mains, state.summaries = {}, {}
    for folder, summary in found:
        if summary.path in state.mains:
            process.error(f"go: module {summary.path} appears multiple times in workspace")
        state.mains[summary.path] = folder
        state.summaries[summary.path] = summary
        if folder == state.around:
            state.main = summary.path
    # Of two modules with the same path go keeps the first in its list, and of everything else the last.
    found = list({summary.path: (folder, summary) for folder, summary in found}.values())
    if state.main not in state.mains:
        state.main = next(iter(state.mains))
    state.summary = Summary(
        path=state.main,
        go="",
        toolchain="",
        requires=tuple(m for _, summary in found for m in summary.requires),
        indirect=frozenset(),
        retracts=(),
        deprecated="",
        replaces=_replaces(state, work, found),
        excludes=frozenset(m for _, summary in found for m in summary.excludes),
        tools=tuple(dict.fromkeys(t for _, summary in found for t in summary.tools)),
    )


def _replaces(state: State, work: modfile.ModFile, found: list[tuple[str, Summary]]) -> dict[Mod, Mod]:
    process = state.process
    ours = {Mod(r.path, r.version): Mod(r.to, r.to_version) for r in work.replaces}
    for old in ours:
        if old.path in state.mains and not old.version:
            process.error(
                f"go: workspace module {old.path} is replaced at all versions in the go.work file. To fix, remove the "
                "replacement from the go.work file or specify the version at which to replace the module."
            )
    replaces: dict[Mod, Mod] = {}
    absolute: dict[Mod, Mod] = {}
    above = {old.path for old in ours}
    for folder, summary in found:
        for old, new in summary.replaces.items():
            whole = new
            if not new.version and not posixpath.isabs(new.path):
                whole = Mod(join(folder, new.path), "")
                near = posixpath.relpath(whole.path, posixpath.dirname(state.work))
                new = Mod(near if near.startswith("../") else f"./{near}", "")  # noqa: PLW2901 - the same, from go.work's folder
            if old.path not in above and absolute.setdefault(old, whole) != whole:
                process.fatal(
                    f"go: conflicting replacements for {old}:\n\t{absolute[old]}\n\t{whole}\n"
                    f'use "go work edit -replace {old}=[override]" to resolve'
                )
            if Mod(old.path, "") not in ours:
                replaces[old] = new
    return replaces | ours
