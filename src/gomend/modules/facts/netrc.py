"""Which hosts the netrc file names; logins and passwords are not kept. Source: cmd/go, auth/netrc.go."""

from __future__ import annotations

import os
from typing import ClassVar

from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import read_text


class Netrc(Fact, frozen=True):
    """The netrc file that go would read and the hosts that it has a login and a password for."""

    file: str
    hosts: tuple[str, ...]
    reads: ClassVar = frozenset({"env", "file:*netrc"})

    def evidence(self) -> Evidence:
        """The hosts, without a word of what belongs to them."""
        return Evidence(source=self.file, quote="machines: " + (", ".join(self.hosts) or "none"))


@collector
async def collect(doors: Doors, scope: Scope) -> Netrc | Absent:
    """Read NETRC, else ``.netrc`` (``_netrc`` on Windows) in the home folder."""
    del scope
    name = "_netrc" if doors.environ.system == "windows" else ".netrc"
    path = doors.environ.variables.get("NETRC") or os.path.join(doors.environ.home, name)
    text = read_text(doors.files, path)
    if text is None:
        return Absent(reason=f"there is no {path}")
    return Netrc(file=path, hosts=parse(text))


def parse(text: str) -> tuple[str, ...]:
    """Machines with a login and a password, in order, as go reads them (pairs of words, line by line)."""
    hosts: list[str] = []
    machine = ""
    has: set[str] = set()
    in_macro = False
    for line in text.split("\n"):
        if in_macro:
            in_macro = bool(line)
            continue
        words = line.split()
        for name, value in zip(words[0::2], words[1::2], strict=False):
            if name == "machine":
                machine, has = value, set()
            elif name in {"login", "password"}:
                has.add(name)
            elif name == "macdef":
                in_macro = True
            if machine and len(has) == 2:
                hosts.append(machine)
                machine, has = "", set()
        if len(words) % 2 and words[-1] == "default":
            break
    return tuple(hosts)
