"""Version queries: latest, upgrade, patch, ranges, prefixes, revisions.

Source: cmd/go/internal/modload/query.go (queryProxy, newQueryMatcher, filterVersions).
"""

from __future__ import annotations

from collections.abc import Callable

from gomend.golang import semver
from gomend.modules.route.cached import CachedRepo
from gomend.modules.route.errors import (
    DisallowedError,
    GoError,
    InvalidPathError,
    Mod,
    NoMatchingVersionError,
    NoPatchBaseError,
    find,
)
from gomend.modules.route.process import Process
from gomend.modules.route.proxies import Info, try_proxies
from gomend.modules.route.replaced import ReplacedRepo, Versioned
from gomend.modules.route.state import Allowed, State


def begin(process: Process) -> State:
    """The state of a process that can look up latest versions."""
    return State(process, lambda state, path: query(state, path, "latest", "", None).version)


def query(state: State, path: str, wanted: str, current: str, allowed: Allowed | None) -> Info:
    """modload.Query."""
    return try_proxies(state.process, lambda proxy: query_at(state, proxy, path, wanted, current, allowed))


def is_revision(path: str, wanted: str) -> bool:
    """modload.IsRevisionQuery."""
    if wanted in {"latest", "upgrade", "patch"} or wanted.startswith(("<", ">")):
        return False
    return not (semver.is_valid(path, wanted) and semver.is_prefix(path, wanted))


def _anything(mod: Mod) -> None:
    """Every version is allowed."""


def permits(allowed: Allowed, mod: Mod) -> bool:
    """Whether a version is not disallowed; what cannot be told counts as allowed."""
    try:
        allowed(mod)
    except GoError as error:
        return find(error, DisallowedError) is None
    return True


class Matcher:
    """modload.queryMatcher."""

    def __init__(self, path: str, wanted: str, current: str, allowed: Allowed) -> None:
        """Read the query.

        Raises:
            GoError: it is no good query.
        """
        self.path, self.allowed = path, allowed
        self.prefix = ""
        self.can_stat = self.lower = self.may_latest = self.revision = False
        self.incompatible = current.endswith("+incompatible")
        self.fits: Callable[[str], bool] = lambda _: True
        if wanted == "latest":
            self.may_latest = True
        elif wanted in {"upgrade", "patch"}:
            if current in {"", "none"}:
                if wanted == "patch":
                    raise NoPatchBaseError(path)
                self.may_latest = True
            else:
                self.may_latest = semver.is_pseudo(current)
                self.prefix = f"{semver.major_minor(current)}." if wanted == "patch" else ""
                self.fits = lambda v: semver.compare(path, v, current) >= 0
        elif wanted.startswith(("<", ">")):
            self._range(wanted)
        elif semver.is_valid(path, wanted):
            self.fits = lambda v: semver.compare(path, v, wanted) == 0
            if semver.is_prefix(path, wanted):
                self.prefix = f"{wanted}."
                self.fits = lambda v: semver.compare(path, v, wanted) >= 0
            else:
                self.can_stat = True
            self.incompatible = self.incompatible or not semver.fits_major(path, wanted)
        else:
            self.revision = True

    def _range(self, wanted: str) -> None:
        sign = wanted[:2] if wanted[1:2] == "=" else wanted[0]
        version = wanted[len(sign) :]
        if not semver.is_valid(self.path, version):
            raise GoError(f'invalid semantic version "{version}" in range "{wanted}"')
        if sign in {"<=", ">"} and semver.is_prefix(self.path, version):
            raise GoError(f'ambiguous semantic version "{version}" in range "{wanted}"')
        against = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0)}[sign]
        self.fits = lambda v: semver.compare(self.path, v, version) in against
        self.lower = sign.startswith(">")
        self.incompatible = self.incompatible or not semver.fits_major(self.path, version)

    def allows(self, version: str) -> bool:
        """queryMatcher.allowsVersion."""
        if self.prefix and not version.startswith(self.prefix):
            return False
        return self.fits(version) and permits(self.allowed, Mod(self.path, version))

    def best(self, state: State, versions: list[str]) -> str:
        """The chosen release, else pre-release, else nothing (filterVersions)."""
        kept: list[str] = []
        compatible = ""
        wants_all = self.incompatible
        for version in versions:
            if not self.allows(version):
                continue
            if not wants_all:
                if not version.endswith("+incompatible"):
                    compatible = version
                elif compatible:
                    text = state.fetcher.go_mod(Mod(self.path, compatible))
                    if text != f"module {self.path}\n":
                        break
                    wants_all = True
            kept.append(version)
        releases = [v for v in kept if not semver.prerelease(v)]
        pool = releases or kept
        if not pool:
            return ""
        return pool[0] if self.lower else pool[-1]


def repo_of(state: State, proxy: str, path: str) -> Versioned:
    """modload.lookupRepo."""
    repo = _plain_repo(state, proxy, path)
    replaces = state.summary.replaces if state.summary else {}
    return ReplacedRepo(state, repo, path) if any(mod.path == path for mod in replaces) else repo


def _plain_repo(state: State, proxy: str, path: str) -> CachedRepo:
    if path not in semver.TOOLCHAINS and (problem := semver.path_problem(path)):
        raise InvalidPathError(problem)
    return state.fetcher.repo(proxy, path)


def versions(state: State, path: str, allowed: Allowed) -> tuple[str, ...]:
    """modload.versions: the listed versions that are allowed.

    Raises:
        GoError: the list, or whether a version is retracted, cannot be had.
    """

    def ask(proxy: str) -> tuple[str, ...]:
        kept: list[str] = []
        for version in repo_of(state, proxy, path).versions(""):
            try:
                allowed(Mod(path, version))
            except GoError as error:
                if find(error, DisallowedError) is None:
                    raise
                continue
            kept.append(version)
        return tuple(kept)

    return try_proxies(state.process, ask)


def query_at(state: State, proxy: str, path: str, wanted: str, current: str, permitted: Allowed | None) -> Info:
    """modload.queryProxy: one query at one proxy."""
    allowed = permitted or _anything
    process = state.process
    if process.build_mod == "vendor":
        reason = f"\n\t({process.mod_reason})" if process.mod_reason else ""
        raise GoError(f"cannot query module due to -mod=vendor{reason}")
    if state.is_main(path) and wanted in {"upgrade", "patch"}:
        return Info(Version="")
    if path in {"std", "cmd"}:
        raise GoError(f'can\'t query specific version ("{wanted}") of standard-library module "{path}"')
    if current not in {"", "none"} and not semver.is_valid(path, current):
        raise GoError(f"invalid previous version {path}@{current}")
    repo = repo_of(state, proxy, path)
    matcher = Matcher(path, wanted, current, allowed)
    if matcher.can_stat or matcher.revision:
        return _revision(repo, path, wanted, allowed)
    version = matcher.best(state, repo.versions(matcher.prefix))
    if version:
        return _checked(repo, path, wanted, current, version, allowed)
    if matcher.may_latest:
        try:
            latest = repo.latest()
        except GoError as error:
            if not error.missing:
                raise
        else:
            if matcher.allows(latest.version):
                return _checked(repo, path, wanted, current, latest.version, allowed)
    if wanted in {"upgrade", "patch"} and current not in {"", "none"}:
        _refuse(allowed, Mod(path, current))
        return repo.stat(current)
    raise NoMatchingVersionError(wanted, current)


def _refuse(allowed: Allowed, mod: Mod) -> None:
    try:
        allowed(mod)
    except GoError as error:
        if find(error, DisallowedError) is not None:
            raise


def _revision(repo: Versioned, path: str, wanted: str, allowed: Allowed) -> Info:
    try:
        info = repo.stat(wanted)
    except GoError as error:
        plain = semver.canonical(wanted)
        if not plain or plain == wanted:
            raise
        try:
            info = repo.stat(plain)
        except GoError as second:
            raise (error if second.missing else second) from None
    _refuse(allowed, Mod(path, info.version))
    return info


def _checked(repo: Versioned, path: str, wanted: str, current: str, version: str, allowed: Allowed) -> Info:
    info = repo.stat(version)
    time = "".join(c for c in info.get("Time", "") if c.isdigit())[:14]
    known = semver.pseudo_time(current)
    if wanted in {"upgrade", "patch"} and known and time and time < known:
        _refuse(allowed, Mod(path, current))
        return repo.stat(current)
    return info
