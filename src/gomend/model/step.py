"""Steps: the smallest changes that a plan is made of. How each is done and undone lives in ``engine/steps``."""

from __future__ import annotations

import hashlib

import msgspec

from gomend.model.base import Thing
from gomend.model.redact import redact


class Edit(Thing, frozen=True):
    """Replace bytes ``start`` to ``end`` (UTF-8 offsets in the file as it was read) with ``new``."""

    start: int
    end: int
    new: str


class EditFile(Thing, frozen=True, tag="edit-file", tag_field="kind"):
    """Change or create one text file. ``before`` is the SHA-256 of the bytes the edits were made for, None to create."""

    path: str
    before: str | None
    edits: tuple[Edit, ...]


class SetGoEnv(Thing, frozen=True, tag="set-go-env", tag_field="kind"):
    """``go env -w NAME=VALUE``; an empty value unsets (``go env -u``). ``file`` is GOENV, ``before`` its SHA-256 or None."""

    name: str
    value: str
    file: str
    before: str | None


class Run(Thing, frozen=True, tag="run", tag_field="kind"):
    """Run one program (never a shell). ``writes`` are the paths it may change: saved before, restored by undo.

    ``touches`` are the tags (see :class:`gomend.model.facts.Fact`) of the facts that it may change.
    """

    argv: tuple[str, ...]
    cwd: str
    env: dict[str, str] = {}
    writes: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()
    timeout: float = 600.0


class RemovePath(Thing, frozen=True, tag="remove-path", tag_field="kind"):
    """Take a file or folder away (into quarantine, so that undo can bring it back).

    ``before`` is the digest of :func:`gomend.engine.digests.digest_path` that must still hold, None for any.
    """

    path: str
    before: str | None = None
    touches: tuple[str, ...] = ()


class MovePath(Thing, frozen=True, tag="move-path", tag_field="kind"):
    """Rename ``path`` to ``to``, which must not exist."""

    path: str
    to: str
    touches: tuple[str, ...] = ()


class HttpPut(Thing, frozen=True, tag="http-put", tag_field="kind"):
    """PUT ``body`` to ``url``. ``before`` is the SHA-256 of what GET answers now, None where it answers 404."""

    url: str
    body: str
    before: str | None
    content_type: str = "application/json"


Step = EditFile | SetGoEnv | Run | RemovePath | MovePath | HttpPut
"""Any step."""


def digest_bytes(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def edit_text(content: bytes, edits: tuple[Edit, ...]) -> bytes:
    """Apply ``edits`` to ``content``.

    Raises:
        ValueError: edits overlap or lie outside.
    """
    last = len(content)
    for edit in sorted(edits, key=lambda e: (e.start, e.end), reverse=True):
        if not 0 <= edit.start <= edit.end <= last:
            msg = "edits overlap or lie outside the file"
            raise ValueError(msg)
        content = content[: edit.start] + edit.new.encode() + content[edit.end :]
        last = edit.start
    return content


def masked(step: Step) -> Step:
    """The step with secrets masked, for journals and outputs (a masked step is shown or undone, never done)."""
    match step:
        case EditFile():
            edits = tuple(msgspec.structs.replace(e, new=redact(e.new)) for e in step.edits)
            return msgspec.structs.replace(step, edits=edits)
        case SetGoEnv():
            return msgspec.structs.replace(step, value=redact(step.value))
        case Run():
            env = {name: redact(value) for name, value in step.env.items()}
            return msgspec.structs.replace(step, argv=tuple(redact(word) for word in step.argv), env=env)
        case HttpPut():
            return msgspec.structs.replace(step, body=redact(step.body), url=redact(step.url))
        case RemovePath() | MovePath():
            return step
