"""Programs on PATH and where else they lie: go itself, and the tools that ``go install`` puts into GOBIN."""

from __future__ import annotations

import os
import re
from typing import ClassVar, Final

from gomend.golang.facts.env import GoEnv, GoTool
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.processes import Cmd

TOOLS: Final = (
    "dlv",
    "gopls",
    "goimports",
    "staticcheck",
    "golangci-lint",
    "protoc-gen-go",
    "protoc-gen-go-grpc",
    "mockgen",
    "stringer",
    "wire",
    "swag",
    "air",
)
"""Tools that Go teams install with ``go install``."""

_DLV_VERSION: Final = re.compile(r"^Version:\s*v?(\d+\.\d+\.\d+\S*)", re.MULTILINE)


class SearchPath(Fact, frozen=True):
    """PATH, the go command found on it (empty if none), and go commands in the usual places that PATH does not reach."""

    folders: tuple[str, ...]
    go: str = ""
    elsewhere: tuple[str, ...] = ()
    reads: ClassVar = frozenset({"env", "tools"})

    def evidence(self) -> Evidence:
        """PATH."""
        return Evidence(source="environment", quote="PATH=" + os.pathsep.join(self.folders), where="PATH")


class OtherGo(Thing, frozen=True):
    """Another go command on PATH and its version."""

    path: str
    version: str


class OtherGos(Fact, frozen=True):
    """The go commands on PATH behind the first one."""

    others: tuple[OtherGo, ...]
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"env", "tools"})


class Tool(Thing, frozen=True):
    """A tool: where PATH finds it, and where it lies in GOBIN (or GOPATH/bin); either may be empty."""

    name: str
    on_path: str = ""
    installed: str = ""


class Tools(Fact, frozen=True):
    """The tools of Go teams that are on this machine, and the folder that ``go install`` writes to."""

    bin: str
    tools: tuple[Tool, ...] = ()
    root: str = "/"
    """The project folder, where installing is run."""
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"env", "go-env", "tools"})

    def find(self, name: str) -> Tool:
        """A tool by name."""
        return next((t for t in self.tools if t.name == name), Tool(name=name))


class Delve(Fact, frozen=True):
    """The Delve debugger that would run, and its version as it says it (``1.27.2``)."""

    path: str
    version: str
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"env", "go-env", "tools"})

    def evidence(self) -> Evidence:
        """``dlv version``."""
        return Evidence(source="dlv version", quote=f"Version: {self.version} ({self.path})")


@collector
async def collect_path(doors: Doors, scope: Scope) -> SearchPath:
    """Look for go on PATH, then where installers put it."""
    del scope
    folders = tuple(f for f in doors.environ.variables.get("PATH", "").split(os.pathsep) if f)
    home = doors.environ.home
    sdks = [f"{home}/sdk/{n}/bin/go" for n in doors.files.names(f"{home}/sdk") if n.startswith("go")]
    usual = ["/usr/local/go/bin/go", "/usr/lib/go/bin/go", "/opt/homebrew/bin/go", "/snap/bin/go", f"{home}/go/bin/go", *sdks]
    go = doors.runner.which("go") or ""
    elsewhere = tuple(p for p in usual if p != go and os.path.dirname(p) not in folders and doors.files.entry(p))
    return SearchPath(folders=folders, go=go, elsewhere=elsewhere)


@collector
async def collect_others(doors: Doors, scope: Scope, tool: GoTool) -> OtherGos | Absent:
    """Ask each its version, without letting it switch toolchains."""
    del scope
    if not tool.others:
        return Absent(reason="there is one go on PATH")
    found = []
    for path in tool.others[:5]:
        done = await doors.runner.run(Cmd(argv=(path, "version"), env={"GOTOOLCHAIN": "local"}, timeout=20))
        words = done.stdout.split()
        if done.ok and len(words) >= 3:
            found.append(OtherGo(path=path, version=words[2]))
    return OtherGos(others=tuple(found))


@collector
async def collect_tools(doors: Doors, scope: Scope, env: GoEnv) -> Tools:
    """Look for each tool on PATH and in GOBIN, else the first GOPATH's bin."""
    folder = env["GOBIN"] or os.path.join(env["GOPATH"].split(os.pathsep)[0], "bin")
    found = []
    for name in TOOLS:
        candidate = os.path.join(folder, name)
        entry = doors.files.entry(candidate)
        installed = candidate if entry and entry.kind in {"file", "link"} else ""
        on_path = doors.runner.which(name) or ""
        if installed or on_path:
            found.append(Tool(name=name, on_path=on_path, installed=installed))
    return Tools(bin=folder, tools=tuple(found), root=scope.root)


@collector
async def collect_delve(doors: Doors, scope: Scope, tools: Tools) -> Delve | Absent | Unknown:
    """Ask ``dlv version``."""
    del scope
    tool = tools.find("dlv")
    program = "dlv" if tool.on_path else tool.installed
    if not program:
        return Absent(reason="dlv is not installed")
    done = await doors.runner.run(Cmd(argv=(program, "version"), timeout=20))
    match = _DLV_VERSION.search(done.stdout)
    if not done.ok or not match:
        return Unknown(reason=done.why or "dlv version gave an answer that gomend cannot read")
    return Delve(path=tool.on_path or tool.installed, version=match[1])
