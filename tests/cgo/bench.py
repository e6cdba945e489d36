"""A project on disk, the real tools around it, and gomend's rules on both."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import anyio

from gomend.apps import registry
from gomend.engine import check as engine
from gomend.engine.gather import gather
from gomend.model.base import Cost
from gomend.model.finding import Finding, Fix
from gomend.model.step import EditFile, RemovePath, Run, SetGoEnv, Step, edit_text
from gomend.ports.doors import Scope, real_doors

RULES = registry.select(("GM2",))
GO = os.path.dirname(shutil.which("go") or "go")
FOREIGN = ("CGO_", "CC", "CXX", "GO", "PKG_CONFIG", "AR")


class Bench:
    """One project with its own GOENV; the build cache is shared by the session."""

    def __init__(self, folder: Path, cache: Path, files: dict[str, str]) -> None:
        self.folder = folder
        self.root = folder / "src"
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        self.env = kept | {
            "GOENV": str(folder / "goenv"),
            "GOCACHE": str(cache),
            "GOMODCACHE": str(folder / "mod"),
            "GOFLAGS": "-buildvcs=false",
            "GOTOOLCHAIN": "local",
            "GOPROXY": "off",
            "GOWORK": "off",
            "LC_ALL": "C",
        }

    def tools(self, *names: str) -> None:
        """Leave only these programs (and what a compiler itself needs) on PATH."""
        folder = self.folder / "tools"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in ("sh", "as", "ld", *names):
            (folder / name).symlink_to(shutil.which(name) or name)
        self.env["PATH"] = f"{GO}:{folder}"

    def run(self, *argv: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(argv, cwd=self.root, env={**self.env, **(env or {})}, capture_output=True, text=True, check=False)

    def scope(self, **fields: object) -> Scope:
        return Scope(root=str(self.root), **fields)  # type: ignore[arg-type]

    def check(self, *, depth: Cost = Cost.CHEAP, codes: tuple[str, ...] = (), **fields: object) -> engine.Report:
        rules = [r for r in RULES if not codes or r.code in codes]
        doors = real_doors(self.env)

        async def judge() -> engine.Report:
            wanted = {n.fact for r in rules if r.cost <= depth for n in r.needs} | {
                f for r in rules if r.cost <= depth for f in r.fix_facts if f.cost <= depth
            }
            scope = self.scope(**fields)
            known = await gather(wanted, scope, doors, deadline=280)
            return engine.judge(rules, known, depth=depth)

        return anyio.run(judge)

    def finding(self, code: str, **fields: object) -> Finding:
        report = self.check(**fields)  # type: ignore[arg-type]
        found = [f for f in report.findings if f.code == code]
        assert found, [(f.code, f.title) for f in report.findings]
        return found[0]

    def mend(self, finding: Finding) -> Fix:
        """Do the first fix that has steps."""
        fix = next(f for f in finding.fixes if f.steps)
        for step in fix.steps:
            self.do(step)
        return fix

    def do(self, step: Step) -> None:
        match step:
            case EditFile():
                path = Path(step.path)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(edit_text(path.read_bytes() if path.exists() else b"", step.edits))
            case SetGoEnv():
                argv = ("go", "env", "-w", f"{step.name}={step.value}") if step.value else ("go", "env", "-u", step.name)
                done = self.run(*argv)
                assert done.returncode == 0, done.stderr
            case RemovePath():
                shutil.rmtree(step.path)
            case Run():
                done = subprocess.run(
                    step.argv, cwd=step.cwd, env={**self.env, **step.env}, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, done.stderr
            case _:
                raise AssertionError(step)

    def target_env(self, pair: str) -> dict[str, str]:
        """What a shell makes of the target's env file."""
        name = f".gomend/env/{pair.replace('/', '_')}.env"
        done = self.run("/bin/sh", "-c", f"set -a; . ./{name}; set +a; /usr/bin/env -0")
        assert done.returncode == 0, done.stderr
        return dict(line.split("=", 1) for line in done.stdout.split("\0") if "=" in line)


def zig_script(folder: Path) -> Path:
    """A program ``zig`` that is the ziglang wheel."""
    path = folder / "zig"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -m ziglang "$@"\n')
    path.chmod(0o755)
    return path
