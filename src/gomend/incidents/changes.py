"""Pods that were replaced: a deployment, or a process that was started elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from gomend.incidents.clues import Clue, Proof

_SECOND: Final = 10**9
_EARLY_NS: Final = 90 * _SECOND
"""A new pod is seen so long before the trouble it makes at most."""
_GONE_NS: Final = 60 * _SECOND
"""A pod that said nothing for so long, while others did, is gone."""
_WEIGHT: Final = 1.5
_SUFFIX: Final = 5
"""Random letters at the end of a pod's name; what stands before them is its ReplicaSet."""


class _Seen(NamedTuple):
    first: int
    last: int


class Pods:
    """When each pod was first and last heard of, by any signal."""

    def __init__(self, heard: Iterable[tuple[str, int]], owners: Mapping[str, str]) -> None:
        """``heard`` are pods and nanoseconds, in any order."""
        seen: dict[str, _Seen] = {}
        for pod, at in heard:
            known = seen.get(pod)
            if known is None:
                seen[pod] = _Seen(at, at)
            elif at < known.first or at > known.last:
                seen[pod] = _Seen(min(at, known.first), max(at, known.last))
        self._first = min((s.first for s in seen.values()), default=0)
        self._last = max((s.last for s in seen.values()), default=0)
        self._of: defaultdict[str, list[tuple[_Seen, str]]] = defaultdict(list)
        for pod, when in seen.items():
            self._of[owners[pod]].append((when, pod))

    def clues(self, onset: int) -> list[Clue]:
        """One clue for each service of which a pod went and another came near ``onset``: another ReplicaSet is another version."""
        clues: list[Clue] = []
        for service, pods in self._of.items():
            came = [p for p in pods if p[0].first >= max(onset - _EARLY_NS, self._first + _GONE_NS)]
            went = [
                p
                for p in pods
                if p not in came and p[0].last < min(self._last, max(onset, p[0].first) + 2 * _EARLY_NS) - _GONE_NS
            ]
            if not came or not went:
                continue
            when, new = min(came)
            other = {p[1][:-_SUFFIX] for p in went} != {new[:-_SUFFIX]}
            proof = Proof("events", "Replaced", 0, 1, "", new, when.first)
            clues.append(Clue(service, "deploy" if other else "exception", _WEIGHT if other else 0.5 * _WEIGHT, proof))
        return clues
