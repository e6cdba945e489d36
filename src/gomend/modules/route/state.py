"""What modload knows while it runs: the main module, its requirements, summaries of go.mod files, what is allowed.

Source: cmd/go/internal/modload (init.go, modfile.go).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Final

from gomend.golang import semver
from gomend.modules.route import gomod
from gomend.modules.route.errors import (
    DisallowedError,
    GoError,
    Mod,
    ModuleError,
    RetractedError,
    SumMissingError,
    TooNewError,
    find,
    version_error,
)
from gomend.modules.route.fetch import Fetcher
from gomend.modules.route.gomod import Summary
from gomend.modules.route.graph import Requirements
from gomend.modules.route.machine import join
from gomend.modules.route.once import Once
from gomend.modules.route.process import Process

Allowed = Callable[[Mod], None]
"""modload.AllowedFunc: raises DisallowedError for a version that must not be chosen, another GoError if it cannot tell."""
_WORKSPACE: Final = frozenset(
    (
        *("build", "install", "run", "list", "test", "vet", "clean", "env", "tool", "generate", "mod download"),
        *("mod graph", "mod verify", "mod why", "mod vendor", "work sync", "work vendor", "work use", "work edit"),
    )
)
"""Commands that look for go.work (those that call InitWorkfile)."""
MAIN_ONLY: Final = "command-line-arguments"
"""The main module where there is none."""


class State:
    """modload.State, for one main module or none."""

    def __init__(self, process: Process, newest: Callable[[State, str], str]) -> None:
        """Find the main module (modload.Init); ``newest`` queries the latest version of a path."""
        self._newest = newest
        self.process = process
        self.fetcher = Fetcher(process)
        self.around = find_root(process, process.cwd)
        self.work = find_work(process) if process.command in _WORKSPACE else ""
        self.work_go = self.work_toolchain = ""
        self.root = posixpath.dirname(self.work) or self.around
        self.main = MAIN_ONLY
        self.mains: dict[str, str] = {MAIN_ONLY: ""}
        self.summary: Summary | None = None
        self.summaries: dict[str, Summary] = {}
        self.text = ""
        self.allow_missing = False
        self.explicit_write = False
        self.requirements: Requirements | None = None
        self.once = Once()

    def forget_root(self) -> None:
        """RootMode NoRoot: the main module is ignored."""
        self.root = self.work = ""

    def fresh(self) -> State:
        """modload.NewState: nothing loaded yet; what the process as a whole remembers stays."""
        made = State(self.process, self._newest)
        made.once = self.once
        made.fetcher.database = self.fetcher.database
        return made

    def is_main(self, path: str) -> bool:
        """MainModuleSet.Contains."""
        return path in self.mains

    @property
    def no_modules(self) -> str:
        """modload.noMainModulesError."""
        if self.work:
            return "no modules were found in the current workspace; see 'go help work'"
        return "go.mod file not found in current directory or any parent directory; see 'go help modules'"

    def set_build_mod(self) -> None:
        """modload.setDefaultBuildMod."""
        process = self.process
        if process.mod_explicit:
            if self.work and process.build_mod not in {"readonly", "vendor"}:
                process.fatal(
                    f'go: -mod may only be set to readonly or vendor when in workspace mode, but it is set to "{process.build_mod}"'
                    "\n\tRemove the -mod flag to use the default readonly value, "
                    "\n\tor set GOWORK=off to disable workspace mode."
                )
            return
        if process.command in {
            "get",
            "mod download",
            "mod tidy",
            "mod graph",
            "mod verify",
            "mod why",
            "mod init",
            "work sync",
        }:
            process.build_mod = "mod"
        elif process.command in {"mod vendor", "work vendor"}:
            process.build_mod = "readonly"
        elif not self.root:
            process.build_mod = "mod" if self.allow_missing else "readonly"
        else:
            process.build_mod = "readonly"
            go = self.work_go or (self.summary.go if self.summary else "")
            name = "go.work" if self.work else "go.mod"
            if process.machine.is_dir(f"{self.root}/vendor"):
                if not go:
                    process.mod_reason = f"Go version in {name} is unspecified, so vendor directory was not used."
                elif semver.compare("go", go, "1.14") < 0:
                    process.mod_reason = f"Go version in {name} is {go}, so vendor directory was not used."
                elif self._vendored_workspace() != bool(self.work):
                    process.mod_reason = (
                        "In workspace mode, but vendor directory is not for a workspace"
                        if self.work
                        else "Outside workspace mode, but vendor directory is for a workspace."
                    )
                else:
                    process.build_mod = "vendor"
                    process.mod_reason = f"Go version in {name} is at least 1.14 and vendor directory exists."

    def _vendored_workspace(self) -> bool:
        """modload.modulesTextIsForWorkspace."""
        text = self.process.machine.text(f"{self.root}/vendor/modules.txt") or ""
        head = text.partition("\n")[0]
        return head.startswith("## ") and "workspace" in [w.strip() for w in head[3:].split(";")]

    @property
    def must_have_sums(self) -> bool:
        """modload.mustHaveSums."""
        return bool(self.root) and self.process.build_mod == "readonly" and not self.work

    def replacement(self, mod: Mod) -> Mod | None:
        """modload.Replacement."""
        replaces = self.summary.replaces if self.summary else {}
        if not mod.version and self.is_main(mod.path):
            return None
        return replaces.get(mod) or replaces.get(Mod(mod.path, ""))

    def replaced_folder(self, to: Mod) -> str:
        """The folder of a local replacement."""
        return to.path if posixpath.isabs(to.path) else join(self.root, to.path)

    def summary_of(self, mod: Mod) -> Summary:
        """modload.goModSummary: what a dependency requires, go.sum permitting.

        Raises:
            GoError: it cannot be had or read, or declares another path.
        """
        if mod.path in semver.TOOLCHAINS:
            return self.raw_summary(mod)
        actual = self.replacement(mod) or mod
        if self.must_have_sums and actual.version and not self.fetcher.sums.have(actual.sum_key):
            hint = f" for go.mod file; to add it:\n\tgo mod download {mod.path}"
            raise version_error(actual, SumMissingError(hint))
        found = self.raw_summary(actual)
        if actual.version:
            if not found.path:
                raise version_error(actual, GoError("parsing go.mod: missing module line"))
            if found.path not in {mod.path, actual.path}:
                raise version_error(
                    actual,
                    GoError(
                        f"parsing go.mod:\n\tmodule declares its path as: {found.path}\n"
                        f"\t        but was required as: {mod.path}"
                    ),
                )
        return found

    def required_of(self, mod: Mod) -> list[Mod]:
        """What a dependency requires, without what the main module excludes."""
        excludes = self.summary.excludes if self.summary else frozenset()
        return [r for r in self.summary_of(mod).requires if r not in excludes]

    def raw_summary(self, mod: Mod) -> Summary:
        """modload.rawGoModSummary."""
        return self.once.do(("summary", mod), lambda: self._raw_summary(mod))

    def _raw_summary(self, mod: Mod) -> Summary:
        if mod.path in semver.TOOLCHAINS:
            tool = mod.path == "go" and semver.compare("go", mod.version, "1.21") >= 0
            requires = (Mod("toolchain", f"go{mod.version}"),) if tool else ()
            return Summary(mod.path, "1.21", "", requires, frozenset(), (), "")
        if not mod.version and mod.path in self.summaries:
            return self.summaries[mod.path]
        if not mod.version:
            name = join(self.replaced_folder(mod), "go.mod")
            text = self.process.machine.text(name)
            if text is None:
                raise version_error(mod, GoError(f"reading {self.process.short(name)}: open {name}: no such file or directory"))
        else:
            if not semver.is_valid(mod.path, mod.version):
                self.process.fatal(f"go: internal error: {mod}: unexpected invalid semantic version")
            text = self.fetcher.go_mod(mod)
        try:
            found = gomod.summarize(text)
        except GoError as error:
            raise version_error(mod, error) from None
        if found.go and self.process.needs_newer(found.go):
            raise self.process.too_new(f"module {mod}", found.go)
        return found

    def check_excluded(self, mod: Mod) -> None:
        """modload.CheckExclusions."""
        if self.summary is not None and mod in self.summary.excludes:
            raise version_error(mod, DisallowedError("excluded by go.mod"))

    def check_allowed(self, mod: Mod) -> None:
        """modload.CheckAllowed: neither excluded nor retracted."""
        self.check_excluded(mod)
        self.check_retracted(mod)

    def check_retracted(self, mod: Mod) -> None:
        """modload.CheckRetractions.

        Raises:
            GoError: it is retracted, or the retractions cannot be read.
        """
        if not mod.version or self.replacement(Mod(mod.path, "")):
            return
        try:
            retracts = self.latest_summary(mod.path).retracts
        except GoError as error:
            wrapped = find(error, ModuleError)
            inner = wrapped.inner if wrapped is not None and wrapped.inner is not None else error
            raise GoError(f"loading module retractions for {mod}: {inner}", inner=inner) from None
        for low, high, why in retracts:
            if semver.compare(mod.path, low, mod.version) <= 0 <= semver.compare(mod.path, high, mod.version):
                raise version_error(mod, RetractedError(why))

    def deprecation(self, mod: Mod) -> str:
        """modload.CheckDeprecation.

        Raises:
            GoError: the newest go.mod cannot be read.
        """
        if not mod.version or self.replacement(Mod(mod.path, "")):
            return ""
        try:
            return self.latest_summary(mod.path).deprecated
        except GoError as error:
            raise GoError(f"loading deprecation for {mod.path}: {error}", inner=error) from None

    def latest_summary(self, path: str) -> Summary:
        """The go.mod of the newest version, which speaks for all of them (queryLatestVersionIgnoringRetractions)."""
        newest = self.once.do(("latest", path), lambda: Mod(path, self._newest(self, path)))
        actual = self.replacement(newest) or newest
        try:
            return self.raw_summary(actual)
        except GoError as error:
            if find(error, TooNewError) is None:
                raise
            return gomod.summarize(self.fetcher.go_mod(actual))

    @property
    def go(self) -> str:
        """The main module's language version."""
        if self.work_go:
            return self.work_go
        if self.summary is None:
            return self.process.machine.go
        return self.summary.go or gomod.DEFAULT_GO


def find_root(process: Process, folder: str) -> str:
    """modload.findModuleRoot."""
    while True:
        if f"{folder.rstrip('/')}/go.mod" in process.machine.files:
            return folder
        if folder in {"/", ""}:
            return ""
        folder = posixpath.dirname(folder)


def find_work(process: Process) -> str:
    """State.FindGoWork: the go.work file that counts; empty if there is none, or GOWORK is off."""
    chosen = process.env.get("GOWORK", "")
    if chosen == "off":
        return ""
    if chosen not in {"", "auto"}:
        if not posixpath.isabs(chosen):
            process.fatal("go: invalid GOWORK: not an absolute path")
        return chosen
    folder = process.cwd
    while folder not in {"/", ""}:
        if f"{folder.rstrip('/')}/go.work" in process.machine.files:
            return f"{folder.rstrip('/')}/go.work"
        folder = posixpath.dirname(folder)
    return ""
