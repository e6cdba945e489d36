"""Git as an upstream: it answers for the modules that its rules name, and has nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from typing import Final, NamedTuple

from gomend.golang import patterns
from gomend.ports.processes import Runner
from gomend.proxy import asks
from gomend.proxy.asks import Kind
from gomend.proxy.git.finding import Finder
from gomend.proxy.git.modules import Info, Module
from gomend.proxy.git.repo import Repo
from gomend.proxy.health import Health
from gomend.proxy.outcomes import AbsentError
from gomend.proxy.sink import Sink

_PIECE: Final = 1 << 18


class Rule(NamedTuple):
    """Modules that match ``pattern`` (as in GOPRIVATE) lie in repositories at ``url``.

    ``{root}`` in it is the import path of the repository, ``{path}`` that without the host. The repository's import path has as many
    elements as the pattern, or ends at an element that ends in ``.git``.
    """

    pattern: str
    url: str


class Git:
    """An upstream over git. ``folder`` keeps the mirrors."""

    def __init__(
        self,
        runner: Runner,
        folder: str,
        rules: tuple[Rule, ...],
        direct: str = "",
        finder: Finder | None = None,
        *,
        fresh: float = 60.0,
    ) -> None:
        """``fresh`` are the seconds that a mirror is good for; ``finder`` finds the repositories of modules that match ``direct``."""
        self._runner = runner
        self._folder = folder
        self._rules = rules
        self._direct = direct
        self._finder = finder
        self._fresh = fresh
        self._repos: dict[str, Repo] = {}
        self.name = "git"
        self.health = Health()
        self.strict = False

    def serves(self, path: str) -> bool:
        """Whether a module is asked for here, and nowhere else."""
        return self._located(path) is not None or (self._finder is not None and patterns.matches(self._direct, path))

    def _located(self, path: str) -> tuple[str, str] | None:
        """The import path of a module's repository, and its URL; None if no rule names it."""
        for rule in self._rules:
            if not patterns.matches(rule.pattern, path):
                continue
            elements = path.split("/")
            marked = next((i + 1 for i, e in enumerate(elements) if e.endswith(".git")), 0)
            count = marked or rule.pattern.rstrip("/").count("/") + 1
            root = "/".join(elements[:count])
            return root, rule.url.replace("{root}", root).replace("{path}", root.partition("/")[2])
        return None

    async def _module(self, path: str) -> Module:
        found = self._located(path)
        options: tuple[str, ...] = ()
        if found is None and self._finder is not None and patterns.matches(self._direct, path):
            lies = await self._finder.find(path)
            found, options = (lies.root, lies.url), lies.options
        if found is None:
            raise AbsentError(f"no git repository is set for {path}")
        root, url = found
        repo = self._repos.get(url)
        if repo is None:
            home = os.path.join(self._folder, hashlib.sha256(url.encode()).hexdigest()[:24])
            repo = self._repos[url] = Repo(self._runner, home, url, fresh=self._fresh)
        repo.options = options
        return Module(repo, root, path)

    async def fetch(self, place: str, sink: Sink, begun: Callable[[], None]) -> None:
        """Make the file at ``place``."""
        ask = asks.parse(f"/{place}")
        if ask.kind is Kind.SUMDB:
            raise AbsentError("git is no checksum database")
        module = await self._module(ask.module)
        await module.repo.update()
        try:
            await self._made(module, ask.kind, ask.version, sink, begun)
        except AbsentError:
            if ask.kind in {Kind.LIST, Kind.LATEST}:
                raise
            await module.repo.update(now=True)  # it may have been pushed a moment ago
            sink.restart()
            await self._made(module, ask.kind, ask.version, sink, begun)

    async def _made(self, module: Module, kind: Kind, version: str, sink: Sink, begun: Callable[[], None]) -> None:
        if kind is Kind.LIST:
            found = await module.versions()
            begun()
            sink.write("".join(f"{v}\n" for v in found).encode())
        elif kind in {Kind.LATEST, Kind.INFO, Kind.QUERY}:
            info = await (module.latest() if kind is Kind.LATEST else module.info(version))
            begun()
            sink.write(_told(info))
        elif kind is Kind.MOD:
            content = await module.mod(version)
            begun()
            sink.write(content)
        else:
            with tempfile.TemporaryDirectory(prefix="gomend-zip-") as folder:
                await module.zip(version, f"{folder}/out.zip")
                begun()
                with open(f"{folder}/out.zip", "rb") as file:  # noqa: ASYNC230 - a file of our own, on this disk
                    while piece := file.read(_PIECE):
                        sink.write(piece)


def _told(info: Info) -> bytes:
    return json.dumps({"Version": info.version, "Time": info.time}, separators=(",", ":")).encode()
