"""How a target gets the C compiler that it needs, and a command its flags: the steps and hints that several rules share.

Every hint is a line that a shell takes: a command, or a comment that begins with ``#``.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Final

from gomend.cgo import quoting, triples
from gomend.cgo.facts.compilers import CompilerOffers, Offer
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.packages import CgoPackages
from gomend.cgo.facts.pkgconfig import PkgAnswers
from gomend.cgo.facts.places import Places
from gomend.cgo.facts.targets import Target, Targets
from gomend.golang.facts.env import GoEnv
from gomend.model.facts import Absent, Unknown
from gomend.model.rule import Mend

GLIBC: Final = "2.28"
"""The glibc that zig links against where no deployment system says another: that of Debian 10 and RHEL 8."""


def use(
    target: Target,
    offer: Offer | None,
    env: GoEnv,
    pkg: PkgAnswers | None = None,
    flags: BuildFlags | Absent | Unknown | None = None,
) -> Mend | None:
    """Let ``target`` be compiled by ``offer``.

    A target other than this machine gets its own env file: ``go env -w CC`` would change every other build as well. For this
    machine CC is written by ``go env -w`` where that has an effect, else said. Without an offer: what to install.
    """
    if offer is None:
        return install(target)
    parameters = {"target": target.name, "compiler": offer.cc, "where": where(target)}
    if isinstance(flags, BuildFlags) and any(b.variables.keys() & {"CC", "CGO_ENABLED"} for b in flags.builds):
        # What the command line itself sets wins over every file.
        return Mend(hints=flags.again(variables={"CC": offer.cc, "CGO_ENABLED": "1"}), parameters=parameters)
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
        hints.append("# build on a Mac, or with osxcross and Apple's SDK")
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


def again(
    flags: BuildFlags | Absent | Unknown, change: Mapping[str, str] | None = None, env: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Shell lines that run the user's command again with other flags and variables; of no command only the variables."""
    known = flags if isinstance(flags, BuildFlags) else BuildFlags(flags={}, sources={})
    return known.again(change, env)


def with_words(target: Target | None, name: str, *more: str, drop: Callable[[str], bool] = lambda _: False) -> str:
    """The value of a setting such as CGO_CFLAGS with words added or dropped, quoted as go wants it."""
    usual = "-O2 -g" if name.startswith("CGO_") and name != "CGO_CPPFLAGS" else ""
    words = quoting.words((target[name] if target else "") or usual)
    return quoting.join((*(w for w in words if not drop(w)), *more))


def other_libc(
    targets: Targets | Absent | Unknown, offers: CompilerOffers | Absent | Unknown, *, musl: bool, glibc: str = ""
) -> dict[str, str]:
    """CC (and CXX) of a compiler on this machine for the target with musl or with glibc, empty if there is none."""
    if not isinstance(targets, Targets) or not isinstance(offers, CompilerOffers):
        return {}
    target = targets.current
    for offer in offers.by_target.get(target.name, ()):
        if offer.kind == "zig":
            wanted = triples.zig_target(target.goos, target.goarch, glibc=None if musl else glibc or GLIBC)
            values = {"CC": offer.cc.replace(offer.triple, wanted or ""), "CXX": offer.cxx.replace(offer.triple, wanted or "")}
        elif glibc or musl is not ("musl" in offer.cc or "musl" in offer.triple):
            continue
        else:
            values = {"CC": offer.cc, "CXX": offer.cxx}
        return {n: v for n, v in values.items() if v}
    return {}


def static_link(
    flags: BuildFlags | Absent | Unknown, packages: CgoPackages | Absent | Unknown, target: Target | None
) -> tuple[str, ...]:
    """The command again, so that its program needs no loader: without cgo where only the standard library uses it."""
    known = flags if isinstance(flags, BuildFlags) else BuildFlags(flags={}, sources={})
    if not _used(packages, target):
        change = {"ldflags": known.ldflags((), external=False)} if known.external or known.extldflags else {}
        return known.again({**change, **({"buildmode": "exe"} if known["buildmode"] == "pie" else {})}, {"CGO_ENABLED": "0"})
    kept = tuple(w for w in known.extldflags if "dynamic-linker" not in w and w != "-static")
    tags = ",".join(dict.fromkeys([*sorted(known.tags), "netgo", "osusergo"]))
    static = "-static-pie" if known["buildmode"] == "pie" else "-static"
    return known.again({"tags": tags, "ldflags": known.ldflags((*kept, static))})


def _used(packages: CgoPackages | Absent | Unknown, target: Target | None) -> bool:
    if isinstance(packages, CgoPackages):
        return target is None or any(not p.stub for p in packages.of(target))
    return isinstance(packages, Unknown)


def plain(name: str, value: str) -> str:
    """``export NAME=value`` for a shell."""
    return f"export {name}={shlex.quote(value)}"


def current(targets: Targets | Absent | Unknown) -> Target | None:
    """The target that go builds for now, if it is known."""
    return targets.current if isinstance(targets, Targets) else None


SETTINGS: Final = ("CC", "CGO_CFLAGS", "CGO_LDFLAGS")
"""Settings that may name a sysroot."""


def without(
    targets: Targets | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
    names: tuple[str, ...],
    drop: Callable[[str], bool],
) -> tuple[str, ...]:
    """The lines that take words out of settings; none where no setting has such a word."""
    target = current(targets)
    changed: dict[str, str] = {}
    for name in names:
        words = quoting.words(target[name]) if target else ()
        kept = tuple(w for w in words if not drop(w) and w not in {"--sysroot", "-isysroot"})
        if [w for w in words if drop(w)]:
            changed[name] = quoting.join(kept)
    return again(flags, env=changed) if changed else ()


def by_gcc(targets: Targets | Absent | Unknown, offers: CompilerOffers | Absent | Unknown) -> dict[str, str]:
    """CC of a gcc on this machine for the target."""
    target = current(targets)
    offered = offers.by_target.get(target.name, ()) if target and isinstance(offers, CompilerOffers) else ()
    return next(({"CC": o.cc} for o in offered if o.kind == "gcc"), {})


def static_pie(flags: BuildFlags | Absent | Unknown) -> tuple[str, ...]:
    """The command again with -static-pie in the place of -static."""
    known = flags if isinstance(flags, BuildFlags) else BuildFlags(flags={}, sources={})
    words = tuple(w for w in known.extldflags if w != "-static")
    return known.again({"buildmode": "pie", "ldflags": known.ldflags((*words, "-static-pie"))})


def program(name: str, variable: str, package: str, places: Places | Absent | Unknown) -> Mend:
    """A program that go did not find: it is there and not on PATH, or what to install."""
    folder = places.folders.get(name, "") if isinstance(places, Places) else ""
    parameters = {"compiler": name} if variable == "CC" else {}
    if folder:
        base = name.rpartition("/")[2]
        path = f'export PATH="$PATH:{folder}"   # {base} lies there'
        return Mend(hints=(path, *((f"unset {variable}",) if "/" in name else ())), parameters=parameters)
    apk = "build-base" if variable == "CC" else "pkgconf"
    return Mend(hints=(f"# apt-get install {package}", f"# apk add {apk}"), parameters=parameters)


def search(name: str) -> tuple[str, ...]:
    """How to find the development package of a library."""
    return (f"# apt-cache search '^lib{name}.*-dev$'   # then apt-get install it (for another CPU: lib…-dev:ARCH)",)


def left_out(folder: str, files: str) -> tuple[str, ...]:
    """Take C files out of a package, by a constraint that go reads in them too."""
    lines = []
    for name in files.split():
        path = shlex.quote(f"{folder}/{name}")
        lines.append(f"printf '//go:build ignore\\n\\n' | cat - {path} > {path}.tmp && mv {path}.tmp {path}")
    return (*lines, '# or, to compile them: import "C" in a Go file of the package')
