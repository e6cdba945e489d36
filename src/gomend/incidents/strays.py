"""Error lines that belong to no request: their rate per service, before and after."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from gomend.incidents.clues import Clue, Proof
from gomend.incidents.rows import Line
from gomend.incidents.templates import is_bad, is_pool, template

_FEW: Final = 3
"""So many lines are half believed."""


class Strays:
    """Error lines without a request, by service and template."""

    def __init__(self, lines: Sequence[Line], owners: Mapping[str, str]) -> None:
        """Group; ``lines`` are those that no visit has."""
        self._times: defaultdict[tuple[str, str, bool], list[int]] = defaultdict(list)
        times = [x.at for x in lines]
        self._span = (min(times), max(times)) if times else None
        for x in lines:
            pool = is_pool(x.text)
            if pool or is_bad(x.text):
                self._times[owners[x.pod], template(x.text), pool].append(x.at)
        for group in self._times.values():
            group.sort()

    def clues(self, onset: int) -> list[Clue]:
        """One clue for each service: its template that came more often most surely."""
        if self._span is None:
            return []
        first, last = self._span
        past, since = max(1, onset - first), max(1, last - onset)
        best: dict[str, Clue] = {}
        for (service, said, pool), times in self._times.items():
            cut = bisect_left(times, onset)
            before, after = cut, len(times) - cut
            expected = (before + 0.5) * since / past
            if onset <= first or after <= expected:
                continue
            # Poisson: how much better the rate that was seen explains the lines than the old one, in nats
            gain = (after + 0.5) * math.log((after + 0.5) / expected) - (after + 0.5 - expected)
            weight = math.log1p(max(0.0, gain)) * after / (after + _FEW)
            if weight > 0.3 and (service not in best or weight > best[service].weight):
                proof = Proof(
                    "behaviour",
                    f": {'pool' if pool else 'bad'} {said}",
                    before / past * 6e10,
                    after / since * 6e10,
                    "per minute",
                )
                best[service] = Clue(service, "pool_exhaustion" if pool else "exception", weight, proof)
        return list(best.values())
