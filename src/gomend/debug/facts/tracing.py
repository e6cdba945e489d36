"""Whether this machine lets a debugger attach to a process."""

from __future__ import annotations

from typing import ClassVar

from gomend.debug import ptrace
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors


class PtraceRights(Fact, frozen=True):
    """What the kernel says of this process; a debugger that it starts has the same rights."""

    tracing: ptrace.Tracing
    reads: ClassVar = frozenset({"file:/proc/*"})

    def evidence(self) -> list[Evidence]:
        """The lines of /proc that say so."""
        shown = [Evidence(source=ptrace.YAMA, quote=str(self.tracing.yama))] if self.tracing.yama is not None else []
        quote = f"CapEff: {self.tracing.effective}, Seccomp: {2 if self.tracing.filtered else 0}"
        return [*shown, Evidence(source=ptrace.STATUS, quote=quote)]


@collector
async def collect(doors: Doors) -> PtraceRights | Absent | Unknown:
    """Read them."""
    if doors.environ.system != "linux":
        return Absent(reason="not Linux: the system asks for its own permissions")
    status = doors.files.read(ptrace.STATUS)
    if status is None:
        return Unknown(reason=f"there is no {ptrace.STATUS}")
    yama = doors.files.read(ptrace.YAMA) or b""
    return PtraceRights(tracing=ptrace.read(yama.decode(errors="replace").strip(), status.decode(errors="replace")))
