"""``go get``: resolve the arguments, change the requirements, look at what is imported, warn, write.

Source: cmd/go/internal/modget/get.go and query.go.
"""

from __future__ import annotations

from typing import Final

from gomend.golang import semver
from gomend.golang import version as gover
from gomend.modules.route import commit
from gomend.modules.route.commit import gomod_unpruned
from gomend.modules.route.edit import edit
from gomend.modules.route.errors import (
    AmbiguousImportError,
    ConstraintError,
    GoError,
    Halt,
    ImportMissingError,
    Mod,
    NoMatchingVersionError,
    PackageNotInModuleError,
    RetractedError,
    TooNewError,
    VersionChangeError,
    find,
)
from gomend.modules.route.folders import has_package, packages_below
from gomend.modules.route.getall import wishes_of
from gomend.modules.route.gomod import PRUNED_SINCE
from gomend.modules.route.graph import expand
from gomend.modules.route.loading import Loader
from gomend.modules.route.packages import Options, strangers
from gomend.modules.route.search import Found, query_packages, query_pattern
from gomend.modules.route.state import Allowed, State
from gomend.modules.route.switching import Switcher, switch_or_fatal
from gomend.modules.route.wishes import Wish, cleaned, complain, is_standard, unfit
from gomend.modules.route.workspace import enter, members, raise_go

_EXPANDED: Final = f"\tnote: expanded dependencies to upgrade to go {PRUNED_SINCE} or higher; run 'go mod tidy' to clean up"


class Getter:
    """modget.resolver."""

    def __init__(self, state: State, arguments: list[str], upgrade: str, tests: bool) -> None:
        """``upgrade`` is the value of -u: empty, ``upgrade`` or ``patch``."""
        self.state, self.upgrade, self.tests = state, upgrade, tests
        self.wishes = [self._wish(a) for a in arguments or ["."] if a != "toolchain@none"]
        state.process.exit_if_errors()
        self.resolved: dict[str, str] = {}
        self.reasons: dict[str, Wish] = {}
        self.loader: Loader | None = None
        self.every: Wish | None = None
        self._expand()
        self.workspace = members(state) if state.process.machine.does("get-in-workspace") else {}
        self.entered = False
        """Whether the workspace was looked at: go has then changed its go.mod in memory before it compares."""
        self.initial = self._selected()
        self.current = dict(self.initial)

    def _wish(self, raw: str) -> Wish:
        raw = cleaned(raw)
        pattern, at, asked = raw.partition("@")
        problem = unfit(pattern, asked) if at else ""
        if at and (not asked or "@" in asked):
            problem = f'invalid module version syntax "{raw}"'
        if problem or (pattern, asked) == ("go", "none"):
            self.state.process.error(GoError(problem or "cannot use go@none"))
        return Wish(raw, pattern.rstrip("/") or pattern, asked, asked or self.upgrade or "upgrade")

    def _expand(self) -> None:
        try:
            self.state.requirements = expand(commit.load(self.state))
        except GoError as error:
            switch_or_fatal(self.state, error)

    def _selected(self) -> dict[str, str]:
        return {m.path: m.version for m in commit.load(self.state).read().build_list()}

    def run(self) -> None:
        """The whole command."""
        for wish in self.wishes:
            self._ask(wish)
        self._settle()
        while True:
            upgrades = self._upgrades()
            if not self._apply(upgrades):
                break
        self._check()
        old = self._written() if not self.entered else {m.path: m.version for m in commit.load(self.state).roots}
        try:
            commit.write(self.state, self.loader)
        except GoError as error:
            switch_or_fatal(self.state, error)
        self._report(old)
        raise_go(self.state, commit.load(self.state).go)

    def _ask(self, wish: Wish) -> None:
        state = self.state
        if wish.local:
            if not packages_below(state, state.root, state.main) or (
                "..." not in wish.pattern
                and not has_package(state, wish.package(state.main), state.main, state.root, local=True)
            ):
                if "..." not in wish.pattern:
                    wish.error = GoError("no package to get in current directory")
                else:
                    state.process.say(f'go: warning: "{wish.pattern}" matched no packages')
                return
            wish.found = [Found(Mod(state.main, ""), has_package=True)]
        elif wish.pattern == "all":
            self.every = wish
        elif wish.pattern in {"std", "cmd", "tool"} or (not wish.asked and is_standard(wish.pattern)):
            wish.found = [Found(Mod(state.main, ""), has_package=True)]
        elif wish.pattern == state.main and wish.version not in {"upgrade", "patch"}:
            wish.error = GoError(f'can\'t request version "{wish.version}" of the main module ({state.main})')
        elif is_standard(wish.pattern) and wish.version != "none":
            wish.error = GoError(f'can\'t request explicit version "{wish.version}" of standard library package {wish.pattern}')
        elif wish.version == "none":
            wish.found = [Found(Mod(wish.pattern, "none"), has_package=False)]
        else:
            try:
                wish.found = query_pattern(state, wish.pattern, wish.version, self._initial, self._allowed(wish.version))
            except GoError as error:
                wish.error = error

    def _initial(self, path: str) -> str:
        return self.initial.get(path, "none")

    def _allowed(self, version: str) -> Allowed:
        """resolver.checkAllowedOr: a version that was asked for by name may be retracted."""

        def check(mod: Mod) -> None:
            if mod.version == version:
                self.state.check_excluded(mod)
            elif version not in {"upgrade", "patch"} or mod.version != self.current.get(mod.path, "none"):
                self.state.check_allowed(mod)

        return check

    def _settle(self) -> None:
        """Resolve; where ``all`` was asked for, until no change brings in other packages."""
        while True:
            more: list[Wish] = []
            if self.every is not None:
                allowed = self._allowed(self.every.version)
                more = wishes_of(self.state, self.every, self._initial, allowed, tests=self.tests)
            if not self._resolve([*self.wishes, *more]) or self.every is None:
                return

    def _resolve(self, wishes: list[Wish]) -> bool:
        """resolver.resolveQueries; whether the build list changed."""
        switcher = Switcher(self.state)
        for wish in wishes:
            switcher.add(wish.error)
        if switcher.needed:
            switcher.switch()
            raise Halt(self.state.process.status)
        for wish in wishes:
            if wish.error is not None:
                blamed = wish if wish in self.wishes or self.every is None else self.every
                complain(self.state.process, blamed, wish.error)
                continue
            having = [f for f in wish.found if f.has_package]
            best = next((f for f in having if self._initial(f.mod.path) != "none"), None)
            best = best or next(iter(having or wish.found), None)
            if best is None:
                continue
            wish.packages = best.has_package and wish in self.wishes
            known = self.resolved.get(best.mod.path)
            if known is not None and known != best.mod.version and best.mod.path != self.state.main:
                complain(self.state.process, wish, GoError(f"{wish.raw} conflicts with {best.mod.path}@{known}"))
            self.resolved[best.mod.path] = best.mod.version
            self.reasons.setdefault(best.mod.path, wish)
        self.state.process.exit_if_errors()
        return self._update([])

    def _update(self, upgrades: list[Mod]) -> bool:
        """resolver.updateBuildList."""
        state = self.state
        must = [Mod(p, v) for p, v in self.resolved.items() if p != state.main]
        old = commit.load(state)
        try:
            state.requirements = edit(state, old, upgrades, must)
        except ConstraintError as error:
            for conflict in error.conflicts:
                adverb = "indirectly " if len(conflict.path) > 2 else ""
                told = f"{self._reason(conflict.path[0])} {adverb}requires {conflict.path[-1]}"
                limit = "" if conflict.limit is None else self._reason(conflict.limit)
                state.process.error(GoError(f"{told}: {conflict.bare_error}" if conflict.error else f"{told}, not {limit}"))
            state.process.exit_if_errors()
        except GoError as error:
            if find(error, TooNewError) is not None:
                switch_or_fatal(state, error)
            state.process.fatal(error)
        if state.requirements is old:
            return False
        self._expand()
        self.current = self._selected()
        return True

    def _reason(self, mod: Mod) -> str:
        """query.ResolvedString: the argument that wants this module."""
        wish = self.reasons.get(mod.path)
        if wish is None:
            return f"(INTERNAL ERROR: no reason found for {mod})"
        mod = Mod(mod.path, self.resolved[mod.path])
        plain = wish.raw if wish.asked else f"{wish.pattern}@{wish.version}"
        if mod.path != wish.pattern:
            return f"{mod} (matching {f'{wish.pattern}@{wish.version}' if mod.version != wish.version else plain})"
        return plain if mod.version == wish.version else f"{wish.pattern}@{wish.version} ({mod.version})"

    def _upgrades(self) -> list[tuple[str, list[Found], GoError | None]]:
        """resolver.findAndUpgradeImports."""
        patterns = [w.pattern for w in self.wishes if w.packages]
        if not patterns:
            return []
        upgrades: list[tuple[str, list[Found], GoError | None]] = []

        def look(path: str, mod: Mod) -> bool:
            version = "latest"
            if mod.path:
                if not self.upgrade or mod.path in self.resolved:
                    return True
                version = self.upgrade
            try:
                found = query_packages(self.state, path, version, lambda p: self.current.get(p, "none"), self._allowed(version))
            except GoError as error:
                absent = find(error, NoMatchingVersionError) or find(error, PackageNotInModuleError)
                if error.missing or absent is not None or (not mod.path and semver.path_problem(path)):
                    return True
                upgrades.append((path, [], error))
                return False
            if any(f.mod == mod for f in found):
                return True
            upgrades.append((path, found, None))
            return False

        def allow(path: str, mod: Mod) -> None:
            if not look(path, mod):
                raise VersionChangeError

        options = Options(tests=self.tests, quiet=True, assume_imported=True, switcher=True, allow=allow, quiet_unmatched=True)
        loader = commit.run_loader(self.state, Loader(self.state, options, patterns, commit.load(self.state)))
        self.loader = loader
        for package in list(loader.packages.values()):
            missing = find(package.error, ImportMissingError) or find(package.error, AmbiguousImportError)
            inside = any(has_package(self.state, package.path, p, f, local=True) for p, f in self.workspace.items())
            if missing is not None and find(package.error, VersionChangeError) is None and not inside:
                look(package.path, Mod("", ""))
        return sorted(upgrades, key=lambda u: u[0])

    def _apply(self, upgrades: list[tuple[str, list[Found], GoError | None]]) -> bool:
        """resolver.applyUpgrades."""
        tentative: list[Mod] = []
        for _, found, error in upgrades:
            if error is not None:
                self.state.process.error(error)
                continue
            best = next((f for f in found if self._initial(f.mod.path) != "none"), found[0] if found else None)
            if best is not None and best.mod.path != self.state.main:
                tentative.append(best.mod)
        self.state.process.exit_if_errors()
        return self._update(tentative) if tentative else False

    def _check(self) -> None:
        """resolver.checkPackageProblems."""
        state = self.state
        if state.main in self.workspace:
            try:
                state = enter(state, commit.load(state))
                self.entered = True
            except GoError as error:
                switch_or_fatal(self.state, error)
        patterns = [w.pattern for w in self.wishes if w.packages]
        relevant: dict[Mod, str] = {Mod(p, v): "named" for p, v in self.resolved.items()}
        if patterns:
            options = Options(tests=self.tests, allow_errors=True)
            loader = commit.run_loader(state, Loader(state, options, patterns, commit.load(state)))
            self.loader = loader
            if state.work and strangers(state, patterns, loader.rs):
                state.process.status = 1
            for package in loader.packages.values():
                if package.error is not None:
                    state.process.status = 1
                if package.mod.path:
                    role = "named" if package.path in loader.roots else "imported"
                    relevant.setdefault(package.mod, role)
        direct = commit.load(state).direct
        retracted: list[tuple[Mod, GoError]] = []
        for mod in sorted(relevant):
            try:
                state.check_retracted(mod)
            except GoError as error:
                if find(error, RetractedError) is not None:
                    retracted.append((mod, error))
        for mod in sorted(relevant):
            if relevant[mod] == "named" or mod.path in direct:
                try:
                    told = state.deprecation(mod)
                except GoError:
                    told = ""
                if told:
                    state.process.say(f"go: module {mod.path} is deprecated: {told}")
        self._sums()
        for _, why in retracted:
            state.process.say(f"go: warning: {why}")
        if retracted:
            name = retracted[0][0].path if len(retracted) == 1 else "<module>"
            state.process.say(f"go: to switch to the latest unretracted version, run:\n\tgo get {name}@latest")
        state.process.exit_if_errors()

    def _sums(self) -> None:
        """Sums of upgraded modules whose old sums go.sum has."""
        fetcher = self.state.fetcher
        for path, version in self.current.items():
            old = self.initial.get(path, "")
            if path in semver.TOOLCHAINS or path == self.state.main or not old or version in {old, ""}:
                continue
            if fetcher.sums.have(Mod(path, old)):
                try:
                    fetcher.download_zip(Mod(path, version))
                except GoError as error:
                    verb = "downgraded" if semver.compare(path, version, old) < 0 else "upgraded"
                    text = f"{verb} {path} {old} => {version}: error finding sum for {path}@{version}: {error}"
                    self.state.process.error(GoError(text))

    def _written(self) -> dict[str, str]:
        summary = self.state.summary
        if summary is None:
            return {}
        return {m.path: m.version for m in summary.requires} | {
            "go": self.state.go if summary.has_go else self.state.process.machine.go
        }

    def _report(self, old: dict[str, str]) -> None:
        """resolver.reportChanges."""
        changes: dict[str, tuple[str, str]] = {}
        for path, new in self.resolved.items():
            before = self.initial.get(path, "")
            if before != new and (before or new != "none"):
                changes[path] = (before, new)
        for path, before in old.items():
            new = self.current.get(path, "")
            if before != new:
                changes[path] = (before, new)
        for mod in commit.load(self.state).roots:
            if mod.path == "go":
                changes["go"] = (old["go"], mod.version)
                continue
            before = self.initial.get(mod.path, "")
            if before != mod.version:
                changes[mod.path] = (before, mod.version)
        order = {"go": 0, "toolchain": 1}
        for path, (before, new) in sorted(changes.items(), key=lambda c: (order.get(c[0], 2), c[0])):
            if (path in {"toolchain", self.state.main} and path not in old) or before == new:
                continue
            if not before:
                self.state.process.say(f"go: added {path} {new}")
            elif new in {"none", ""}:
                self.state.process.say(f"go: removed {path} {before}")
            else:
                verb = "upgraded" if semver.compare(path, new, before) > 0 else "downgraded"
                self.state.process.say(f"go: {verb} {path} {before} => {new}")
                if path == "go" and gomod_unpruned(before) and not gomod_unpruned(new):
                    self.state.process.say(_EXPANDED)
                if path == "go" and verb == "upgraded":
                    self._toolchain_added(old, new)

    def _toolchain_added(self, old: dict[str, str], go: str) -> None:
        """Older versions wrote down with a new go line which toolchain wrote it."""
        machine = self.state.process.machine
        supported = not gover.older(go, "1.21") and gover.older(go, machine.go)
        if supported and "toolchain" not in old and not machine.does("no-added-toolchain"):
            self.state.process.say(f"go: added toolchain go{machine.go}")
