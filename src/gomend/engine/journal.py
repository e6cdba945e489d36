"""The write-ahead journal: what a plan is about to do is on disk before it is done, so that it can always be undone.

One folder a plan, ``<state>/journal/<time>-<plan>/``, with ``journal.jsonl`` (one record a line, each fsynced), sealed
copies and quarantined paths beside it. A line torn by a crash is ignored.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gomend.model.base import Thing
from gomend.model.outcome import Plan
from gomend.model.step import Step, masked
from gomend.ports.files import sync_folder
from gomend.ports.state import Kept, Vault


class Opened(Thing, frozen=True, tag="opened", tag_field="record"):
    """A plan is about to be applied to the project at ``root``."""

    plan: Plan
    root: str
    at: float


class Undo(Thing, frozen=True):
    """What a step needs to be undone."""

    kept: tuple[Kept, ...] = ()
    quarantine: str = ""
    mode: int = 0
    blob: str = ""
    existed: bool = False


class Intent(Thing, frozen=True, tag="intent", tag_field="record"):
    """Step ``index`` is about to be done."""

    index: int
    step: Step
    undo: Undo


class Done(Thing, frozen=True, tag="done", tag_field="record"):
    """Step ``index`` was done; ``after`` are digests of the paths it left, for undo to compare."""

    index: int
    after: dict[str, str | None]


class Applied(Thing, frozen=True, tag="applied", tag_field="record"):
    """All steps were done."""


class Undone(Thing, frozen=True, tag="undone", tag_field="record"):
    """Step ``index`` was undone."""

    index: int


class Closed(Thing, frozen=True, tag="closed", tag_field="record"):
    """The end: ``kept`` (the changes stand) or ``undone``; ``outcome`` is the outcome's kind."""

    state: str
    outcome: str = ""


Record = Opened | Intent | Done | Applied | Undone | Closed
_DECODER = msgspec.json.Decoder(Record)


class Journal:
    """One plan's journal, open for writing."""

    def __init__(self, state: Path, folder: Path) -> None:
        """Open an existing folder."""
        self.folder = folder
        self.vault = Vault(state, folder)
        self._handle = os.open(folder / "journal.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if not _ends_whole(folder / "journal.jsonl"):
            os.write(self._handle, b"\n")

    @classmethod
    def create(cls, state: Path, plan: Plan, root: str) -> Journal:
        """Start the journal of ``plan``."""
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        base = state / "journal"
        base.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = 0
        while True:
            folder = base / (f"{stamp}-{plan.id}" + (f"-{number}" if number else ""))
            try:
                folder.mkdir(mode=0o700)
                break
            except FileExistsError:
                number += 1
        sync_folder(str(base))
        journal = cls(state, folder)
        shown = msgspec.structs.replace(plan, steps=tuple(masked(step) for step in plan.steps))
        journal.write(Opened(plan=shown, root=root, at=time.time()))
        sync_folder(str(folder))
        return journal

    @property
    def name(self) -> str:
        """What people call this journal."""
        return self.folder.name

    def write(self, record: Record) -> None:
        """Append one record and wait until it is on disk."""
        os.write(self._handle, msgspec.json.encode(record) + b"\n")
        os.fsync(self._handle)

    def close(self) -> None:
        """Close the file (the journal stays)."""
        os.close(self._handle)


class Past(Thing, frozen=True):
    """A journal, read."""

    folder: str
    records: tuple[Record, ...]

    @property
    def opened(self) -> Opened | None:
        """The first record, None if the crash came before it was whole (then nothing was done)."""
        return next((r for r in self.records if isinstance(r, Opened)), None)

    @property
    def applied(self) -> bool:
        """Whether every step was done."""
        return any(isinstance(r, Applied) for r in self.records)

    @property
    def state(self) -> str:
        """``kept``, ``undone``, or ``open`` if it was interrupted."""
        closed = [r for r in self.records if isinstance(r, Closed)]
        return closed[-1].state if closed else "open"

    @property
    def undoing(self) -> bool:
        """Whether an undo was begun and not ended."""
        return self.state != "undone" and any(isinstance(r, Undone) for r in self.records)

    def left(self) -> dict[str, str | None]:
        """Digests of the paths as the whole plan left them (a later step's word counts)."""
        total: dict[str, str | None] = {}
        for record in sorted((r for r in self.records if isinstance(r, Done)), key=lambda r: r.index):
            total |= record.after
        return total

    def to_undo(self) -> list[tuple[Intent, Done | None]]:
        """Steps still to be undone, last first."""
        undone = {r.index for r in self.records if isinstance(r, Undone)}
        done = {r.index: r for r in self.records if isinstance(r, Done)}
        intents = [r for r in self.records if isinstance(r, Intent) and r.index not in undone]
        return [(r, done.get(r.index)) for r in sorted(intents, key=lambda r: -r.index)]


def read(folder: Path) -> Past:
    """Read a journal; a torn or unknown line ends nothing but itself."""
    records = []
    try:
        lines = (folder / "journal.jsonl").read_bytes().split(b"\n")
    except FileNotFoundError:
        lines = []
    for line in lines:
        try:
            records.append(_DECODER.decode(line))
        except msgspec.MsgspecError:
            continue
    return Past(folder=str(folder), records=tuple(records))


def journals(state: Path) -> Iterator[Past]:
    """All journals, newest first."""
    base = state / "journal"
    for folder in sorted(base.iterdir() if base.is_dir() else (), reverse=True):
        yield read(folder)


def _ends_whole(path: Path) -> bool:
    raw = path.read_bytes()
    return not raw or raw.endswith(b"\n")
