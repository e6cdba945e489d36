"""Scripts: what their first line asks of the kernel (execve(2), Linux's ``fs/binfmt_script.c``)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gomend.apps.binaries import words
from gomend.apps.binaries.cause import Cause
from gomend.binary.roots import Root
from gomend.model.text import say


def script(path: str, head: bytes, root: Root) -> Iterator[Cause]:
    """Why a script does not start. The kernel takes the first word as a path and the rest of the line as one argument."""
    line = head[2:].partition(b"\n")[0][:253].decode("utf-8", "replace")
    quote = f"#!{line}".replace("\r", "\\r")
    carriage = line.endswith("\r")
    words_ = line.strip(" \t\r").split(None, 1)
    if not words_:
        yield Cause(slug="exec-format", message=say(words.NO_HEAD, path=path), evidence=(quote,), fixes=(say(words.FIX_HEAD),))
        return
    interpreter, rest = words_[0], words_[1] if len(words_) > 1 else ""
    if carriage:
        message, fix = say(words.SCRIPT_CR, path=path), say(words.FIX_LINES, path=path)
        yield Cause(slug="script-line-ends", message=message, evidence=(quote,), fixes=(fix,))
        return
    real = root.real(interpreter)
    if real is None or not os.path.isfile(real):
        message = say(words.SCRIPT, path=path, interpreter=interpreter)
        yield Cause(slug="script-interpreter-missing", message=message, evidence=(quote,))
        return
    if not os.stat(real).st_mode & 0o111:
        message = say(words.SCRIPT_EXEC, path=path, interpreter=interpreter)
        yield Cause(slug="script-interpreter-missing", message=message, evidence=(quote,))
        return
    if os.path.basename(interpreter) == "env" and rest:
        yield from _env(path, rest, quote, root)


def _env(path: str, rest: str, quote: str, root: Root) -> Iterator[Cause]:
    if " " in rest and not rest.startswith("-"):
        message = say(words.SCRIPT_WORDS, path=path, words=rest)
        yield Cause(
            slug="script-interpreter-missing", message=message, evidence=(quote,), fixes=(say(words.FIX_ENV_S, words=rest),)
        )
        return
    program = next((w for w in rest.split() if not w.startswith("-") and "=" not in w), "")
    folders = (
        os.environ.get("PATH", os.defpath).split(":")
        if root.here
        else ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
    )
    if program and "/" not in program and not any(root.real(f"{folder}/{program}") for folder in folders):
        message = say(words.SCRIPT_ENV, path=path, program=program)
        yield Cause(slug="script-interpreter-missing", message=message, evidence=(quote,))
