"""A place without network: an empty network namespace, empty caches, a clean environment, and an audit of every socket."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gomend.apps.loop import run_async
from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.processes import Cmd, Done

# Before anything else runs inside: bring up the loopback device, as tests serve themselves there, and see that no route leads out.
_START: Final = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 1))
routes = [r.split()[0] for r in open("/proc/net/route").read().splitlines()[1:] if r.strip()]
others = [n for n in routes if n != "lo"]
if others:
    sys.exit("gomend: there are routes out of this namespace: " + " ".join(others))
os.execvp(sys.argv[1], sys.argv[1:])
"""
_CALLS: Final = "socket,connect,bind,sendto,sendmsg,sendmmsg,io_uring_setup"
_LINE: Final = re.compile(r"(?P<pid>\d+)(?:<(?P<program>[^>]*)>)?\s+(?P<call>\w+)\((?P<rest>.*)")
_FAMILY: Final = re.compile(r"\b(?:sa_family=)?([AP]F_[A-Z0-9_]+|0x[0-9a-f]+)")
_ADDRESS: Final = re.compile(r'(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"')
_PORT: Final = re.compile(r"sin6?_port=htons\((\d+)\)")
_HARMLESS: Final = frozenset({"AF_UNIX", "AF_LOCAL", "AF_UNSPEC", "AF_NETLINK"})
"""Families that stay on the machine: other programs on it, and the kernel."""


class Socket(Thing, frozen=True):
    """Uses of sockets that are alike. ``outside``: an address that is not of this machine, or a family that could leave it."""

    program: str
    family: str
    address: str
    call: str
    outside: bool
    count: int


class Box:
    """Runs programs without network."""

    def __init__(self, doors: Doors, folder: str) -> None:
        """``folder`` is empty and ours."""
        self.doors = doors
        self.folder = folder
        self.traces: list[str] = []
        self.strace = doors.runner.which("strace") or ""
        self._unshare = doors.runner.which("unshare") or ""
        self._decodes = False

    def problem(self) -> str:
        """Why no namespace can be had here, empty if one can. Also finds out whether strace works in it."""
        if not sys.platform.startswith("linux"):
            return f"network namespaces are a thing of Linux, this is {sys.platform}"
        if not self._unshare:
            return "unshare (util-linux) is not on PATH"
        done = self._run((*self._enter(), "true"), {}, ".", 60.0)
        if not done.ok:
            return done.stderr.strip() or done.why
        if self.strace:
            self._decodes = self._traces("-Y")
            if not self._decodes and not self._traces():
                self.strace = ""
        return ""

    def _traces(self, *flags: str) -> bool:
        argv = (*self._enter(), self.strace, "-f", "-qq", *flags, "-e", "trace=socket", "-o", os.devnull, "true")
        return self._run(argv, {}, ".", 60.0).ok

    def run(self, argv: tuple[str, ...], env: dict[str, str], folder: str, timeout: float) -> Done:
        """Run a program inside; its sockets are recorded if strace works."""
        tracer: tuple[str, ...] = ()
        if self.strace:
            trace = f"{self.folder}/trace{len(self.traces)}"
            self.traces.append(trace)
            flags = ("-Y",) if self._decodes else ()
            tracer = (
                self.strace,
                "-f",
                "-qq",
                "--seccomp-bpf",
                *flags,
                "-e",
                f"trace={_CALLS}",
                "-e",
                "signal=none",
                "-o",
                trace,
            )
        done = self._run((*self._enter(), *tracer, *argv), env, folder, timeout)
        return Done(
            argv=argv,
            exit=done.exit,
            stdout=done.stdout,
            stderr=done.stderr,
            seconds=done.seconds,
            truncated=done.truncated,
            problem=done.problem,
        )

    def _enter(self) -> tuple[str, ...]:
        own = () if os.geteuid() == 0 else ("--user", "--map-root-user")
        return (self._unshare, *own, "--net", "--", sys.executable, "-I", "-S", "-c", _START)

    def _run(self, argv: tuple[str, ...], env: dict[str, str], folder: str, timeout: float) -> Done:
        # env -i: only what is given is there.
        names = tuple(f"{k}={v}" for k, v in env.items())
        where = ("env", "-i", "-C", folder, *names) if env else ()
        cmd = Cmd(argv=(*where, *argv), cwd=folder, timeout=timeout)
        return run_async(lambda: self.doors.runner.run(cmd))  # type: ignore[no-any-return]

    def sockets(self) -> tuple[Socket, ...]:
        """Every kind of use that was seen."""
        return tuple(audited(line for path in self.traces for line in _lines(path)))


def audited(lines: Iterable[str]) -> list[Socket]:
    """What lines of strace say about sockets, alike ones together, those that lead outside first."""
    seen: Counter[tuple[str, str, str, str, bool]] = Counter()
    for line in lines:
        match = _LINE.match(line)
        if match is None or "resumed>" in line[: line.find("(") + 1]:
            continue
        call, rest = match["call"], match["rest"]
        if call == "io_uring_setup":
            # What goes through a ring cannot be seen here.
            seen[match["program"] or "", "io_uring", "", call, True] += 1
            continue
        family = _FAMILY.search(rest)
        if family is None:
            continue
        address, port = _ADDRESS.search(rest), _PORT.search(rest)
        place = f"{address[1]}:{port[1]}" if address and port else address[1] if address else ""
        seen[match["program"] or "", family[1], _without_port(place), call, _leaves(call, family[1], address)] += 1
    made = [
        Socket(program=program, family=kind, address=place, call=call, outside=outside, count=count)
        for (program, kind, place, call, outside), count in seen.items()
    ]
    return sorted(made, key=lambda s: (not s.outside, s.program, s.family, s.address, s.call))


def _leaves(call: str, family: str, address: re.Match[str] | None) -> bool:
    if family in _HARMLESS:
        return False
    if family not in {"AF_INET", "AF_INET6"}:
        return True
    if address is None:
        return False  # made, or written to after it was connected
    try:
        found = ipaddress.ip_address(address[1])
    except ValueError:
        return True
    inner = getattr(found, "ipv4_mapped", None) or found
    # Nobody outside can reach a listener in an empty namespace; a bind to an address of this machine can only be local.
    return call != "bind" and not (inner.is_loopback or inner.is_unspecified)


def _without_port(place: str) -> str:
    """Ports of listeners on loopback are random: the same test must not look like a hundred sockets."""
    host, _, port = place.rpartition(":")
    return f"{host}:*" if host and int(port) >= 32768 else place


def _lines(path: str) -> Iterable[str]:
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            yield from file
    except OSError:
        return
