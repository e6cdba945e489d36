"""Debug servers that files of the project start, the ports that are published for them, and the ports that something listens on now."""

from __future__ import annotations

from typing import ClassVar, Final

from gomend.debug import listening
from gomend.debug.facts.files import DebugFiles, load
from gomend.debug.listening import Listener, Published
from gomend.golang.facts.project import TextFile
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.model.finding import Subject
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem

_MOST: Final = 300
"""Files that are looked at."""
_LISTEN: Final = "0A"
"""TCP_LISTEN in /proc/net/tcp (include/net/tcp_states.h)."""


class Serving(Thing, frozen=True):
    """One file with what it starts and publishes. ``boxed``: what it starts runs in a container."""

    file: TextFile
    boxed: bool
    listeners: tuple[Listener, ...] = ()
    published: tuple[Published, ...] = ()

    def subject(self, line: int) -> Subject:
        """A line of the file as the subject of a finding."""
        return Subject(kind="debug-server", name=f"{self.file.name}:{line}", path=self.file.name, line=line)

    def evidence(self, line: int) -> Evidence:
        """A line of the file."""
        return self.file.evidence(line)


class DebugServers(Fact, frozen=True):
    """The files that start dlv as a server or publish a port that one listens on."""

    files: tuple[Serving, ...]
    reads: ClassVar = frozenset({"file:*"})

    @property
    def ports(self) -> frozenset[int]:
        """Ports that some dlv of the project listens on."""
        return frozenset(one.port for f in self.files for one in f.listeners)

    @property
    def outer(self) -> frozenset[int]:
        """Ports of this machine that lead to one: listened on here, or published."""
        here = {one.port for f in self.files if not f.boxed for one in f.listeners}
        return frozenset(here | {p.outer for f in self.files for p in f.published if p.inner in self.ports})


class ListeningPorts(Fact, frozen=True):
    """TCP ports that something listens on now, in this network namespace."""

    ports: frozenset[int]
    cost: ClassVar = Cost.PROBE
    reads: ClassVar = frozenset({"file:/proc/net/tcp", "file:/proc/net/tcp6"})


@collector
async def servers(doors: Doors, scope: Scope, files: DebugFiles) -> DebugServers | Absent:
    """Look through what may start dlv."""
    boxed = (*files.dockerfiles, *files.devcontainers, *files.manifests)
    found = []
    for path in (*boxed, *files.makefiles, *files.scripts, *files.tasks, *files.launch)[:_MOST]:
        try:
            file = load(doors, scope.root, path)
        except FileProblem:  # not text: nothing in it starts dlv
            continue
        if file is None:
            continue
        started = tuple(listening.listeners(file.text))
        opened = tuple(listening.published(file.text)) if path not in files.dockerfiles else ()
        if started or opened:
            found.append(Serving(file=file, boxed=path in boxed, listeners=started, published=opened))
    ports = {one.port for f in found for one in f.listeners}
    kept = [f for f in found if f.listeners or any(p.inner in ports for p in f.published)]
    return DebugServers(files=tuple(kept)) if kept else Absent(reason="no file of the project starts dlv as a server")


@collector
async def ports(doors: Doors) -> ListeningPorts | Unknown:
    """Read the kernel's tables; nothing is connected to, because a dlv without --accept-multiclient ends with its first client."""
    found: set[int] = set()
    tables = [doors.files.read(f"/proc/net/{name}") for name in ("tcp", "tcp6")]
    if tables[0] is None:
        return Unknown(reason="/proc/net/tcp is not there: which ports are listened on cannot be seen")
    for raw in tables:
        for line in (raw or b"").decode(errors="replace").splitlines()[1:]:
            words = line.split()
            if len(words) > 3 and words[3] == _LISTEN:
                found.add(int(words[1].rpartition(":")[2], 16))
    return ListeningPorts(ports=frozenset(found))
