"""Files of objectives (slo.yaml, OpenSLO, Sloth, Pyrra, Keptn) and of Prometheus rules in the project, with every query in them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Final

from gomend.golang.facts.project import TextFile
from gomend.model.base import Thing
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.model.finding import Subject
from gomend.model.step import digest_bytes
from gomend.ports.doors import Doors, Scope
from gomend.slo import promql, reader
from gomend.slo.objective import Config
from gomend.slo.sources.prometheus import queries_of
from gomend.slo.yamltree import BadConfig, Node, NoObjectives, documents

_NAMES: Final = re.compile(
    r"(?:.*[._-])?(?:slos?|sloth|pyrra|openslo|alerts?|rules?|recording)(?:[._-].*)?\.ya?ml", re.IGNORECASE
)
_SLO: Final = re.compile(
    r"^slos:|^apiVersion: *[\"']?(?:openslo/|pyrra\.dev/|sloth\.slok\.dev/)|^version: *[\"']?prometheus/", re.MULTILINE
)
_RULES: Final = re.compile(r"^\s*-?\s*(?:record|alert):", re.MULTILINE)
_TEMPLATE: Final = re.compile(r"^\s*\{\{", re.MULTILINE)
DEPTH: Final = 5
"""Folders below the project that are looked into."""
_MOST: Final = 200
_LARGEST: Final = 1 << 20


class Query(Thing, frozen=True):
    """A PromQL query of the project: whose it is, and its line."""

    of: str
    text: str
    line: int
    record: bool = False
    """Of a recording rule."""


class SloFile(Thing, frozen=True):
    """A file with its objectives and its queries."""

    file: TextFile
    config: Config | None = None
    queries: tuple[Query, ...] = ()

    def subject(self, name: str, line: int) -> Subject:
        """An objective or a rule as the subject of a finding."""
        return Subject(kind="slo", name=name, path=self.file.name, line=line)


class SloFiles(Fact, frozen=True):
    """All of them."""

    files: tuple[SloFile, ...]
    reads: ClassVar = frozenset({"file:*.yaml", "file:*.yml"})

    def smelling(self, smell: Callable[[Any], str], *, records: bool = True) -> Iterator[tuple[SloFile, Query, str]]:
        """The queries that a test of :mod:`gomend.slo.smells` says something of; ``records`` false: not those of recording rules."""
        for each in self.files:
            for query in each.queries:
                try:
                    found = smell(promql.parse(query.text)) if records or not query.record else ""
                except promql.BadQuery:
                    continue
                if found:
                    yield each, query, found


@collector
async def collect(doors: Doors, scope: Scope) -> SloFiles | Absent | Unknown:
    """Look for files by name, then by what stands in them."""
    found: list[SloFile] = []
    for path in doors.files.walk(scope.root, depth=DEPTH):
        if len(found) >= _MOST or not _NAMES.fullmatch(os.path.basename(path)):
            continue
        entry = doors.files.entry(path)
        raw = doors.files.read(path) if entry is not None and entry.size <= _LARGEST else None
        text = (raw or b"").decode(errors="replace")
        objectives = bool(_SLO.search(text))
        if raw is None or not (objectives or _RULES.search(text)):
            continue
        name = os.path.relpath(path, scope.root)
        file = TextFile(path=path, name=name, text=text, digest=digest_bytes(raw))
        try:
            found.append(_objectives(file, raw, scope) if objectives else SloFile(file=file, queries=tuple(_rules(raw))))
        except NoObjectives:
            continue
        except BadConfig as error:
            if not _TEMPLATE.search(text):  # a chart's template is no YAML yet
                return Unknown(f"{name}: {error}")
    if not found:
        return Absent("no file of objectives and no Prometheus rules in the project")
    if any(each.queries for each in found):
        try:
            promql.parse("up")
        except promql.NoParser as error:
            return Unknown(str(error))
    return SloFiles(files=tuple(found))


class _AnyVariable(dict[str, str]):
    """Addresses and tokens that are not set here do not matter to what the file says."""

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: str) -> str:
        return "http://127.0.0.1"

    def get(self, key: str, default: Any = None) -> Any:
        return self[key]


def _objectives(file: TextFile, raw: bytes, scope: Scope) -> SloFile:
    config = reader.read(raw, _AnyVariable())
    queries = [
        Query(of=each.name, text=query, line=sli.line)
        for each in config.objectives
        for sli in each.slis
        if sli.kind == "promql"
        for query in queries_of(sli).values()
    ]
    return SloFile(file=file, config=config, queries=tuple(queries))


def _rules(raw: bytes) -> Iterator[Query]:
    """Queries of a rule file, or of a PrometheusRule resource."""
    for document in documents(raw):
        if document.keys is None:
            continue
        top = document.map()
        spec = top["spec"].map() if "spec" in top and top["spec"].keys is not None else top
        for group in _members(spec.get("groups")):
            for rule in _members(group.map().get("rules")):
                fields = rule.map()
                name = fields.get("record") or fields.get("alert")
                if name is not None and "expr" in fields:
                    yield Query(of=name.text(), text=fields["expr"].text(), line=fields["expr"].line, record="record" in fields)


def _members(node: Node | None) -> list[Node]:
    return [] if node is None else [n for n in node.items or () if n.keys is not None]
