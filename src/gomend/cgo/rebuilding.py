"""How a binary is built again so that it runs where it must."""

from __future__ import annotations

import shlex

from gomend.binary.distros import Distro
from gomend.cgo.facts.binaries import PlacedBinary
from gomend.cgo.facts.compilers import CompilerOffers
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.targets import Target
from gomend.model.facts import Absent, Unknown
from gomend.model.rule import Mend
from gomend.model.step import Run

_KEPT = ("-tags", "-ldflags", "-gcflags", "-trimpath")


def again(
    binary: PlacedBinary,
    distro: Distro,
    target: Target,
    packages: CgoPackages | Absent | Unknown,
    offers: CompilerOffers | Absent | Unknown,
) -> Mend | None:
    """Build ``binary`` again for ``distro``: without cgo where only the standard library uses it, else with zig's C library."""
    go = binary.info.go
    parameters = {"binary": binary.name, "distro": distro.name, "how": "CGO_ENABLED=0"}
    if go is None:
        return None
    env = {"GOOS": target.goos, "GOARCH": target.goarch, "CGO_ENABLED": "0"}
    if isinstance(packages, CgoPackages) and any(not p.stub for p in packages.of(target)):
        every = offers.by_target.get(target.name, ()) if isinstance(offers, CompilerOffers) else ()
        zig = next((o for o in every if o.kind == "zig"), None)
        if zig is None:
            hints = ("pip install 'gomend[zig]'", f"build {binary.name} inside {distro.name}")
            return Mend(hints=hints, parameters=parameters | {"how": "zig cc"})
        env |= {"CGO_ENABLED": "1", "CC": zig.cc, "CXX": zig.cxx}
        parameters["how"] = f"zig cc -target {zig.triple}"
    flags = [f"{n}={v}" for n, v in go.settings.items() if n in _KEPT and not (n == "-ldflags" and "-extld" in v)]
    argv = ("go", "build", *flags, "-o", binary.path, go.path)
    inside = go.module and (go.path == go.module or go.path.startswith(go.module + "/"))
    if not inside or binary.path == binary.name:
        shown = " ".join(f"{n}={shlex.quote(v)}" for n, v in env.items())
        return Mend(hints=(f"{shown} {shlex.join(argv)}",), parameters=parameters)
    root = binary.path[: -len(binary.name)].rstrip("/")
    step = Run(argv=argv, cwd=root, env=env, writes=(binary.path,), touches=("build",), timeout=900.0)
    return Mend(steps=(step,), parameters=parameters)
