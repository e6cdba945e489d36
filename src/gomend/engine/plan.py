"""Findings → one plan: which fixes, in which order, without contradicting each other."""

from __future__ import annotations

from collections.abc import Iterable

from gomend.model.base import Safety
from gomend.model.finding import Finding, Fix
from gomend.model.outcome import Conflict, Plan
from gomend.model.step import Edit, EditFile, HttpPut, MovePath, RemovePath, Run, SetGoEnv, Step


def make_plan(findings: Iterable[Finding], *, unsafe: bool = False) -> Plan:
    """Choose for each finding its first fix that has steps and is safe enough, roots first.

    A finding that another one explains is left to that one's fix if it has any. Edits of one file are merged; a fix that
    contradicts an earlier one is dropped and named in ``conflicts``.
    """
    chosen: list[tuple[Finding, Fix]] = []
    unmended: list[str] = []
    mended: set[str] = set()
    for finding in findings:
        if finding.explained_by in mended:
            mended.add(finding.fingerprint)
            continue
        fix = next((f for f in finding.fixes if f.steps and _allowed(f, unsafe=unsafe)), None)
        if fix is None:
            unmended.append(finding.fingerprint)
        else:
            chosen.append((finding, fix))
            mended.add(finding.fingerprint)
    # Settings and texts first: programs that run afterwards should see them.
    chosen.sort(key=lambda pair: any(isinstance(s, (Run, HttpPut)) for s in pair[1].steps))
    steps: list[Step] = []
    conflicts: list[Conflict] = []
    kept: list[tuple[Finding, Fix]] = []
    for finding, fix in chosen:
        merged = list(steps)
        clash = next((target for step in fix.steps if (target := _merge(merged, step))), "")
        if clash:
            rival = next((f.id for _, f in kept if any(_target(s) == clash for s in f.steps)), "")
            conflicts.append(Conflict(kept=rival, dropped=fix.id, target=clash))
            unmended.append(finding.fingerprint)
        else:
            steps = merged
            kept.append((finding, fix))
    return Plan(
        steps=tuple(steps),
        findings=tuple(f.fingerprint for f, _ in kept),
        codes=tuple(sorted({f.code for f, _ in kept})),
        fixes=tuple(dict.fromkeys(fix.id for _, fix in kept)),
        conflicts=tuple(conflicts),
        unmended=tuple(unmended),
    )


def _allowed(fix: Fix, *, unsafe: bool) -> bool:
    return fix.safety is Safety.SAFE or (unsafe and fix.safety is Safety.UNSAFE)


def _merge(steps: list[Step], new: Step) -> str:
    """Add ``new`` to ``steps``, merging edits of one file; answers the target they fight over, empty if they do not."""
    if new in steps:
        return ""
    for i, old in enumerate(steps):
        if isinstance(old, EditFile) and isinstance(new, EditFile) and old.path == new.path:
            edits = _merged_edits(old, new)
            if edits is None:
                return new.path
            steps[i] = EditFile(path=old.path, before=old.before, edits=edits)
            return ""
        same = _target(old) == _target(new)
        if same and isinstance(old, (SetGoEnv, RemovePath, MovePath, HttpPut)) and type(old) is type(new):
            return _target(new)
        if _inside(old, new) or _inside(new, old):
            return _target(new)
    steps.append(new)
    return ""


def _merged_edits(old: EditFile, new: EditFile) -> tuple[Edit, ...] | None:
    if old.before != new.before:
        return None
    edits = list(old.edits)
    for edit in new.edits:
        if edit in edits:
            continue
        if any(edit.start < e.end and e.start < edit.end for e in edits) or any(
            edit.start == e.start and edit.end == e.end for e in edits
        ):
            return None
        edits.append(edit)
    return tuple(sorted(edits, key=lambda e: (e.start, e.end)))


def _target(step: Step) -> str:
    match step:
        case EditFile() | RemovePath() | MovePath():
            return step.path
        case SetGoEnv():
            return f"go env {step.name}"
        case HttpPut():
            return step.url
        case Run():
            return " ".join(step.argv)


def _inside(outer: Step, inner: Step) -> bool:
    """Whether ``outer`` takes a path away that ``inner`` works on."""
    if not isinstance(outer, (RemovePath, MovePath)) or not isinstance(inner, (EditFile, RemovePath, MovePath)):
        return False
    return inner.path == outer.path or inner.path.startswith(outer.path + "/")
