"""Whether this process may trace others: Yama's setting, capabilities, a seccomp filter. Pure: texts of /proc in.

Sources: Linux Documentation/admin-guide/LSM/Yama.rst; proc_pid_status(5); linux/capability.h.
"""

from __future__ import annotations

import re
from typing import Final

from gomend.model.base import Thing

YAMA: Final = "/proc/sys/kernel/yama/ptrace_scope"
"""Yama's setting; the file is not there without Yama."""
STATUS: Final = "/proc/self/status"
"""Capabilities and seccomp of this process."""
_SYS_PTRACE: Final = 19


class Tracing(Thing, frozen=True):
    """``yama``: 0 to 3, None without Yama. ``capable``: CAP_SYS_PTRACE is effective. ``filtered``: a seccomp filter is in force."""

    yama: int | None
    capable: bool
    filtered: bool
    effective: str = ""
    """CapEff as the kernel writes it."""

    @property
    def attach(self) -> bool:
        """Whether a process that is not a child may be attached to (of the same user)."""
        if self.yama in {1, 2}:
            return self.capable
        return self.yama != 3

    def hints(self) -> tuple[str, ...]:
        """What stands in the way, with the command that changes it."""
        found = []
        if self.yama:
            how = "only a reboot lowers it" if self.yama == 3 else "sudo sysctl -w kernel.yama.ptrace_scope=0"
            found.append(f"kernel.yama.ptrace_scope = {self.yama}: {how}")
        if self.filtered:
            found.append("Seccomp: 2: docker run --cap-add=SYS_PTRACE --security-opt seccomp=unconfined")
        if not self.capable and self.effective:
            found.append(
                f"CapEff: {self.effective}, without CAP_SYS_PTRACE: docker run --cap-add=SYS_PTRACE; "
                "Kubernetes: securityContext.capabilities.add: [SYS_PTRACE]"
            )
        return tuple(found)


def read(yama: str, status: str) -> Tracing:
    """From the texts of :data:`YAMA` (empty without Yama) and :data:`STATUS`."""
    effective = re.search(r"^CapEff:\s*([0-9a-fA-F]+)", status, re.MULTILINE)
    seccomp = re.search(r"^Seccomp:\s*(\d)", status, re.MULTILINE)
    return Tracing(
        yama=int(yama) if yama.strip().isdecimal() else None,
        capable=bool(effective and int(effective[1], 16) >> _SYS_PTRACE & 1),
        filtered=bool(seccomp and seccomp[1] != "0"),
        effective=effective[1] if effective else "",
    )
