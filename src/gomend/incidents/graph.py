"""Who calls whom, as far as it decides what belongs together: failures travel along calls, up (errors, waiting) and down (retries, load)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable


class Paths:
    """The call graph. Two services share a path if one of them reaches the other; two that are only called by the same third do not."""

    def __init__(self, calls: Iterable[tuple[str, str]] = ()) -> None:
        """``calls`` are caller and callee."""
        self._below: defaultdict[str, set[str]] = defaultdict(set)
        for caller, callee in calls:
            self._below[caller].add(callee)
        self._reached: dict[str, frozenset[str]] = {}

    def joined(self, one: str, other: str) -> bool:
        """Whether a failure of one can show at the other."""
        return one == other or other in self._from(one) or one in self._from(other)

    def calls(self, caller: str, callee: str) -> bool:
        """Whether one calls the other, perhaps through others."""
        return caller != callee and callee in self._from(caller)

    def _from(self, service: str) -> frozenset[str]:
        known = self._reached.get(service)
        if known is None:
            seen, todo = {service}, [service]
            while todo:
                for callee in self._below.get(todo.pop(), ()):
                    if callee not in seen:
                        seen.add(callee)
                        todo.append(callee)
            known = self._reached[service] = frozenset(seen)
        return known
