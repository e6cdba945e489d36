"""Variables of the environment that people set for cross builds and that go build does not read."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from gomend.cgo import quoting
from gomend.cgo.facts.targets import Target, Targets
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.processes import Cmd

_NAME: Final = re.compile(
    r"(?:CC_FOR_TARGET|CC_FOR_(?P<pair>[a-z0-9]+_[a-z0-9]+)|CC_(?:(?P<goos>[a-z]+)_)?(?P<cpu>[a-z0-9_]+)|TARGET_CC|CROSS_CC|CROSS_COMPILE)"
)
_OTHER_NAMES: Final = {
    "aarch64": "arm64",
    "x86": "amd64",
    "armv7": "arm",
    "armv7l": "arm",
    "armhf": "arm",
    "i686": "386",
    "i386": "386",
}
"""CPUs as cargo, cmake and autotools call them, up to the first underscore."""


ALLOW_LISTS: Final = tuple(f"CGO_{kind}_ALLOW" for kind in ("CFLAGS", "CPPFLAGS", "CXXFLAGS", "FFLAGS", "LDFLAGS"))
"""Settings with regular expressions for flags that #cgo lines may have."""


class UnreadCompiler(Thing, frozen=True):
    """A variable that names a C compiler in vain: ``CC_FOR_linux_arm64`` serves make.bash alone, ``CC_arm64`` cargo or make."""

    name: str
    value: str
    target: str
    """The GOOS/GOARCH that its name means, empty for any."""
    found: bool
    """Its program is on PATH."""

    def means(self, target: Target) -> bool:
        """Whether it was set for a target."""
        return self.target in {target.name, ""}

    def evidence(self) -> Evidence:
        """The variable."""
        return Evidence(source="environment", quote=f"{self.name}={self.value}")


class UnreadVariables(Fact, frozen=True):
    """Such variables, those for one target first."""

    items: tuple[UnreadCompiler, ...]
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"env", "tools"})


@collector
async def collect(doors: Doors, targets: Targets) -> UnreadVariables | Absent:
    """Look for them."""
    names = {t.name for t in targets.items}
    cpus = {t.goarch: t.name for t in targets.items}
    items = []
    for name, given in sorted(doors.environ.variables.items()):
        match = _NAME.fullmatch(name)
        value = f"{given}gcc" if name == "CROSS_COMPILE" and given else given
        words = quoting.words(value) if match else ()
        if not match or not words:
            continue
        pair = (match["pair"] or "").replace("_", "/", 1)
        if match["cpu"]:
            first = match["cpu"].partition("_")[0]
            cpu = _OTHER_NAMES.get(first, match["cpu"])
            pair = f"{match['goos']}/{match['cpu']}" if match["goos"] else cpus.get(cpu, cpu)
        if pair and pair not in names:
            continue
        items.append(UnreadCompiler(name=name, value=value, target=pair, found=doors.runner.which(words[0]) is not None))
    if not items:
        return Absent(reason="no variable names a C compiler in vain")
    return UnreadVariables(items=tuple(sorted(items, key=lambda v: not v.target)))


class AllowLists(Fact, frozen=True):
    """CGO_CFLAGS_ALLOW and its like, which ``go env -json`` does not list; and those that the environment sets."""

    values: dict[str, str]
    exported: tuple[str, ...]
    cost: ClassVar = Cost.CHEAP
    reads: ClassVar = frozenset({"env", "go-env"})


@collector
async def collect_allowed(doors: Doors, scope: Scope) -> AllowLists | Unknown:
    """Ask ``go env`` for each by name."""
    argv = ("go", "env", *ALLOW_LISTS)
    done = await doors.runner.run(Cmd(argv=argv, cwd=scope.root, env={"GOTOOLCHAIN": "local"}, timeout=30))
    lines = done.stdout.split("\n")
    if not done.ok or len(lines) < len(ALLOW_LISTS):
        return Unknown(reason=done.why or "go env gave an answer that gomend cannot read")
    exported = tuple(name for name in ALLOW_LISTS if doors.environ.variables.get(name))
    return AllowLists(values=dict(zip(ALLOW_LISTS, lines, strict=False)), exported=exported)


INCLUDE_PATHS: Final = ("CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH")
"""Variables with header folders that gcc, clang and zig read for every target; cross compilers pass over LIBRARY_PATH (GCC manual)."""


class IncludePaths(Fact, frozen=True):
    """Those that are set, each as its folders."""

    folders: dict[str, tuple[str, ...]]
    reads: ClassVar = frozenset({"env"})

    def evidence(self, name: str) -> Evidence:
        """The variable."""
        return Evidence(source="environment", quote=f"{name}={':'.join(self.folders[name])}")


@collector
async def collect_includes(doors: Doors) -> IncludePaths | Absent:
    """Read the environment."""
    set_now = {n: v.split(":") for n in INCLUDE_PATHS if (v := doors.environ.variables.get(n))}
    if not set_now:
        return Absent(reason="no variable adds header folders")
    # An empty entry means the current folder (GCC manual, Environment Variables).
    return IncludePaths(folders={n: tuple(f or "." for f in folders) for n, folders in set_now.items()})
