"""Real failures, replayed with the real tools through gomend's own command line.

A case is a small project that a real compiler, linker or loader breaks on. It is asked three ways: ``gomend run`` of the
command, ``gomend why -`` of what the command printed (in an empty folder, so that no fact of the project helps), and the first
fix, done by the shell lines that gomend prints, with the command run again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cgo.bench import FOREIGN, GO, zig_script

GOMEND = (sys.executable, "-m", "gomend")


@dataclass(frozen=True)
class Case:
    """One failure. ``{W}`` is the case's own folder, ``{ZIG}`` a zig, ``{GO}`` the folder of go; the project lies in ``{W}/src``."""

    id: str
    cause: str
    files: Mapping[str, str]
    cmd: str
    setup: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    proof: str | None = None
    """What is run after the fix; None: the command again. Empty: nothing that a program could do mends it."""
    expect: str = ""
    """What the proof must print."""
    silent: bool = False
    """The command exits 0, or its output says nothing of the cause: a log alone cannot tell."""
    also: tuple[str, ...] = ()
    """Other causes that are as right."""
    log_also: tuple[str, ...] = ()
    """Causes that a reader of the log alone may name as well: it does not tell them apart."""
    log: str = ""
    """Output that was recorded, for ``why`` where the command is not run."""

    @property
    def needs_zig(self) -> bool:
        return "{ZIG}" in json.dumps([self.setup, self.cmd, dict(self.env)])


@dataclass
class Replayed:
    """What came of one case. Slugs are those of the first finding, ``none`` without one."""

    exit: int
    log: str
    run: str = ""
    why: str = ""
    fixed: bool | None = None
    script: str = ""
    said: str = ""
    answer: dict[str, Any] = field(default_factory=dict)


class Stage:
    """A folder in which one case is played."""

    def __init__(self, case: Case, folder: Path, cache: Path) -> None:
        self.case, self.folder, self.root = case, folder, folder / "src"
        self.zig = str(zig_script(folder))
        for name, text in case.files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        self.base = kept | {
            "HOME": str(folder / "home"),
            "GOENV": str(folder / "goenv"),
            "GOCACHE": str(cache),
            "GOMODCACHE": str(folder / "mod"),
            "GOFLAGS": "-buildvcs=false",
            "GOTOOLCHAIN": "local",
            "GOPROXY": "off",
            "GOWORK": "off",
            "GOMEND_STATE": str(folder / "state"),
            "ZIG_GLOBAL_CACHE_DIR": str(cache.parent / "zigcache"),
            "LC_ALL": "C",
        }
        (folder / "empty").mkdir(exist_ok=True)
        (folder / "home").mkdir(exist_ok=True)
        self.env = {**self.base, **{k: self.fill(v) for k, v in case.env.items()}}

    def fill(self, text: str) -> str:
        return text.replace("{W}", str(self.folder)).replace("{ZIG}", self.zig).replace("{GO}", GO)

    def shell(self, script: str, *, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", "-c", script],
            cwd=self.root,
            env=dict(env or self.env),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=500,
            check=False,
        )

    def prepare(self) -> None:
        if self.case.setup:
            done = self.shell(self.fill(self.case.setup), env=self.base)
            assert done.returncode == 0, done.stderr

    def gomend(self, *words: str, cwd: Path | None = None, text: str | None = None, plain: bool = False) -> dict[str, Any]:
        answer = self.folder / "answer.json"
        answer.unlink(missing_ok=True)
        done = subprocess.run(
            [*GOMEND, words[0], "--format", "json", "--output", str(answer), *words[1:]],
            cwd=cwd or self.root,
            env=self.base if plain else self.env,
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=500,
            check=False,
        )
        self.done = done
        assert answer.exists(), done.stderr[-3000:]
        found: dict[str, Any] = json.loads(answer.read_text())
        return found

    def run(self) -> dict[str, Any]:
        return self.gomend("run", "--", "/bin/bash", "-c", self.fill(self.case.cmd))

    def why(self, log: str) -> dict[str, Any]:
        return self.gomend("why", "-", cwd=self.folder / "empty", text=log, plain=True)

    def mended(self, answer: dict[str, Any]) -> tuple[bool, str, str]:
        """Do the first fix of the first finding by its shell lines, in one shell, then the proof."""
        fixes = [f for f in answer["findings"][:1] for f in f["fixes"] if f["shell"]]
        lines = fixes[0]["shell"] if fixes else []
        proof = self.case.cmd if self.case.proof is None else self.case.proof
        if self.case.proof is None and any(re.search(r"\bgo (?:build|test|run)\b|^qemu-", line) for line in lines):
            proof = "true"  # the command again with other flags is the fix
        script = "\n".join([*lines, "set -e", self.fill(proof)])
        done = self.shell(script)
        output = done.stdout + done.stderr
        good = bool(lines) and done.returncode == 0 and bool(re.search(self.case.expect, output))
        return good, script, output


def slug(answer: dict[str, Any]) -> str:
    """Cause that an answer names first."""
    found = answer["findings"]
    return str(found[0]["slug"]) if found else "none"


def replay(case: Case, folder: Path, cache: Path, *, why: bool = True, fix: bool = True) -> Replayed:
    """Play one case from its first failure to the proof of its mend."""
    stage = Stage(case, folder, cache)
    stage.prepare()
    answer = stage.run()
    log = stage.done.stdout + stage.done.stderr
    result = Replayed(exit=stage.done.returncode, log=log, run=slug(answer), answer=answer)
    if why and not case.silent:
        result.why = slug(stage.why(log)) if log.strip() else "none"
    if fix and case.proof != "" and result.run == case.cause:
        result.fixed, result.script, result.said = stage.mended(answer)
    return result


def right(case: Case, said: str, *, log: bool = False) -> bool:
    """Whether a slug is the cause; ``log``: as far as the log alone can tell."""
    return said in {case.cause, *case.also, *(case.log_also if log else ())}


def leave(folder: Path) -> None:
    """Remove a folder that go made read-only in places."""
    for place, _, _ in os.walk(folder):
        os.chmod(place, 0o755)
    shutil.rmtree(folder, ignore_errors=True)


def _reproduced() -> tuple[Case, ...]:
    cases = json.loads((Path(__file__).parent / "data" / "reproduced.json").read_text(encoding="utf-8"))
    return tuple(Case(**{k: tuple(v) if isinstance(v, list) else v for k, v in c.items()}) for c in cases)


REPRODUCED = _reproduced()
"""Failures that were recorded elsewhere, with their projects."""
