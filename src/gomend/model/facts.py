"""Facts: what was learned of the machine and the project, asked for by type.

A fact class is a frozen value. Its collector is a coroutine that stands beside it, marked ``@collector``; the types of
its parameters say what it needs (the doors, the scope, other facts). A collector answers the fact, :class:`Absent` (the
thing is not there, so rules about it do not apply) or :class:`Unknown` (it could not be learned, so they are undetermined).
"""

from __future__ import annotations

import types
import typing
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, TypeVar, Union

import msgspec

from gomend.model.base import Cost, Thing
from gomend.model.redact import redact

Answer = Union["Fact", "Absent", "Unknown"]


class Fact(Thing, frozen=True):
    """The base of every fact class.

    ``cost`` is what collecting it costs; ``reads`` names what it depends on outside, as tags that steps touch:
    ``env`` (the process environment), ``go-env`` (the file of ``go env -w``), ``module-cache``, ``tools`` (programs on
    PATH), ``build`` (build outputs), ``network``, or ``file:PATTERN`` (a project path, ``fnmatch`` style).
    """

    cost: ClassVar[Cost] = Cost.FREE
    reads: ClassVar[frozenset[str]] = frozenset()


class Absent(Thing, frozen=True):
    """The thing that the fact is about does not exist here."""

    reason: str

    def __post_init__(self) -> None:
        """Mask secrets."""
        msgspec.structs.force_setattr(self, "reason", redact(self.reason))


class Unknown(Thing, frozen=True):
    """The fact could not be learned; ``reason`` says why, and is never read as fine."""

    reason: str

    def __post_init__(self) -> None:
        """Mask secrets."""
        msgspec.structs.force_setattr(self, "reason", redact(self.reason))


class Collector(Thing, frozen=True):
    """How to learn one fact: the coroutine and the types of its parameters by name."""

    fact: type[Fact]
    run: Callable[..., Awaitable[Answer]]
    parameters: dict[str, type]


class Need(Thing, frozen=True):
    """One parameter of a rule: the fact it asks for, and which of the two empty answers it takes itself."""

    name: str
    fact: type[Fact]
    takes_absent: bool = False
    takes_unknown: bool = False


_COLLECTORS: dict[type[Fact], Collector] = {}
_Run = TypeVar("_Run", bound=Callable[..., Awaitable[Any]])


def collector(run: _Run) -> _Run:
    """Register ``run`` as the way to learn the fact that its return annotation names.

    Raises:
        TypeError: the return annotation names no fact, or a second collector claims the same one.
    """
    hints = typing.get_type_hints(run)
    returned = hints.pop("return", None)
    candidates = [t for t in _members(returned) if isinstance(t, type) and issubclass(t, Fact)]
    if len(candidates) != 1:
        msg = f"{run.__qualname__} must return exactly one fact type"
        raise TypeError(msg)
    fact = candidates[0]
    if fact in _COLLECTORS:
        msg = f"{fact.__name__} has a collector already"
        raise TypeError(msg)
    _COLLECTORS[fact] = Collector(fact=fact, run=run, parameters=hints)
    return run


def collector_of(fact: type[Fact]) -> Collector:
    """The collector of ``fact``.

    Raises:
        LookupError: nobody registered one.
    """
    try:
        return _COLLECTORS[fact]
    except KeyError:
        msg = f"no collector is registered for {fact.__name__}"
        raise LookupError(msg) from None


def needs_of(function: Callable[..., Any], *, skip: int = 0) -> tuple[Need, ...]:
    """Read the facts that ``function`` asks for from its annotations, leaving out the first ``skip`` parameters.

    Raises:
        TypeError: a parameter is not annotated with exactly one fact type.
    """
    hints = typing.get_type_hints(function)
    hints.pop("return", None)
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount][skip:]
    needs = []
    for name in names:
        members = _members(hints.get(name))
        facts = [t for t in members if isinstance(t, type) and issubclass(t, Fact)]
        if len(facts) != 1:
            msg = f"parameter {name!r} of {function.__qualname__} must name one fact type"
            raise TypeError(msg)
        needs.append(Need(name=name, fact=facts[0], takes_absent=Absent in members, takes_unknown=Unknown in members))
    return tuple(needs)


def facts_behind(fact: type[Fact]) -> frozenset[type[Fact]]:
    """``fact`` and every fact that its collector needs, directly or not."""
    found: set[type[Fact]] = set()
    waiting = [fact]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        waiting += fact_parameters(collector_of(current)).values()
    return frozenset(found)


def fact_parameters(entry: Collector) -> dict[str, type[Fact]]:
    """The parameters of a collector that are facts, by name."""
    found: dict[str, type[Fact]] = {}
    for name, hint in entry.parameters.items():
        for member in _members(hint):
            if isinstance(member, type) and issubclass(member, Fact):
                found[name] = member
    return found


def _members(hint: Any) -> tuple[Any, ...]:
    if hint is None:
        return ()
    if typing.get_origin(hint) in (Union, types.UnionType):
        return typing.get_args(hint)
    return (hint,)
