"""What ``gomend mod cache clean`` does: choose, show, move away under go's locks, delete.

Moving comes first, as renames: a kill at any point leaves whole versions, or pieces that go completes by itself. What was
moved is deleted at the end; ``keep`` leaves it, with a journal, for gomend undo.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gomend.apps.caching import Cache
from gomend.apps.cli import base, sizes
from gomend.apps.loop import run_async
from gomend.apps.swapping import Swap, SwapProblem
from gomend.engine.journal import Closed, Journal, journals
from gomend.model.base import Thing
from gomend.model.step import MovePath
from gomend.model.text import Said, say, text
from gomend.modules.cache import clean, locks, quarantine, usage
from gomend.modules.cache import scan as scanning
from gomend.modules.cache.clean import Wish
from gomend.modules.cache.mend import GOING, path_of
from gomend.modules.cache.scan import Entry
from gomend.modules.cache.usage import Use
from gomend.ports.processes import Cmd
from gomend.ports.state import StateProblem, move

WAIT: Final = 5.0
"""Seconds to wait for a go command that works on a version before it is left alone."""
_BUSY: Final = text("cache.clean.busy", "a go command is working on it")
_GONE: Final = text("cache.clean.gone", "it changed meanwhile")
_BACK: Final = text("cache.clean.back", "put back, as another version could not be moved")
_FAILED: Final = text("cache.clean.failed", "it could not be moved: {reason}")


_NO_FOLDER: Final = text("cli.cache.clean.no-folder", "{path} is no folder.")
_NO_SUMS: Final = text("cli.cache.clean.no-sums", "There is no go.sum at or below {path}; everything would seem unneeded.")


class Cleaned(Thing, frozen=True):
    """``chosen`` went (or would), but for ``kept`` (``path@version`` → why); ``bytes`` are on disk, hard links counted once."""

    dry_run: bool
    total: int
    versions: int
    chosen: tuple[Use, ...]
    bytes: int
    kept: dict[str, Said] = {}
    journal: str = ""
    quarantine: str = ""


def wish(modules: tuple[str, ...], older: str | None, folders: tuple[str, ...], budget: str | None) -> Wish:
    """Read the options.

    Raises:
        Problem: one of them makes no sense.
    """
    before = time.time() - sizes.age(older) if older else None
    needed, tools = None, frozenset[str]()
    for folder in folders:
        if not os.path.isdir(folder):
            raise base.Problem(_NO_FOLDER, path=folder)
        if not clean.sum_files([folder]):
            raise base.Problem(_NO_SUMS, path=folder)
    if folders:
        try:
            needed, tools = clean.named(clean.sum_files(folders)), clean.toolchains(folders)
        except OSError as error:
            raise base.Problem(f"{error.filename}: {error.strerror}") from None
    return Wish(
        modules=modules,
        before=before,
        needed=needed,
        toolchains=tools,
        budget=sizes.size(budget) if budget else None,
    )


def uses(cache: Cache) -> list[Use]:
    """Every version in the cache that is more than a lock."""
    entries = scanning.whole(cache.root).entries
    return [usage.use(e) for e in entries if e.unpacked or e.files - {"lock"}]


def run(cache: Cache, wish: Wish, *, yes: bool, keep: bool) -> Cleaned:
    """Choose, and with ``yes`` remove.

    Raises:
        Problem: an interrupted plan waits for gomend recover.
    """
    every = uses(cache)
    chosen = clean.choose(every, wish)
    size = usage.freed([p for u in chosen for p in _paths(u.entry)])
    made = Cleaned(dry_run=not yes, total=sum(u.size for u in every), versions=len(every), chosen=tuple(chosen), bytes=size)
    if not yes or not chosen:
        return made
    quarantine.drop_leftovers(cache.root)
    place = quarantine.new_place(cache.root)
    try:
        kept, journal = _kept_for_undo(cache, chosen, place) if keep else _away(cache, chosen, place)
        if not keep and os.path.isdir(place):
            quarantine.drop(cache.root, place)
    except StateProblem as problem:
        raise base.Problem(str(problem)) from None
    except OSError as error:
        raise base.Problem(f"{error.filename}: {error.strerror}") from None
    gone = tuple(u for u in chosen if u.entry.name not in kept)
    for use in gone:
        _drop_empty(os.path.dirname(use.entry.folder), cache.root)
    return Cleaned(
        dry_run=False,
        total=made.total,
        versions=made.versions,
        chosen=gone,
        bytes=size - usage.freed([p for u in chosen if u.entry.name in kept for p in _paths(u.entry)]),
        kept=kept,
        journal=journal,
        quarantine=place if keep and os.path.isdir(place) else "",
    )


def _paths(entry: Entry) -> list[str]:
    """What goes of a version, in an order that go understands after each; its lock stays: somebody may wait for it."""
    return [path for s in GOING if s != "lock" and os.path.lexists(path := path_of(entry, s))]


def _each(chosen: list[Use], act: Callable[[Entry], None]) -> dict[str, Said]:
    kept: dict[str, Said] = {}
    for use in chosen:
        try:
            with locks.held(f"{use.entry.base}.lock", wait=WAIT):
                act(use.entry)
        except locks.BusyError:
            kept[use.entry.name] = say(_BUSY)
        except FileNotFoundError:
            kept[use.entry.name] = say(_GONE)
        except (OSError, SwapProblem) as error:
            kept[use.entry.name] = say(_FAILED, reason=getattr(error, "strerror", None) or str(error))
    return kept


def _away(cache: Cache, chosen: list[Use], place: str) -> tuple[dict[str, Said], str]:
    def act(entry: Entry) -> None:
        for path in _paths(entry):
            move(path, quarantine.inside(cache.root, place, path))

    kept = _each(chosen, act)
    for folder in sorted({os.path.dirname(u.entry.base) for u in chosen}):
        with contextlib.suppress(locks.BusyError, OSError):  # go writes it anew at its next download
            locks.rewrite_list(folder)
    return kept, ""


def _drop_empty(folder: str, root: str) -> None:
    """Folders of module paths that hold nothing any more; go makes them anew when it unpacks."""
    while folder.startswith(f"{root}/"):
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)


def _kept_for_undo(cache: Cache, chosen: list[Use], place: str) -> tuple[dict[str, Said], str]:
    def there(path: str) -> MovePath:
        return MovePath(path=path, to=quarantine.inside(cache.root, place, path))

    every = [there(p) for u in chosen for p in _paths(u.entry)]
    with Swap(cache.doors, cache.state, cache.root, [*every]) as swap:
        kept = _each(chosen, lambda entry: swap.do([there(p) for p in _paths(entry)]))
        if swap.undone:
            swap.undo()
            return {u.entry.name: kept.get(u.entry.name, say(_BACK)) for u in chosen}, swap.name
        for folder in sorted({os.path.dirname(u.entry.base) for u in chosen}):
            path, new = f"{folder}/list", quarantine.inside(cache.root, f"{place}/lists", f"{folder}/list")
            if os.path.isfile(path):
                os.makedirs(os.path.dirname(new), exist_ok=True)
                with contextlib.suppress(locks.BusyError), locks.held(path):
                    Path(new).write_bytes(locks.version_list(folder))
                    swap.do([there(path), MovePath(path=new, to=path)])
        swap.keep()
    return kept, swap.name


def whole(cache: Cache) -> str:
    """``go clean -modcache``; answers what go said if it failed."""
    _close_journals(cache, quarantine.places(cache.root))
    done = run_async(
        lambda: cache.doors.runner.run(Cmd(argv=("go", "clean", "-modcache"), cwd=cache.project or "/", timeout=3600))
    )
    return "" if done.ok else done.why


def quarantines(cache: Cache, *, yes: bool) -> int:
    """Delete everything in quarantine; answers its bytes.

    Raises:
        Problem: something cannot be removed.
    """
    found = quarantine.places(cache.root)
    size = usage.freed(found)
    try:
        _close_journals(cache, found if yes else [])
        for place in found if yes else ():
            quarantine.drop(cache.root, place)
    except OSError as error:
        raise base.Problem(f"{error.filename}: {error.strerror}") from None
    if yes:
        quarantine.drop_leftovers(cache.root)
    return size


def _close_journals(cache: Cache, places: list[str]) -> None:
    """What is deleted cannot be brought back: gomend undo must not try, or it would take away what stands there now."""
    for past in journals(cache.state):
        steps = past.opened.plan.steps if past.opened and past.state == "kept" else ()
        if any(isinstance(s, MovePath) and s.to.startswith(f"{place}/") for s in steps for place in places):
            journal = Journal(cache.state, Path(past.folder))
            try:
                journal.write(Closed(state="undone"))
            finally:
                journal.close()
