"""A real project in a folder of its own, with its own module cache and settings, and the real go command."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import anyio

from gomend.apps import registry
from gomend.engine.apply import Site, apply
from gomend.engine.check import Report, check
from gomend.engine.plan import make_plan
from gomend.model.base import Cost
from gomend.model.outcome import Outcome
from gomend.ports.doors import Scope, real_doors
from tests.modules.server import ProxyServer

MOD = "module example.com/shop\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n"
GO = 'package shop\n\nimport _ "example.com/a"\n'
NOWHERE = "http://127.0.0.1:1"
"""Nobody listens there: what is not served on loopback goes no further."""


class Lab:
    """One project. Settings are written with ``go env -w``, so that fixes can change them."""

    def __init__(self, folder: Path, server: ProxyServer) -> None:
        self.folder = folder
        self.project = folder / "project"
        self.cache = folder / "mod"
        self.project.mkdir()
        self.server = server
        self.variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "GOENV": str(folder / "goenv"),
            "GOPATH": str(folder / "gopath"),
            "GOCACHE": subprocess.run(["go", "env", "GOCACHE"], capture_output=True, text=True, check=True).stdout.strip(),
            "GOMODCACHE": str(self.cache),
            "GOTOOLCHAIN": "local",
            "GOTELEMETRY": "off",
            "HTTPS_PROXY": NOWHERE,
            "LC_ALL": "C",
        }
        self.set(GOPROXY=server.url, GOSUMDB="off", GOFLAGS="-modcacherw")

    def set(self, **settings: str) -> None:
        path = self.folder / "goenv"
        lines = dict(line.split("=", 1) for line in path.read_text().splitlines()) if path.exists() else {}
        path.write_text("".join(f"{k}={v}\n" for k, v in sorted((lines | settings).items()) if v))

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def go(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        variables = {**self.variables, **env}
        return subprocess.run(
            ["go", *words], cwd=self.project, env=variables, capture_output=True, text=True, check=False, timeout=120
        )

    def good(self) -> None:
        """A project that builds, with its modules in the cache."""
        self.write({"go.mod": MOD, "shop.go": GO})
        done = self.go("mod", "tidy")
        assert done.returncode == 0, done.stderr
        assert self.go("build", "./...").returncode == 0

    def download(self, name: str) -> Path:
        """A file of example.com/a v1.0.0 in the cache, by its suffix."""
        return self.cache / "cache/download/example.com/a/@v" / f"v1.0.0.{name}"

    def scope(self, log: str | None = None) -> Scope:
        return Scope(root=str(self.project), log=log, log_source="log" if log is not None else "")

    def check(self, *codes: str, log: str | None = None, depth: Cost = Cost.CHEAP) -> Report:
        report, _ = anyio.run(lambda: check(registry.select(codes), self.scope(log), real_doors(self.variables), depth=depth))
        return report

    def codes(self, *codes: str) -> list[str]:
        return [f.code for f in self.check(*codes).findings]

    def mend(self, code: str) -> Outcome:
        """Let the rule speak, apply its first fix for real, prove it."""

        async def run() -> Outcome:
            rules = registry.select([code])
            doors = real_doors(self.variables)
            depth = max(r.cost for r in rules)
            report, answers = await check(rules, self.scope(), doors, depth=depth)
            assert [f.code for f in report.findings], report.verdicts
            plan = make_plan(report.findings, unsafe=True)
            assert plan.steps, report.findings
            site = Site(scope=self.scope(), state=str(self.folder / "state"), rules=rules, depth=depth)
            return await apply(plan, site, report, answers, doors)

        return anyio.run(run)
