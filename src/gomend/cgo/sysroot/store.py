"""Downloads kept by their SHA-256, so that a file which several targets or releases share is fetched once.

apt's own helper fetches: mirrors, proxies and credentials are those of this system's apt. Source: ``apt-helper --help`` (``download-file``).
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Sequence
from typing import Final

import anyio

from gomend.cgo.sysroot import drafts
from gomend.cgo.sysroot.problem import SysrootProblem
from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.processes import Cmd

_HELPER: Final = "/usr/lib/apt/apt-helper"
_AT_ONCE: Final = 6
"""Connections. apt uses one for each server; small packages then mostly wait for answers."""


class Remote(Thing, frozen=True):
    """A file of a signed index. ``size`` in bytes."""

    uri: str
    file: str
    size: int
    sha256: str


class Store:
    """A folder of downloads."""

    def __init__(self, doors: Doors, folder: str, options: tuple[str, ...] = ()) -> None:
        """``options`` are apt's."""
        self.doors = doors
        self.folder = folder
        self.options = options

    def path(self, sha256: str, file: str) -> str:
        """Where a file is kept."""
        return f"{self.folder}/{sha256[:2]}/{sha256}-{file}"

    async def fetch(self, wanted: Sequence[Remote]) -> None:
        """Have all of these.

        Raises:
            SysrootProblem: one cannot be fetched, or is not what the index says.
        """
        lacking = {r.sha256: r for r in wanted if not os.path.exists(self.path(r.sha256, r.file))}
        if not lacking:
            return
        with drafts.draft(self.folder) as scratch:
            try:
                async with anyio.create_task_group() as tasks:
                    for group in _groups(list(lacking.values())):
                        tasks.start_soon(self._group, scratch, group)
            except BaseExceptionGroup as several:
                raise several.exceptions[0] from None

    async def _group(self, scratch: str, group: Sequence[Remote]) -> None:
        words = [w for r in group for w in (r.uri, f"{scratch}/{r.sha256}", f"SHA256:{r.sha256}")]
        done = await self.doors.runner.run(Cmd(argv=(_HELPER, *self.options, "-q", "download-file", *words), timeout=1800))
        if not done.ok:
            told = [
                line for line in done.stderr.splitlines() if line.startswith("E: Failed")
            ]  # the last line only says that it failed
            raise SysrootProblem("apt", reason=told[0] if told else done.why)
        for remote in group:
            await anyio.to_thread.run_sync(functools.partial(self._keep, f"{scratch}/{remote.sha256}", remote))

    def _keep(self, path: str, remote: Remote) -> None:
        actual = digest(path)
        if actual != remote.sha256:
            raise SysrootProblem("wrong-sum", package=remote.file, expected=remote.sha256, actual=actual)
        target = self.path(remote.sha256, remote.file)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(path, target)


def _groups(remotes: list[Remote]) -> list[list[Remote]]:
    """Groups of about the same number of bytes: the largest files first, each to the group that has least."""
    groups: list[list[Remote]] = [[] for _ in range(min(_AT_ONCE, len(remotes)))]
    for remote in sorted(remotes, key=lambda r: -r.size):
        min(groups, key=lambda g: sum(r.size + 50_000 for r in g)).append(remote)
    return groups


def digest(path: str) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
