"""``gomend debug why``: try the breakpoints in a real dlv, judge by the binary and the sources, and prove the fix in dlv again."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from typing import Any, Final

import msgspec

from gomend.apps.cli import base
from gomend.apps.debug.trying import Bench, Whole, ptrace_hints, stopped_at
from gomend.binary.info import BinaryError
from gomend.debug.dap import Session
from gomend.debug.facts.dlv import oldest_for
from gomend.debug.why import imaged, judge, refusals
from gomend.debug.why.ask import Ask, AskError, Fix, Verdict, read
from gomend.debug.why.mends import Mends
from gomend.debug.why.product import Product
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Translator, text
from gomend.ports.doors import real_doors
from gomend.ports.files import FileProblem

_BAD_FILE: Final = text("debugwhy.bad-file", "{path}: {reason}")
_NO_FILE: Final = text("debugwhy.no-file", "{path} cannot be read: {reason}")
_NO_PROGRAM: Final = text(
    "debugwhy.no-program",
    'mode {mode}: which binary is debugged cannot be seen from here; name the same file as "program", or how it was built in "build" (go build -o FILE)',
)
_BOUND: Final = text("debugwhy.bound", "bound")
_UNBOUND: Final = text("debugwhy.unbound", "not bound")
_VERIFIED: Final = text("debugwhy.verified", "proved: with this it binds in a real dlv")
_NOT_VERIFIED: Final = text("debugwhy.not-verified", "not proved here")
_STOPPED: Final = text("debugwhy.stopped", "let run, the program stopped there")
_STOPPED_ELSEWHERE: Final = text("debugwhy.stopped-elsewhere", "let run, the program stopped elsewhere")
_NO_DLV: Final = text(
    "debugwhy.no-dlv", "Nothing was tried in dlv: there is none here, it cannot start this program, or --no-dlv was given."
)
_FIXES: Final = {
    "substitute_path": text("debugwhy.fix.rules", "substitutePath {value}"),
    "breakpoint": text("debugwhy.fix.breakpoint", "set the breakpoint at {value}"),
    "rebuild": text("debugwhy.fix.rebuild", "build again: {value}"),
    "environment": text("debugwhy.fix.environment", "environment {value}"),
    "image": text("debugwhy.fix.image", "in the image's file {value}"),
    "launch": text("debugwhy.fix.launch", "in the launch request {value}"),
}


_SYSTEM: Final = {"win32": "windows"}.get(sys.platform, sys.platform)
_CPUS: Final = {
    "x86_64": "amd64",
    "AMD64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "ppc64le": "ppc64le",
    "loongarch64": "loong64",
}
"""Go's names of processors that Delve runs on."""


class BreakpointShape(Thing, frozen=True):
    """One breakpoint. ``verified``: bound in a real dlv with the fix applied; ``stopped``: let run, the program stopped there (None: not tried, or it never came to a stop)."""

    file: str
    line: int
    bound: bool
    cause: str
    evidence: tuple[str, ...]
    fix: Fix | None
    verified: bool
    stopped: bool | None = None


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


def why(ask: Ask, *, use_dlv: bool = True, run: bool = False) -> DebugShape:
    """Answer. With ``run`` the program is let run until it stops at a breakpoint.

    Raises:
        Problem: the program runs elsewhere, and nothing says which file here is the same binary; or the binary is damaged.
    """
    image = imaged.find(ask) if ask.mode == "remote" and not ask.program else None
    if ask.mode in {"local", "remote", "core", "replay"} and not ask.program and image is None:
        raise base.Problem(_NO_PROGRAM, mode=ask.mode)
    scratch = tempfile.mkdtemp(prefix="gomend-debug-")
    try:
        env = {**os.environ, **ask.env}
        if ask.dlv:
            env["PATH"] = os.pathsep.join((os.path.dirname(ask.dlv), env.get("PATH", "")))
        if image is not None:
            from gomend.apps.debug.standing import StandIn

            bench: Bench = StandIn(ask, real_doors(env), scratch, image)
        else:
            bench = Bench(ask, real_doors(env), scratch, run=run)
        return _Answer(bench.ask, bench, use_dlv=use_dlv).shape()
    except BinaryError as problem:
        raise base.Problem(_BAD_FILE, path=ask.program, reason=str(problem)) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Answer:
    def __init__(self, ask: Ask, bench: Bench, *, use_dlv: bool) -> None:
        self.ask = ask
        self.bench = bench
        self.dlv = bench.tool() if use_dlv else None
        self.machine = bench.machine()
        self.listed: dict[str, dict[str, Any]] = {}
        self.foreign = ""
        self.places = [(wanted.file, line) for wanted in ask.breakpoints for line in wanted.lines]

    def shape(self) -> DebugShape:
        self.foreign = self._foreign()
        if self.foreign:
            self.dlv = None
        observed = self.bench.bind(self.dlv, self.ask, self.places, run=self.bench.run) if self.dlv else None
        made = [self._one(verdict, observed) for verdict in self._verdicts(observed)]
        return DebugShape(schema_="gomend.debug/1", breakpoints=tuple(made), dlv=self.dlv.version if self.dlv else None)

    def _foreign(self) -> str:
        """The system that a ready-made program is for, where dlv cannot start it here; empty if it is for this one."""
        if self.ask.mode in {"debug", "test"} or self.ask.process:
            return ""
        try:
            product = Product(self.ask.program)
        except (FileProblem, BinaryError):
            return ""
        target = f"{product.setting('GOOS')}/{product.setting('GOARCH')}"
        return target if "" not in target.split("/") and target != f"{_SYSTEM}/{_CPUS.get(platform.machine(), '')}" else ""

    def _one(self, verdict: Verdict, observed: Session | None) -> BreakpointShape:
        if self.foreign:
            shown = (*verdict.evidence, f"{self.foreign}: no dlv here can start it; told from its tables")
            verdict = msgspec.structs.replace(verdict, evidence=shown)
        good = verdict.bound and verdict.cause == "none"
        proved, stopped = False, None
        if self.dlv and verdict.fix is not None:
            proved, stopped = self.bench.proved(self.dlv, verdict)
        elif good and observed is not None:
            proved, stopped = True, stopped_at(observed, verdict.line) if len(self.places) == 1 else None
        return BreakpointShape(
            file=verdict.file,
            line=verdict.line,
            bound=verdict.bound,
            cause=verdict.cause,
            evidence=tuple(redact(e) for e in verdict.evidence),
            fix=verdict.fix,
            verified=proved and stopped is not False,
            stopped=stopped,
        )

    def _product(self) -> tuple[Product | None, str, str]:
        """The binary, or a cause and what shows it."""
        path = self.ask.program
        if self.ask.mode in {"debug", "test"}:
            path = os.path.join(self.bench.scratch, "program")
            if problem := self.bench.build(path):
                alone = "undefined: " in problem and self.ask.program.endswith(".go")
                return None, "not-in-binary" if alone else refusals.of_build(problem), problem
        try:
            return Product(path), "", ""
        except FileProblem as problem:
            return None, "not-in-binary", str(problem)
        except BinaryError as error:
            return None, "not-main", f"{self.ask.program}: {error}"

    def _lister(self, product: Product) -> judge.Lister:
        env = {n: product.setting(n) for n in ("GOOS", "GOARCH", "CGO_ENABLED") if product.setting(n)}

        def listed(folder: str) -> dict[str, Any]:
            if folder not in self.listed:
                self.listed[folder] = self.bench.listed(folder, env, product.setting("-tags"))
            return self.listed[folder]

        return listed

    def _verdicts(self, observed: Session | None) -> list[Verdict]:
        product, cause, shown = self._product()
        refused = refusals.of_dlv(observed.problem) if observed and not observed.launched else ""
        mends = Mends(self.ask, self.ask.built)
        whole: Whole = (cause, (shown,), None)
        if product is not None:
            whole = judge.session(self.ask, product, mends)
        if refused and (not whole[0] or whole[0] == "not-main"):
            said = (observed.problem if observed else "", *(self._around(refused, product)))
            whole = (refused, said, mends.rebuild() if refused == "go-too-old" else None)
        if product is None and whole[0] == "not-in-binary" and self.ask.program.endswith(".go"):
            whole = (whole[0], whole[1], Fix(launch={"program": os.path.dirname(self.ask.program)}))
        elif whole[0] == "not-main" and whole[2] is None and self.ask.mode == "debug":
            whole = (whole[0], whole[1], self._main_instead())
        whole = self.bench.renamed(whole)
        if whole[0] == "not-main" and whole[2] and whole[2].launch:
            return [self._elsewhere(whole, file, line) for file, line in self.places]
        if whole[0]:
            more = (f"dlv: {observed.problem}",) if observed and observed.problem and observed.problem not in whole[1] else ()
            return [
                Verdict(
                    file=f,
                    line=n,
                    bound=False,
                    cause=whole[0],
                    evidence=(*whole[1], *more),
                    fix=self.bench.completed(whole[2], f, n),
                )
                for f, n in self.places
            ]
        assert product is not None
        lister = self._lister(product)
        return [
            self.bench.named(
                _with_dlv(judge.breakpoint_(self.ask, product, self.machine, mends, lister, file, line), observed, i)
            )
            for i, (file, line) in enumerate(self.places)
        ]

    def _elsewhere(self, whole: Whole, file: str, line: int) -> Verdict:
        """A breakpoint that another program is launched for: with what it needs there, too."""
        assert whole[2] is not None
        ask = msgspec.structs.replace(self.ask, launch={**self.ask.launch, **(whole[2].launch or {})})
        path = os.path.join(self.bench.scratch, "elsewhere")
        bench = Bench(ask, self.bench.doors, self.bench.scratch, run=False)
        fix = whole[2]
        if os.path.exists(path) or not bench.build(path):
            product = Product(path)
            mends = Mends(ask, path)
            there = judge.breakpoint_(ask, product, self.machine, mends, self._lister(product), file, line).fix
            more = {n: getattr(there, n) for n in ("breakpoint", "substitute_path") if there and getattr(there, n) is not None}
            fix = msgspec.structs.replace(fix, **more)
        return Verdict(file=file, line=line, bound=False, cause=whole[0], evidence=whole[1], fix=fix)

    def _around(self, refused: str, product: Product | None) -> tuple[str, ...]:
        """What this machine says of a refusal: which dlv the program needs, or what keeps ptrace away."""
        if refused == "dlv-too-old" and product and product.build:
            needed = oldest_for(product.build.version)
            return (
                f"{product.build.version} needs dlv {needed} or newer: go install github.com/go-delve/delve/cmd/dlv@latest",
            )
        return ptrace_hints() if refused == "ptrace-refused" else ()

    def _main_instead(self) -> Fix | None:
        """The program of the same module that has the package, if there is exactly one, or one at the module's top."""
        folder = self.ask.program if os.path.isdir(self.ask.program) else os.path.dirname(self.ask.program)
        top = folder
        while top != os.path.dirname(top) and not os.path.isfile(f"{top}/go.mod"):
            top = os.path.dirname(top)
        found = [f for f in self.bench.mains(top) if f != folder]
        main = top if top in found else found[0] if len(found) == 1 else ""
        return Fix(launch={"program": main}) if main else None


def _with_dlv(verdict: Verdict, observed: Session | None, number: int) -> Verdict:
    """What dlv did is the truth; a verdict that says otherwise gives way."""
    if observed is None:
        return verdict
    if not observed.launched or number >= len(observed.breakpoints):
        said_why = observed.output.strip() if "debug console" in observed.problem else observed.problem
        return msgspec.structs.replace(verdict, bound=False, evidence=(*verdict.evidence, f"dlv: {said_why}"))
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
        if one.stopped is not None:
            lines.append(f"    {say(_STOPPED if one.stopped else _STOPPED_ELSEWHERE)}")
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
    found += [say(_FIXES["image"], value=line) for line in fix.image or ()]
    if fix.launch:
        found.append(say(_FIXES["launch"], value=json.dumps(fix.launch, ensure_ascii=False)))
    return found
