"""Loading packages: from the patterns to every package they import, with the modules that this needs.

Source: cmd/go/internal/modload/load.go (LoadPackages, loadFromRoots, load, updateRequirements, resolveMissingImports).
"""

from __future__ import annotations

import contextlib

from gomend.golang import semver
from gomend.modules.route.errors import (
    GoError,
    Halt,
    Hang,
    ImplicitImportError,
    ImportMissingError,
    ImportMissingSumError,
    Mod,
    TooNewError,
    find,
)
from gomend.modules.route.folders import Import, imports_of
from gomend.modules.route.gomod import PRUNED_SINCE
from gomend.modules.route.graph import Requirements, expand, update_roots
from gomend.modules.route.imports import locate, search
from gomend.modules.route.mvs import least
from gomend.modules.route.packages import Options, Package, match, strangers
from gomend.modules.route.reader import in_order
from gomend.modules.route.state import State
from gomend.modules.route.switching import Switcher


class Loader:
    """modload.loader."""

    def __init__(self, state: State, options: Options, patterns: list[str], rs: Requirements) -> None:
        """Load what the patterns name."""
        self.state, self.options, self.patterns, self.rs = state, options, patterns, rs
        self.all_is_root = "all" in patterns
        self.packages: dict[str, Package] = {}
        self.tests: list[Package] = []
        self.roots: list[str] = []
        self._switcher = Switcher(state)

    def fail(self, error: GoError) -> None:
        """loader.error."""
        if self.options.allow_errors:
            self.state.process.say(f"go: {error}")
        elif self.options.switcher:
            self._switcher.add(error)
        else:
            self.state.process.error(error)

    def exit_if_errors(self) -> None:
        """loader.exitIfErrors."""
        if self.options.switcher:
            self._switcher.switch()
            self._switcher = Switcher(self.state)
        self.state.process.exit_if_errors()

    def everything(self) -> list[Package]:
        """Packages and their tests in the order of discovery."""
        return [*self.packages.values(), *self.tests]

    def run(self) -> None:
        """LoadFromRoots."""
        if not self.rs.pruned and self.state.process.build_mod != "vendor":
            try:
                self.rs = expand(self.rs)
            except GoError as error:
                self.fail(error)
        self.exit_if_errors()
        while self._once():
            pass
        self.exit_if_errors()
        strange = strangers(self.state, self.patterns, self.rs) if self.state.work else {}
        for told in strange.values() if not self.options.quiet else ():
            self.fail(GoError(told))
        if strange:
            self.exit_if_errors()
        for pattern in self.patterns:
            if pattern in strange:
                continue
            wild = ("..." in pattern or pattern in {"all", "work"}) and not self.options.quiet_unmatched
            if wild and not match(self.state, [pattern], self.rs):
                self.state.process.say(f'go: warning: "{pattern}" matched no packages')
        if self.options.tidy:
            self.rs = self._tidied()
            self.exit_if_errors()
        for package in self.everything():
            if package.error is not None:
                self._report(package, package.error)

    def _report(self, package: Package, error: GoError) -> None:
        missing_sum = find(error, ImportMissingSumError)
        if missing_sum is not None and package.parent is not None:
            importer = package.parent
            missing_sum.importer = Mod(importer.path, importer.mod.version)
            missing_sum.importer_is_test = importer.test_of is not None
        missing = find(error, ImportMissingError)
        if missing is not None and missing.std and self.options.quiet_std:
            return
        if not self.options.quiet:
            self.fail(GoError(f"{package.stack()}: {error}", inner=error))

    def _once(self) -> bool:
        """One round; whether another is needed."""
        self.packages, self.tests = {}, []
        self._convert()
        self.roots = match(self.state, self.patterns, self.rs)
        if self.rs.pruned and not self.rs.workspace and self.state.process.build_mod == "mod" and self._preload():
            return True
        queue = [self._package(path, None) for path in dict.fromkeys(self.roots)]
        for package in queue:
            package.root = True
        at = 0
        hung: Hang | None = None
        while at < len(queue):
            try:
                queue += self._load(queue[at])
            except Halt:
                self._in_flight(queue[at + 1 : at + 2])
                raise
            except Hang as hang:
                hung = hung or hang
            at += 1
        if hung is not None:
            raise hung
        try:
            if self._update():
                return True
            if not self.options.resolve or not (self.state.root or self.state.allow_missing):
                return False
            add = self._resolve()
            if not add:
                return False
            self.rs = update_roots(self.rs, self.rs.direct, [], in_order(list(add)))
        except GoError as error:
            self.fail(error)
            return False
        return True

    def _convert(self) -> None:
        """modload.convertPruning: a dependency's go line may have lifted the main module over the line of pruning."""
        old_go = semver.compare("go", self.rs.go, PRUNED_SINCE) < 0
        if self.rs.pruned or old_go or self.rs.workspace or self.state.process.build_mod == "vendor":
            return
        try:
            self.rs = Requirements(self.state, True, self.rs.whole().build_list()[1:], self.rs.direct)
        except GoError as error:
            self.fail(error)
            self.exit_if_errors()

    def _preload(self) -> bool:
        """loader.preloadRootModules."""
        need: set[Mod] = set()
        for path in dict.fromkeys(self.roots):
            try:
                mod = locate(self.state, path, self.rs).mod
            except GoError as error:
                if find(error, ImportMissingError) is None or not self.options.resolve:
                    continue
                try:
                    mod = search(self.state, path, self.rs)
                except GoError:
                    continue
            if mod.path and self.rs.selected(mod.path) != mod.version:
                need.add(mod)
        if not need:
            return False
        try:
            self.rs = update_roots(self.rs, self.rs.direct, [], in_order(list(need)))
        except GoError as error:
            self.fail(error)
            self.exit_if_errors()
            return False
        return True

    def _in_flight(self, waiting: list[Package]) -> None:
        """Two packages are loaded at a time: when one ends the process, the next is on its way already."""
        said = len(self.state.process.stderr)
        for package in waiting:
            with contextlib.suppress(GoError, Halt), self.state.process.machine.racing():
                locate(self.state, package.path, self.rs)
        del self.state.process.stderr[said:]

    def _package(self, path: str, parent: Package | None) -> Package:
        if path not in self.packages:
            self.packages[path] = Package(path, parent=parent)
        return self.packages[path]

    def _load(self, package: Package) -> list[Package]:
        """loader.load; the packages that it names for the first time."""
        state = self.state
        try:
            place = locate(state, package.path, self.rs)
        except GoError as error:
            package.error = error
            return []
        package.mod, package.folder = place
        if not package.folder:
            return []
        main = state.is_main(package.mod.path)
        package.in_all = package.in_all or main
        if self.options.allow is not None and package.mod.version:
            try:
                self.options.allow(package.path, package.mod)
            except GoError as error:
                package.error = error
        plain, tests = imports_of(state, package.folder)
        package.found = plain
        fresh = self._take(package, plain)
        wants = (self.all_is_root and main) or (self.options.tests and package.root)
        if wants and tests:
            test = Package(package.path, package.mod, package.folder, parent=package, test_of=package)
            test.in_all, test.found = main, tests
            self.tests.append(test)
            fresh += self._take(test, tests)
        return fresh

    def _take(self, package: Package, found: list[Import]) -> list[Package]:
        fresh: list[Package] = []
        for one in found:
            known = one.path in self.packages
            other = self._package(one.path, package)
            other.in_all = other.in_all or package.in_all
            package.imports.append(other)
            if not known:
                fresh.append(other)
        return fresh

    def _external(self, package: Package) -> bool:
        return bool(package.mod.path) and not self.state.is_main(package.mod.path)

    def _update(self) -> bool:
        """loader.updateRequirements."""
        state, rs = self.state, self.rs
        if state.process.build_mod == "vendor":
            return False
        direct = set[str]() if self.all_is_root else set(rs.direct)
        too_new: TooNewError | None = None
        for package in self.everything():
            too_new = find(package.error, TooNewError) or too_new
            if package.mod.version or not state.is_main(package.mod.path):
                continue
            for other in filter(self._external, package.imports):
                if rs.workspace:
                    if other.mod not in rs.whole().required:
                        package.error = ImplicitImportError(package.path, other.path, other.mod)
                        continue
                elif (
                    package.error is None
                    and state.process.build_mod != "mod"
                    and rs.selected(other.mod.path) != other.mod.version
                ):
                    package.error = ImplicitImportError(package.path, other.path, other.mod)
                    continue
                direct.add(other.mod.path)
        if too_new is not None:
            raise too_new
        if self.all_is_root and "go" in rs.direct:
            direct.add("go")
        needed = [
            (p.mod, True)
            for p in self.everything()
            if self._external(p) and (p.in_all or self.options.assume_imported or p.root)
        ]
        before = (rs.go, rs.roots)
        self.rs = update_roots(rs, direct, needed, [])
        if self.rs.go != before[0]:
            return True
        if self.rs.roots == before[1]:
            return False
        graph = self.rs.whole()
        if any(self._external(p) and graph.selected(p.mod.path) != p.mod.version for p in self.packages.values()):
            return True
        return any(p.error is not None and self._would_load(p.path) for p in self.packages.values())

    def _would_load(self, path: str) -> bool:
        try:
            locate(self.state, path, self.rs)
        except GoError:
            return False
        return True

    def _resolve(self) -> dict[Mod, Package]:
        """loader.resolveMissingImports."""
        found: list[tuple[Package, Mod]] = []
        for package in list(self.packages.values()):
            if find(package.error, ImportMissingError) is None:
                continue
            try:
                found.append((package, search(self.state, package.path, self.rs)))
            except GoError as error:
                package.error = self._placed(package, error) if self.state.work else error
        for package in self.packages.values():
            if (too_new := find(package.error, TooNewError)) is not None:
                self.state.process.say(f"go: toolchain upgrade needed to resolve {package.path}")
                raise too_new
        for package, mod in found:
            self.state.process.say(f"go: found {package.path} in {mod.path} {mod.version}")
        return {mod: package for package, mod in reversed(found)}

    def _placed(self, package: Package, error: GoError) -> GoError:
        """ImportMissingError.ImportingMainModule: where ``go get`` must be run if it is not here."""
        importer = package.parent
        while importer is not None and not self.state.is_main(importer.mod.path):
            importer = importer.parent
        if importer is None or not isinstance(error, ImportMissingError) or error.inner is not None:
            return error
        root = self.state.mains[importer.mod.path]
        if root == self.state.around:
            return error
        return ImportMissingError(str(error).replace("; to add it:\n", f"; to add it:\n\tcd {root}\n"), std=error.std)

    def _tidied(self) -> Requirements:
        """modload.tidyRoots: only what packages of ``all`` need."""
        rs = self.rs
        keep = [Mod("go", rs.go)]
        if (tool := rs.selected("toolchain")) is not None:
            keep.append(Mod("toolchain", tool))
        for package in self.everything():
            if self._external(package) and (package.in_all or not rs.pruned) and package.mod not in keep:
                keep.append(package.mod)
        if not rs.pruned:
            try:
                base = [m.path for m in keep if m.path in rs.direct]
                return Requirements(self.state, False, least(self.state, keep, base), rs.direct)
            except GoError as error:
                self.fail(error)
                return rs
        return Requirements(self.state, True, in_order(keep), rs.direct)
