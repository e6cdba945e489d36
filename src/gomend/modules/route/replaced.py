"""A repository whose module the main module replaces: the replaced versions exist even if nobody has them.

Source: cmd/go/internal/modload/query.go (replacementRepo), modfile.go (HighestReplaced).
"""

from __future__ import annotations

from typing import Final, Protocol

from gomend.golang import modpath, semver
from gomend.modules.route.errors import GoError, Mod
from gomend.modules.route.proxies import Info
from gomend.modules.route.state import State

OLDEST: Final = "00010101000000-000000000000"
"""The date and commit of a pseudo-version that is older than all others (module.ZeroPseudoVersion)."""


class Versioned(Protocol):
    """modload.versionRepo: what a query asks."""

    def versions(self, prefix: str) -> list[str]:
        """The listed versions."""
        ...

    def stat(self, rev: str) -> Info:
        """The .info of a revision."""
        ...

    def latest(self) -> Info:
        """The newest."""
        ...


class ReplacedRepo:
    """modload.replacementRepo."""

    def __init__(self, state: State, repo: Versioned, path: str) -> None:
        """``repo`` is what the proxy has."""
        self.state, self.repo, self.path = state, repo, path

    def _replaced(self) -> list[str]:
        replaces = self.state.summary.replaces if self.state.summary else {}
        return [mod.version for mod in replaces if mod.path == self.path]

    def versions(self, prefix: str) -> list[str]:
        """The listed versions and the replaced ones."""
        try:
            listed = self.repo.versions(prefix)
        except GoError as error:
            if not error.missing:
                raise
            listed = []
        more = {v for v in self._replaced() if v and v.startswith(prefix) and not semver.is_pseudo(v)}
        return sorted({*listed, *more}, key=lambda v: semver.key(self.path, v)) if more - set(listed) else listed

    def stat(self, rev: str) -> Info:
        """The .info of a revision; a replaced version needs none."""
        try:
            return self.repo.stat(rev)
        except GoError:
            if semver.canonical(rev) != rev or self.state.replacement(Mod(self.path, rev)) is None:
                raise
            return Info(Version=rev)

    def latest(self) -> Info:
        """The newest, or the highest replaced version if that is higher."""
        failed: GoError | None = None
        info = Info()
        try:
            info = self.repo.latest()
        except GoError as error:
            failed = error
        highest = max(self._replaced(), key=lambda v: semver.key(self.path, v))
        if not highest:
            major = modpath.split_major(self.path)[1]
            highest = f"v{major or 0}.0.0-{OLDEST}"
        if failed is not None or semver.compare(self.path, highest, info.version) > 0:
            return Info(Version=highest)
        return info
