"""Moving files of a module cache through the journal, under go's locks, so that undo and recover know of every move."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.engine import steps as doing
from gomend.engine import words
from gomend.engine.journal import Applied, Closed, Done, Intent, Journal, Undone, journals
from gomend.engine.steps import StepProblem
from gomend.model.outcome import OutcomeKind, Plan
from gomend.model.step import Step
from gomend.ports.doors import Doors
from gomend.ports.state import locked

Locks = Callable[[list[Step]], AbstractContextManager[None]]
"""Holds go's locks of what steps touch."""


class SwapProblem(Exception):  # noqa: N818 - a problem is told to people
    """A group of steps could not be done and was undone; the message says why."""


class Swap:
    """One journalled plan, done group by group: each group whole or not at all. Use as a context; unless kept it is undone."""

    def __init__(self, doors: Doors, state: Path, root: str, steps: list[Step]) -> None:
        """Nothing is done yet."""
        self._doors = doors
        self._state = state
        self._root = root
        self._plan = Plan(steps=tuple(steps), findings=(), codes=("cache",), fixes=())
        self._intents: list[Intent] = []
        self._count = 0
        self._stack = contextlib.ExitStack()
        self._open = False
        self.undone = False
        """Whether a group had to be undone: then the whole plan must be, for a journal holds one plan, whole or not."""

    def __enter__(self) -> Self:
        """Take the lock over all changes and open the journal.

        Raises:
            Problem: an interrupted plan is open.
            StateProblem: the state folder cannot be used.
        """
        self._lock = self._stack.enter_context(locked(self._state))
        if any(past.opened is not None and past.state == "open" for past in journals(self._state)):
            self._stack.close()
            raise base.Problem(words.INTERRUPTED)
        try:
            self._journal = Journal.create(self._state, self._plan, self._root)
        except OSError:
            self._stack.close()
            raise
        self._open = True
        return self

    def __exit__(self, *_: object) -> None:
        """Undo what was not kept, and let go."""
        try:
            if self._open:
                self.undo()
        finally:
            self._journal.close()
            self._stack.close()

    @property
    def name(self) -> str:
        """The journal's name."""
        return self._journal.name

    def do(self, steps: list[Step]) -> None:
        """Do one group of steps.

        Raises:
            SwapProblem: it could not be done; what had been done of it is undone.
        """
        first = len(self._intents)
        try:
            for step in steps:
                run_async(functools.partial(self._one, step))
        except (StepProblem, OSError) as error:
            self._revert(first)
            self.undone = True
            raise SwapProblem(_told(error)) from None

    def undo(self, held: Locks | None = None) -> None:
        """Undo everything that was done, under go's locks if ``held`` gives them."""
        with held([i.step for i in self._intents]) if held else contextlib.nullcontext():
            self._revert(0)
        with contextlib.suppress(OSError):  # a full disk: gomend recover finds nothing left to do
            self._journal.write(Closed(state="undone", outcome=OutcomeKind.ROLLED_BACK))
        self._open = False

    def keep(self) -> None:
        """What was done stands."""
        if not self._intents:
            self.undo()
            return
        with contextlib.suppress(OSError):
            self._journal.write(Applied())
            self._journal.write(Closed(state="kept", outcome=OutcomeKind.PROVED))
        self._open = False

    async def _one(self, step: Step) -> None:
        if problem := await doing.precondition(step, self._doors):
            raise StepProblem(base.translator()(problem))
        index, self._count = self._count, self._count + 1
        undo = await doing.prepare(step, index, self._journal.vault, self._journal.folder, self._doors)
        intent = Intent(index=index, step=step, undo=undo)
        self._journal.write(intent)
        self._intents.append(intent)
        await doing.perform(step, undo, self._doors, self._lock)
        self._journal.write(Done(index=index, after=doing.leaves(step)))

    def _revert(self, first: int) -> None:
        """Undo from the last step back to number ``first``."""
        while len(self._intents) > first:
            intent = self._intents.pop()
            run_async(functools.partial(doing.revert, intent.step, intent.undo, self._journal.vault, self._doors))
            with contextlib.suppress(OSError):
                self._journal.write(Undone(index=intent.index))


def _told(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{os.path.basename(error.filename or '')}: {error.strerror}" if error.filename else error.strerror or str(error)
    return str(error)
