"""``gomend:ignore GM104 because …`` in a comment on a finding's line, or on the line above, silences it there.

A comment without a reason silences nothing and is reported.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Final

from gomend.model.finding import Finding
from gomend.ports.files import FileProblem, Files, read_text

_COMMENT: Final = re.compile(r"gomend:ignore\s+(?P<rules>[\w-]+(?:\s*,\s*[\w-]+)*)(?P<reason>[^\n]*)")


def ignored(findings: Iterable[Finding], root: str, files: Files) -> tuple[frozenset[str], tuple[str, ...]]:
    """Fingerprints of findings that a comment silences, and the places of comments that lack a reason."""
    silent: set[str] = set()
    bare: set[str] = set()
    texts: dict[str, list[str]] = {}
    for finding in findings:
        path, line = finding.subject.path, finding.subject.line
        if not path or not line:
            continue
        if path not in texts:
            try:
                texts[path] = (read_text(files, os.path.join(root, path)) or "").splitlines()
            except FileProblem:
                texts[path] = []
        for number in (line, line - 1):
            words = texts[path][number - 1] if 0 < number <= len(texts[path]) else ""
            match = _COMMENT.search(words)
            if not match or not {finding.code, finding.slug} & set(re.split(r"\s*,\s*", match["rules"])):
                continue
            if len(match["reason"].strip(" \t:*/-#—")) < 3:
                bare.add(f"{path}:{number}")
            else:
                silent.add(finding.fingerprint)
    return frozenset(silent), tuple(sorted(bare))
