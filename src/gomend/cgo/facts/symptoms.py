"""The symptoms of cgo in the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from gomend.cgo.symptoms import cc, go, ld, loader, pkgconfig
from gomend.cgo.symptoms.base import Kind, Symptom, scan
from gomend.cgo.symptoms.chinese import english
from gomend.golang.facts.log import LogText
from gomend.model.facts import Fact, collector


class CgoSymptoms(Fact, frozen=True):
    """Symptoms in the order of the log."""

    items: tuple[Symptom, ...]
    reads: ClassVar = frozenset({"command"})

    def of(self, *kinds: Kind) -> tuple[Symptom, ...]:
        """Those of some kinds, the first of each name."""
        found: dict[tuple[str, str], Symptom] = {}
        for symptom in self.items:
            if symptom.kind in kinds:
                found.setdefault((symptom.kind, symptom.name or symptom.path), symptom)
        return tuple(found.values())

    def has(self, kind: Kind) -> bool:
        """Whether there is one of a kind."""
        return any(s.kind is kind for s in self.items)


@collector
async def collect(log: LogText) -> CgoSymptoms:
    """Run every parser over the log; a line that several tools could have written counts for the first."""
    taken: dict[int, Symptom] = {}
    lines = tuple(_spoken(log.lines))
    for table in (go.TABLE, pkgconfig.TABLE, loader.TABLE, ld.TABLE, cc.TABLE):
        for symptom in scan(lines, table):
            taken.setdefault(symptom.line, symptom)
    return CgoSymptoms(items=tuple(taken[i] for i in sorted(taken)))


def _spoken(lines: tuple[str, ...]) -> Iterator[str]:
    """The lines in English, those of a usage text blank: it names every word that a linker could say."""
    usage = False
    for line in lines:
        usage = line.startswith("usage: ") or (usage and line[:1] in {" ", "\t"})
        yield "" if usage else english(line)
