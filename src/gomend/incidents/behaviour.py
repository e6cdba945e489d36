"""What a service does for a request: the calls it makes, the steps inside, the lines it logs; and where that changed."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from gomend.incidents import stats
from gomend.incidents.clues import Clue, Kind, Proof
from gomend.incidents.rows import Line
from gomend.incidents.templates import is_bad, is_pool, template
from gomend.incidents.visits import Folded, Visit

_LEAST_CHANGE: Final = 0.15
"""A step whose share of visits changed by less is left alone."""
_PLAIN: Final = ("op ", "call ", "log ")
"""Steps that are no errors."""
_FEW: Final = 3
"""So many visits on the poorer side are half believed."""
_READ: Final = 2000
"""So much of a line is searched for names of services."""
_THROWN: Final = re.compile(r"(?i)exception|traceback|panic")


def attach(lines: Sequence[Line], folded: Folded, owners: Mapping[str, str]) -> list[Line]:
    """Give each visit the templates of the lines that its spans logged; returns the lines that no visit has.

    ``log …``, ``bad …`` for errors, ``pool …`` for those of a pool without free connections, ``miss SERVICE …`` for errors that name one other service. Names of services inside a line are no part of the template, so that the same failure towards two services is one failure.
    """
    names = sorted({s for s in owners.values() if len(s) > 3}, key=len, reverse=True)
    services = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, names)) + r")(?![\w-])") if names else None
    strays: list[Line] = []
    for line in lines:
        visit = folded.of.get((line.trace, line.span))
        if visit is None or owners[line.pod] != visit.service:
            strays.append(line)
            continue
        said = template(services.sub("<service>", line.text[:_READ]) if services is not None else line.text)
        bad = is_bad(line.text)
        others = set(services.findall(line.text[:_READ])) - {visit.service} if bad and services is not None else set[str]()
        if is_pool(line.text):
            visit.did.add(f"pool {said}")
        elif not bad:
            visit.did.add(f"log {said}")
        elif len(others) == 1:
            visit.did.add(f"miss {others.pop()} {said}")
        else:
            visit.did.add(f"bad {said}")
    return strays


class _Change(NamedTuple):
    step: str
    op: str
    gain: float
    before: float
    after: float
    ref: str

    @property
    def strength(self) -> float:
        """Nats, scaled down where only few of the visits changed: mixed traffic shifts many shares a little."""
        return self.gain * (self.after - self.before) ** 2


class Behaviour:
    """The visits of each service and entry operation, ready to be cut at any moment."""

    def __init__(self, visits: Sequence[Visit]) -> None:
        """Group by entry; a visit's last call counts as a step of its own."""
        self._groups: defaultdict[tuple[str, str], list[Visit]] = defaultdict(list)
        for v in sorted(visits, key=lambda v: v.start):
            self._groups[v.service, v.op].append(v)

    def clues(self, onset: int) -> list[Clue]:
        """One clue for each service whose visits changed.

        A visit that now ends after a call to C, where it went on before, speaks against C if more than one caller does so: C answers with an
        error, and the callers give up.
        """
        changes: defaultdict[str, list[_Change]] = defaultdict(list)
        for (service, op), visits in self._groups.items():
            changes[service] += _changes(op, visits, onset)
        clues: list[Clue] = []
        blamed: defaultdict[str, list[tuple[float, _Change]]] = defaultdict(list)
        own: dict[str, tuple[float, _Change, str]] = {}
        for service, found in changes.items():
            steps = [c for c in found if not c.step.startswith("last ")]
            if not steps:
                continue
            top = max(steps, key=lambda c: c.strength * (2 if _new_error(c) else 1))
            strength = top.strength * (2 if _new_error(top) else 1)
            missed = max(
                (c for c in found if c.step.startswith("miss ") and c.after > c.before), key=lambda c: c.strength, default=None
            )
            if missed is not None and missed.strength > 0.5 * top.strength:
                weight = math.log1p(missed.strength)
                other = missed.step.split(" ", 2)[1]
                gone = 0.8 if self._quiet(other, onset) else 0.3
                clues += [_clue(service, 0.3 * weight, missed), Clue(other, "exception", gone * weight, _proof(missed))]
                continue
            ends = max(
                (c for c in found if c.step.startswith("last ") and c.after - c.before > 0.25),
                key=lambda c: c.strength,
                default=None,
            )
            callee = ends.step[5:] if ends is not None and ends.strength > 0.5 * strength else ""
            own[service] = (math.log1p(strength), top, callee)
            if callee:
                blamed[callee].append((math.log1p(strength), ends or top))
        for service, (weight, top, callee) in own.items():
            moved = 1.0 if not callee else 0.35 if len(blamed[callee]) > 1 else 0.8
            clues.append(_clue(service, weight * moved, top))
        for callee, claims in blamed.items():
            weight, top = max(claims, key=lambda c: c[0])
            clues.append(Clue(callee, "return", weight * (1.0 if len(claims) > 1 else 0.5), _proof(top)))
        return _best(clues)

    def _quiet(self, service: str, onset: int) -> bool:
        """Whether less than half of a service's usual visits came after the onset, by the share of all visits."""
        halves = [0, 0]
        all_halves = [0, 0]
        for (owner, _), visits in self._groups.items():
            cut = bisect_left(visits, onset, key=lambda v: v.start)
            for i, n in enumerate((cut, len(visits) - cut)):
                all_halves[i] += n
                halves[i] += n if owner == service else 0
        return halves[1] * all_halves[0] < 0.5 * halves[0] * all_halves[1]


def _changes(op: str, visits: Sequence[Visit], onset: int) -> list[_Change]:
    cut = bisect_left(visits, onset, key=lambda v: v.start)
    halves = (visits[:cut], visits[cut:])
    n0, n1 = len(halves[0]), len(halves[1])
    if n0 < 2 or n1 < 2:
        return []
    trust = min(n0, n1) / (min(n0, n1) + _FEW)
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    example: dict[str, Visit] = {}
    for side, half in enumerate(halves):
        for v in half:
            counts[side].update(v.did)
            for step in v.did:
                example[step] = v
            if v.last:
                counts[side][f"last {v.last}"] += 1
    found: list[_Change] = []
    moved = {step: counts[1][step] / n1 - counts[0][step] / n0 for step in counts[0].keys() | counts[1].keys()}
    plain = [change for step, change in moved.items() if step.startswith(_PLAIN)]
    more, less = max(plain, default=0.0), -min(plain, default=0.0)
    # What one step loses another gains: other requests came, not another behaviour.
    swapped = 1 - 0.85 * min(more, less) / max(more, less) if more > 0 and less > 0 else 1.0
    for step, change in moved.items():
        if abs(change) < _LEAST_CHANGE:
            continue
        k0, k1 = counts[0][step], counts[1][step]
        gain = trust * stats.rate_gain(k0, n0, k1, n1) * (swapped if step.startswith(_PLAIN) else 1.0)
        if gain >= 0.5:
            v = example.get(step) or halves[1][0]
            found.append(_Change(step, op, gain, k0 / n0, k1 / n1, f"{v.trace}/{v.span}"))
    return found


def _new_error(change: _Change) -> bool:
    return change.step.startswith(("bad ", "pool ")) and change.after > change.before


def _clue(service: str, weight: float, change: _Change) -> Clue:
    kind: Kind = "exception"
    if _new_error(change) and change.step.startswith("pool "):
        kind = "pool_exhaustion"
    elif _new_error(change) and not _THROWN.search(change.step):
        kind = "return"
    return Clue(service, kind, weight, _proof(change))


def _proof(change: _Change) -> Proof:
    return Proof("behaviour", f"{change.op}: {change.step}", change.before, change.after, "share", change.ref)


def _best(clues: Sequence[Clue]) -> list[Clue]:
    best: dict[str, Clue] = {}
    for clue in clues:
        if clue.weight > best.get(clue.service, clue._replace(weight=0.0)).weight:
            best[clue.service] = clue
    return list(best.values())
