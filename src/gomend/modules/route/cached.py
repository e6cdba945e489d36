"""A repository behind the memory of the process and the module cache. Source: modfetch/cache.go (cachingRepo)."""

from __future__ import annotations

import json
from typing import Protocol

from gomend.golang import semver
from gomend.modules.route.errors import GoError, Mod
from gomend.modules.route.once import Once
from gomend.modules.route.proxies import Info, Repo
from gomend.modules.route.served import Body


class Store(Protocol):
    """The module cache, and where repositories are looked up."""

    def look_up(self, proxy: str, path: str) -> Repo:
        """The repository that a proxy means for a path."""
        ...

    def disk_info(self, mod: Mod) -> Info | None:
        """A cached .info."""
        ...

    def disk_mod(self, mod: Mod) -> str | None:
        """A cached go.mod, checked."""
        ...

    def check_mod_text(self, mod: Mod, text: str) -> None:
        """Check a go.mod against the known sums."""
        ...

    def write(self, mod: Mod, suffix: str, body: Body) -> None:
        """Write a file of the cache."""
        ...


class CachedRepo:
    """modfetch.cachingRepo: a repository behind the memory of the process and the module cache."""

    def __init__(self, fetcher: Store, proxy: str, path: str) -> None:
        """The repository itself is looked up at the first need."""
        self.fetcher, self.proxy, self.path = fetcher, proxy, path
        self.once = Once()

    def _repo(self) -> Repo:
        return self.once.do("repo", lambda: self.fetcher.look_up(self.proxy, self.path))

    def versions(self, prefix: str) -> list[str]:
        """The list of versions."""
        return self.once.do(("versions", prefix), lambda: self._repo().versions(prefix))

    def stat(self, rev: str) -> Info:
        """The .info of a revision, from disk if it is there."""
        if self.path in semver.TOOLCHAINS:
            return self._repo().stat(rev)
        return self.once.do(("stat", rev), lambda: self._stat(rev))

    def _stat(self, rev: str) -> Info:
        known = self.fetcher.disk_info(Mod(self.path, rev))
        if known is not None:
            return known
        info = self._repo().stat(rev)
        if info.version != rev:
            self.once.do(("stat", info.version), lambda: info)
        self.fetcher.write(Mod(self.path, info.version), "info", json.dumps(info))
        return info

    def latest(self) -> Info:
        """``@latest``."""
        return self.once.do("latest", self._latest)

    def _latest(self) -> Info:
        info = self._repo().latest()
        self.once.do(("stat", info.version), lambda: info)
        mod = Mod(self.path, info.version)
        if self.fetcher.disk_info(mod) is None:
            self.fetcher.write(mod, "info", json.dumps(info))
        return info

    def go_mod(self, version: str) -> str:
        """The go.mod of a version, checked against go.sum and the checksum database."""
        return self.once.do(("mod", version), lambda: self._go_mod(version))

    def _go_mod(self, version: str) -> str:
        mod = Mod(self.path, version)
        try:
            known = self.fetcher.disk_mod(mod)
        except GoError:
            known = None
        if known is not None:
            return known
        text = self._repo().go_mod(version)
        self.fetcher.check_mod_text(mod, text)
        self.fetcher.write(mod, "mod", text)
        return text

    def zip(self, version: str) -> Body:
        """The zip."""
        return self._repo().zip(version)
