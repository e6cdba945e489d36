"""From wish, toolchain and the project's needs to one command with its environment, each flag with its reason."""

from __future__ import annotations

import hashlib
import os

from gomend.cgo import quoting, triples
from gomend.cgo.build import darwin, gnucxx, wrapper
from gomend.cgo.build.things import Needs, Plan, Reason, Toolchain
from gomend.cgo.build.wish import Wish
from gomend.cgo.needs.things import TargetNeeds
from gomend.cgo.sysroot import tree

_RESOLVER = {"net": "netgo", "os/user": "osusergo"}
"""Packages whose cgo halves load glibc's own plug-ins at run time, and the tag that leaves them out (go help buildconstraint)."""


def needs_of(target: TargetNeeds) -> Needs:
    """What the C code of a build asks of a toolchain."""
    packages = target.packages
    prebuilt = [p for package in packages for p in package.prebuilt if p.format == "elf"]
    return Needs(
        cxx=any(p.sources.get("c++") or p.flags.get("CXXFLAGS") for p in packages) or any(a.cxx for a in prebuilt),
        kernel_headers=any(h.kind == "linux" and not h.conditional for p in packages for h in p.headers),
        libstdcxx=next((a.path for a in prebuilt if a.cxx == "libstdc++"), ""),
        glibc_only=next((a.path for a in prebuilt if a.libc == "glibc"), ""),
    )


def make(wish: Wish, chain: Toolchain, target: TargetNeeds, home: str) -> Plan:
    """The plan. ``home`` is the folder for wrappers.

    Raises:
        SysrootProblem: the sysroot is none.
    """
    making = _Making(wish, chain, target)
    if not target.packages and not target.standard:
        making.set("CGO_ENABLED", "0", "no-c")
        return making.plan(cgo=False)
    making.set("CGO_ENABLED", "1", "cgo-on")
    making.compiler(home)
    making.libraries()
    making.link()
    making.flags()
    return making.plan(cgo=True)


class _Making:
    """Gathers environment, flags and reasons."""

    def __init__(self, wish: Wish, chain: Toolchain, target: TargetNeeds) -> None:
        self.wish = wish
        self.chain = chain
        self.target = target
        self.env = {"GOOS": wish.goos, "GOARCH": wish.goarch}
        self.reasons: list[Reason] = []
        self.files: dict[str, str] = {}
        self.ldflags: list[str] = []
        self.tags = list(wish.tags)
        self.reasons += [Reason(name="-tags", value=tag, why=why) for tag, why in wish.own_tags.items()]
        self.own: dict[str, str] = {}
        """Flags of the sysroot."""

    def set(self, name: str, value: str, why: str) -> None:
        self.env[name] = value
        self.reasons.append(Reason(name=name, value=value, why=why))

    def compiler(self, home: str) -> None:
        """CC, CXX and AR."""
        chain = self.chain
        if chain.kind != "zig":
            self.set("CC", quoting.join((*chain.before, chain.cc, *chain.after)), "cc-system")
            if chain.cxx:
                self.env["CXX"] = quoting.join((*chain.before, chain.cxx, *chain.after))
            return
        self.reasons.append(Reason(name="CC", value=f"zig cc -target {chain.target}", why="cc-zig"))
        more = (*chain.flags, *self.stubs(home))
        self.reasons += [Reason(name="CC", value=flag, why="zig-flag") for flag in chain.flags]
        cxx = self.gnu_cxx(home)
        # zig c++ would bring LLVM's library too
        modes = {"CC": "cc", "CXX": "cc" if cxx else "c++"}
        programs = {n: wrapper.text(chain.cc, mode, chain.target, more, cxx=cxx) for n, mode in modes.items()}
        for name, text in {**programs, "AR": wrapper.archiver(chain.cc)}.items():
            path = os.path.join(
                home, hashlib.sha256(text.encode()).hexdigest()[:16], {"CC": "cc", "CXX": "c++", "AR": "ar"}[name]
            )
            self.files[path] = text
            self.env[name] = path if name == "AR" else quoting.join((path,))

    def gnu_cxx(self, home: str) -> str:
        """What stands for ``-lstdc++``; empty if it means zig's own library."""
        if not self.chain.gnu_cxx:
            return ""
        key = hashlib.sha256(self.chain.gnu_cxx.encode()).hexdigest()[:16]
        shim, words = os.path.join(home, key, "old-glibc.c"), os.path.join(home, key, "libstdc++")
        self.files |= {shim: gnucxx.SHIM, words: gnucxx.arguments(self.chain.gnu_cxx, shim)}
        self.reasons.append(Reason(name="-lstdc++", value=self.chain.gnu_cxx, why="gnu-cxx"))
        return f"@{words}"

    def stubs(self, home: str) -> tuple[str, ...]:
        """Arguments for the stand-ins of macOS's libraries, or for the SDK where there is one."""
        if self.wish.goos != "darwin":
            return ()
        if self.wish.sysroot:
            sdk = self.wish.sysroot
            self.reasons.append(Reason(name="CC", value=sdk, why="sdk"))
            return "-isystem", f"{sdk}/usr/include", f"-L{sdk}/usr/lib", f"-F{sdk}/System/Library/Frameworks"
        folder = os.path.join(home, "darwin")
        self.files |= {os.path.join(folder, name): darwin.stub(name) for name in darwin.STUBS}
        self.reasons.append(Reason(name="CC", value=folder, why="darwin-stubs"))
        return f"-L{folder}", f"-F{folder}"

    def libraries(self) -> None:
        """Where libraries of the target come from."""
        wish = self.wish
        if wish.sysroot and wish.goos == "linux":
            self.own = tree.flags(wish.sysroot, tree.read(wish.sysroot), whole=False)
            self.env |= {n: v for n, v in self.own.items() if n.startswith("PKG_CONFIG")}
            self.env |= {"PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": "1", "PKG_CONFIG_ALLOW_SYSTEM_LIBS": "1"}
            self.set("PKG_CONFIG_SYSROOT_DIR", self.own["PKG_CONFIG_SYSROOT_DIR"], "sysroot")
        elif any(p.pkg_config for p in self.target.packages) and (self.chain.root or self.chain.kind == "zig"):
            self.set("PKG_CONFIG_LIBDIR", ":".join(triples.pkg_config_folders(wish.goos, wish.goarch)), "pkg-config-target")
            self.env["PKG_CONFIG_PATH"] = ""

    def link(self) -> None:
        """How the linker is called."""
        wish = self.wish
        if wish.goos == "darwin" and self.chain.kind == "zig":
            self._ldflag("-w", "no-dsymutil")
        if wish.goos == "windows" and wish.link == "static" and self.chain.kind != "zig":
            self._ldflag("-extldflags=-static", "static-mingw")
        if wish.goos != "linux":
            return
        self._ldflag("-linkmode=external", "external")
        if wish.link == "static":
            self._ldflag("-extldflags=-static", "static")
            for package, tag in _RESOLVER.items():
                if wish.libc == "glibc" and package in self.target.standard:
                    self.tags.append(tag)
                    self.reasons.append(Reason(name="-tags", value=tag, why="static-glibc-names"))
        elif wish.libc == "musl" and self.chain.kind == "zig":
            self._ldflag("-extldflags=-dynamic", "musl-dynamic")

    def _ldflag(self, value: str, why: str) -> None:
        self.ldflags.append(value)
        self.reasons.append(Reason(name="-ldflags", value=value, why=why))

    def flags(self) -> None:
        """Flags of the C compiler, with the number that stands for what go does not see."""
        more = self.own.get("CGO_CFLAGS", "")
        self.set(
            "CGO_CFLAGS", f"-g -O2 -DGOMEND_ENV_{fingerprint(self.env, self.chain)}{f' {more}' if more else ''}", "fingerprint"
        )
        self.env["CGO_CXXFLAGS"] = self.env["CGO_CFLAGS"]
        if self.own:
            self.env["CGO_LDFLAGS"] = f"-g -O2 {self.own['CGO_LDFLAGS']}{self._behind()}"

    def _behind(self) -> str:
        """Where GNU ld finds the libraries that libraries need; zig does not look at those, and warns of the option."""
        if self.chain.kind == "zig" or self.wish.link == "static":
            return ""
        root = self.wish.sysroot
        folders = tree.libraries(f"{root}/own", tree.read(root))
        return "".join(f" {quoting.join((f'-Wl,-rpath-link,{folder}',))}" for folder in folders if "," not in folder)

    def plan(self, *, cgo: bool) -> Plan:
        ldflags = " ".join([*self.ldflags, *([self.wish.ldflags] if self.wish.ldflags else [])])
        argv = _argv(self.wish, tuple(dict.fromkeys(self.tags)), ldflags)
        return Plan(env=self.env, argv=argv, reasons=tuple(self.reasons), files=self.files, cgo=cgo)


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
