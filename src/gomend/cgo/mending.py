"""How a target gets the C compiler that it needs: the steps and hints that several rules share."""

from __future__ import annotations

import shlex

from gomend.cgo import triples
from gomend.cgo.facts.compilers import Offer
from gomend.cgo.facts.pkgconfig import PkgAnswers
from gomend.cgo.facts.targets import Target
from gomend.golang.facts.env import GoEnv
from gomend.model.rule import Mend


def use(target: Target, offer: Offer | None, env: GoEnv, pkg: PkgAnswers | None = None) -> Mend | None:
    """Let ``target`` be compiled by ``offer``.

    A target other than this machine gets its own env file: ``go env -w CC`` would change every other build as well. For this
    machine CC is written by ``go env -w`` where that has an effect, else said. Without an offer: what to install.
    """
    if offer is None:
        return install(target)
    parameters = {"target": target.name, "compiler": offer.cc, "where": where(target)}
    if target.cross or target.file_used:
        values = {"CGO_ENABLED": "1", "CC": offer.cc}
        if offer.cxx:
            values["CXX"] = offer.cxx
        if pkg is not None and target.cross and not pkg.variables.get("PKG_CONFIG_LIBDIR"):
            values["PKG_CONFIG_LIBDIR"] = ":".join(triples.pkg_config_folders(target.goos, target.goarch))
        return Mend(steps=(target.write(values),), hints=(f"set -a; . {target.file_name}; set +a",), parameters=parameters)
    if not env.settable("CC"):
        return Mend(hints=(f"export CC={shlex.quote(offer.cc)}",), parameters=parameters)
    steps = []
    if offer.cc != env["CC"]:
        usual = offer.cc == "gcc" and env.origin("CC") == "go env -w"
        steps.append(env.set("CC", "" if usual else offer.cc))
    if not target.cgo and target.origin("CGO_ENABLED") == "default":
        # go switches cgo off where its default compiler is missing, whatever go env -w says of CC.
        steps.append(env.set("CGO_ENABLED", "1"))
    return Mend(steps=tuple(steps), parameters=parameters) if steps else None


def where(target: Target) -> str:
    """The place that :func:`use` writes to."""
    return target.file_name if target.cross or target.file_used else "go env -w"


def install(target: Target) -> Mend:
    """What a person can install, where no compiler for the target is on this machine."""
    hints = []
    if target.goos == "darwin":
        hints.append("build on a Mac, or with osxcross and Apple's SDK")
    elif target.cross:
        package = triples.debian_package(target.goos, target.goarch)
        if package:
            hints.append(f"apt-get install {package}")
    else:
        hints.append("apt-get install gcc libc6-dev")
    zig = triples.zig_target(target.goos, target.goarch)
    if zig:
        hints.append(f"pip install 'gomend[zig]'   # then CC='python3 -m ziglang cc -target {zig}'")
    return Mend(hints=tuple(hints), parameters={"target": target.name, "compiler": "a C compiler", "where": where(target)})
