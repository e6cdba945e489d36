"""Have the real go fetch module versions into a staging cache, with the caller's own settings and the project's go.sum."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from gomend.apps.caching import Cache
from gomend.apps.loop import run_async
from gomend.modules.cache.quarantine import Staging
from gomend.modules.cache.scan import Entry
from gomend.modules.cache.surroundings import TOOLCHAIN
from gomend.ports.processes import Cmd

_AT_ONCE: Final = 200
_TIME: Final = 900.0
"""Seconds for which go may fetch one batch; go itself waits for ever."""
_DELIVERED: Final = re.compile(r"verifying (?P<what>module|go\.mod)?[^\n]*checksum mismatch\s+downloaded: (?P<h1>h1:\S+)")


def fetch(cache: Cache, staged: Staging, entries: Sequence[Entry]) -> dict[str, str]:
    """Fetch and unpack; answers go's own words for each ``path@version`` that failed.

    go runs in a folder with a go.mod of our own and a copy of the project's go.sum: it checks everything as it would in the
    project, and cannot change the project.
    """
    work = f"{staged.folder}/work"
    os.makedirs(work)
    Path(f"{work}/go.mod").write_text("module gomend.invalid/fetch\n\ngo 1.17\n", encoding="ascii")
    sums = b"".join(Path(path).read_bytes() + b"\n" for path in cache.sum_files())
    Path(f"{work}/go.sum").write_bytes(sums)
    errors: dict[str, str] = {}
    own = [e for e in entries if e.module != TOOLCHAIN]
    tools = [e for e in entries if e.module == TOOLCHAIN]
    for go, some in ((f"{cache.env['GOROOT']}/bin/go", own), ("go", tools)):
        for start in range(0, len(some), _AT_ONCE):
            errors |= _batch(cache, staged, work, go, some[start : start + _AT_ONCE])
    return errors


def _batch(cache: Cache, staged: Staging, work: str, go: str, entries: Sequence[Entry]) -> dict[str, str]:
    env = {
        "GOMODCACHE": staged.folder,
        "GOWORK": "off",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": " ".join(_kept(cache.env["GOFLAGS"])),
        "PWD": work,
    }
    argv = (go, "mod", "download", "-json", *(e.name for e in entries))
    cmd = Cmd(argv=argv, cwd=work, env=env, timeout=_TIME, keep_open=(staged.handle,))
    done = run_async(lambda: cache.doors.runner.run(cmd))
    answers = {f"{a.get('Path')}@{a.get('Version')}": a for a in _objects(done.stdout)}
    said = done.stderr.strip() or done.problem or done.why
    return {
        e.name: answers[e.name].get("Error", "") if e.name in answers else said
        for e in entries
        if e.name not in answers or answers[e.name].get("Error")
    }


def delivered(error: str, version: str) -> dict[str, str]:
    """The hash that go says it was given, by the name in go.sum; empty if the error is another one."""
    match = _DELIVERED.search(error)
    if not match:
        return {}
    return {f"{version}/go.mod" if "go.mod: checksum" in match[0] else version: match["h1"]}


def _objects(text: str) -> Iterator[dict[str, str]]:
    decoder, at = json.JSONDecoder(), 0
    while (start := text.find("{", at)) >= 0:
        try:
            found, at = decoder.raw_decode(text, start)
        except ValueError:
            return
        yield found


def _kept(flags: str) -> list[str]:
    """Of GOFLAGS only what shapes the cache: -mod and -modfile belong to the project."""
    try:
        return [word for word in shlex.split(flags) if word.lstrip("-").startswith("modcacherw")]
    except ValueError:
        return []
