"""What ``go mod tidy`` would change, asked without the network (``-diff``, from Go 1.23)."""

from __future__ import annotations

from typing import ClassVar

from gomend.golang.facts.env import GoTool
from gomend.golang.facts.project import GoMod
from gomend.golang.version import older
from gomend.model.base import Cost
from gomend.model.evidence import Evidence
from gomend.model.facts import Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.processes import OFFLINE_GO, Cmd


class TidyDiff(Fact, frozen=True):
    """The difference to a tidy go.mod and go.sum; empty if they are tidy."""

    diff: str
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"file:go.mod", "file:go.sum", "file:*.go", "module-cache", "tools"})

    @property
    def changes(self) -> tuple[str, ...]:
        """Lines that would come (``+``) or go (``-``)."""
        return tuple(
            s for s in self.diff.splitlines() if s[:1] in {"+", "-"} and s[:4] not in {"+++ ", "--- "} and s[1:].strip()
        )

    def evidence(self) -> Evidence:
        """The first lines of the difference."""
        return Evidence(source="go mod tidy -diff", quote="\n".join(self.changes[:20]) or self.diff)


@collector
async def collect(doors: Doors, scope: Scope, tool: GoTool, mod: GoMod) -> TidyDiff | Unknown:
    """Ask go, with nothing but the module cache at hand."""
    del mod
    if older(tool.version, "go1.23"):
        return Unknown(reason=f"{tool.version} has no go mod tidy -diff")
    env = {**OFFLINE_GO, "GOFLAGS": ""}
    done = await doors.runner.run(Cmd(argv=("go", "mod", "tidy", "-diff"), cwd=scope.root, env=env, timeout=40))
    if done.ok:
        return TidyDiff(diff="")
    if done.exit == 1 and done.stdout.startswith("diff "):
        return TidyDiff(diff=done.stdout)
    if "GOPROXY=off" in done.stderr:
        return Unknown(reason="go mod tidy needs modules that are not in the module cache (go mod download fetches them)")
    return Unknown(reason=done.why or "go mod tidy -diff gave no answer")
