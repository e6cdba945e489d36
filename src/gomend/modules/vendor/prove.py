"""The proof of a vendor folder: modules.txt against go.mod, every file against the zip, the zip against what is recorded.

Nothing that go unpacked is believed: bytes come from zips only. What go itself would copy (:class:`Fresh`) says which files
belong there, never what is in them.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gomend.model.base import Thing
from gomend.modules.cache import scan as scanning
from gomend.modules.cache.records import Records
from gomend.modules.vendor import listing as lists
from gomend.modules.vendor.compare import META, Compared, Job, compare
from gomend.modules.vendor.kinds import KINDS, Damage, Doubt
from gomend.modules.vendor.listing import Listed, Listing, Project
from gomend.modules.vendor.tree import Tree

_MOST: Final = 4
"""Processes at most."""
_ALONE: Final = 4 << 20
"""Bytes of zips below which one process is faster than several."""


class Fresh(Thing, frozen=True):
    """What go would make now: its modules.txt and the files' paths. Empty with ``problem`` if go could not."""

    text: str = ""
    files: frozenset[str] = frozenset()
    problem: str = ""


class Report(Thing, frozen=True):
    """The answer. ``proved`` of the ``modules`` have a hash that a checksum database signed; ``jobs`` serve to show differences."""

    modules: int
    files: int
    proved: int
    damages: tuple[Damage, ...]
    doubts: tuple[Doubt, ...]
    jobs: dict[str, Job] = {}
    """Where a changed file's original is, by its path below vendor."""


def prove(project: Project, text: str | None, tree: Tree, cache: str, records: Records, fresh: Fresh) -> Report:
    """Prove everything in ``project.vendor``. ``text`` is its modules.txt, None if there is none; ``cache`` is GOMODCACHE."""
    listing = lists.read(text or "")
    run = _Run(project, listing, tree, cache, records, fresh)
    run.compare_list(text)
    run.modules()
    run.tree_itself()
    order = {name: i for i, name in enumerate(KINDS)}
    damages = sorted(run.damages, key=lambda d: (order[d.what], d.module, d.version, d.paths))
    return Report(
        modules=sum(bool(m.packages) for m in listing.modules),
        files=len(tree.files),
        proved=run.proved,
        damages=tuple(damages),
        doubts=tuple(run.doubts),
        jobs=run.shown,
    )


class _Run:
    def __init__(self, project: Project, listing: Listing, tree: Tree, cache: str, records: Records, fresh: Fresh) -> None:
        self.project = project
        self.listing = listing
        self.tree = tree
        self.cache = cache
        self.records = records
        self.fresh = fresh
        self.there = frozenset(tree.files)
        self.damages: list[Damage] = []
        self.doubts: list[Doubt] = []
        self.shown: dict[str, Job] = {}
        self.proved = 0
        self.used = [m for m in listing.modules if m.packages]

    def compare_list(self, text: str | None) -> None:
        """modules.txt by itself, against go.mod, and against what go would write."""
        if text is None:
            if self.tree.files or self.fresh.text:
                self._damage(None, "list-missing", ("modules.txt",))
            return
        told: dict[str, list[str]] = {}
        for module, said, line in lists.disagreements(self.listing, self.project):
            told.setdefault(module, []).append(f"{module} {said}" + (f" (line {line})" if line else ""))
        for name, said_of in told.items():
            path, _, version = name.partition("@")
            self.damages.append(
                Damage(
                    module=path,
                    version=version,
                    what="list-inconsistent",
                    paths=("vendor/modules.txt",),
                    detail="; ".join(said_of),
                )
            )
        if self.fresh.problem:
            self.doubts.append(Doubt(module="", version="", why="go-refused", detail=self.fresh.problem))
        elif self.fresh.text != text:
            self.damages.append(
                Damage(
                    module="",
                    version="",
                    what="list-changed",
                    paths=("vendor/modules.txt",),
                    said_by="go",
                    detail=_differing(text, self.fresh.text),
                )
            )

    def modules(self) -> None:
        """Every module's files."""
        jobs = [self._job(number, module) for number, module in enumerate(self.used)]
        ready = [job for job in jobs if job is not None]
        results = {c.number: c for c in _compare_all(ready)}
        by_number = {job.number: job for job in ready}
        usable = {n: c for n, c in sorted(results.items()) if self._zip_is_right(self.used[n], by_number[n], c)}
        owners = self._owners()
        for number, found in usable.items():
            self._one(self.used[number], by_number[number], found)
        self._files(owners, usable, by_number)
        self._missing(usable)

    def _job(self, number: int, module: Listed) -> Job | None:
        inside = f"{module.path}/"
        rest = len(inside)
        start, end = bisect_left(self.tree.files, inside), bisect_left(self.tree.files, f"{module.path}0")  # 0 follows /
        files = tuple(f[rest:] for f in self.tree.files[start:end])
        packages = tuple(sorted({p[rest:] for p in module.packages if p == module.path or p.startswith(inside)}))
        path, version = module.source
        vendored = f"{self.project.vendor}/{module.path}"
        no_mod = self.project.at_least("1.17")
        if module.to and not module.to_version:
            folder = os.path.normpath(os.path.join(self.project.root, module.to))
            if os.path.isdir(folder):
                return Job(number, "", folder, "", vendored, files, packages, no_mod)
            self._doubt(module, "folder-absent", detail=module.to)
            return None
        zip_path = f"{scanning.entry(self.cache, path, version, (), False).base}.zip" if self.cache else ""
        if not zip_path or not os.path.isfile(zip_path):
            self._doubt(module, "zip-absent", detail=f"{path}@{version}")
            return None
        return Job(number, zip_path, "", f"{path}@{version}/", vendored, files, packages, no_mod)

    def _zip_is_right(self, module: Listed, job: Job, found: Compared) -> bool:
        """Whether a zip is what was recorded; only then do its files prove anything."""
        if found.problem:
            self._doubt(module, "zip-unreadable" if job.zip else "folder-absent", (job.zip or job.folder,), found.problem)
            return False
        if not job.zip:
            return True
        path, version = module.source
        known = self.records.of(path, version)
        sums = [r for r in known if r.by == "go.sum"]
        others = [r for r in known if r.by != "go.sum"]
        if not sums:
            self._damage(module, "sum-missing", (), expected="", actual=found.h1, detail=f"{path}@{version}")
        for ours, theirs in ((a, b) for a in sums for b in others if a.h1 != b.h1):
            self.damages.append(
                Damage(
                    module=path,
                    version=version,
                    what="sum-mismatch",
                    paths=(self._shown(ours.path),),
                    expected=theirs.h1,
                    actual=ours.h1,
                    said_by=theirs.by,
                )
            )
            break
        wrong = next((r for r in known if r.h1 != found.h1), None)
        if wrong:
            self.damages.append(
                Damage(
                    module=path,
                    version=version,
                    what="zip-mismatch",
                    paths=(job.zip,),
                    expected=wrong.h1,
                    actual=found.h1,
                    said_by=wrong.by,
                )
            )
            self._doubt(module, "zip-mismatch")
            return False
        if not known:
            self._doubt(module, "not-recorded")
        self.proved += bool(others)
        return True

    def _one(self, module: Listed, job: Job, found: Compared) -> None:
        if found.unknown:
            names = tuple(f"{module.path}/{p}" if p else module.path for p in found.unknown)
            self._damage(module, "package-unknown", names, of_vendor=False)
        for by, how, what in found.dropped:
            self._damage(module, "native-dropped", (f"{module.path}/{what}",), detail=f"{by}: {how}")

    def _owners(self) -> dict[str, list[int]]:
        """Who may own each file: modules whose path is above it, the closest first."""
        by_path = {m.path: number for number, m in enumerate(self.used)}
        owners: dict[str, list[int]] = {}
        known: dict[str, list[int]] = {}
        for file in self.tree.files:
            folder = file.rpartition("/")[0]
            if folder not in known:
                known[folder] = [by_path[a] for a in _upwards(folder) if a in by_path]
            owners[file] = known[folder]
        return owners

    def _files(self, owners: dict[str, list[int]], usable: dict[int, Compared], jobs: dict[int, Job]) -> None:
        """Every file that is there: the same as one owner's, or why not."""
        listed = {p: number for number, m in enumerate(self.used) for p in m.packages}
        groups: dict[tuple[int | None, str], list[str]] = {}
        details: dict[tuple[int | None, str], tuple[str, str]] = {}
        for file in self.tree.files:
            numbers = owners[file]
            own = listed.get(file.rpartition("/")[0])
            if own is not None and own in numbers:
                numbers = [own, *(n for n in numbers if n != own)]
            what, number, told = self._file(file, numbers, usable)
            if what == "" and self._unneeded(file, numbers, usable, listed):
                what, number = "file-unneeded", numbers[0]
            if what:
                groups.setdefault((number, what), []).append(file)
                details.setdefault((number, what), told)
            if what == "file-changed" and number is not None:
                self.shown[file] = jobs[number]
        for (number, what), files in groups.items():
            module = self.used[number] if number is not None else None
            if what == "unreadable":
                self._doubt(module, "unreadable", tuple(f"vendor/{f}" for f in files), details[number, what][0])
                continue
            kinds: dict[str, list[str]] = {}
            for file in files:
                folder = file.rpartition("/")[0]
                strange = what == "file-extra" and folder not in listed and file.endswith(".go")
                kinds.setdefault("package-extra" if strange else what, []).append(file)
            for kind, some in kinds.items():
                expected, actual = details[number, what] if len(files) == 1 else ("", "")
                self._damage(module, kind, tuple(some), expected=expected, actual=actual)

    def _file(self, file: str, numbers: Sequence[int], usable: dict[int, Compared]) -> tuple[str, int | None, tuple[str, str]]:
        """What is wrong with one file (empty: nothing, or not to be told), of which module, and in numbers."""
        verdict: tuple[str, int | None, tuple[str, str]] = ("file-extra", numbers[0] if numbers else None, ("", ""))
        unknown = False
        for number in numbers:
            found = usable.get(number)
            inner = file[len(self.used[number].path) + 1 :]
            if found is None:
                unknown = True
            elif inner in found.unreadable:
                return "unreadable", number, (found.unreadable[inner], "")
            elif inner in found.changed:
                if verdict[0] != "file-changed":
                    verdict = "file-changed", number, found.changed[inner]
            elif inner not in found.foreign:
                return "", number, ("", "")
        return ("", None, ("", "")) if unknown else verdict

    def _unneeded(self, file: str, numbers: Sequence[int], usable: dict[int, Compared], listed: dict[str, int]) -> bool:
        """Whether go would not have copied this genuine file."""
        for number in numbers:
            found = usable.get(number)
            if found is None or file[len(self.used[number].path) + 1 :] in found.wanted:
                return False
        if not self.fresh.problem:
            return file not in self.fresh.files
        # Without go's word a file below a package may be embedded.
        return not any(above in listed for above in _upwards(file.rpartition("/")[0]))

    def _missing(self, usable: dict[int, Compared]) -> None:
        """Files that go copies and that are not there."""
        odd = {path for path, _ in self.tree.odd}
        by_path = {m.path: number for number, m in enumerate(self.used)}
        gone: dict[int, set[str]] = {}
        for number, found in usable.items():
            top = self.used[number].path
            gone.setdefault(number, set()).update(f for w in found.wanted if (f := f"{top}/{w}") not in self.there)
        for file in self.fresh.files - self.there:
            for number in (by_path[a] for a in _upwards(file.rpartition("/")[0]) if a in by_path):
                inner = file[len(self.used[number].path) + 1 :]
                # Only what the zip has too: go copies from the unpacked folder, which somebody may have changed.
                if number in usable and inner in usable[number].names:
                    gone.setdefault(number, set()).add(file)
                    break
        for number, files in gone.items():
            kinds: dict[str, list[str]] = {}
            for file in sorted(files):
                if file in odd or any(above in odd for above in _upwards(file)):
                    continue
                meta = file.rpartition("/")[2].startswith(META)
                kinds.setdefault("licence-missing" if meta else "file-missing", []).append(file)
            for kind, some in kinds.items():
                self._damage(self.used[number], kind, tuple(some))

    def tree_itself(self) -> None:
        """Links, modes, and what cannot be read."""
        for path, said in self.tree.odd:
            self._damage(self._of(path), "link", (path,), actual=said)
        groups: dict[str, list[str]] = {}
        for path in self.tree.executable:
            owner = self._of(path)
            groups.setdefault(owner.path if owner else "", []).append(path)
        for paths in groups.values():
            self._damage(self._of(paths[0]), "file-executable", tuple(paths))
        for path, why in self.tree.unreadable:
            self._doubt(self._of(path), "unreadable", (f"vendor/{path}",), why)

    def _of(self, path: str) -> Listed | None:
        above = set(_upwards(path))
        return max((m for m in self.used if m.path in above), key=lambda m: len(m.path), default=None)

    def _shown(self, path: str) -> str:
        inner = os.path.relpath(path, self.project.root)
        return path if inner.startswith("..") else inner

    def _damage(
        self,
        module: Listed | None,
        what: str,
        paths: tuple[str, ...],
        *,
        expected: str = "",
        actual: str = "",
        detail: str = "",
        of_vendor: bool = True,
    ) -> None:
        self.damages.append(
            Damage(
                module=module.path if module else "",
                version=module.version if module else "",
                what=what,
                paths=tuple(f"vendor/{p}" for p in paths) if of_vendor else paths,
                expected=expected,
                actual=actual,
                said_by=self._source(module) if what.startswith(("file-", "package-", "licence-")) else "",
                detail=detail,
            )
        )

    @staticmethod
    def _source(module: Listed | None) -> str:
        if module is None:
            return ""
        path, version = module.source
        return module.to if module.to and not module.to_version else f"{path}@{version}"

    def _doubt(self, module: Listed | None, why: str, paths: tuple[str, ...] = (), detail: str = "") -> None:
        name, version = (module.path, module.version) if module else ("", "")
        self.doubts.append(Doubt(module=name, version=version, why=why, paths=paths, detail=detail))


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def _differing(have: str, wanted: str) -> str:
    """The first lines in which two lists differ, ``-`` for what is there and ``+`` for what go would write."""
    import difflib

    diff = difflib.unified_diff(have.splitlines(), wanted.splitlines(), "", "", "", "", 0, "")
    lines = [line for line in diff if line[:1] in "+-" and line[1:3] not in {"++", "--"}]
    return "\n".join(lines[:6]) or "line ends differ"


def _compare_all(jobs: Sequence[Job]) -> Iterable[Compared]:
    sized = sorted(((os.path.getsize(j.zip) if j.zip else 0, j) for j in jobs), key=lambda pair: -pair[0])
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = min(_MOST, cores)
    if workers == 1 or sum(size for size, _ in sized) < _ALONE:
        return map(compare, [job for _, job in sized])
    return _in_processes(workers, [job for _, job in sized])


def _in_processes(workers: int, jobs: list[Job]) -> Iterator[Compared]:
    context = multiprocessing.get_context("fork" if sys.platform.startswith("linux") else "spawn")
    gc.freeze()
    with context.Pool(workers, initializer=gc.disable) as pool:
        yield from pool.imap_unordered(compare, jobs, chunksize=2)
