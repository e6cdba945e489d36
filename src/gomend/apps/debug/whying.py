"""``gomend debug why``: try the breakpoints in a real dlv, judge by the binary and the sources, and prove the fix in dlv again."""

from __future__ import annotations

import functools
import json
import os
import shutil
import tempfile
from typing import Any, Final

import msgspec

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.binary.info import BinaryError
from gomend.debug import dap
from gomend.debug.dap import Session
from gomend.debug.facts.dlv import DlvTool
from gomend.debug.pathmap.here import Machine
from gomend.debug.why import judge, refusals
from gomend.debug.why.ask import Ask, AskError, Fix, Verdict, Wanted, read
from gomend.debug.why.mends import DEBUG, Mends
from gomend.debug.why.product import Product
from gomend.engine.gather import gather
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Translator, text
from gomend.ports.doors import Doors, Scope, real_doors
from gomend.ports.files import FileProblem
from gomend.ports.processes import OFFLINE_GO, Cmd

_BAD_FILE: Final = text("debugwhy.bad-file", "{path}: {reason}")
_NO_FILE: Final = text("debugwhy.no-file", "{path} cannot be read: {reason}")
_BOUND: Final = text("debugwhy.bound", "bound")
_UNBOUND: Final = text("debugwhy.unbound", "not bound")
_VERIFIED: Final = text("debugwhy.verified", "proved: with this it binds in a real dlv")
_NOT_VERIFIED: Final = text("debugwhy.not-verified", "not proved here")
_NO_DLV: Final = text("debugwhy.no-dlv", "There is no dlv here, so nothing was tried in it.")
_FIXES: Final = {
    "substitute_path": text("debugwhy.fix.rules", "substitutePath {value}"),
    "breakpoint": text("debugwhy.fix.breakpoint", "set the breakpoint at {value}"),
    "rebuild": text("debugwhy.fix.rebuild", "build again: {value}"),
    "environment": text("debugwhy.fix.environment", "environment {value}"),
    "launch": text("debugwhy.fix.launch", "in the launch request {value}"),
}
_ADAPTER: Final = ("request", "type", "name", "noDebug")
_TIME: Final = 600.0


class BreakpointShape(Thing, frozen=True):
    """One breakpoint. ``verified``: bound in a real dlv with the fix applied."""

    file: str
    line: int
    bound: bool
    cause: str
    evidence: tuple[str, ...]
    fix: Fix | None
    verified: bool


class DebugShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend debug why``."""

    schema_: str
    breakpoints: tuple[BreakpointShape, ...]
    dlv: str | None = None


def load(path: str) -> Ask:
    """Read the question.

    Raises:
        Problem: the file cannot be read or is not what it should be.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read(16 << 20)
    except OSError as error:
        raise base.Problem(_NO_FILE, path=path, reason=error.strerror or "") from None
    try:
        return read(raw)
    except AskError as error:
        raise base.Problem(_BAD_FILE, path=path, reason=str(error)) from None


def why(ask: Ask, *, use_dlv: bool = True) -> DebugShape:
    """Answer."""
    scratch = tempfile.mkdtemp(prefix="gomend-debug-")
    try:
        return _Answer(ask, real_doors({**os.environ, **ask.env}), scratch, use_dlv=use_dlv).shape()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Answer:
    def __init__(self, ask: Ask, doors: Doors, scratch: str, *, use_dlv: bool) -> None:
        self.ask = ask
        self.doors = doors
        self.scratch = scratch
        self.dlv = self._dlv() if use_dlv else None
        self.machine = self._machine()
        self.listed: dict[str, dict[str, Any]] = {}

    def shape(self) -> DebugShape:
        observed = self._bind(self.ask, self._places(self.ask)) if self.dlv else None
        verdicts = self._verdicts(observed)
        made = []
        for verdict in verdicts:
            proved = self._proved(verdict) if self.dlv and verdict.fix is not None else False
            good = verdict.bound and verdict.cause == "none"
            made.append(
                BreakpointShape(
                    file=verdict.file,
                    line=verdict.line,
                    bound=verdict.bound,
                    cause=verdict.cause,
                    evidence=tuple(redact(e) for e in verdict.evidence),
                    fix=verdict.fix,
                    verified=proved or (good and observed is not None),
                )
            )
        return DebugShape(schema_="gomend.debug/1", breakpoints=tuple(made), dlv=self.dlv.version if self.dlv else None)

    # What is here --------------------------------------------------------------------------------------------------

    def _dlv(self) -> DlvTool | None:
        scope = Scope(root=self.ask.folder)
        found = run_async(lambda: gather((DlvTool,), scope, self.doors))[DlvTool]
        return found if isinstance(found, DlvTool) else None

    def _machine(self) -> Machine:
        argv = ("go", "env", "-json", "GOROOT", "GOMODCACHE")
        done = run_async(
            lambda: self.doors.runner.run(Cmd(argv=argv, cwd=self.ask.folder if os.path.isdir(self.ask.folder) else None))
        )
        try:
            found = json.loads(done.stdout)
        except ValueError:
            found = {}
        return Machine(goroot=found.get("GOROOT", ""), gomodcache=found.get("GOMODCACHE", ""))

    def _product(self) -> tuple[Product | None, str, str]:
        """The binary, or a cause and what shows it."""
        path = self.ask.program
        if self.ask.mode in {"debug", "test"}:
            path = os.path.join(self.scratch, "program")
            if problem := self._build(self.ask, path):
                return None, refusals.of_build(problem), problem
        try:
            return Product(path), "", ""
        except FileProblem as problem:
            return None, "not-in-binary", str(problem)
        except BinaryError as error:
            return None, "not-main", f"{self.ask.program}: {error}"

    def _build(self, ask: Ask, output: str) -> str:
        """Build as dlv does in modes debug and test; go's words if it fails."""
        flags = ask.launch.get("buildFlags") or ()
        from gomend.debug.buildflags import split_delve

        words = [str(w) for w in flags] if isinstance(flags, list) else list(split_delve(str(flags))) if flags else []
        verb = ("test", "-c") if ask.mode == "test" else ("build",)
        program = ask.program
        folder = os.path.dirname(program) if program.endswith(".go") else program
        argv = ("go", *verb, "-o", output, DEBUG, *words, program if program.endswith(".go") else ".")
        env = {str(k): str(v) for k, v in (ask.launch.get("env") or {}).items() if v is not None} | ask.env
        where = folder if os.path.isdir(folder) else self.ask.folder
        done = run_async(lambda: self.doors.runner.run(Cmd(argv=argv, cwd=where, env=env, timeout=_TIME)))
        return "" if done.ok and os.path.exists(output) else done.stderr.strip() or done.why or "go built nothing"

    def _places(self, ask: Ask) -> list[tuple[str, int]]:
        return [(wanted.file, line) for wanted in ask.breakpoints for line in wanted.lines]

    def _bind(self, ask: Ask, places: list[tuple[str, int]]) -> Session:
        assert self.dlv is not None
        arguments = {k: v for k, v in ask.launch.items() if k not in _ADAPTER or (k == "noDebug" and v)}
        arguments.setdefault("mode", ask.mode)
        arguments["program"] = ask.program
        env = {**self.doors.environ.variables, **ask.env, **OFFLINE_GO}
        cwd = ask.folder if os.path.isdir(ask.folder) else self.scratch
        if ask.mode in {"debug", "test"} and os.path.isdir(ask.program):
            cwd = ask.program
        return run_async(functools.partial(dap.bind, self.dlv.path, arguments, places, cwd=cwd, env=env))  # type: ignore[no-any-return]

    def _lister(self, product: Product) -> judge.Lister:
        def listed(folder: str) -> dict[str, Any]:
            if folder not in self.listed:
                env = {n: product.setting(n) for n in ("GOOS", "GOARCH", "CGO_ENABLED") if product.setting(n)}
                tags = product.setting("-tags")
                argv = (
                    "go",
                    "list",
                    "-e",
                    *((f"-tags={tags}",) if tags else ()),
                    "-json=Name,ImportPath,GoFiles,CgoFiles,IgnoredGoFiles,TestGoFiles",
                    ".",
                )
                done = run_async(
                    lambda: self.doors.runner.run(Cmd(argv=argv, cwd=folder, env={**OFFLINE_GO, **env}, timeout=60))
                )
                try:
                    self.listed[folder] = json.loads(done.stdout)
                except ValueError:
                    self.listed[folder] = {}
            return self.listed[folder]

        return listed

    # Judging -------------------------------------------------------------------------------------------------------

    def _verdicts(self, observed: Session | None) -> list[Verdict]:
        places = self._places(self.ask)
        product, cause, shown = self._product()
        refused = refusals.of_dlv(observed.problem) if observed and not observed.launched else ""
        mends = Mends(self.ask, self.ask.program)
        whole: tuple[str, tuple[str, ...], Fix | None] = (cause, (shown,), None)
        if product is not None:
            whole = judge.session(self.ask, product, mends)
        if refused and (not whole[0] or whole[0] == "not-main"):
            whole = (
                refused,
                (observed.problem if observed else "",),
                mends.rebuild() if refused in {"go-too-old", "not-main"} else None,
            )
        if whole[0] == "not-main" and whole[2] is None and self.ask.mode == "debug":
            whole = (whole[0], whole[1], self._main_instead())
        if whole[0]:
            said = (f"dlv: {observed.problem}",) if observed and observed.problem and observed.problem not in whole[1] else ()
            return [
                Verdict(file=f, line=n, bound=False, cause=whole[0], evidence=(*whole[1], *said), fix=whole[2])
                for f, n in places
            ]
        assert product is not None
        lister = self._lister(product)
        made = []
        for i, (file, line) in enumerate(places):
            verdict = judge.breakpoint_(self.ask, product, self.machine, mends, lister, file, line)
            made.append(_with_dlv(verdict, observed, i))
        return made

    def _main_instead(self) -> Fix | None:
        """The program of the same module that has the package, if there is exactly one, or one at the module's top."""
        folder = self.ask.program if os.path.isdir(self.ask.program) else os.path.dirname(self.ask.program)
        top = folder
        while top != os.path.dirname(top) and not os.path.isfile(f"{top}/go.mod"):
            top = os.path.dirname(top)
        argv = ("go", "list", "-e", "-f", '{{if eq .Name "main"}}{{.Dir}}{{end}}', "./...")
        done = run_async(lambda: self.doors.runner.run(Cmd(argv=argv, cwd=top, env=OFFLINE_GO, timeout=60)))
        found = [line for line in done.stdout.splitlines() if line and line != folder]
        main = top if top in found else found[0] if len(found) == 1 else ""
        return Fix(launch={"program": main}) if main else None

    # Proof ---------------------------------------------------------------------------------------------------------

    def _proved(self, verdict: Verdict) -> bool:
        """Apply the fix to a copy of the question and ask dlv again."""
        fix = verdict.fix
        assert fix is not None
        launch = {**self.ask.launch, **(fix.launch or {})}
        if fix.substitute_path is not None:
            launch["substitutePath"] = [{"from": r.from_, "to": r.to} for r in fix.substitute_path]
        if fix.rebuild:
            program = os.path.join(self.scratch, "rebuilt")
            if not self._run(fix.rebuild, program):
                return False
            launch["program"] = program
        place = (fix.breakpoint.file, fix.breakpoint.line) if fix.breakpoint else (verdict.file, verdict.line)
        changed = msgspec.structs.replace(
            self.ask,
            launch=launch,
            breakpoints=(Wanted(file=place[0], lines=(place[1],)),),
            env=self.ask.env | (fix.environment or {}),
        )
        session = self._bind(changed, [place])
        return session.launched and all(b.verified for b in session.breakpoints) and bool(session.breakpoints)

    def _run(self, lines: tuple[str, ...], program: str) -> bool:
        """Run a rebuild with its output somewhere else: proving changes nothing of the user's."""
        if os.path.exists(program):
            os.unlink(program)
        for line in lines:
            changed = line.replace(self.ask.program, program)
            done = run_async(
                functools.partial(self.doors.runner.run, Cmd(argv=("/bin/sh", "-c", changed), cwd=self.scratch, timeout=_TIME))
            )
            if not done.ok:
                return False
        return os.path.exists(program)


def _with_dlv(verdict: Verdict, observed: Session | None, number: int) -> Verdict:
    """What dlv did is the truth; a verdict that says otherwise gives way."""
    if observed is None or number >= len(observed.breakpoints):
        return verdict
    said = observed.breakpoints[number]
    evidence = (*verdict.evidence, f"dlv: {said.message or 'verified'}")
    if said.verified and not verdict.bound:
        return Verdict(
            file=verdict.file,
            line=verdict.line,
            bound=True,
            cause="none",
            evidence=(f"dlv: verified at line {said.actual_line}",),
        )
    if not said.verified and verdict.cause == "none":
        return msgspec.structs.replace(verdict, bound=False, cause=refusals.of_breakpoint(said.message), evidence=evidence)
    return msgspec.structs.replace(verdict, bound=said.verified, evidence=evidence)


def told(answer: DebugShape, say: Translator) -> str:
    """The answer for people."""
    lines = []
    if answer.dlv is None:
        lines += [say(_NO_DLV), ""]
    for one in answer.breakpoints:
        good = one.bound and one.cause == "none"
        lines.append(
            f"{'✓' if good else '✗'} {one.file}:{one.line}  {say(_BOUND if one.bound else _UNBOUND)}{'' if good else '  ' + one.cause}"
        )
        lines += [f"    {line}" for shown in one.evidence for line in shown.splitlines()]
        if one.fix:
            lines += [f"  → {line}" for line in _fix(one.fix, say)]
            lines.append(f"    {say(_VERIFIED if one.verified else _NOT_VERIFIED)}")
    return "\n".join(lines) + "\n"


def _fix(fix: Fix, say: Translator) -> list[str]:
    found = []
    if fix.substitute_path is not None:
        rules = ", ".join(f"{r.from_} → {r.to or '(empty)'}" for r in fix.substitute_path) or "[]"
        found.append(say(_FIXES["substitute_path"], value=rules))
    if fix.breakpoint:
        found.append(say(_FIXES["breakpoint"], value=f"{fix.breakpoint.file}:{fix.breakpoint.line}"))
    if fix.rebuild:
        found.append(say(_FIXES["rebuild"], value=" && ".join(fix.rebuild)))
    if fix.environment:
        found.append(say(_FIXES["environment"], value=" ".join(f"{k}={v}" for k, v in fix.environment.items())))
    if fix.launch:
        found.append(say(_FIXES["launch"], value=json.dumps(fix.launch, ensure_ascii=False)))
    return found
