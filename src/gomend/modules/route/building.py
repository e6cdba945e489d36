"""Commands that load packages to build, test, run, install or list them.

Source: cmd/go/internal/load/pkg.go (PackagesAndErrors, PackagesAndErrorsOutsideModule), work/build.go, run/run.go.
"""

from __future__ import annotations

import posixpath
from typing import Final

from gomend.golang import modfile
from gomend.modules.route import commit
from gomend.modules.route.edit import edit
from gomend.modules.route.errors import GoError, Halt, ImportMissingSumError, Mod, TooNewError, find
from gomend.modules.route.folders import has_package, standard
from gomend.modules.route.gomod import summarize
from gomend.modules.route.listing import Mode, info
from gomend.modules.route.loading import Loader
from gomend.modules.route.packages import Options, Package, match, near, strangers
from gomend.modules.route.query import is_revision
from gomend.modules.route.search import query_packages
from gomend.modules.route.state import State
from gomend.modules.route.switching import switch_or_fatal
from gomend.modules.route.wishes import cleaned

_AT: Final = "can only use path@version syntax with 'go get' and 'go install' in module-aware mode"


def packages(
    state: State,
    patterns: list[str],
    *,
    tests: bool = False,
    listing: bool = False,
    lenient: bool = False,
    run: bool = False,
    vet: bool = False,
) -> None:
    """Build, vet, test or list: load, look up each module's information, then say what is wrong."""
    process = state.process
    patterns = [cleaned(pattern) for pattern in patterns]
    if state.root or not patterns:
        commit.load(state)
    wild = next((p for p in patterns if p.startswith(".") and p.endswith("...")), "")
    if not state.root and wild and state.work and lenient:
        return
    if not state.root and wild and state.work:
        for line in strangers(state, patterns, commit.load(state)).values():
            process.say(line)
        raise Halt(1)
    if not state.root and wild:
        prefix = wild.removesuffix("/...")
        process.fatal(f"pattern {wild}: directory prefix {prefix} does not contain main module or its selected dependencies")
    if not state.root and any(p.startswith(".") for p in patterns or ["."]):
        process.fatal(f"go: {state.no_modules}")
    process.exit_if_errors()
    try:
        _load(state, patterns or ["."], tests=tests, listing=listing, lenient=lenient)
    except Halt:
        if run and state.requirements is not None and process.status and not process.ended:
            _main_package(state, patterns)
        raise
    if run and state.requirements is not None and not match(state, patterns or ["."], state.requirements):
        process.fatal(f"go: no packages loaded from {patterns[0]}")
    if run:
        _main_package(state, patterns)
    if vet and state.requirements is not None and not match(state, patterns or ["."], state.requirements):
        process.fatal("no packages to vet")


def _load(state: State, patterns: list[str], *, tests: bool, listing: bool = False, lenient: bool = False) -> None:
    process = state.process
    rs = commit.load(state)
    strange = strangers(state, patterns, rs) if state.work else {}
    patterns = [p for p in patterns if p not in strange]
    options = Options(resolve=True, tests=tests, quiet=True)
    loader = commit.run_loader(state, Loader(state, options, patterns, commit.load(state)))
    try:
        commit.write(state, loader)
    except GoError as error:
        process.fatal(error)
    told: list[str] = list(strange.values())
    for package in loader.everything():
        if package.test_of is not None and not tests:
            continue
        if package.error is not None:
            if find(package.error, TooNewError) is not None:
                switch_or_fatal(state, package.error)
            if package.root and "@" in package.path and not package.path.startswith(f"{state.main}/@"):
                told.append(f"package {posixpath.normpath(package.path)}: {_AT}")
            elif listing and "all" in patterns:
                told.append(f"{package.error}")
            elif not listing or package.root:
                told += _complaint(loader, package)
        elif package.mod.path and not state.is_main(package.mod.path):
            info(state, loader.rs, package.mod, Mode())
    if lenient:
        return
    for line in told if listing else dict.fromkeys(told):
        process.say(line)
    if told:
        process.status = 1
    process.exit_if_errors()


def _main_package(state: State, patterns: list[str]) -> None:
    if not state.work:
        _must_be_main(state, state.main, state.root)
        return
    first = (patterns or ["."])[0]
    for path in near(state, first) if first.startswith((".", "/")) else [first]:
        for main, root in state.mains.items():
            if has_package(state, path, main, root, local=True):
                _must_be_main(state, path, f"{root}/{path.removeprefix(main).strip('/')}".rstrip("/"))


def _must_be_main(state: State, path: str, folder: str) -> None:
    machine = state.process.machine
    sources = [machine.text(f"{folder}/{n}") or "" for n in machine.children(folder) if n.endswith(".go")]
    if sources and not any("package main" in s for s in sources):
        state.process.fatal(f"package {path} is not a main package")


def _complaint(loader: Loader, package: Package) -> list[str]:
    """load.PackageError: the error with the place of the import."""
    error = package.error
    importer = package.parent
    missing = find(error, ImportMissingSumError)
    if missing is not None and importer is not None:
        missing.importer = Mod(importer.path, importer.mod.version)
    place = ""
    for other in loader.everything():
        if other.folder and any(p is package for p in other.imports):
            place = next((one.place for one in other.found if one.path == package.path), "")
            break
    return [f"{place}: {error}" if place else f"{error}"]


def outside(state: State, arguments: list[str], *, run: bool = False) -> None:
    """``go install`` and ``go run`` of packages at a version: the module around does not matter."""
    process = state.process
    state.forget_root()
    state.allow_missing = True
    state.set_build_mod()
    first = arguments[0]
    path, _, version = first.partition("@")
    if path != posixpath.normpath(path):
        process.fatal(f"go: {first}: argument must be a clean package path")
    if path in {"std", "cmd", "all", "tool"}:
        process.fatal(f"go: {first}: argument must be a package path, not a meta-package")
    if standard(path):
        process.fatal(f"go: {first}: argument must not be a package in the standard library")
    if not version:
        process.fatal(f"go: {first}: version must not be empty")
    for other in arguments if not run else arguments[:1]:
        if other.partition("@")[2] != version:
            process.fatal(
                f"go: {other}: all arguments must refer to packages in the same module at the same version (@{version})"
            )
    allowed = None if is_revision(path, version) else state.check_allowed
    commit.load(state)
    try:
        found = query_packages(state, path, version, lambda _: "none", allowed)
        mod = found[0].mod
        told = state.deprecation(mod) if process.machine.does("install-deprecation") else ""
        if told:
            process.say(f"go: module {mod.path} is deprecated: {told}")
        text = state.fetcher.go_mod(mod)
        if wrong := modfile.parse(text).errors:
            told = "\n".join(f"go.mod:{line}: {words}" for line, words in wrong)
            process.fatal(f"go: {first} (in {mod}): {told}")
        summary = summarize(text)
    except GoError as error:
        process.fatal(_outside_error(first, error))
    if summary.replaces or summary.excludes:
        what = "replace" if summary.replaces else "exclude"
        process.fatal(
            f"go: {first} (in {mod}):\n\tThe go.mod file for the module providing named packages contains one or\n"
            f"\tmore {what} directives. It must not contain directives that would cause\n"
            "\tit to be interpreted differently than if it were the main module."
        )
    try:
        state.requirements = edit(state, commit.load(state), [], [mod])
    except GoError as error:
        process.fatal(_outside_error(first, error))
    _load(state, [a.partition("@")[0] for a in (arguments[:1] if run else arguments)], tests=False)
    root = state.fetcher.folder(mod)
    if root is not None and has_package(state, path, mod.path, root, local=False):
        inside = path.removeprefix(mod.path).strip("/")
        _must_be_main(state, path, f"{root}/{inside}" if inside else root)


def _outside_error(first: str, error: GoError) -> GoError:
    return GoError(f"{first}: {error}", inner=error)
