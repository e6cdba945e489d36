"""The vendor folder of this project: what go would make, and the proof of what is there."""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import msgspec

from gomend.apps.caching import Cache
from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.golang import modfile
from gomend.model.redact import redact
from gomend.model.text import text
from gomend.modules.vendor import compare, listing, tree
from gomend.modules.vendor.listing import Project
from gomend.modules.vendor.prove import Fresh, Report, prove
from gomend.ports.doors import Doors, real_doors
from gomend.ports.processes import OFFLINE_GO, Cmd, Done

_NO_GO: Final = text("cli.vendor.no-go", "go cannot be asked about this project: {reason}")
_NO_PROJECT: Final = text("cli.vendor.no-project", "{path} has no go.mod or go.work, nor has a folder above it.")
_NO_VENDOR: Final = text("cli.vendor.none", "{path} has no vendor folder; gomend mod vendor sync --yes makes one.")
_BAD_MOD: Final = text("cli.vendor.bad-mod", "{path}: {problem}")
_TIME: Final = 900.0
_SHOWN: Final = 1 << 20
"""Bytes of a file whose differences are shown at most."""


class Vendoring:
    """A project with its vendor folder."""

    def __init__(self, folder: str | None, *, download: bool) -> None:
        """Ask go which project this is.

        Raises:
            Problem: it is none, or go cannot be asked.
        """
        self.doors: Doors = real_doors()
        self.download = download
        start = os.path.abspath(folder or ".")
        env = self._environment(start)
        self.project = self._project(start, env)
        self.modcache = env["GOMODCACHE"]

    def _environment(self, start: str) -> dict[str, str]:
        if not os.path.isdir(start):
            raise base.Problem(_NO_PROJECT, path=start)
        argv = ("go", "env", "-json", "GOMOD", "GOWORK", "GOMODCACHE")
        done = run_async(lambda: self.doors.runner.run(Cmd(argv=argv, cwd=start)))
        try:
            found: dict[str, str] = json.loads(done.stdout)
        except ValueError:
            raise base.Problem(_NO_GO, reason=redact((done.stderr or done.problem).strip())) from None
        return found

    def _project(self, start: str, env: dict[str, str]) -> Project:
        """The workspace if it has a vendor folder or the module has none, else the module."""
        mod = "" if env["GOMOD"] == os.devnull else env["GOMOD"]
        work = "" if env["GOWORK"] == "off" else env["GOWORK"]
        if work and mod and not os.path.isdir(_beside(work)) and os.path.isdir(_beside(mod)):
            work = ""
        if work:
            file = _read(work, work=True)
            root = os.path.dirname(work)
            folders = [os.path.normpath(os.path.join(root, use.value)) for use in file.uses]
            return Project(root=root, mods=tuple((f, _read(f"{f}/go.mod")) for f in folders), work=file)
        if not mod:
            raise base.Problem(_NO_PROJECT, path=start)
        return Project(root=os.path.dirname(mod), mods=((os.path.dirname(mod), _read(mod)),))

    def prove(self, *, fresh: Fresh | None = None) -> tuple[Report, float]:
        """Prove the vendor folder; answers the report and how long it took, in seconds.

        Raises:
            Problem: there is no vendor folder or no module cache.
        """
        started = time.monotonic()
        if not os.path.isdir(self.project.vendor):
            raise base.Problem(_NO_VENDOR, path=self.project.root)
        if fresh is None:
            with tempfile.TemporaryDirectory(prefix="gomend-vendor-") as work:
                fresh = self.make(work)[0]
        return self.judge(self.project, fresh), time.monotonic() - started

    def judge(self, project: Project, fresh: Fresh) -> Report:
        """Prove ``project.vendor`` as it is now."""
        cache = self._cache()
        there = tree.look(project.vendor)
        return prove(project, _text(f"{project.vendor}/modules.txt"), there, cache.root, cache.records, fresh)

    def _cache(self) -> Cache:
        cache = Cache(self.project.root, everything=False, doors=self.doors)
        cache.manifest.load()
        cache.read_databases()
        return cache

    def make(self, work: str) -> tuple[Fresh, str]:
        """Have the real go make the folder ``work/vendor``; answers it and what go would change in go.mod (empty: nothing).

        go.mod and go.sum are copies, so that the project stays as it is; in a workspace go.work.sum is put back.
        """
        if self.download and self.project.vendor:
            self._fetch(work)
        target = f"{work}/vendor"
        wanted = ""
        if self.project.work is not None:
            with _kept(f"{self.project.root}/go.work.sum"):
                done = self.go(("work", "vendor", "-o", target), self.project.root, {})
        else:
            for name in ("go.mod", "go.sum"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(f"{self.project.root}/{name}", f"{work}/{name}")
            before = _text(f"{work}/go.mod")
            done = self.go(("mod", "vendor", f"-modfile={work}/go.mod", "-o", target), self.project.root, {"GOWORK": "off"})
            after = _text(f"{work}/go.mod")
            wanted = "".join(
                difflib.unified_diff((before or "").splitlines(True), (after or "").splitlines(True), "go.mod", "go.mod")
            )
        if not done.ok:
            said = " ".join(line.strip() for line in done.stderr.splitlines() if line.strip()) or done.why
            return Fresh(problem=redact(said[:600])), wanted
        made = tree.look(target)
        return Fresh(text=_text(f"{target}/modules.txt") or "", files=frozenset(made.files)), wanted

    def _fetch(self, work: str) -> None:
        """Let go fetch, by the user's settings, the zips that the folder's list names and the cache lacks.

        It runs where no module is, so nothing of the project can change; what go fetches it checks with the database.
        """
        os.makedirs(self.modcache, exist_ok=True)
        listed = listing.read(_text(f"{self.project.vendor}/modules.txt") or "").modules
        wanted = {m.source for m in listed if m.packages and (m.to_version or not m.to)}
        from gomend.modules.cache import scan

        there = {(e.module, e.version) for e in scan.some(self.modcache, wanted).entries if "zip" in e.files}
        names = sorted(f"{path}@{version}" for path, version in wanted - there)
        empty = f"{work}/empty"
        os.makedirs(empty)
        for start in range(0, len(names), 200):
            argv = ("mod", "download", *names[start : start + 200])
            done = self.go(argv, empty, {"GOWORK": "off"})
            if not done.ok:
                base.note(redact(done.why))

    def go(self, words: tuple[str, ...], folder: str, env: dict[str, str]) -> Done:
        """Run go without the network, or with the user's settings if it may download."""
        offline = {} if self.download else {name: value for name, value in OFFLINE_GO.items() if name != "GOTOOLCHAIN"}
        # GOFLAGS may say -mod=vendor or name another go.mod; neither is for making the folder.
        cmd = Cmd(argv=("go", *words), cwd=folder, env={**offline, "GOFLAGS": "", "PWD": folder, **env}, timeout=_TIME)
        done: Done = run_async(lambda: self.doors.runner.run(cmd))
        return done


def differences(report: Report, project: Project) -> Iterator[str]:
    """A unified diff of every changed file: from the module's bytes to what stands in vendor."""
    for path, job in report.jobs.items():
        inner = os.path.relpath(f"{project.vendor}/{path}", job.vendored)
        yield from diff(compare.original(job, inner), f"{project.vendor}/{path}", job.prefix + inner, f"vendor/{path}")


def diff(old: bytes | None, path: str, old_name: str, new_name: str) -> Iterator[str]:
    """Lines of a unified diff from ``old`` to the file at ``path``; one line where it is no text or too long."""
    try:
        new = Path(path).read_bytes()
        short = old is not None and max(len(old), len(new)) <= _SHOWN
        before, after = (old.decode().splitlines(), new.decode().splitlines()) if old is not None and short else (None, None)
    except (OSError, UnicodeError):
        before = after = None
    if before is None or after is None:
        yield f"Binary or long files {old_name} and {new_name} differ"
        return
    lines = list(difflib.unified_diff(before, after, old_name, new_name, lineterm=""))
    yield from lines or [f"--- {old_name}", f"+++ {new_name}", "# only line ends differ"]


def with_folder(project: Project, folder: str) -> Project:
    """The same project with another vendor folder."""
    return msgspec.structs.replace(project, elsewhere=folder)


@contextlib.contextmanager
def _kept(path: str) -> Generator[None]:
    before = Path(path).read_bytes() if os.path.isfile(path) else None
    try:
        yield
    finally:
        now = Path(path).read_bytes() if os.path.isfile(path) else None
        if now != before and before is None:
            os.unlink(path)
        elif now != before and before is not None:
            from gomend.ports.files import write_whole

            write_whole(path, before)


def _read(path: str, *, work: bool = False) -> modfile.ModFile:
    raw = _text(path)
    if raw is None:
        raise base.Problem(_NO_PROJECT, path=os.path.dirname(path))
    found = modfile.parse(raw, work=work)
    if found.errors:
        line, problem = found.errors[0]
        raise base.Problem(_BAD_MOD, path=f"{path}:{line}", problem=problem)
    return found


def _text(path: str) -> str | None:
    try:
        return Path(path).read_bytes().decode("utf-8", "replace")
    except OSError:
        return None


def _beside(file: str) -> str:
    return f"{os.path.dirname(file)}/vendor"
