"""Verify a module cache: every version's zip, folder and small files against each other and against what is recorded.

Two kinds of pass: the first reads everything, on all cores, each byte once; a later one compares stamps (``manifest.py``)
and reads only what changed. Memory does not grow with the cache.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import Final

from gomend.golang import modpath
from gomend.model.base import Thing
from gomend.modules.cache import content, index, surroundings
from gomend.modules.cache import scan as scanning
from gomend.modules.cache.content import Content, Job
from gomend.modules.cache.kinds import KINDS, Damage
from gomend.modules.cache.locks import is_held
from gomend.modules.cache.manifest import Good, Manifest
from gomend.modules.cache.records import Record, Records
from gomend.modules.cache.scan import Entry, Scan
from gomend.modules.cache.small import Small

Progress = Callable[[int, int], None]
"""Told bytes of zips done and in all."""
MOST: Final = 4
"""Processes at most: each holds some 25 MB, and disks seldom feed more."""
ALONE: Final = 16 << 20
"""Bytes of zips below which one process is faster than several."""
_SHARE: Final = 4 << 20
"""Bytes of zips that a process takes at a time."""
_YOUNG: Final = 60.0
"""Seconds for which a temporary file may belong to a download that is going on."""


_PAUSE: Final = 0.3
"""Seconds between two looks at what changed just now."""
ROUNDS: Final = 10
"""Second looks at most."""
_JUST_NOW: Final = 5.0


class Place(Thing, frozen=True):
    """What go's settings say: the caches, and go's version (``go1.26.8``) for the index."""

    root: str
    gocache: str = ""
    go: str = ""


class Report(Thing, frozen=True):
    """The answer: versions checked, how many of them only by their stamp, all damage, and what was read."""

    checked: int
    unchanged: int
    damages: tuple[Damage, ...]
    files: int
    size: int
    busy: tuple[str, ...] = ()
    """Versions that another process was downloading."""
    unrecorded: int = 0
    """Versions with a zip or folder that nothing vouches for but their own .ziphash: neither go.sum nor a signed answer."""


def verify(
    scan: Scan,
    records: Records,
    place: Place,
    manifest: Manifest | None,
    *,
    full: bool = False,
    progress: Progress | None = None,
    rounds: int = ROUNDS,
) -> Report:
    """Verify everything in ``scan``.

    ``manifest`` is read and brought up to date (the caller saves it); ``full`` reads everything all the same.
    ``rounds`` is how often what changed a moment ago is looked at again, with a pause before each.
    """
    run = _Run(records, place)
    todo: list[tuple[Entry, Job]] = []
    unchanged = 0
    for number, entry in enumerate(scan.entries):
        job = _job(number, entry, records)
        if manifest and not full and _is_good(manifest, entry, job, records):
            unchanged += 1
        else:
            todo.append((entry, job))
    for entry, found in _read(todo, progress):
        good = run.judge(entry, found)
        if manifest:
            manifest.good.pop(entry.name, None)
            if good:
                manifest.good[entry.name] = Good(stamp=found.stamp, recorded=_recorded(entry, records))
    run.settle(rounds)
    order = {name: i for i, name in enumerate(KINDS)}
    everything = [*run.damages, *_loose(scan.damages), *_lists(scan), *records.damages, *surroundings.damages(scan.root)]
    everything.sort(key=lambda d: (d.module, d.version, order[d.what], d.paths))
    return Report(
        checked=len(scan.entries),
        unchanged=unchanged,
        damages=tuple(everything),
        files=run.files,
        size=run.size,
        busy=tuple(run.busy),
        unrecorded=sum(1 for e in scan.entries if (e.unpacked or "zip" in e.files) and not records.of(e.module, e.version)),
    )


def look_again(entry: Entry, records: Records, place: Place) -> tuple[Damage, ...]:
    """The damage of one version, read now."""
    run = _Run(records, place)
    run.judge(entry, content.read(_job(0, entry, records)))
    run.settle(0)
    return tuple(run.damages)


class _Run:
    def __init__(self, records: Records, place: Place) -> None:
        self.records = records
        self.place = place
        self.damages: list[Damage] = []
        self.busy: list[str] = []
        self.files = self.size = 0
        self._suspects: list[tuple[Entry, bytes, tuple[Damage, ...]]] = []

    def judge(self, entry: Entry, found: Content) -> bool:
        """Whether a version is good; if not, it is kept for a second look."""
        self.files += found.files
        self.size += found.size
        damages = tuple(self._damages(entry, found))
        if damages:
            self._suspects.append((entry, found.stamp + _identity(entry), damages))
        return not damages

    def settle(self, rounds: int) -> None:
        """Look again at what changed a moment ago: it may be in the middle of a download or of a removal.

        What stays as it is between two looks is damage; what does not within ``rounds``, another process is at.
        """
        waiting = self._suspects
        for _ in range(rounds):
            moving = [s for s in waiting if is_held(s[0].lock) or _fresh(s[0])]
            self._accept(s for s in waiting if s not in moving)
            waiting = []
            if not moving:
                return
            time.sleep(_PAUSE)
            for entry, stamp, damages in moving:
                for now in scanning.some(self.place.root, [(entry.module, entry.version)]).entries:
                    found = content.read(_job(0, now, self.records))
                    again = now, found.stamp + _identity(now), tuple(self._damages(now, found))
                    if again[1:] == (stamp, damages) and not is_held(now.lock):
                        self._accept([again])
                    elif again[2]:
                        waiting.append(again)
        self.busy += [entry.name for entry, _, _ in waiting if rounds]
        self._accept(waiting if not rounds else ())

    def _accept(self, suspects: Iterable[tuple[Entry, bytes, tuple[Damage, ...]]]) -> None:
        for _, _, damages in suspects:
            self.damages += damages

    def _damages(self, entry: Entry, found: Content) -> Iterator[Damage]:
        small = Small(entry, self.records)
        told = list(small.damages())
        yield from told
        recorded = self.records.of(entry.module, entry.version)
        yield from self._zip(entry, found, small, recorded)
        yield from self._folder(entry, found, small, recorded)
        names_mod = found.mod_h1 and small.mod_h1 and found.mod_h1 != small.mod_h1
        if names_mod and not any(d.what.startswith("mod-") for d in told):
            yield small.damage("mod-not-in-zip", "mod", "", Record(h1=found.mod_h1, by="zip", path=""), small.mod_h1)
        if unrunnable := surroundings.programs(entry):
            yield unrunnable
        gocache, go = self.place.gocache, self.place.go
        if gocache and found.changed and index.older(gocache, go, entry.folder, found.changed):
            other = index.difference(gocache, go, entry.folder)
            if other:
                yield small.damage("index-stale", "dir", other)

    def _zip(self, entry: Entry, found: Content, small: Small, recorded: list[Record]) -> Iterator[Damage]:
        for kind, _, detail in found.found:
            if kind.startswith("zip-"):
                yield small.damage(kind, "zip", detail)
        if not found.h1:
            return
        wrong = next((r for r in recorded if r.h1 != found.h1), None)
        if wrong:
            yield small.damage("zip-mismatch", "zip", "", wrong, found.h1)
        elif small.ziphash and small.ziphash != found.h1:
            own = Record(h1=found.h1, by="zip", path="")
            if recorded:
                yield small.damage("ziphash-mismatch", "ziphash", "", own, small.ziphash)
            else:
                said = Record(h1=small.ziphash, by=".ziphash", path="")
                yield small.damage("zip-mismatch", "zip", "", said, found.h1)

    def _folder(self, entry: Entry, found: Content, small: Small, recorded: list[Record]) -> Iterator[Damage]:
        if not entry.unpacked or "partial" in entry.files:
            return
        if not os.path.isdir(entry.folder) or os.path.islink(entry.folder):
            yield small.damage("dir-not-a-folder", "dir", "not a folder")
            return
        best = recorded[0] if recorded else Record(h1=small.ziphash, by=".ziphash", path="") if small.ziphash else None
        if found.h1 and best and best.h1 != found.h1:
            # The zip is the one that is wrong; the folder may still be right, so it is judged by itself.
            alone = content.read(Job(0, "", entry.folder, f"{entry.name}/"))
            found = found._replace(folder_h1=alone.folder_h1, found=alone.found)
        if best and found.folder_h1 and found.folder_h1 != best.h1:
            yield small.damage("dir-mismatch", "dir", "", best, found.folder_h1)
        kinds = dict.fromkeys(kind for kind, _, _ in found.found if kind.startswith("dir-"))
        for kind in kinds:
            places = [(path, detail) for k, path, detail in found.found if k == kind]
            yield Damage(
                module=entry.module,
                version=entry.version,
                what=kind,
                paths=tuple(path for path, _ in places),
                said_by="zip",
                detail=places[0][1],
            )
        for kind, path, detail in found.found:
            if kind == "unreadable":
                what = "zip-unreadable" if path.endswith(".zip") else "dir-unreadable"
                yield Damage(module=entry.module, version=entry.version, what=what, paths=(path,), detail=detail)


def _job(number: int, entry: Entry, records: Records) -> Job:
    beside = tuple(f"{entry.base}.{s}" for s in ("info", "mod", "ziphash", "partial", "lock"))
    answers = {r.path for r in records.of(entry.module, entry.version) if r.by != "go.sum"}
    return Job(
        number,
        f"{entry.base}.zip" if "zip" in entry.files else "",
        entry.folder if entry.unpacked and "partial" not in entry.files else "",
        f"{entry.name}/",
        beside + tuple(sorted(answers)),
    )


def _recorded(entry: Entry, records: Records) -> bytes:
    """A digest of everything that is recorded of a version: a new record makes the old verdict void."""
    known = [*records.of(entry.module, entry.version), *records.of(entry.module, f"{entry.version}/go.mod")]
    return blake2b("\n".join(sorted({f"{r.by} {r.h1}" for r in known})).encode(), digest_size=16).digest()


def _is_good(manifest: Manifest, entry: Entry, job: Job, records: Records) -> bool:
    good = manifest.good.get(entry.name)
    if good is None or good.recorded != _recorded(entry, records):
        return False
    try:
        return content.stamp(job) == good.stamp
    except OSError:
        return False


def _read(todo: list[tuple[Entry, Job]], progress: Progress | None) -> Iterator[tuple[Entry, Content]]:
    """Read all of it, the biggest zips first so that no process is left with one at the end."""
    sized = sorted(((_size(job.zip), entry, job) for entry, job in todo), key=lambda item: -item[0])
    total = sum(size for size, _, _ in sized)
    by_number = {job.number: (size, entry) for size, entry, job in sized}
    done = 0
    for found in _contents([(size, job) for size, _, job in sized], total):
        size, entry = by_number[found.number]
        done += size
        if progress:
            progress(done, total)
        yield entry, found


def _contents(sized: list[tuple[int, Job]], total: int) -> Iterable[Content]:
    workers = min(MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if total < ALONE or workers == 1:
        return map(content.read, [job for _, job in sized])
    return _in_processes(workers, list(_shares(sized)))


def _in_processes(workers: int, shares: list[list[Job]]) -> Iterator[Content]:
    # A forked process starts in a millisecond; where forking is not safe (macOS), a fresh one is started.
    context = multiprocessing.get_context("fork" if sys.platform.startswith("linux") else "spawn")
    gc.freeze()
    with context.Pool(workers, initializer=gc.disable) as pool:
        for batch in pool.imap_unordered(_read_all, shares):
            yield from batch


def _read_all(jobs: list[Job]) -> list[Content]:
    return [content.read(job) for job in jobs]


def _shares(sized: list[tuple[int, Job]]) -> Iterator[list[Job]]:
    share: list[Job] = []
    held = 0
    for size, job in sized:
        share.append(job)
        held += size
        if held >= _SHARE or len(share) >= 64:
            yield share
            share, held = [], 0
    if share:
        yield share


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size if path else 0
    except OSError:
        return 0


def _identity(entry: Entry) -> bytes:
    """Which folder stands there: one that was removed and made anew between two looks is another; one that is gone is none."""
    try:
        info = os.lstat(entry.folder if entry.unpacked else os.path.dirname(entry.base))
    except OSError:
        return os.urandom(8)
    return f"{info.st_ino} {info.st_ctime_ns}".encode()


def _fresh(entry: Entry) -> bool:
    """Whether something about this version changed in the last seconds, or is gone since it was listed."""
    now = time.time()
    for path in (os.path.dirname(entry.base), entry.folder, os.path.dirname(entry.folder)):
        try:
            if now - os.lstat(path).st_ctime < _JUST_NOW:
                return True
        except OSError:
            return True
    return False


def _loose(damages: Iterable[Damage]) -> Iterator[Damage]:
    """Stray files, without those that a running download has just made."""
    for damage in damages:
        age = 0.0
        with contextlib.suppress(OSError):
            age = time.time() - os.stat(damage.paths[0], follow_symlinks=False).st_mtime
        if damage.what != "temporary" or age > _YOUNG:
            yield damage


def _lists(scan: Scan) -> Iterator[Damage]:
    """Version lists with lines that are no versions: only a file-system proxy reads them (cmd/go, rewriteVersionList)."""
    for path in scan.lists:
        try:
            with open(path, "rb") as file:
                lines = file.read(1 << 20).split(b"\n")
        except OSError:
            continue
        wrong = next((line for line in lines if line and not _is_version(line)), None)
        if wrong is not None:
            module = modpath.unescape(path.removeprefix(f"{scan.root}/cache/download/").removesuffix("/@v/list"))
            shown = wrong[:100].decode("utf-8", "replace")
            yield Damage(module=module, version="", what="list-malformed", paths=(path,), detail=shown)


def _is_version(line: bytes) -> bool:
    return line[:1] == b"v" and line.replace(b"+", b"").replace(b"-", b"").replace(b".", b"").isalnum()
