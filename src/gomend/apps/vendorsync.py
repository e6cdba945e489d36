"""What ``gomend mod vendor sync`` does: go makes the folder beside, it is proved, swapped in by rename, and proved again."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Generator
from pathlib import Path
from typing import Final

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.apps.swapping import Swap, SwapProblem
from gomend.apps.vendoring import Vendoring, diff, with_folder
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.step import MovePath, RemovePath, Step
from gomend.model.text import Said, say, text
from gomend.modules.vendor import tree
from gomend.modules.vendor.prove import Fresh, Report
from gomend.ports.processes import Cmd
from gomend.ports.state import StateProblem, remove_tree, state_folder

CLEAN, DRY_RUN, PROVED, REFUSED, ROLLED_BACK = "clean", "dry-run", "proved", "refused", "rolled-back"
"""How a sync ends."""
_BESIDE: Final = ".gomend-vendor"
_NEW: Final = "new"
_TIME: Final = 900.0
_LASTING: Final = frozenset({"native-dropped"})
"""What no run of go mod vendor cures."""
_RUNNING: Final = text("cli.vendor.sync.running", "the new folder is in place; to show that it works, running {command}")
_GO: Final = text("vendor.sync.go-refused", "go could not make the folder, so nothing was changed: {reason}")
_MOD: Final = text(
    "vendor.sync.mod-outdated", "go would change go.mod first; run go mod tidy, look at what it changes, then try again."
)
_WRONG: Final = text("vendor.sync.not-proved", "What go made is not proved ({what}), so nothing was changed.")
_FAILED: Final = text("vendor.sync.failed", "It could not be swapped; all is as it was: {reason}")
_AFTER: Final = text("vendor.sync.changed", "It was not right after the swap ({what}); the old folder is back.")


class Change(Thing, frozen=True):
    """Paths below vendor that are written anew, added, or taken away."""

    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.changed or self.added or self.removed)


class Evidence(Thing, frozen=True):
    """A command that shows that go works with the new folder."""

    command: str
    exit: int | None
    detail: str = ""


class Result(Thing, frozen=True):
    """The whole sync. ``journal`` undoes it; ``old`` is where the old folder lies; ``report`` is the last proof."""

    outcome: str
    change: Change = Change()
    diff: tuple[str, ...] = ()
    reason: Said | None = None
    report: Report | None = None
    journal: str = ""
    old: str = ""
    evidence: tuple[Evidence, ...] = ()


def run(folder: str | None, *, download: bool, yes: bool, diffs: bool) -> Result:
    """Show, or with ``yes`` make, what go mod vendor would.

    Raises:
        Problem: bad input, or an interrupted plan waits for gomend recover.
    """
    vendor = Vendoring(folder, download=download)
    try:
        with _staged(vendor) as place:
            return _sync(vendor, place, yes=yes, diffs=diffs)
    except StateProblem as problem:
        raise base.Problem(str(problem)) from None
    except OSError as error:
        return Result(outcome=REFUSED, reason=say(_FAILED, reason=f"{error.filename or ''}: {error.strerror}"))


def _sync(vendor: Vendoring, place: str, *, yes: bool, diffs: bool) -> Result:
    fresh, wanted = vendor.make(place)
    if fresh.problem:
        return Result(outcome=REFUSED, reason=say(_GO, reason=fresh.problem))
    made = f"{place}/vendor"
    old = vendor.project.vendor
    change = _change(old, made)
    lines = tuple(_diffs(old, made, change)) if diffs else ()
    if wanted:
        return Result(outcome=REFUSED, change=change, diff=(*lines, *wanted.splitlines()), reason=say(_MOD))
    if not change:
        return Result(outcome=CLEAN)
    if wrong := _wrong(report := vendor.judge(with_folder(vendor.project, made), fresh)):
        return Result(outcome=REFUSED, change=change, diff=lines, reason=say(_WRONG, what=wrong), report=report)
    if not yes:
        return Result(outcome=DRY_RUN, change=change, diff=lines, report=report)
    return _swap(vendor, place, fresh, change, lines)


def _swap(vendor: Vendoring, place: str, fresh: Fresh, change: Change, lines: tuple[str, ...]) -> Result:
    target = vendor.project.vendor
    aside = f"{os.path.dirname(place)}/old-{secrets.token_hex(6)}/vendor"
    state = state_folder(vendor.doors.environ.variables, vendor.doors.environ.home)
    steps: list[Step] = []
    if os.path.lexists(target):
        # One rename where the state folder is on the same disk (then the journal keeps it), else one beside.
        inside = place.startswith(f"{state}/")
        steps.append(RemovePath(path=target) if inside else MovePath(path=target, to=aside))
    if os.path.isdir(f"{place}/vendor"):
        steps.append(MovePath(path=f"{place}/vendor", to=target))
    with Swap(vendor.doors, state, vendor.project.root, steps) as swap:
        try:
            swap.do(steps)
        except SwapProblem as problem:
            return Result(outcome=REFUSED, change=change, diff=lines, reason=say(_FAILED, reason=str(problem)))
        report = vendor.judge(vendor.project, fresh)
        if wrong := _wrong(report):
            swap.undo()
            return Result(outcome=ROLLED_BACK, change=change, diff=lines, reason=say(_AFTER, what=wrong), report=report)
        swap.keep()
    return Result(
        outcome=PROVED,
        change=change,
        diff=lines,
        report=report,
        journal=swap.name,
        old=aside if os.path.isdir(aside) else "",
        evidence=(_build(vendor),),
    )


def _wrong(report: Report) -> str:
    """Why a folder is not proved; empty if it is."""
    damages = dict.fromkeys(d.what for d in report.damages if d.what not in _LASTING)
    return ", ".join([*damages, *dict.fromkeys(f"{d.module} {d.why}".strip() for d in report.doubts)][:5])


def _build(vendor: Vendoring) -> Evidence:
    root = vendor.project.root
    patterns = [f"./{os.path.relpath(folder, root)}/..." for folder, _ in vendor.project.mods]
    env = {} if vendor.project.work else {"GOWORK": "off"}
    argv = ("go", "build", "-mod=vendor", "-o", os.devnull, *(p.replace("/./", "/") for p in patterns))
    cmd = Cmd(argv=argv, cwd=root, env=env, timeout=_TIME)
    base.note(base.translator()(_RUNNING, command=cmd.line))
    ran = run_async(lambda: vendor.doors.runner.run(cmd))
    said = " ".join((ran.stderr or ran.problem).split())[:600]
    return Evidence(command=cmd.line, exit=ran.exit, detail="" if ran.ok else redact(said))


def _change(old: str, new: str) -> Change:
    before, after = _names(old), _names(new)
    changed = tuple(sorted(p for p in before & after if not _same(f"{old}/{p}", f"{new}/{p}")))
    return Change(changed=changed, added=tuple(sorted(after - before)), removed=tuple(sorted(before - after)))


def _names(folder: str) -> set[str]:
    if not os.path.isdir(folder):
        return set()
    found = tree.look(folder)
    return {*found.files, *(path for path, _ in found.odd), *(["modules.txt"] if found.listing else [])}


def _same(one: str, other: str) -> bool:
    a, b = os.lstat(one), os.lstat(other)
    if a.st_mode != b.st_mode and (os.path.islink(one) or (a.st_mode ^ b.st_mode) & 0o111 or not os.path.isfile(one)):
        return False
    return a.st_size == b.st_size and Path(one).read_bytes() == Path(other).read_bytes()


def _diffs(old: str, new: str, change: Change) -> Generator[str]:
    for path in sorted({*change.changed, *change.added, *change.removed}):
        before = Path(f"{old}/{path}")
        raw = before.read_bytes() if before.is_file() and not before.is_symlink() else b""
        yield from diff(raw, f"{new}/{path}" if path not in change.removed else os.devnull, f"vendor/{path}", f"vendor/{path}")


@contextlib.contextmanager
def _staged(vendor: Vendoring) -> Generator[str]:
    """A folder on the file system of vendor: in the state folder if that is there too, else beside; removed at the end."""
    root = vendor.project.root
    state = state_folder(vendor.doors.environ.variables, vendor.doors.environ.home)
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    home = f"{state}/vendor" if os.stat(state).st_dev == os.stat(root).st_dev else f"{root}/{_BESIDE}"
    os.makedirs(home, exist_ok=True)
    _drop_leftovers(home)
    place = f"{home}/{_NEW}-{secrets.token_hex(6)}"
    os.makedirs(place)
    handle = os.open(f"{place}/alive", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield place
    finally:
        os.close(handle)
        remove_tree(place)
        with contextlib.suppress(OSError):
            os.rmdir(home)


def _drop_leftovers(home: str) -> None:
    """Remove what killed or undone runs left, unless a process holds it."""
    for name in os.listdir(home):
        if name.startswith(f"{_NEW}-"):
            with contextlib.suppress(OSError):
                handle = os.open(f"{home}/{name}/alive", os.O_RDWR | os.O_CREAT, 0o600)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    remove_tree(f"{home}/{name}")
                finally:
                    os.close(handle)
