"""What one call from Go into C, and one from C into Go, costs on this machine: measured with a small program."""

from __future__ import annotations

import os
import re
from typing import Final

from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.files import write_whole
from gomend.ports.processes import Cmd

PROGRAM: Final = """package main

/*
static int nothing(int x) { return x + 1; }
extern int goNothing(int);
static void back(int n) { for (int i = 0; i < n; i++) goNothing(i); }
*/
import "C"

import (
\t"fmt"
\t"time"
)

//go:noinline
func plain(x C.int) C.int { return x + 1 }

func best(n int, run func()) float64 {
\tleast := 1e18
\tfor i := 0; i < 5; i++ {
\t\tstart := time.Now()
\t\trun()
\t\tif spent := float64(time.Since(start).Nanoseconds()) / float64(n); spent < least {
\t\t\tleast = spent
\t\t}
\t}
\treturn least
}

func main() {
\tconst n = 300000
\tvar x C.int
\tfmt.Printf("go %.2f\\n", best(n, func() { for i := 0; i < n; i++ { x = plain(x) } }))
\tfmt.Printf("into %.2f\\n", best(n, func() { for i := 0; i < n; i++ { x = C.nothing(x) } }))
\tfmt.Printf("back %.2f\\n", best(n, func() { C.back(n) }))
}
"""
"""The program: the least of five rounds of 300,000 calls."""
EXPORTS: Final = 'package main\n\nimport "C"\n\n//export goNothing\nfunc goNothing(x C.int) C.int { return x + 1 }\n'
"""The function that C calls; a file with //export may not define C functions itself."""


class Crossing(Thing, frozen=True):
    """Nanoseconds a call: within Go (not inlined), from Go into C, from C into Go."""

    plain: float
    into_c: float
    into_go: float


async def measure(doors: Doors, folder: str) -> Crossing | None:
    """Build and run; None where there is no C compiler."""
    source = os.path.join(folder, "crossing")
    os.makedirs(source)
    write_whole(os.path.join(source, "go.mod"), b"module example.com/crossing\n\ngo 1.18\n")
    write_whole(os.path.join(source, "main.go"), PROGRAM.encode())
    write_whole(os.path.join(source, "exports.go"), EXPORTS.encode())
    env = {"CGO_ENABLED": "1", "GOFLAGS": "", "GOWORK": "off", "GOTOOLCHAIN": "local", "GOOS": "", "GOARCH": ""}
    argv = ("go", "build", "-o", os.path.join(source, "run"), ".")
    done = await doors.runner.run(Cmd(argv=argv, cwd=source, env=env, timeout=300))
    if not done.ok:
        return None
    ran = await doors.runner.run(Cmd(argv=(os.path.join(source, "run"),), cwd=source, timeout=60))
    said = dict(re.findall(r"^(\w+) ([\d.]+)$", ran.stdout, re.MULTILINE))
    if not ran.ok or said.keys() < {"go", "into", "back"}:
        return None
    return Crossing(plain=float(said["go"]), into_c=float(said["into"]), into_go=float(said["back"]))
