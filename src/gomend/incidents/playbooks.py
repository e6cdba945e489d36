"""The library of playbooks, as far as an incident needs it: a folder, and the causes that each playbook's header names.

A header is what stands before the first line that is neither a comment nor ``key: value``: ``cause: memory`` or ``# cause: memory, cpu``;
``name:`` names the playbook, else its file does. No library, or none for a cause: nothing is said.
"""

from __future__ import annotations

import os
import re
from typing import Final

from gomend.ports.files import FileProblem, Files

_LINE: Final = re.compile(r"^\s*(?:[#-]+\s*)?(?P<key>causes?|name)\s*:\s*(?P<value>.+?)\s*$", re.IGNORECASE)
_HEAD: Final = 40
"""Lines of a file that may be its header."""
_SUFFIXES: Final = (".yml", ".yaml")


def playbook_for(files: Files, folder: str, *causes: str) -> str:
    """The name of the first playbook (by file name) for the first of ``causes`` that has one; empty if none has."""
    known = _library(files, folder)
    return next((known[cause] for cause in causes if cause in known), "")


def _library(files: Files, folder: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in files.names(folder):
        try:
            raw = files.read(os.path.join(folder, name)) if name.endswith(_SUFFIXES) else None
        except FileProblem:
            continue
        title, causes = header((raw or b"").decode(errors="replace").splitlines()[:_HEAD])
        for cause in causes:
            found.setdefault(cause, title or os.path.splitext(name)[0])
    return found


def header(lines: list[str]) -> tuple[str, list[str]]:
    """The name and the causes in a playbook's first lines."""
    title, causes = "", list[str]()
    for line in lines:
        seen = _LINE.match(line)
        if seen is None:
            continue
        value = seen["value"].strip("\"'[]")
        if seen["key"].lower() != "name":
            causes += [c.strip(" \"'") for c in value.split(",") if c.strip(" \"'")]
        elif not title:
            title = value
    return title, causes
