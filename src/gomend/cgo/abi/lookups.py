"""How host and user names are looked up with cgo and without, in several surroundings: exercised with a small program.

The surroundings are files laid over /etc in a mount namespace of their own (``unshare``); nothing of the machine changes. The program
asks for a name of this machine only, and says what package net decided (``GODEBUG=netdns=2``). The rules are those of net/conf.go.
"""

from __future__ import annotations

import os
import re
import shlex
from typing import Final

from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.files import write_whole
from gomend.ports.processes import Cmd

PROBE: Final = """package main

import (
\t"context"
\t"fmt"
\t"net"
\t"os/user"
\t"time"
)

func main() {
\tctx, stop := context.WithTimeout(context.Background(), 3*time.Second)
\tdefer stop()
\taddresses, err := net.DefaultResolver.LookupHost(ctx, "localhost")
\tfmt.Println("host", len(addresses) > 0, err == nil)
\t_, err = user.LookupId("0")
\tfmt.Println("user", err == nil)
}
"""
"""The program; ``localhost`` and user 0 are on every machine."""
SURROUNDINGS: Final = {
    "here": {},
    "files-only": {"nsswitch.conf": "passwd: files\nhosts: files\n"},
    "search-ndots": {
        "nsswitch.conf": "hosts: files dns\n",
        "resolv.conf": "search corp.example.com example.com\noptions ndots:5 timeout:1 attempts:1\nnameserver 127.0.0.1\n",
    },
    "mdns": {"nsswitch.conf": "hosts: files mdns4_minimal [NOTFOUND=return] dns\n"},
    "localdomain": {},
    "unknown-option": {"nsswitch.conf": "hosts: files dns\n", "resolv.conf": "nameserver 127.0.0.1\noptions frobnicate\n"},
}
"""Files that are laid over /etc, by the name of the surrounding; ``localdomain`` sets LOCALDOMAIN."""
_ORDER: Final = re.compile(r"hostLookupOrder\((?:localhost)\) = (.+)")


class Lookup(Thing, frozen=True):
    """One surrounding: the order that package net chose (``files,dns``, ``cgo`` …) with cgo and without; empty if it could not be run."""

    surrounding: str
    with_cgo: str
    without_cgo: str
    works: bool
    """localhost and user 0 were found by both."""


async def build(doors: Doors, folder: str) -> dict[bool, str]:
    """Build the program both ways; paths by cgo, empty where it does not build."""
    source = os.path.join(folder, "probe")
    os.makedirs(source)
    write_whole(os.path.join(source, "go.mod"), b"module example.com/probe\n\ngo 1.18\n")
    write_whole(os.path.join(source, "main.go"), PROBE.encode())
    paths = {}
    for cgo in (True, False):
        out = os.path.join(source, f"probe-{int(cgo)}")
        env = {"CGO_ENABLED": str(int(cgo)), "GOFLAGS": "", "GOWORK": "off", "GOTOOLCHAIN": "local"}
        done = await doors.runner.run(Cmd(argv=("go", "build", "-o", out, "."), cwd=source, env=env, timeout=300))
        paths[cgo] = out if done.ok else ""
    return paths


async def exercise(doors: Doors, folder: str) -> tuple[Lookup, ...]:
    """Run the program in every surrounding that this machine allows."""
    paths = await build(doors, folder)
    if not all(paths.values()):
        return ()
    found = []
    for name, files in SURROUNDINGS.items():
        orders: dict[bool, str] = {}
        works = True
        for cgo, path in paths.items():
            order, fine = await _run(doors, folder, name, files, path)
            orders[cgo] = order
            works = works and fine
        if orders[True] or orders[False]:
            found.append(Lookup(surrounding=name, with_cgo=orders[True], without_cgo=orders[False], works=works))
    return tuple(found)


async def _run(doors: Doors, folder: str, name: str, files: dict[str, str], program: str) -> tuple[str, bool]:
    argv: tuple[str, ...] = (program,)
    if files:
        if doors.runner.which("unshare") is None:
            return "", True
        laid = []
        for file, text in files.items():
            path = os.path.join(folder, f"{name}-{file}")
            write_whole(path, text.encode())
            laid.append(f"mount --bind {shlex.quote(path)} /etc/{file}")
        script = " && ".join([*laid, f"exec {shlex.quote(program)}"])
        argv = ("unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c", script)
    env = {"GODEBUG": "netdns=2"} | ({"LOCALDOMAIN": "example.com"} if name == "localdomain" else {})
    done = await doors.runner.run(Cmd(argv=argv, cwd=folder, env=env, timeout=20))
    match = _ORDER.search(done.stderr + done.stdout)
    return (match[1].strip() if match else ""), "host true true" in done.stdout and "user true" in done.stdout
