"""Commands that load packages to build, test, run, install or list them.

Source: cmd/go/internal/load/pkg.go (PackagesAndErrors, PackagesAndErrorsOutsideModule), work/build.go, run/run.go.
"""

from __future__ import annotations

from gomend.modules.route import commit, semver
from gomend.modules.route.edit import edit
from gomend.modules.route.errors import GoError, ImportMissingSumError, Mod, TooNewError, find
from gomend.modules.route.folders import has_package
from gomend.modules.route.gomod import summarize
from gomend.modules.route.listing import Mode, info
from gomend.modules.route.loading import Loader
from gomend.modules.route.packages import Options, Package
from gomend.modules.route.query import is_revision
from gomend.modules.route.search import query_packages
from gomend.modules.route.state import State
from gomend.modules.route.switching import switch_or_fatal


def packages(state: State, patterns: list[str], *, tests: bool = False, listing: bool = False) -> None:
    """Build, vet, test or list: load, look up each module's information, then say what is wrong."""
    process = state.process
    if state.root or not patterns:
        commit.load(state)
    if not state.root and any(p.startswith(".") for p in patterns or ["."]):
        process.fatal("go: go.mod file not found in current directory or any parent directory; see 'go help modules'")
    _load(state, patterns or ["."], tests=tests, listing=listing)


def _load(state: State, patterns: list[str], *, tests: bool, listing: bool = False) -> None:
    process = state.process
    options = Options(resolve=True, tests=tests, quiet=True)
    loader = commit.run_loader(state, Loader(state, options, patterns, commit.load(state)))
    try:
        commit.write(state, loader)
    except GoError as error:
        process.fatal(error)
    told: list[str] = []
    for package in loader.everything():
        if package.test_of is not None and not tests:
            continue
        if package.error is not None:
            if find(package.error, TooNewError) is not None:
                switch_or_fatal(state, package.error)
            if not listing or package.root:
                told += _complaint(loader, package)
        elif package.mod.path and package.mod.path != state.main:
            info(state, loader.rs, package.mod, Mode())
    if not loader.roots:
        process.say('go: warning: "./..." matched no packages')
    for line in dict.fromkeys(told):
        process.say(line)
    if told:
        process.status = 1
    process.exit_if_errors()


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
        told = state.deprecation(mod)
        if told:
            process.say(f"go: module {mod.path} is deprecated: {told}")
        summary = summarize(state.fetcher.go_mod(mod))
    except GoError as error:
        process.fatal(_outside_error(state, first, error))
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
        process.fatal(_outside_error(state, first, error))
    _load(state, [a.partition("@")[0] for a in (arguments[:1] if run else arguments)], tests=False)
    root = state.fetcher.folder(mod)
    if root is not None and has_package(state, path, mod.path, root, local=False):
        inside = path.removeprefix(mod.path).strip("/")
        names = state.process.machine.children(f"{root}/{inside}" if inside else root)
        folder = f"{root}/{inside}" if inside else root
        sources = [state.process.machine.text(f"{folder}/{n}") or "" for n in names if n.endswith(".go")]
        if not any("package main" in s for s in sources):
            process.fatal(f"package {path} is not a main package")


def _outside_error(state: State, first: str, error: GoError) -> GoError:
    if find(error, TooNewError) is not None and semver.TOOLCHAINS:
        return error if str(error).startswith(first) else GoError(f"{first}: {error}", inner=error)
    return GoError(f"{first}: {error}", inner=error)
