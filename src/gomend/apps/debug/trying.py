"""What ``gomend debug why`` does on the machine: build as dlv would, ask a real dlv, and prove a fix on a copy of the question."""

from __future__ import annotations

import functools
import json
import os
from typing import Any, Final

import msgspec

from gomend.apps.loop import run_async
from gomend.debug import dap, ptrace
from gomend.debug.buildflags import split_delve
from gomend.debug.dap import Session
from gomend.debug.facts.dlv import DlvTool
from gomend.debug.pathmap.here import Machine
from gomend.debug.why.ask import Ask, Fix, Verdict, Wanted
from gomend.debug.why.mends import DEBUG
from gomend.engine.gather import gather
from gomend.ports.doors import Doors, Scope
from gomend.ports.processes import OFFLINE_GO, Cmd

_ADAPTER: Final = ("type", "name", "noDebug")
_TIME: Final = 600.0
_QUIET: Final = {name: value for name, value in OFFLINE_GO.items() if name not in {"GOTOOLCHAIN", "GOSUMDB"}}
"""No network; a toolchain of the module cache may be used, which go checks against GOSUMDB's signed answers there."""


Whole = tuple[str, tuple[str, ...], Fix | None]
"""A cause, what shows it, and the fix."""


class Bench:
    """The doors that one question is tried through. Nothing of the user's is changed: what is built goes to ``scratch``."""

    def __init__(self, ask: Ask, doors: Doors, scratch: str, *, run: bool) -> None:
        """``run``: let the program run until it stops at the breakpoint, to see that it does."""
        self.ask = ask
        self.doors = doors
        self.scratch = scratch
        self.run = run and ask.mode in {"debug", "test", "exec"}

    def renamed(self, whole: Whole) -> Whole:
        """What holds for all breakpoints, in the words of where the binary comes from."""
        return whole

    def named(self, verdict: Verdict) -> Verdict:
        """A verdict in the words of where the binary comes from."""
        return verdict

    def completed(self, fix: Fix | None, file: str, line: int) -> Fix | None:
        """The fix of a cause that holds for all breakpoints, with what one of them needs besides."""
        del file, line
        return fix

    def tool(self) -> DlvTool | None:
        """The dlv here, None without one."""
        scope = Scope(root=self.ask.folder)
        found = run_async(lambda: gather((DlvTool,), scope, self.doors))[DlvTool]
        return found if isinstance(found, DlvTool) else None

    def machine(self) -> Machine:
        """Where go says that it and its module cache are."""
        found = self._json(("go", "env", "-json", "GOROOT", "GOMODCACHE"), self.ask.folder, {})
        return Machine(goroot=found.get("GOROOT", ""), gomodcache=found.get("GOMODCACHE", ""))

    def listed(self, folder: str, env: dict[str, str], tags: str) -> dict[str, Any]:
        """``go list -json`` of a folder."""
        fields = "-json=Name,ImportPath,GoFiles,CgoFiles,IgnoredGoFiles,TestGoFiles"
        return self._json(("go", "list", "-e", *((f"-tags={tags}",) if tags else ()), fields, "."), folder, {**_QUIET, **env})

    def mains(self, top: str) -> list[str]:
        """Folders of main packages below a module's top."""
        argv = ("go", "list", "-e", "-f", '{{if eq .Name "main"}}{{.Dir}}{{end}}', "./...")
        done = run_async(lambda: self.doors.runner.run(Cmd(argv=argv, cwd=top, env=_QUIET, timeout=60)))
        return [line for line in done.stdout.splitlines() if line]

    def _json(self, argv: tuple[str, ...], folder: str, env: dict[str, str]) -> dict[str, Any]:
        where = folder if os.path.isdir(folder) else None
        done = run_async(lambda: self.doors.runner.run(Cmd(argv=argv, cwd=where, env=env, timeout=60)))
        try:
            found = json.loads(done.stdout)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def build(self, output: str) -> str:
        """Build as dlv does in modes debug and test; go's words if it fails."""
        ask = self.ask
        flags = ask.launch.get("buildFlags") or ()
        words = [str(w) for w in flags] if isinstance(flags, list) else list(split_delve(str(flags))) if flags else []
        verb = ("test", "-c") if ask.mode == "test" else ("build",)
        program = ask.program
        folder = os.path.dirname(program) if program.endswith(".go") else program
        argv = ("go", *verb, "-o", output, DEBUG, *words, program if program.endswith(".go") else ".")
        env = {str(k): str(v) for k, v in (ask.launch.get("env") or {}).items() if v is not None} | ask.env
        where = folder if os.path.isdir(folder) else ask.folder
        done = run_async(lambda: self.doors.runner.run(Cmd(argv=argv, cwd=where, env=env, timeout=_TIME)))
        return "" if done.ok and os.path.exists(output) else done.stderr.strip() or done.why or "go built nothing"

    def bind(self, dlv: DlvTool, ask: Ask, places: list[tuple[str, int]], *, run: bool = False) -> Session:
        """Ask dlv for breakpoints. A program that runs elsewhere (mode remote) is stood for by its binary here, and a core dump by its program."""
        arguments = {k: v for k, v in ask.launch.items() if k not in _ADAPTER or (k == "noDebug" and v)}
        arguments.setdefault("mode", ask.mode)
        if ask.mode in {"remote", "core", "replay"}:
            arguments = {**arguments, "request": "launch", "mode": "exec"}
        if ask.mode == "local" and ask.process:
            arguments["processId"] = ask.process
        else:
            arguments["program"] = ask.program
        env = {
            **self.doors.environ.variables,
            **ask.env,
            "GOTELEMETRY": "off",
        }  # it builds as the editor's does, with the toolchain that go.mod asks for
        cwd = ask.folder if os.path.isdir(ask.folder) else self.scratch
        if ask.mode in {"debug", "test"} and os.path.isdir(ask.program):
            cwd = ask.program
        asked = functools.partial(dap.bind, dlv.path, arguments, places, cwd=cwd, env=env, run=run)
        session: Session = run_async(asked)
        return session

    def proved(self, dlv: DlvTool, verdict: Verdict) -> tuple[bool, bool | None]:
        """Apply the fix to a copy of the question and ask dlv again: does it bind, and (if it may run) does it stop there?"""
        fix = verdict.fix
        assert fix is not None
        launch = {**self.ask.launch, **(fix.launch or {})}
        if fix.substitute_path is not None:
            launch["substitutePath"] = [{"from": r.from_, "to": r.to} for r in fix.substitute_path]
        if fix.rebuild:
            program = os.path.join(self.scratch, "rebuilt")
            if not self._rebuilt(fix, program):
                return False, None
            launch = {**launch, "request": "launch", "mode": "exec", "program": program}
        place = (fix.breakpoint.file, fix.breakpoint.line) if fix.breakpoint else (verdict.file, verdict.line)
        changed = msgspec.structs.replace(
            self.ask,
            launch=launch,
            breakpoints=(Wanted(file=place[0], lines=(place[1],)),),
            env=self.ask.env | (fix.environment or {}),
        )
        session = self.bind(dlv, changed, [place], run=self.run)
        bound = session.launched and all(b.verified for b in session.breakpoints) and bool(session.breakpoints)
        return bound, stopped_at(session, place[1]) if self.run else None

    def _rebuilt(self, fix: Fix, program: str) -> bool:
        """Run a rebuild with its output somewhere else: proving changes nothing of the user's."""
        if os.path.exists(program):
            os.unlink(program)
        for line in fix.rebuild or ():
            cmd = Cmd(argv=("/bin/sh", "-c", line.replace(self.ask.built, program)), cwd=self.scratch, timeout=_TIME)
            if not run_async(functools.partial(self.doors.runner.run, cmd)).ok:
                return False
        return os.path.exists(program)


def stopped_at(session: Session, line: int) -> bool | None:
    """Whether the first stop was at a line that dlv gave the breakpoint; None if the program came to no stop."""
    if session.stopped is None:
        return None
    return session.stopped[1] in {line, *(b.actual_line for b in session.breakpoints)}


def ptrace_hints() -> tuple[str, ...]:
    """What this kernel and container say of ptrace, and what to do about it."""
    return ptrace.read(_text(ptrace.YAMA).strip(), _text(ptrace.STATUS)).hints()


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
