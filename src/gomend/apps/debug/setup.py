"""``gomend debug init``: run configurations for every editor, written through a plan that can be undone, and each proved in a real dlv."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, Final

from gomend.apps.cli import base
from gomend.apps.debug.proofs import Proof, Prover
from gomend.apps.loop import run_async
from gomend.apps.session import Options, Session
from gomend.debug import configs
from gomend.debug.configs import File, Target
from gomend.engine import apply as applying
from gomend.engine.apply import Refused, Site
from gomend.engine.check import Report
from gomend.engine.digests import digest_file
from gomend.engine.steps import StepProblem
from gomend.model.base import Thing
from gomend.model.outcome import Plan
from gomend.model.redact import redact
from gomend.model.step import Edit, EditFile, edit_text
from gomend.model.text import Translator, text
from gomend.ports.processes import OFFLINE_GO, Cmd
from gomend.ports.state import StateProblem

_NO_GO: Final = text("debuginit.no-go", "go cannot list the packages of {path}: {reason}")
_NOTHING: Final = text("debuginit.nothing", "{path} has no main package and no tests")
_LEFT: Final = text("debuginit.left", "{path} is left as it is: {reason}")
_THERE: Final = "it is there already"
_DRY: Final = text("debuginit.dry-run", "Nothing was changed. Write it with --yes.")
_CLEAN: Final = text("debuginit.clean", "Everything is there already.")
_WROTE: Final = text("debuginit.wrote", "Written. Undo it with: gomend undo {journal}")
_PROVED: Final = text("debuginit.proved", "a breakpoint at {place} was hit in a real dlv")
_NOT_PROVED: Final = text("debuginit.not-proved", "not proved: {reason}")
_TESTS: Final = 20
"""More packages with tests than that get no entry each: the one for the test at the cursor serves."""


class InitShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend debug init``: files (relative) that are or would be written, those left alone and why, and proofs."""

    schema_: str
    root: str
    targets: tuple[Target, ...]
    files: tuple[str, ...]
    left: dict[str, str]
    written: bool = False
    journal: str = ""
    proofs: tuple[Proof, ...] = ()


def init(directory: str, editors: tuple[str, ...], *, yes: bool, prove: bool) -> tuple[InitShape, str]:
    """Plan the files, write them if ``yes``, and prove them; the answer and a preview of what would be written.

    Raises:
        Problem: go cannot list the packages, there is nothing to debug, or nothing could be written.
    """
    session = Session(Options(directory=directory), project_needed=False)
    root = session.root
    listed = _listed(session, root)
    targets = _targets(listed, root)
    if not targets:
        raise base.Problem(_NOTHING, path=directory)
    files, left = _files(root, targets, editors)
    preview = "".join(_preview(root, file) for file in files)
    answer: dict[str, Any] = {"root": root, "targets": targets, "files": tuple(f.path for f in files), "left": left}
    journal = _write(session, root, files) if yes and files else ""
    proofs = _proofs(session, root, targets, listed) if yes and prove else ()
    return InitShape(schema_="gomend.debug-init/1", **answer, written=bool(journal), journal=journal, proofs=proofs), preview


def _listed(session: Session, root: str) -> list[dict[str, Any]]:
    argv = ("go", "list", "-e", "-json=Name,Dir,ImportPath,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles", "./...")
    done = run_async(lambda: session.doors.runner.run(Cmd(argv=argv, cwd=root, env=OFFLINE_GO, timeout=120)))
    if not done.ok:
        raise base.Problem(_NO_GO, path=root, reason=redact(done.stderr.strip() or done.why))
    decoder, found, at = json.JSONDecoder(), [], 0
    while (at := done.stdout.find("{", at)) >= 0:
        one, at = decoder.raw_decode(done.stdout, at)
        found.append(one)
    return found


def _targets(listed: list[dict[str, Any]], root: str) -> tuple[Target, ...]:
    mains, tests = [], []
    for one in listed:
        folder = os.path.relpath(one["Dir"], root)
        package = str(one.get("ImportPath", ""))
        short = folder if folder != "." else package.rpartition("/")[2]
        if one.get("Name") == "main" and (one.get("GoFiles") or one.get("CgoFiles")):
            mains.append(Target(name=short, folder=folder, package=package))
        if one.get("TestGoFiles") or one.get("XTestGoFiles"):
            tests.append(Target(name=f"Tests of {short}", folder=folder, package=package, test=True))
    return (*mains, *(tests if len(tests) <= _TESTS else ()))


def _files(root: str, targets: tuple[Target, ...], editors: tuple[str, ...]) -> tuple[tuple[File, ...], dict[str, str]]:
    """What each editor's files lack, and which files are left alone."""
    wanted: list[File] = []
    left: dict[str, str] = {}
    merged: tuple[tuple[str, str, Callable[[str | None], tuple[Edit, ...]]], ...] = (
        ("vscode", ".vscode/launch.json", lambda old: configs.launch_json(old, targets)),
        ("zed", ".zed/debug.json", lambda old: configs.zed(old, targets)),
        ("devcontainer", ".devcontainer/devcontainer.json", lambda old: configs.devcontainer(old) if old else ()),
    )
    for editor, path, made in merged:
        if editor in editors:
            try:
                wanted.append(File(path=path, edits=made(_text(root, path))))
            except (configs.ConfigError, UnicodeDecodeError, OSError) as problem:
                left[path] = str(problem)
    whole = {f".run/{name}": body for name, body in configs.goland(targets).items()} if "goland" in editors else {}
    if "neovim" in editors:
        whole[".nvim.lua"] = configs.neovim(targets)
    if "emacs" in editors:
        whole[".dir-locals.el"] = configs.emacs(targets)
    for path, body in whole.items():
        full = os.path.join(root, path)
        if not os.path.lexists(full):
            wanted.append(File(path=path, edits=configs.as_new(body)))
        elif _text(root, path) != body:
            left[path] = _THERE
    return tuple(f for f in wanted if f.edits), left


def _text(root: str, path: str) -> str | None:
    try:
        with open(os.path.join(root, path), "rb") as file:
            return file.read(4 << 20).decode()
    except FileNotFoundError:
        return None


def _preview(root: str, file: File) -> str:
    import difflib

    old = _text(root, file.path) or ""
    new = edit_text(old.encode(), file.edits).decode()
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), f"a/{file.path}" if old else "/dev/null", f"b/{file.path}", lineterm=""
    )
    return "\n".join(lines) + "\n"


def _write(session: Session, root: str, files: tuple[File, ...]) -> str:
    """Through the journal, so that ``gomend undo`` takes it back; the journal's name.

    Raises:
        Problem: nothing was written, and why.
    """
    steps = []
    for file in files:
        path = os.path.join(root, file.path)
        steps.append(EditFile(path=path, before=digest_file(path), edits=file.edits))
    plan = Plan(steps=tuple(steps), findings=(), codes=(), fixes=("debug-init",))
    site = Site(scope=session.scope, state=str(session.state), rules=())
    report = Report(findings=(), verdicts=())

    async def main() -> Any:
        return await applying.apply(plan, site, report, {}, session.doors)

    try:
        outcome = run_async(main)
    except Refused as refused:
        raise base.Problem(" ".join(session.say(said) for said in refused.said)) from None
    except (StateProblem, StepProblem) as problem:
        raise base.Problem(str(problem)) from None
    if outcome.rolled_back:
        raise base.Problem(redact(outcome.reason))
    return str(outcome.journal or "")


def _proofs(session: Session, root: str, targets: tuple[Target, ...], listed: list[dict[str, Any]]) -> tuple[Proof, ...]:
    """Start dlv for each configuration as the editor will, set a breakpoint at the first statement, and see it hit."""
    prover = Prover(root, listed, session.doors)
    try:
        found = [prover.target(one) for one in targets]
        found += [prover.cursor(one) for one in [t for t in targets if t.test][:1]]
        for one in [t for t in targets if not t.test][:1]:
            found += prover.others(one)
    finally:
        prover.close()
    return tuple(found)


def told(answer: InitShape, preview: str, say: Translator) -> str:
    """The answer for people."""
    lines = [preview.rstrip("\n")] if preview else []
    lines += [say(_LEFT, path=path, reason=reason) for path, reason in answer.left.items()]
    if not answer.files:
        lines.append(say(_CLEAN))
    elif answer.written:
        lines.append(say(_WROTE, journal=answer.journal))
    else:
        lines.append(say(_DRY))
    for proof in answer.proofs:
        shown = say(_PROVED, place=proof.place) if proof.hit else say(_NOT_PROVED, reason=proof.reason)
        lines.append(f"{'✓' if proof.hit else '✗'} {proof.name}: {shown}")
    return "\n".join(lines) + "\n"
