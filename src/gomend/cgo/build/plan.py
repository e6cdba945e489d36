"""From wish, toolchain and the project's needs to one command with its environment, each flag with its reason."""

from __future__ import annotations

import hashlib
import os

from gomend.cgo import quoting, triples
from gomend.cgo.build import wrapper
from gomend.cgo.build.toolchains import Needs, Toolchain
from gomend.cgo.build.wish import Wish
from gomend.cgo.needs.things import TargetNeeds
from gomend.model.base import Thing

_RESOLVER = {"net": "netgo", "os/user": "osusergo"}
"""Packages whose cgo halves load glibc's own plug-ins at run time, and the tag that leaves them out (go help buildconstraint)."""


class Reason(Thing, frozen=True):
    """Why a flag or variable is there. ``why`` names a text of ``apps/cgo/building.py``."""

    name: str
    value: str
    why: str


class Plan(Thing, frozen=True):
    """What will be run. ``files`` are programs that must stand at their paths first: path → text."""

    env: dict[str, str]
    argv: tuple[str, ...]
    """Without ``-o FILE``, which comes before the last word."""
    reasons: tuple[Reason, ...]
    files: dict[str, str] = {}
    cgo: bool = True

    def command(self, output: str) -> tuple[str, ...]:
        """The whole command."""
        return (*self.argv[:-1], "-o", output, self.argv[-1])


def needs_of(target: TargetNeeds) -> Needs:
    """What the C code of a build asks of a toolchain."""
    packages = target.packages
    prebuilt = [p for package in packages for p in package.prebuilt if p.format == "elf"]
    return Needs(
        cxx=any(p.sources.get("c++") or p.flags.get("CXXFLAGS") for p in packages) or any(_is_cxx(a.undefined) for a in prebuilt),
        kernel_headers=any(h.kind == "linux" and not h.conditional for p in packages for h in p.headers),
        libstdcxx=next((a.path for a in prebuilt if _is_cxx(a.undefined)), ""),
        glibc_only=next((a.path for a in prebuilt if a.libc == "glibc"), ""),
    )


def _is_cxx(symbols: tuple[str, ...]) -> bool:
    return any(s.startswith(("_ZNSt", "_ZNKSt", "_ZSt", "_ZTVSt", "_ZTVN10__cxxabiv1")) for s in symbols)


def make(wish: Wish, chain: Toolchain, target: TargetNeeds, home: str) -> Plan:
    """The plan. ``home`` is the folder for wrappers."""
    reasons: list[Reason] = []
    env = {"GOOS": wish.goos, "GOARCH": wish.goarch}
    if not target.packages and not target.standard:
        reasons.append(Reason(name="CGO_ENABLED", value="0", why="no-c"))
        return Plan(
            env=env | {"CGO_ENABLED": "0"},
            argv=_argv(wish, wish.tags, wish.ldflags),
            reasons=tuple(reasons),
            cgo=False,
        )
    env["CGO_ENABLED"] = "1"
    reasons.append(Reason(name="CGO_ENABLED", value="1", why="cgo-on"))
    files: dict[str, str] = {}
    if chain.kind == "zig":
        for name, mode in (("CC", "cc"), ("CXX", "c++")):
            text = wrapper.text(chain.cc, mode, chain.target)
            path = os.path.join(home, hashlib.sha256(text.encode()).hexdigest()[:16], mode)
            files[path] = text
            env[name] = quoting.join((path,))
        text = wrapper.archiver(chain.cc)
        path = os.path.join(home, hashlib.sha256(text.encode()).hexdigest()[:16], "ar")
        files[path] = text
        env["AR"] = path
        reasons.append(Reason(name="CC", value=f"zig cc -target {chain.target}", why="cc-zig"))
    else:
        env["CC"] = quoting.join((chain.cc,))
        if chain.cxx:
            env["CXX"] = quoting.join((chain.cxx,))
        reasons.append(Reason(name="CC", value=env["CC"], why="cc-system"))
    foreign = chain.root or chain.kind == "zig"
    if any(p.pkg_config for p in target.packages) and foreign:
        folders = ":".join(triples.pkg_config_folders(wish.goos, wish.goarch))
        env |= {"PKG_CONFIG_LIBDIR": folders, "PKG_CONFIG_PATH": ""}
        reasons.append(Reason(name="PKG_CONFIG_LIBDIR", value=folders, why="pkg-config-target"))
    ldflags = ["-linkmode=external"] if wish.goos == "linux" else []
    if ldflags:
        reasons.append(Reason(name="-ldflags", value="-linkmode=external", why="external"))
    tags = list(wish.tags)
    if wish.link == "static" and wish.goos == "linux":
        ldflags.append("-extldflags=-static")
        reasons.append(Reason(name="-ldflags", value="-extldflags=-static", why="static"))
        if wish.libc == "glibc":
            for package, tag in _RESOLVER.items():
                if package in target.standard:
                    tags.append(tag)
                    reasons.append(Reason(name="-tags", value=tag, why="static-glibc-names"))
    elif wish.libc == "musl" and chain.kind == "zig":
        ldflags.append("-extldflags=-dynamic")
        reasons.append(Reason(name="-ldflags", value="-extldflags=-dynamic", why="musl-dynamic"))
    env["CGO_CFLAGS"] = f"-g -O2 -DGOMEND_ENV_{fingerprint(env, chain)}"
    env["CGO_CXXFLAGS"] = env["CGO_CFLAGS"]
    reasons.append(Reason(name="CGO_CFLAGS", value=env["CGO_CFLAGS"], why="fingerprint"))
    return Plan(
        env=env,
        argv=_argv(wish, tuple(dict.fromkeys(tags)), " ".join([*ldflags, *([wish.ldflags] if wish.ldflags else [])])),
        reasons=tuple(reasons),
        files=files,
    )


def fingerprint(env: dict[str, str], chain: Toolchain) -> str:
    """A digest of what go leaves out of its build cache's keys: the compiler's version, its glibc, pkg-config's settings (golang/go#24355)."""
    seen = [chain.name, chain.target, chain.glibc, *(f"{n}={v}" for n, v in sorted(env.items()) if n.startswith("PKG_CONFIG"))]
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:12]


def _argv(wish: Wish, tags: tuple[str, ...], ldflags: str) -> tuple[str, ...]:
    words = ["go", "build", "-trimpath"]
    if tags:
        words.append(f"-tags={','.join(tags)}")
    if ldflags:
        words.append(f"-ldflags={ldflags}")
    return (*words, wish.package)
