"""Collect facts, each once, concurrently, within a deadline."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import anyio

from gomend.model.base import Cost
from gomend.model.facts import Absent, Answer, Fact, Unknown, collector_of, fact_parameters, facts_behind
from gomend.model.message import FactSeen, Fault, Message
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem

DEADLINE: Final = 120.0
"""Seconds after which facts that are still being collected are unknown."""
DEEP_DEADLINE: Final = 900.0
"""The same where a whole build is among them (the first zig build of a target compiles its libc)."""
PARALLEL: Final = max(4, 2 * (os.cpu_count() or 1))
"""Collectors at work at the same time."""

Answers = dict[type[Fact], Answer]
Observer = Callable[[Message], None]


async def gather(
    facts: Iterable[type[Fact]],
    scope: Scope,
    doors: Doors,
    *,
    known: Mapping[type[Fact], Answer] | None = None,
    observe: Observer = lambda _: None,
    deadline: float | None = None,
) -> Answers:
    """Collect ``facts`` and what they need. ``known`` answers are taken as they are.

    A collector that fails or is not done by the deadline gives :class:`Unknown`; nothing is raised.
    """
    wanted = frozenset().union(*(facts_behind(fact) for fact in facts))
    if deadline is None:
        deadline = DEEP_DEADLINE if any(fact.cost is Cost.DEEP for fact in wanted) else DEADLINE
    answers: Answers = dict(known or {})
    todo = sorted((fact for fact in wanted if fact not in answers), key=_name)
    ready = {fact: anyio.Event() for fact in todo}
    slots = anyio.Semaphore(PARALLEL)

    async def collect(fact: type[Fact]) -> None:
        entry = collector_of(fact)
        needed = fact_parameters(entry)
        for other in needed.values():
            if other in ready:
                await ready[other].wait()
        started = time.monotonic()
        blocked = _blocked(entry.parameters, {name: answers[f] for name, f in needed.items()})
        if blocked is not None:
            answers[fact] = blocked
        else:
            async with slots:
                started = time.monotonic()
                try:
                    answers[fact] = await _run(entry.run, entry.parameters, needed, answers, scope, doors)
                except Exception as error:  # noqa: BLE001 - one broken collector must not hide what the others know
                    observe(fault(fact.__name__, error))
                    answers[fact] = Unknown(reason=f"gomend itself failed to collect {fact.__name__}")
        ready[fact].set()
        observe(_seen(fact, answers[fact], time.monotonic() - started))

    with anyio.move_on_after(deadline):
        async with anyio.create_task_group() as tasks:
            for fact in todo:
                tasks.start_soon(collect, fact)
    for fact in todo:
        if fact not in answers:
            answers[fact] = Unknown(reason=f"{fact.__name__} was not collected within {deadline:g} s")
            observe(_seen(fact, answers[fact], deadline))
    return answers


def _name(fact: type[Fact]) -> str:
    return fact.__name__


async def _run(
    function: Callable[..., Any],
    parameters: Mapping[str, Any],
    needed: Mapping[str, type[Fact]],
    answers: Answers,
    scope: Scope,
    doors: Doors,
) -> Answer:
    arguments: dict[str, Any] = {}
    for name, hint in parameters.items():
        if name in needed:
            arguments[name] = answers[needed[name]]
        else:
            arguments[name] = {Doors: doors, Scope: scope}[hint]
    try:
        answer: Answer = await function(**arguments)
    except FileProblem as error:
        return Unknown(reason=str(error))
    return answer


def _blocked(parameters: Mapping[str, Any], given: Mapping[str, Answer]) -> Answer | None:
    """An empty answer among ``given`` that the collector does not take itself passes on."""
    import typing

    for name, answer in given.items():
        if isinstance(answer, (Absent, Unknown)) and type(answer) not in typing.get_args(parameters[name]):
            return answer
    return None


def fault(where: str, error: Exception) -> Fault:
    """What is told of our own failure."""
    trace = "".join(traceback.format_exception(error))
    return Fault(where=where, error=type(error).__name__, trace=trace)


def _seen(fact: type[Fact], answer: Answer, seconds: float) -> FactSeen:
    status = "absent" if isinstance(answer, Absent) else "unknown" if isinstance(answer, Unknown) else "known"
    reason = answer.reason if isinstance(answer, (Absent, Unknown)) else ""
    return FactSeen(name=fact.__name__, status=status, reason=reason, seconds=round(seconds, 3))
