"""What a step would do, shown as shell commands and as a unified diff. Reads files, changes nothing."""

from __future__ import annotations

import difflib
import shlex

import msgspec

from gomend.model.finding import Finding, Fix
from gomend.model.redact import redact
from gomend.model.step import EditFile, HttpPut, MovePath, RemovePath, Run, SetGoEnv, Step, edit_text
from gomend.ports.files import FileProblem, Files


def shell(step: Step, files: Files) -> str:
    """One command (or here-document) that does the same by hand; secrets are masked."""
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
            return f"patch -p0 <<'END'\n{diff(step, files)}END"


def diff(step: Step, files: Files) -> str:
    """A unified diff of an edit, empty for other steps; secrets are masked."""
    if not isinstance(step, EditFile):
        return ""
    try:
        old = files.read(step.path) or b""
        new = edit_text(old, step.edits)
    except (FileProblem, ValueError) as problem:
        return f"# {problem}\n"
    lines = difflib.unified_diff(
        old.decode(errors="replace").splitlines(keepends=True),
        new.decode(errors="replace").splitlines(keepends=True),
        "/dev/null" if step.before is None else step.path,
        step.path,
    )
    return redact("".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines))


def complete(finding: Finding, files: Files) -> Finding:
    """Fill in the ``shell`` and ``diff`` of a finding's fixes."""
    if not finding.fixes:
        return finding
    return msgspec.structs.replace(finding, fixes=tuple(_complete(fix, files) for fix in finding.fixes))


def _complete(fix: Fix, files: Files) -> Fix:
    if not fix.steps:
        return msgspec.structs.replace(fix, shell=tuple(redact(hint) for hint in fix.hints))
    return msgspec.structs.replace(
        fix,
        shell=tuple(shell(step, files) for step in fix.steps),
        diff="".join(diff(step, files) for step in fix.steps),
    )
