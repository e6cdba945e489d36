"""Proofs of the configurations that ``gomend debug init`` writes: each is tried in a real dlv as the editor will, and a breakpoint is hit.

Programs and tests are launched; for the others a program of the project is built and started here (decision 33).
"""

from __future__ import annotations

import ctypes
import functools
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from typing import Any, Final

from gomend.apps.debug.trying import Bench
from gomend.apps.loop import run_async
from gomend.debug import configs, dap, gosource
from gomend.debug.configs import Target
from gomend.debug.dap import Session
from gomend.debug.facts.dlv import DlvTool
from gomend.debug.why.ask import Ask
from gomend.model.base import Thing
from gomend.ports.doors import Doors
from gomend.ports.processes import Cmd

_TEST: Final = re.compile(r"^func\s+(Test(?![a-z])\w*)\s*\(\s*\w+\s+\*testing\.T\s*\)\s*\{", re.MULTILINE)
_TRACEME, _DETACH = 0, 17
"""Requests of ptrace(2)."""
_TIME: Final = 60.0
NO_DLV: Final = "there is no dlv"
"""Why nothing can be proved without one."""


class Proof(Thing, frozen=True):
    """What dlv did with one configuration."""

    name: str
    place: str
    hit: bool
    reason: str = ""


class Prover:
    """Tries configurations of one project. What is built goes to a scratch folder that :meth:`close` removes."""

    def __init__(self, root: str, listed: list[dict[str, Any]], doors: Doors) -> None:
        """``listed`` is what ``go list -json`` says of the project's packages."""
        self.root = root
        self.listed = listed
        self.doors = doors
        self.scratch = tempfile.mkdtemp(prefix="gomend-init-")
        self.dlv = self._bench({}).tool()

    def close(self) -> None:
        """Remove the scratch folder."""
        shutil.rmtree(self.scratch, ignore_errors=True)

    def target(self, target: Target) -> Proof:
        """Launch a program or a package's tests."""
        launch = next(c for c in configs.vscode((target,)) if c["name"] == target.name)
        place = self._first(target)
        return self._tried(target.name, place, lambda dlv, p: self._launched(dlv, launch, target, p))

    def cursor(self, target: Target) -> Proof:
        """Run the test whose name is selected."""
        launch = next(c for c in configs.vscode(()) if c["name"] == configs.CURSOR)
        place, name = self._first(target), self._test(target)
        chosen = {**launch, "args": [str(a).replace("${selectedText}", name) for a in launch["args"]]}
        return self._tried(configs.CURSOR, place, lambda dlv, p: self._launched(dlv, chosen, target, p))

    def others(self, target: Target) -> tuple[Proof, ...]:
        """Attach to a process, attach to a dlv elsewhere, and open a core dump: with one program of the project."""
        place = self._first(target)
        program = os.path.join(self.scratch, "program")
        problem = self._bench({"mode": "debug", "program": self._folder(target)}).build(program) if place else ""
        named = ((configs.ATTACH, self._attached), (configs.REMOTE, self._remote), (configs.CORE, self._dumped))
        if problem:
            return tuple(Proof(name=name, place="", hit=False, reason=problem) for name, _ in named)
        return tuple(self._tried(name, place, functools.partial(_with, made, program)) for name, made in named)

    def _tried(self, name: str, place: tuple[str, int] | None, ask: Callable[[DlvTool, tuple[str, int]], Session]) -> Proof:
        if place is None:
            return Proof(name=name, place="", hit=False, reason="no statement to stop at")
        shown = f"{os.path.relpath(place[0], self.root)}:{place[1]}"
        if self.dlv is None:
            return Proof(name=name, place=shown, hit=False, reason=NO_DLV)
        session = ask(self.dlv, place)
        hit = session.stopped is not None and session.stopped[1] == place[1] and os.path.samefile(session.stopped[0], place[0])
        said = "; ".join(b.message for b in session.breakpoints if b.message)
        return Proof(
            name=name, place=shown, hit=hit, reason="" if hit else session.problem or said or "the program did not stop there"
        )

    def _bench(self, launch: dict[str, Any]) -> Bench:
        return Bench(Ask(breakpoints=(), launch=launch, cwd=self.root), self.doors, self.scratch, run=True)

    def _launched(self, dlv: DlvTool, launch: dict[str, Any], target: Target, place: tuple[str, int]) -> Session:
        bench = self._bench({**launch, "program": self._folder(target)})
        return bench.bind(dlv, bench.ask, [place], run=True)

    def _converse(self, dlv: DlvTool, arguments: dict[str, Any], places: list[tuple[str, int]], **more: Any) -> Session:
        env = self.doors.environ.variables
        asked = functools.partial(dap.bind, dlv.path, arguments, places, cwd=self.root, env=env, run=True, **more)
        session: Session = run_async(asked)
        return session

    def _attached(self, dlv: DlvTool, program: str, place: tuple[str, int]) -> Session:
        try:
            process = _stopped_at_entry(program, self.root)
        except OSError as error:
            return Session(launched=False, problem=str(error))
        try:
            arguments = {"request": "attach", "mode": "local", "processId": process.pid}
            return self._converse(dlv, arguments, [place], own=True)
        finally:
            process.kill()
            process.wait()

    def _remote(self, dlv: DlvTool, program: str, place: tuple[str, int]) -> Session:
        return self._converse(dlv, {"request": "attach", "mode": "remote"}, [place], headless=program)

    def _dumped(self, dlv: DlvTool, program: str, place: tuple[str, int]) -> Session:
        """Dump the program where it stops first, and open the dump."""
        core, words = os.path.join(self.scratch, "core"), os.path.join(self.scratch, "words")
        with open(words, "w", encoding="utf-8") as file:
            file.write(f"break {place[0]}:{place[1]}\ncontinue\ndump {core}\nexit\n")
        argv = (dlv.path, "exec", "--allow-non-terminal-interactive", "--init", words, program)
        done = run_async(functools.partial(self.doors.runner.run, Cmd(argv=argv, cwd=self.root, timeout=_TIME)))
        if not os.path.exists(core):
            return Session(launched=False, problem=done.stderr.strip() or done.why or "dlv wrote no dump")
        return self._converse(dlv, {"mode": "core", "program": program, "coreFilePath": core}, [])

    def _folder(self, target: Target) -> str:
        return os.path.normpath(os.path.join(self.root, target.folder))

    def _first(self, target: Target) -> tuple[str, int] | None:
        """The first statement of main, or of the first test."""
        for path, body in self._sources(target):
            line = gosource.first_statement(body, _TEST) if target.test else gosource.first_statement(body)
            if line:
                return path, line
        return None

    def _test(self, target: Target) -> str:
        return next((m[1] for _, body in self._sources(target) if (m := _TEST.search(body))), "Test")

    def _sources(self, target: Target) -> list[tuple[str, str]]:
        one = next(p for p in self.listed if p.get("ImportPath") == target.package)
        keys = ("TestGoFiles", "XTestGoFiles") if target.test else ("GoFiles", "CgoFiles")
        found = []
        for name in (name for key in keys for name in one.get(key) or ()):
            path = f"{one['Dir']}/{name}"
            with open(path, encoding="utf-8", errors="replace") as file:
                found.append((path, file.read()))
        return found


def _with(
    made: Callable[[DlvTool, str, tuple[str, int]], Session], program: str, dlv: DlvTool, place: tuple[str, int]
) -> Session:
    return made(dlv, program, place)


def _stopped_at_entry(program: str, folder: str) -> subprocess.Popen[bytes]:
    """Start a program and leave it stopped before its first instruction, so that even a short one can be attached to.

    Raises:
        OSError: it does not start, or the system does not let it be traced.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    def traced() -> None:
        if libc.ptrace(_TRACEME, 0, None, None) != 0:
            raise PermissionError(ctypes.get_errno(), "ptrace: operation not permitted")

    try:
        process = subprocess.Popen(
            [program],
            cwd=folder,
            preexec_fn=traced,  # noqa: PLW1509 - it makes one system call
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except subprocess.SubprocessError:
        raise PermissionError("ptrace: operation not permitted") from None
    os.waitpid(process.pid, os.WUNTRACED)
    libc.ptrace(_DETACH, process.pid, None, signal.SIGSTOP)
    return process
