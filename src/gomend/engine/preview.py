"""What a step would do, shown as shell commands and as a unified diff. Reads files, changes nothing."""

from __future__ import annotations

import difflib
import os
import shlex

import msgspec

from gomend.model.finding import Finding, Fix
from gomend.model.redact import redact
from gomend.model.step import EditFile, HttpPut, MovePath, RemovePath, Run, SetGoEnv, Step, edit_text
from gomend.ports.files import FileProblem, Files


def shell(step: Step, files: Files, root: str) -> str:
    """One command (or here-document) that does the same by hand, in the project folder ``root``; secrets are masked."""
    match step:
        case SetGoEnv():
            words = f"-w {shlex.quote(f'{step.name}={step.value}')}" if step.value else f"-u {step.name}"
            return redact(f"go env {words}")
        case Run():
            env = "".join(f"{k}={shlex.quote(v)} " for k, v in sorted(step.env.items()))
            return redact(f"(cd {shlex.quote(step.cwd)} && {env}{shlex.join(step.argv)})")
        case RemovePath():
            return f"chmod -R u+w {shlex.quote(step.path)} && rm -r {shlex.quote(step.path)}"
        case MovePath():
            return f"mv -n {shlex.quote(step.path)} {shlex.quote(step.to)}"
        case HttpPut():
            return redact(f"curl -X PUT --data {shlex.quote(step.body)} {shlex.quote(step.url)}")
        case EditFile():
            return f"patch -p0 <<'END'\n{diff(step, files, root)}END"


def diff(step: Step, files: Files, root: str) -> str:
    """A unified diff of an edit with paths relative to ``root``, empty for other steps; secrets are masked."""
    if not isinstance(step, EditFile):
        return ""
    try:
        old = files.read(step.path) or b""
        new = edit_text(old, step.edits)
    except (FileProblem, ValueError) as problem:
        return f"# {problem}\n"
    inside = step.path.startswith(root.rstrip("/") + "/")
    name = os.path.relpath(step.path, root) if inside else step.path
    lines = difflib.unified_diff(
        old.decode(errors="replace").splitlines(keepends=True),
        new.decode(errors="replace").splitlines(keepends=True),
        "/dev/null" if step.before is None else name,
        name,
    )
    return redact("".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines))


def complete(finding: Finding, files: Files, root: str) -> Finding:
    """Fill in the ``shell`` and ``diff`` of a finding's fixes."""
    if not finding.fixes:
        return finding
    return msgspec.structs.replace(finding, fixes=tuple(_complete(fix, files, root) for fix in finding.fixes))


def _complete(fix: Fix, files: Files, root: str) -> Fix:
    if not fix.steps:
        return msgspec.structs.replace(fix, shell=tuple(redact(hint) for hint in fix.hints))
    return msgspec.structs.replace(
        fix,
        shell=(*(shell(step, files, root) for step in fix.steps), *(redact(hint) for hint in fix.hints)),
        diff="".join(diff(step, files, root) for step in fix.steps),
    )
