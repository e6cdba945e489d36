"""Packages that go took from its build cache although what their C code is made of has changed. Deep: compiles them again.

go's cache key has the files of the package's own folder and CGO_CFLAGS and its like, but neither what pkg-config answers nor
headers of other folders (golang/go#24355, #73033). The package is compiled once more against a private cache that knows
everything but this package; if its content differs, the cached one is stale. Source: cmd/go/internal/work, buildActionID;
cmd/go/internal/cache.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

from gomend.cgo import quoting
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import NO_NETWORK, CgoPackages, objects
from gomend.cgo.facts.pkgconfig import PkgConfig
from gomend.cgo.facts.targets import Target, Targets
from gomend.golang.facts.env import GoEnv
from gomend.model.base import Cost, Thing
from gomend.model.evidence import Evidence
from gomend.model.facts import Absent, Fact, Unknown, collector
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import FileProblem
from gomend.ports.processes import Cmd

MOST: Final = 8
"""Packages that are compiled again."""
MOST_HEADERS: Final = 400
"""Headers of one package that are looked at."""
_AR: Final = b"!<arch>\n"
_HEAD: Final = 60
"""Bytes before each member of an ``ar`` archive; its size stands in ten digits at 48."""
_LARGEST: Final = 256 << 20
_FIELDS: Final = "ImportPath,Dir,Standard,Export,BuildID,CgoFiles,CgoPkgConfig,CgoCFLAGS,CgoCPPFLAGS"
_KEPT: Final = frozenset({"tags", "race", "msan", "asan", "trimpath", "buildmode", "gcflags", "mod", "cover", "covermode"})
"""Flags that change what a package is compiled to."""
_INCLUDE: Final = re.compile(r'(?m)^[ \t]*(?://[ \t]*)?#[ \t]*include[ \t]+"([^"\n]+/[^"\n]+)"')
_HEADER: Final = (".h", ".hh", ".hpp", ".hxx", ".inc")


class StalePackage(Thing, frozen=True):
    """A package whose cached form is not what its sources give now."""

    path: str
    pkg_config: tuple[str, ...]
    newer: tuple[str, ...]
    """Headers outside the package's folder that changed after it was compiled."""
    newer_pc: tuple[str, ...]
    """.pc files that did."""
    digest: str
    """Of everything that go's key leaves out, as it is now."""

    @property
    def by_header(self) -> bool:
        """A changed header is the reason, not pkg-config."""
        return not self.pkg_config or bool(self.newer and not self.newer_pc)

    def evidence(self, found: str) -> Evidence:
        """What was done to know."""
        return Evidence(source="go list -export (private GOCACHE)", quote=f"{self.path}: {found}")


class CachedPackages(Fact, frozen=True):
    """The stale ones among those that could be."""

    stale: tuple[StalePackage, ...]
    looked_at: tuple[str, ...]
    cost: ClassVar = Cost.DEEP
    reads: ClassVar = frozenset({"file:*.go", "file:*.h", "file:*.pc", "env", "go-env", "tools", "command", "build"})


@collector
async def collect(
    doors: Doors,
    scope: Scope,
    env: GoEnv,
    targets: Targets,
    packages: CgoPackages,
    flags: BuildFlags | Absent | Unknown,
    pkg: PkgConfig | Absent | Unknown,
) -> CachedPackages | Absent | Unknown:
    """Compile again what has inputs that go does not see, and compare."""
    target = targets.current
    if not target.cgo or not packages.of(target):
        return Absent(reason="no package of this build uses cgo")
    given = tuple(_flags(flags))
    overlay = {**NO_NETWORK, "GOOS": target.goos, "GOARCH": target.goarch}
    argv = ("go", "list", "-e", "-deps", "-export", f"-json={_FIELDS}", *given, *_patterns(flags))
    done = await doors.runner.run(Cmd(argv=argv, cwd=scope.root, env=overlay, timeout=300))
    if not done.ok:
        return Unknown(reason=done.why)
    every = [p for p in objects(done.stdout) if p.get("BuildID")]
    known = pkg.by_target.get(target.name) if isinstance(pkg, PkgConfig) else None
    looked: list[str] = []
    stale: list[StalePackage] = []
    for package in every:
        folders = _folders(doors, package, target)
        if package.get("Standard") or not package.get("CgoFiles") or not (folders or package.get("CgoPkgConfig")):
            continue
        headers = tuple(_headers(doors, folders))
        since = _compiled(doors, env["GOCACHE"], package["BuildID"])
        asked = [p for p in known.packages if p.name in package.get("CgoPkgConfig", ())] if known else []
        found = StalePackage(
            path=package["ImportPath"],
            pkg_config=tuple(p.name for p in asked),
            newer=tuple(h for h in headers if _changed(doors, h) > since)[:5],
            newer_pc=tuple(f for p in asked if _changed(doors, f := f"{p.folder}/{p.name}.pc") > since),
            digest=_digest(doors, headers, " ".join(f for p in asked for f in p.flags)),
        )
        own = package.get("Dir", "").startswith(scope.root)
        elsewhere = own and bool(asked) and known is not None and bool(known.variables)
        if scope.command_exit == 0 and not (found.newer or found.newer_pc or elsewhere):
            continue  # after a command of the user only what looks changed is worth the time
        if len(looked) >= MOST:
            break
        looked.append(package["ImportPath"])
        if await _differs(doors, scope.root, env["GOCACHE"], every, package, (*given,), overlay):
            stale.append(found)
    return CachedPackages(stale=tuple(stale), looked_at=tuple(looked)) if looked else Absent(reason="go sees all inputs of C")


def _flags(flags: BuildFlags | Absent | Unknown) -> Iterator[str]:
    if not isinstance(flags, BuildFlags):
        return
    for name, value in flags.flags.items():
        if name in _KEPT and flags.sources.get(name) != "go env GOFLAGS":
            yield f"-{name}" if value == "true" else f"-{name}={value}"


def _patterns(flags: BuildFlags | Absent | Unknown) -> tuple[str, ...]:
    """The packages that the command names, every one of the project where none is known."""
    builds = flags.builds if isinstance(flags, BuildFlags) else ()
    if not builds:
        return ("./...",)
    build = builds[-1]
    last = max((last for _, _, _, last in build.flags()), default=1)
    return tuple(w.text for w in build.words[last + 1 :] if not w.text.endswith(".test"))[
        : 1 if build.verb == "run" else None
    ] or (".",)


def _folders(doors: Doors, package: dict[str, Any], target: Target) -> tuple[str, ...]:
    """Folders with headers that go does not hash: named by -I, or by a path in an #include."""
    own = package.get("Dir", "")
    words = [*package.get("CgoCFLAGS", ()), *package.get("CgoCPPFLAGS", ())]
    words += [*quoting.words(target["CGO_CFLAGS"]), *quoting.words(target["CGO_CPPFLAGS"])]
    named = [os.path.normpath(os.path.join(own, w[2:])) for w in words if w.startswith("-I") and len(w) > 2]
    for file in package.get("CgoFiles", ()):
        text = (doors.files.read(os.path.join(own, file)) or b"").decode(errors="replace")
        named += [os.path.normpath(os.path.join(own, os.path.dirname(m))) for m in _INCLUDE.findall(text)]
    system = ("/usr/include", "/usr/lib")
    return tuple(f for f in dict.fromkeys(named) if f != own and not f.startswith(system) and doors.files.names(f))


def _headers(doors: Doors, folders: tuple[str, ...]) -> Iterator[str]:
    count = 0
    for folder in folders:
        for path in doors.files.walk(folder, depth=4, limit=5000):
            if path.endswith(_HEADER) and count < MOST_HEADERS:
                count += 1
                yield path


def _changed(doors: Doors, path: str) -> int:
    entry = doors.files.entry(path)
    return entry.mtime_ns if entry else 0


def _digest(doors: Doors, headers: tuple[str, ...], said: str) -> str:
    hashed = hashlib.sha256(said.encode())
    for path in headers:
        try:
            hashed.update(doors.files.read(path) or b"")
        except FileProblem:
            continue
    return hashed.hexdigest()[:12]


def _action(doors: Doors, cache: str, build_id: str) -> str:
    """Path of the cache entry of a compilation: its name begins with the action part of the build ID."""
    text = build_id.partition("/")[0]
    start = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).hex()
    folder = os.path.join(cache, start[:2])
    return next((os.path.join(folder, n) for n in doors.files.names(folder) if n.startswith(start) and n.endswith("-a")), "")


def _compiled(doors: Doors, cache: str, build_id: str) -> int:
    """When a package was compiled, in nanoseconds since 1970."""
    path = _action(doors, cache, build_id)
    words = (doors.files.read(path) or b"").split() if path else []
    return int(words[-1]) if words and words[-1].isdigit() else 0


async def _differs(
    doors: Doors,
    root: str,
    cache: str,
    every: list[dict[str, Any]],
    package: dict[str, Any],
    given: tuple[str, ...],
    overlay: dict[str, str],
) -> bool:
    """Compile one package again, twice if the first time differs: what is different every time proves nothing."""
    seen: list[str] = []
    for _ in range(2):
        with tempfile.TemporaryDirectory(prefix="gomend-cache-") as folder:
            for other in every:
                if other is not package and other.get("Export"):
                    _lend(doors, cache, Path(folder), other)
            argv = ("go", "list", "-export", "-json=ImportPath,BuildID,Export", *given, package["ImportPath"])
            done = await doors.runner.run(Cmd(argv=argv, cwd=root, env={**overlay, "GOCACHE": folder}, timeout=300))
            found = next((p for p in objects(done.stdout) if p.get("ImportPath") == package["ImportPath"]), {})
            fresh = found.get("BuildID", "")
            good = done.ok and fresh and fresh != package["BuildID"]
            differs = good and _failed_trial(doors, package) == _failed_trial(doors, found)
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder, exist_ok=True)
        if not differs:
            return False
        seen.append(fresh)
    return seen[0] == seen[1]


def _failed_trial(doors: Doors, package: dict[str, Any]) -> bool:
    """Whether go kept a note that its trial link of the C code failed: then it links outside, and what differs is that trial alone."""
    raw = doors.files.read(package.get("Export", ""), limit=_LARGEST) or b""
    at = len(_AR)
    while at + _HEAD <= len(raw) and raw[at + 48 : at + 58].strip().isdigit():
        if raw[at : at + 16].startswith(b"dynimportfail"):
            return True
        size = int(raw[at + 48 : at + 58])
        at += _HEAD + size + (size & 1)
    return False


def _lend(doors: Doors, cache: str, folder: Path, package: dict[str, Any]) -> None:
    """Put one finished package into a private cache: its entry is copied, its content only linked."""
    action = _action(doors, cache, package["BuildID"])
    entry = doors.files.read(action) if action else None
    if entry is None:
        return
    export = package["Export"]
    for source, into in ((action, folder / os.path.relpath(action, cache)), (export, folder / os.path.relpath(export, cache))):
        into.parent.mkdir(exist_ok=True)
        if source == action:
            into.write_bytes(entry)
        elif not into.exists():
            into.symlink_to(source)
