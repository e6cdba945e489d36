"""The module cache of this machine: go's settings, what is recorded, and the whole verification."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.golang import modfile, verifier
from gomend.model.redact import redact
from gomend.model.text import text
from gomend.modules.cache import scan as scanning
from gomend.modules.cache import security
from gomend.modules.cache import verify as verifying
from gomend.modules.cache.kinds import Damage
from gomend.modules.cache.manifest import Manifest
from gomend.modules.cache.records import Records
from gomend.modules.cache.scan import Scan
from gomend.modules.cache.security import Reading
from gomend.modules.cache.verify import Place, Report
from gomend.ports.doors import Doors, real_doors
from gomend.ports.processes import Cmd
from gomend.ports.state import state_folder

_NO_GO: Final = text("cli.cache.no-go", "go cannot be asked where its module cache is: {reason}")
_NO_CACHE: Final = text("cli.cache.none", "There is no module cache at {path}.")
_NO_PROJECT: Final = text(
    "cli.cache.no-project", "{path} has no go.mod, nor has a folder above it; use --all for the whole cache."
)
_NOT_THERE: Final = text("cli.cache.not-there", "The module cache has nothing of {module}.")
_READING: Final = text("cli.cache.reading", "reading zips")
_NAMES: Final = ("GOMODCACHE", "GOCACHE", "GOSUMDB", "GOPATH", "GOROOT", "GOVERSION", "GOWORK", "GOFLAGS")


class Cache:
    """The cache that go uses here, with everything that says what should be in it."""

    def __init__(self, folder: str | None, *, everything: bool, doors: Doors | None = None) -> None:
        """Ask go where the cache is; read the project's records.

        ``folder`` is the project (None: where we are, if that is one). With ``everything`` the whole cache is meant.

        Raises:
            Problem: go cannot be asked, there is no cache, or no project where one is named.
        """
        self.doors = doors or real_doors()
        self.project = self._project(folder, everything=everything)
        self.env = self._environment()
        self.everything = everything or self.project is None
        self.root = self.env["GOMODCACHE"]
        if not os.path.isdir(self.root):
            raise base.Problem(_NO_CACHE, path=self.root or "GOMODCACHE")
        self.state = state_folder(self.doors.environ.variables, self.doors.environ.home)
        self.manifest = Manifest(self.state, self.root)
        self.place = Place(root=self.root, gocache=_or_empty(self.env["GOCACHE"]), go=self.env["GOVERSION"])
        self.records = Records()
        for path in self.sum_files():
            self.records.go_sum(path)

    def _project(self, folder: str | None, *, everything: bool) -> str | None:
        start = os.path.abspath(folder or ".")
        at = start
        while not os.path.isfile(f"{at}/go.mod") and not os.path.isfile(f"{at}/go.work"):
            above = os.path.dirname(at)
            if above == at:
                if folder is not None and not everything:
                    raise base.Problem(_NO_PROJECT, path=folder)
                return None
            at = above
        return at

    def _environment(self) -> dict[str, str]:
        argv = ("go", "env", "-json", *_NAMES)
        done = run_async(lambda: self.doors.runner.run(Cmd(argv=argv, cwd=self.project or ".")))
        try:
            found: dict[str, str] = json.loads(done.stdout)
        except ValueError:
            raise base.Problem(_NO_GO, reason=(done.stderr or done.problem).strip()) from None
        return {name: found.get(name, "") for name in _NAMES}

    def sum_files(self) -> list[str]:
        """The go.sum files of the project, or of all modules of its workspace."""
        if self.project is None:
            return []
        work = _or_empty(self.env["GOWORK"])
        folders = [self.project]
        if work:
            uses = modfile.parse(Path(work).read_text(encoding="utf-8", errors="replace"), work=True).uses
            folders = [os.path.normpath(os.path.join(os.path.dirname(work), u.value)) for u in uses]
        paths = [f"{f}/go.sum" for f in folders] + ([f"{work}.sum"] if work else [])
        return [path for path in paths if os.path.isfile(path)]

    def databases(self) -> dict[str, str]:
        """Names and keys of the checksum databases that may have answered: the one set, and those that go knows."""
        found = verifier.known_keys(self.env["GOROOT"])
        word = (self.env["GOSUMDB"].split() or [""])[0]
        if "+" in word and not verifier.key_problem(word):
            found[word.partition("+")[0]] = word
        return found

    def read_databases(self, wanted: Scan | None = None) -> None:
        """Take over the cached answers of the checksum databases; only those about ``wanted`` if given."""
        home = self.env["GOPATH"].split(os.pathsep)[0]
        for name, key in self.databases().items():
            if os.path.isdir(f"{self.root}/cache/download/sumdb/{name}"):
                latest = f"{home}/pkg/sumdb/{name}/latest"
                self.records.checksum_database(
                    self.root, key, latest, self.manifest.answers, None if wanted is None else wanted.entries
                )

    def scan(self, modules: tuple[str, ...] = ()) -> Scan:
        """What to look at: the whole cache, or what the project's go.sum files name; only some modules if named.

        Raises:
            Problem: a named module is not in the cache.
        """
        if self.everything:
            found = scanning.whole(self.root)
        else:
            pairs = (key.split(" ") for key in self.records.known)
            found = scanning.some(self.root, ((path, version.removesuffix("/go.mod")) for path, version in pairs))
        if not modules:
            return found
        wanted = dict.fromkeys(modules, False)
        kept = []
        for entry in found.entries:
            for name in (entry.name, entry.module):
                if name in wanted:
                    wanted[name] = True
                    kept.append(entry)
        if missing := next((m for m, seen in wanted.items() if not seen), None):
            raise base.Problem(_NOT_THERE, module=missing)
        return Scan(root=found.root, entries=tuple(kept))

    def readings(self, report: Report) -> dict[str, Reading]:
        """Who stands alone where go.sum, the checksum database and the bits here disagree, by ``path@version``."""
        told: dict[tuple[str, str], list[Damage]] = {}
        for damage in report.damages:
            if damage.version:
                told.setdefault((damage.module, damage.version), []).append(damage)
        entries = scanning.some(self.root, [key for key, found in told.items() if any(d.expected for d in found)]).entries
        found = ((e.name, security.of(e, self.records, told[e.module, e.version])) for e in entries)
        return {name: reading for name, reading in found if reading is not None}

    async def _repositories(self) -> list[Damage]:
        """Repositories below ``cache/vcs`` that git finds damaged (cmd/go, codehost/git.go keeps one bare clone a URL)."""
        home = f"{self.root}/cache/vcs"
        found: list[Damage] = []
        for name in sorted(os.listdir(home)) if os.path.isdir(home) else ():
            folder = f"{home}/{name}"
            if not os.path.isfile(f"{folder}/HEAD"):
                continue
            argv = ("git", f"--git-dir={folder}", "fsck", "--no-dangling", "--no-progress")
            done = await self.doors.runner.run(Cmd(argv=argv, timeout=600))
            if not done.ok:
                lines = f"{done.stdout}\n{done.stderr}\n{done.problem}".split("\n")
                detail = next((line for line in lines if line.strip()), "")
                found.append(Damage(module="", version="", what="vcs-damaged", paths=(folder,), detail=redact(detail)))
        return found

    def verify(self, modules: tuple[str, ...], *, full: bool, quiet: bool) -> tuple[Report, float]:
        """Verify; answers the report and how long it took, in seconds."""
        started = time.monotonic()
        self.manifest.load()
        if full:
            self.manifest.answers.clear()
        scan = self.scan(modules)
        self.read_databases(None if self.everything and not modules else scan)
        with _Bar(enabled=not quiet and base.is_terminal(sys.stderr)) as bar:
            report = verifying.verify(scan, self.records, self.place, self.manifest, full=full, progress=bar.move)
        if full and self.everything and not modules:
            damaged = run_async(self._repositories)
            report = msgspec.structs.replace(report, damages=(*report.damages, *damaged))
        try:
            self.manifest.save()
        except OSError as error:
            base.note(f"{error.filename}: {error.strerror}")
        return report, time.monotonic() - started


class _Bar:
    """A bar with rate and time left on a terminal's standard error; nothing elsewhere."""

    def __init__(self, *, enabled: bool) -> None:
        self.move: Callable[[int, int], None] | None = None
        self._bar: Any = None
        if enabled:
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(base.translator()(_READING), total=None)
            self.move = self._move

    def _move(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def _or_empty(value: str) -> str:
    return "" if value == "off" else value
