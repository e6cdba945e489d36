"""What ``gomend mod cache mend`` does: verify → units → go fetches into a cache of its own → verify → swap → verify again.

Nothing in the real cache is touched before its replacement is there and proved; a fetch that fails changes nothing.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import msgspec

from gomend.apps import fetching
from gomend.apps.caching import Cache
from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.apps.mendresults import DRY_RUN, FAILED, PROVED, REFUSED, ROLLED_BACK, Evidence, Item, Result
from gomend.apps.swapping import Swap, SwapProblem
from gomend.model.redact import redact
from gomend.model.step import MovePath, Run, Step
from gomend.model.text import Said, say, text
from gomend.modules.cache import locks, mend, quarantine, security, tiles, usage, verify
from gomend.modules.cache import scan as scanning
from gomend.modules.cache.kinds import Damage
from gomend.modules.cache.mend import COMING, GOING, Unit, path_of
from gomend.modules.cache.quarantine import Staging
from gomend.modules.cache.scan import Entry
from gomend.modules.cache.verify import Report
from gomend.ports.processes import Cmd
from gomend.ports.state import StateProblem

_NOT_FETCHED: Final = text("cache.mend.not-fetched", "go could not fetch it, so nothing was changed: {reason}")
_STILL_WRONG: Final = text("cache.mend.still-wrong", "What go fetched is not good either ({what}), so nothing was changed.")
_BUSY: Final = text("cache.mend.busy", "A go command is working on it; try again when it ends ({path} is locked).")
_FAILED: Final = text("cache.mend.failed", "It could not be swapped; all is as it was: {reason}")
_CHANGED: Final = text("cache.mend.changed", "It changed while go was fetching; all is as it was. Try again.")
_BUILD_TIME: Final = 600.0
_FREE: Final = re.compile(r"no space left on device", re.IGNORECASE)


def run(folder: str | None, modules: tuple[str, ...], *, everything: bool, yes: bool, quiet: bool) -> Result:
    """Plan, and with ``yes`` mend and prove.

    Raises:
        Problem: bad input, or an interrupted plan waits for gomend recover.
    """
    cache = Cache(folder, everything=everything)
    report, _ = cache.verify(modules, full=False, quiet=quiet)
    units = _units(cache, report)
    items = [_planned(unit) for unit in units]
    if not yes or not items:
        return Result(report=report, items=tuple(items), dry_run=not yes)
    if any(u.refused and u.refused.id == mend.READ_ONLY.id for u in units):
        return Result(report=report, items=tuple(_all_refused(items)), dry_run=False)
    try:
        with quarantine.staging(cache.root) as staged:
            return _Mending(cache, modules, report, staged, quiet=quiet).mend(items)
    except OSError as error:
        reason = error.strerror or str(error)
        return Result(report=report, items=tuple(_end(i, say(_FAILED, reason=reason)) for i in items), dry_run=False)
    except StateProblem as problem:
        raise base.Problem(str(problem)) from None


def _units(cache: Cache, report: Report) -> tuple[Unit, ...]:
    named = [(d.module, d.version) for d in report.damages if d.version]
    entries = {(e.module, e.version): e for e in scanning.some(cache.root, named).entries}
    proofs = {p: _proof(cache, p) for d in report.damages if d.what == "sumdb-inconsistent" for p in d.paths}
    return mend.plan(report.damages, entries, cache.records, cache.place, proofs)


def _proof(cache: Cache, path: str) -> tuple[str, ...]:
    """The tiles that say that a cached answer is not in the tree."""
    key = cache.databases().get(os.path.basename(path.partition("/lookup/")[0]))
    return tiles.behind(path, key) if key else ()


def _planned(unit: Unit) -> Item:
    if unit.refused:
        wrong = unit.wrong
        return Item(
            unit=unit,
            outcome=REFUSED,
            reason=unit.refused,
            todo=wrong.todo if wrong else None,
            case=wrong.case if wrong else "",
        )
    paths = _paths(unit)
    return Item(unit=unit, outcome=DRY_RUN, size=usage.freed(paths, whole=True), paths=paths)


def _paths(unit: Unit) -> tuple[str, ...]:
    own = [path_of(unit.entry, s) for s in unit.take] if unit.entry else []
    return tuple(p for p in (*own, *unit.away) if os.path.lexists(p))


def _all_refused(items: list[Item]) -> Iterator[Item]:
    reason = next(i.unit.refused for i in items if i.unit.refused and i.unit.refused.id == mend.READ_ONLY.id)
    for item in items:
        yield item if item.outcome == REFUSED else Item(unit=item.unit, outcome=REFUSED, reason=reason)


def _end(item: Item, reason: Said, outcome: str = REFUSED) -> Item:
    return item if item.outcome == REFUSED else Item(unit=item.unit, outcome=outcome, reason=reason)


class _Mending:
    """One mend with ``yes``."""

    def __init__(self, cache: Cache, modules: tuple[str, ...], report: Report, staged: Staging, *, quiet: bool) -> None:
        self.cache = cache
        self.modules = modules
        self.report = report
        self.staged = staged
        self.quiet = quiet
        self.place = quarantine.new_place(cache.root)

    def mend(self, items: list[Item]) -> Result:
        """Fetch, swap, prove."""
        items = [self._refused_if_not_good(item, errors) for errors in [self._fetch(items)] for item in items]
        while True:
            steps = {item.unit.name: self._steps(item.unit) for item in items if item.outcome == DRY_RUN}
            every = [step for group in steps.values() for step in group]
            if not every:
                return Result(report=self.report, items=tuple(items), dry_run=False)
            with Swap(self.cache.doors, self.cache.state, self.cache.project or self.cache.root, every) as swap:
                done = [self._swap(swap, item, steps.get(item.unit.name, [])) for item in items]
                failed = next((i for i in done if i.outcome == FAILED), None)
                if failed:
                    # A plan is done whole or undone whole: once more without what could not be swapped.
                    swap.undo(self._locked)
                    items = [msgspec.structs.replace(failed, outcome=REFUSED) if i.unit is failed.unit else i for i in items]
                    continue
                return self._proved(swap, done)

    def _proved(self, swap: Swap, items: list[Item]) -> Result:
        """Verify again; everything goes back if that finds what was there before, or worse."""
        after = self._look()
        left = {_key(d) for d in after.damages}
        before = {_key(d) for d in self.report.damages}
        done = [item for item in items if item.outcome == PROVED]
        names = {i.unit.name for i in done}
        wrong = [i for i in done if any(_key(d) in left for d in i.unit.damages) or i.unit.name in after.busy]
        new = tuple(d for d in after.damages if _key(d) not in before)
        if wrong or any(d.name in names for d in new):
            swap.undo(self._locked)
            items = [_end(i, say(_CHANGED), ROLLED_BACK) for i in items]
            return Result(report=self.report, items=tuple(items), dry_run=False, journal=swap.name)
        swap.keep()
        return Result(
            report=self.report,
            items=tuple(items),
            dry_run=False,
            journal=swap.name if done else "",
            quarantine=self.place if os.path.isdir(self.place) else "",
            evidence=self._evidence(done),
            left=new,
        )

    def _fetch(self, items: list[Item]) -> dict[str, str]:
        """Have go make everything anew in the staging cache; answers what it said of versions that it could not."""
        units = [i.unit for i in items if i.outcome == DRY_RUN and i.unit.fetches and i.unit.entry]
        entries = [u.entry for u in units if u.entry]
        bad = [path for d in self.report.damages for path in d.paths]
        for unit in units:
            if unit.entry:
                mods = self.cache.records.of(unit.entry.module, f"{unit.entry.version}/go.mod")
                self.staged.seed(unit.entry, unit.take, {r.h1 for r in mods})
        if not entries:
            return {}
        self.staged.seed_database(entries, bad)
        return fetching.fetch(self.cache, self.staged, entries)

    def _refused_if_not_good(self, item: Item, errors: dict[str, str]) -> Item:
        """Verify what go made, as the damaged version was verified."""
        unit = item.unit
        if item.outcome == REFUSED or not unit.fetches or unit.entry is None:
            return item
        if error := errors.get(unit.name):
            proxy = fetching.delivered(error, unit.entry.version)
            reading = security.of(unit.entry, self.cache.records, unit.damages, proxy) if proxy else None
            if reading:
                return Item(unit=unit, outcome=REFUSED, reason=reading.meaning, todo=reading.todo, case=reading.case)
            if _FREE.search(error):
                return _end(item, say(mend.NO_SPACE, detail="no space left on device"))
            return _end(item, say(_NOT_FETCHED, reason=redact(_short(error))))
        made = self.staged.entry(unit.entry)
        needed = {s for s in unit.take if s not in {"partial", "lock"}}
        if made is None or not needed <= made.files | ({"dir"} if made.unpacked else set()):
            return _end(item, say(_NOT_FETCHED, reason="go mod download left nothing"))
        place = msgspec.structs.replace(self.cache.place, root=self.staged.folder, gocache="")
        wrong = [d.what for d in verify.look_again(made, self.cache.records, place) if d.what != "dir-not-executable"]
        return _end(item, say(_STILL_WRONG, what=", ".join(dict.fromkeys(wrong)))) if wrong else item

    def _steps(self, unit: Unit) -> list[Step]:
        steps: list[Step] = []
        if unit.entry and unit.take:
            steps += self._replacing(unit, unit.entry, self.staged.entry(unit.entry) if unit.fetches else None)
        steps += [self._away(path) for path in unit.away if os.path.lexists(path)]
        if unit.rewrite:
            folder = os.path.dirname(unit.rewrite)
            made = quarantine.inside(self.cache.root, f"{self.staged.folder}/lists", unit.rewrite)
            os.makedirs(os.path.dirname(made), exist_ok=True)
            Path(made).write_bytes(locks.version_list(folder))
            steps.append(MovePath(path=made, to=unit.rewrite))
        programs = [f"{f}/{n}" for top in unit.runnable for f, _, names in os.walk(top) for n in names]
        if programs:
            steps.append(Run(argv=("chmod", "a+x", "--", *programs), cwd=self.cache.root))
        return steps

    def _replacing(self, unit: Unit, old: Entry, new: Entry | None) -> Iterator[Step]:
        has = (new.files | ({"dir"} if new.unpacked else set())) if new else frozenset[str]()
        take = [s for s in unit.take if not (new and s in has and _same(path_of(old, s), path_of(new, s)))]
        for suffix in GOING:
            if suffix in take and os.path.lexists(path_of(old, suffix)):
                yield self._away(path_of(old, suffix))
        for suffix in COMING:
            absent = suffix != "dir" and suffix not in old.files
            if new and suffix in has and (suffix in take or absent):
                yield MovePath(path=path_of(new, suffix), to=path_of(old, suffix))

    def _away(self, path: str) -> MovePath:
        return MovePath(path=path, to=quarantine.inside(self.cache.root, self.place, path))

    def _swap(self, swap: Swap, item: Item, steps: list[Step]) -> Item:
        if not steps:
            return item if item.outcome == REFUSED else _end(item, say(_CHANGED))
        try:
            with self._locked(steps):
                swap.do(steps)
        except locks.BusyError as busy:
            return _end(item, say(_BUSY, path=str(busy)))
        except SwapProblem as problem:
            return _end(item, say(_FAILED, reason=str(problem)), FAILED)
        gone = tuple(s.path for s in steps if isinstance(s, MovePath) and s.to.startswith(f"{self.place}/"))
        return msgspec.structs.replace(item, outcome=PROVED, paths=gone)

    @contextlib.contextmanager
    def _locked(self, steps: list[Step]) -> Generator[None]:
        """Hold go's locks of what these steps touch."""
        with contextlib.ExitStack() as stack:
            for path in dict.fromkeys(filter(None, map(self._lock_of, steps))):
                stack.enter_context(locks.held(path))
            yield

    def _lock_of(self, step: Step) -> str:
        if not isinstance(step, MovePath):
            return ""
        path = step.to if step.path.startswith(self.staged.folder) else step.path
        if path.endswith("/@v/list"):
            return path if os.path.isfile(path) else ""
        if match := re.fullmatch(r"(.*/@v/v.+?)\.(?:info|mod|zip|ziphash|partial|lock)(?:\d+\.tmp)?", path):
            return f"{match[1]}.lock"
        inner = os.path.relpath(path, self.cache.root)
        module, _, version = inner.rpartition("@")
        unpacked = module and not inner.startswith(("cache/", ".."))
        return f"{self.cache.root}/cache/download/{module}/@v/{version}.lock" if unpacked else ""

    def _look(self) -> Report:
        cache = Cache(self.cache.project, everything=self.cache.everything, doors=self.cache.doors)
        return cache.verify(tuple(m for m in self.modules if self._still(cache, m)), full=False, quiet=self.quiet)[0]

    @staticmethod
    def _still(cache: Cache, module: str) -> bool:
        return bool(cache.scan((module,)).entries)

    def _evidence(self, done: list[Item]) -> tuple[Evidence, ...]:
        if self.cache.project is None or not done:
            return ()
        argv = ("go", "build", "-o", os.devnull, "./...")
        cmd = Cmd(argv=argv, cwd=self.cache.project, timeout=_BUILD_TIME)
        ran = run_async(lambda: self.cache.doors.runner.run(cmd))
        return (Evidence(command=cmd.line, exit=ran.exit, detail=redact("" if ran.ok else _short(ran.stderr or ran.problem))),)


def _same(old: str, new: str) -> bool:
    """Whether two plain files hold the same bytes, so that nothing has to move."""
    try:
        if os.path.isdir(old) or os.path.isdir(new) or os.path.islink(old):
            return False
        if os.path.samefile(old, new):
            return True
        return os.stat(old).st_size == os.stat(new).st_size < (1 << 20) and Path(old).read_bytes() == Path(new).read_bytes()
    except OSError:
        return False


def _key(damage: Damage) -> tuple[str, str, str, tuple[str, ...]]:
    return damage.module, damage.version, damage.what, damage.paths


def _short(error: str) -> str:
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    return " ".join(lines[:6])[:600]
