"""What ``gomend mod prove-offline`` does: build (and test) with nothing but vendor or a bundle, and see what was opened."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gomend.apps import bundling
from gomend.apps.boxing import Box, Socket
from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.golang import modfile, modpath
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Said, say, text
from gomend.modules.bundle.imports import Into
from gomend.modules.bundle.manifest import BundleError
from gomend.ports.doors import real_doors
from gomend.ports.processes import Cmd, Done
from gomend.ports.state import remove_tree

_NO_GO: Final = text("offline.no-go", "go cannot be asked for its settings: {reason}")
_NO_PROJECT: Final = text("offline.no-project", "{path} has no go.mod or go.work, nor has a folder above it.")
_NO_VENDOR: Final = text("offline.no-vendor", "{path} has no vendor folder; name a bundle or a proxy folder with --from.")
_NO_SOURCE: Final = text("offline.no-source", "{path} is neither a bundle nor a folder.")
_OUTSIDE: Final = text("offline.outside", "{path} lies outside of {root}, so the project cannot be copied for --generate.")
NO_BOX: Final = text("offline.no-box", "This machine gives no empty network namespace: {reason}")
NO_AUDIT: Final = text(
    "offline.no-audit", "strace is not available, so sockets were not recorded (the namespace was empty all the same)."
)
BAD_BUNDLE: Final = text("offline.bad-bundle", "The bundle is not what it says: {name}: {why}")
_ADD: Final = text("offline.add", "gomend mod bundle make {folder} -o FILE")
_ADD_CHAIN: Final = text("offline.add-toolchain", "gomend mod bundle make {folder} -o FILE --toolchain {platform}")
_ADD_VENDOR: Final = text("offline.add-vendor", "go mod vendor")
PROVED, NOT_PROVED, UNKNOWN = "proved", "not-proved", "unknown"
_TIME: Final = 3600.0
_KEPT: Final = [
    "GOOS",
    "GOARCH",
    "GOEXPERIMENT",
    "GOTOOLCHAIN",
    "GONOSUMDB",
    "CGO_ENABLED",
    "CGO_CFLAGS",
    "CGO_CPPFLAGS",
    "CGO_CXXFLAGS",
    "CGO_LDFLAGS",
    "CC",
    "CXX",
    "PKG_CONFIG",
]
"""Settings of go that shape a build."""
_ASKED: Final = (*_KEPT, "GOSUMDB", "GOFLAGS", "GOMOD", "GOWORK", "GOVERSION")
_MISSING: Final = (
    re.compile(r"(?P<module>[^\s:]+)@(?P<version>v[^\s:]+): (?:[^\n]*: )?reading file://"),
    re.compile(r"(?P<module>[^\s:]+)@(?P<version>v[^\s:]+): (?:[^\n]*: )?module lookup disabled by GOPROXY=off"),
    re.compile(r"cannot find module providing package (?P<module>[^\s:]+): import lookup disabled by -mod=vendor"),
    re.compile(r"(?P<module>[^\s:]+)@(?P<version>v[^\s:]+): is explicitly required in go.mod, but not marked as explicit in"),
    re.compile(r"no required module provides package (?P<module>[^\s:;]+)"),
    re.compile(r"download (?P<chain>go1[\w.]+)(?: for (?P<platform>\w+/\w+))?: toolchain not available"),
    re.compile(r"module (?P<module>[^\s:]+): (?:[^\n]*: )?reading file://"),
)


class Ran(Thing, frozen=True):
    """One command in the box."""

    command: str
    exit: int | None
    seconds: float
    detail: str = ""


class Missing(Thing, frozen=True):
    """A module, package or toolchain that was not there, and the command that adds it."""

    name: str
    add: Said


class Tests(Thing, frozen=True):
    """What ``go test`` said: packages and single tests."""

    packages: int = 0
    failed_packages: tuple[str, ...] = ()
    passed: int = 0
    failed: int = 0
    skipped: int = 0


class Proof(Thing, frozen=True):
    """The whole. ``verdict`` is proved, not-proved or unknown; ``why`` tells what stands against it."""

    verdict: str
    source: str
    project: str
    go: str
    why: tuple[Said, ...] = ()
    packages: int = 0
    ran: tuple[Ran, ...] = ()
    tests: Tests | None = None
    sockets: tuple[Socket, ...] = ()
    audited: bool = False
    missing: tuple[Missing, ...] = ()
    cgo: bool = False
    compiler: str = ""
    env: dict[str, str] = {}
    kept: str = ""


class Wish(Thing, frozen=True):
    """What to prove. ``source`` is vendor, a bundle, a proxy folder, or empty: vendor if there is one."""

    folder: str
    source: str = ""
    parents: tuple[str, ...] = ()
    test: bool = False
    generate: bool = False
    keep: bool = False


def prove(wish: Wish) -> Proof:
    """Build in the box and audit.

    Raises:
        Problem: bad input.
    """
    folder = tempfile.mkdtemp(prefix="gomend-offline-")
    try:
        return _Proving(wish, folder).prove()
    finally:
        if not wish.keep:
            remove_tree(folder)


class _Proving:
    def __init__(self, wish: Wish, folder: str) -> None:
        self.wish = wish
        self.folder = folder
        self.doors = real_doors()
        self.box = Box(self.doors, folder)
        self.asked = self._ask()
        work = self.asked["GOWORK"]
        self.work = "" if work in {"", "off"} else work
        if not self.work and self.asked["GOMOD"] in {"", os.devnull}:
            raise base.Problem(_NO_PROJECT, path=wish.folder)
        self.root = os.path.dirname(self.work or self.asked["GOMOD"])
        self.source = self._source()
        self.ran: list[Ran] = []
        self.why: list[Said] = []
        self.missing: dict[str, Missing] = {}

    def _ask(self) -> dict[str, str]:
        folder = os.path.abspath(self.wish.folder)
        if not os.path.isdir(folder):
            raise base.Problem(f"{self.wish.folder}: {os.strerror(2)}")
        cmd = Cmd(argv=("go", "env", "-json", *_ASKED), cwd=folder, env={"PWD": folder})
        done: Done = run_async(lambda: self.doors.runner.run(cmd))
        try:
            found = json.loads(done.stdout)
        except ValueError:
            raise base.Problem(_NO_GO, reason=(done.stderr or done.why).strip()) from None
        return {name: found.get(name, "") for name in _ASKED}

    def _source(self) -> str:
        source = self.wish.source or "vendor"
        if source == "vendor":
            if not os.path.isfile(f"{self.root}/vendor/modules.txt"):
                raise base.Problem(_NO_VENDOR, path=self.root)
        elif not os.path.isfile(source) and not os.path.isdir(source):
            raise base.Problem(_NO_SOURCE, path=source)
        return source

    def prove(self) -> Proof:
        if reason := self.box.problem():
            return self._end(UNKNOWN, say(NO_BOX, reason=reason))
        try:
            env = self._environment()
        except BundleError as error:
            return self._end(NOT_PROVED, error.said)
        if env is None:
            return self._end(NOT_PROVED)
        place = self._copy() if self.wish.generate else self.root
        patterns = self._patterns()
        listed = self._run(("go", "list", "-e", *patterns), env, place)
        packages = len(listed.stdout.split()) if listed.ok else 0
        if self.wish.generate:
            self._run(("go", "generate", *patterns), env, place)
        built = self._run(("go", "build", "-o", os.devnull, *patterns), env, place)
        tests = self._test(patterns, env, place) if self.wish.test and built.ok else None
        sockets = self.box.sockets()
        good = all(r.exit == 0 for r in self.ran) and not any(s.outside for s in sockets)
        good = good and packages > 0 and (tests is not None or not self.wish.test)
        return self._end(PROVED if good else NOT_PROVED, packages=packages, tests=tests, sockets=sockets, env=env)

    def _end(
        self,
        verdict: str,
        *why: Said,
        packages: int = 0,
        tests: Tests | None = None,
        sockets: tuple[Socket, ...] = (),
        env: dict[str, str] | None = None,
    ) -> Proof:
        cgo = self.asked["CGO_ENABLED"] == "1"
        cc = (shlex.split(self.asked["CC"]) or [""])[0]
        return Proof(
            verdict=verdict,
            source=self.source,
            project=self.root,
            go=self.asked["GOVERSION"],
            why=(*self.why, *why, *(() if self.box.strace or verdict == UNKNOWN else (say(NO_AUDIT),))),
            packages=packages,
            ran=tuple(self.ran),
            tests=tests,
            sockets=sockets,
            audited=bool(self.box.strace) and verdict != UNKNOWN,
            missing=tuple(self.missing.values()),
            cgo=cgo,
            compiler=(self.doors.runner.which(cc) or "") if cgo and cc else "",
            env={k: redact(v) for k, v in (env or {}).items() if k.startswith(("GO", "CGO", "CC", "CXX"))},
            kept=self.folder if self.wish.keep else "",
        )

    def _environment(self) -> dict[str, str] | None:
        """What programs in the box see; None where the bundle is bad."""
        variables = self.doors.environ.variables
        made = {"PATH": variables.get("PATH", os.defpath)}
        made |= {n: variables[n] for n in ("LANG", "LC_ALL", "TZ", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR") if n in variables}
        made |= {name: self.asked[name] for name in _KEPT if self.asked[name]}
        for name, inner in (
            ("HOME", "home"),
            ("TMPDIR", "tmp"),
            ("GOPATH", "gopath"),
            ("GOMODCACHE", "mod"),
            ("GOCACHE", "build"),
        ):
            made[name] = f"{self.folder}/{inner}"
            os.makedirs(made[name])
        # A version control's say on the project is no part of the proof, and needs the owner's own settings.
        flags = ["-buildvcs=false", "-modcacherw", *self._flags()]
        if self.source == "vendor":
            made |= {"GOPROXY": "off", "GOSUMDB": "off"}
            flags.append("-mod=vendor")
        else:
            proxy = os.path.abspath(self.source)
            if os.path.isfile(self.source):
                proxy = f"{self.folder}/proxy"
                if not self._import(proxy):
                    return None
            made |= {"GOPROXY": Path(proxy).as_uri(), "GOSUMDB": self._database(proxy)}
            flags.append("-mod=readonly")
        made |= {"GOENV": "off", "GONOPROXY": "none", "GOVCS": "*:off", "GOFLAGS": " ".join(flags)}
        return made

    def _flags(self) -> Iterator[str]:
        try:
            words = shlex.split(self.asked["GOFLAGS"])
        except ValueError:
            words = []
        for word in words:
            if not re.match(r"--?(?:mod|modfile|modcacherw|buildvcs)\b", word):
                yield f"'{word}'" if " " in word else word

    def _import(self, proxy: str) -> bool:
        with bundling.opened((self.source, *self.wish.parents)) as (bundle, *older):
            verdict = bundling.verdict(bundle, older)
            translate = base.translator()
            for bad in verdict.bad[:5]:
                self.why.append(say(BAD_BUNDLE, name=bad.name, why=translate(bad.said)))
            if verdict.bad:
                return False
            for part in (*reversed(older), bundle):
                Into(part, proxy, cache=False).run()
        return True

    def _database(self, proxy: str) -> str:
        """The user's setting if the folder speaks for that database."""
        value = self.asked["GOSUMDB"]
        name = (value.split() or ["off"])[0].partition("+")[0]
        return value.split()[0] if name != "off" and os.path.isfile(f"{proxy}/sumdb/{name}/supported") else "off"

    def _patterns(self) -> tuple[str, ...]:
        if not self.work:
            return ("./...",)
        with open(self.work, encoding="utf-8", errors="replace") as file:
            uses = modfile.parse(file.read(), work=True).uses
        return tuple(f"{u.value.rstrip('/')}/..." for u in uses) or ("./...",)

    def _copy(self) -> str:
        """The project in the box, so that generators do not write into the real one."""
        for name in ("go.mod", "go.work"):
            path = f"{self.root}/{name}"
            if os.path.isfile(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    read = modfile.parse(file.read(), work=name == "go.work")
                for folder in [*(r.to for r in read.replaces if r.local), *(u.value for u in read.uses)]:
                    there = os.path.normpath(os.path.join(self.root, folder))
                    if there != self.root and not there.startswith(f"{self.root}/"):
                        raise base.Problem(_OUTSIDE, path=folder, root=self.root)
        to = f"{self.folder}/project"
        shutil.copytree(self.root, to, symlinks=True, ignore=shutil.ignore_patterns(".git", ".hg", ".svn"))
        return to

    def _run(self, argv: tuple[str, ...], env: dict[str, str], place: str) -> Done:
        here = {**env, "PWD": place}
        if self.work:
            here["GOWORK"] = f"{place}/{os.path.basename(self.work)}"
        else:
            here["GOWORK"] = "off"
        done = self.box.run(argv, here, place, _TIME)
        self._note_missing(done.stderr)
        detail = "" if done.ok else redact(_short(done))
        self.ran.append(Ran(command=shlex.join(argv), exit=done.exit, seconds=done.seconds, detail=detail))
        return done

    def _test(self, patterns: tuple[str, ...], env: dict[str, str], place: str) -> Tests:
        done = self._run(("go", "test", "-count=1", "-json", *patterns), env, place)
        packages, failed = 0, []
        counts = {"pass": 0, "fail": 0, "skip": 0}
        words: list[str] = []
        for line in done.stdout.splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            action = event.get("Action")
            if action in {"output", "build-output"}:
                words.append(str(event.get("Output", "")))
            if action not in counts:
                continue
            if "Test" in event:
                counts[action] += 1
            else:
                packages += 1
                failed += [str(event.get("Package"))] if action == "fail" else []
        if not done.ok:
            self._note_missing("".join(words))
            last = self.ran.pop()
            told = [w.rstrip() for w in words if not w.startswith(("=== ", "PASS", "ok "))]
            self.ran.append(
                Ran(
                    command=last.command,
                    exit=last.exit,
                    seconds=last.seconds,
                    detail=redact("\n".join(told[-12:]) or last.detail),
                )
            )
        return Tests(
            packages=packages,
            failed_packages=tuple(failed),
            passed=counts["pass"],
            failed=counts["fail"],
            skipped=counts["skip"],
        )

    def _note_missing(self, said: str) -> None:
        for pattern in _MISSING:
            for match in pattern.finditer(said):
                found = match.groupdict()
                if chain := found.get("chain"):
                    platform = found.get("platform") or f"{self.asked['GOOS']}/{self.asked['GOARCH']}"
                    self.missing[chain] = Missing(name=chain, add=say(_ADD_CHAIN, folder=self.wish.folder, platform=platform))
                    continue
                name = modpath.unescape(found["module"]) + (f"@{found['version']}" if found.get("version") else "")
                if not any(known.startswith(f"{name}@") for known in self.missing):
                    add = say(_ADD_VENDOR) if self.source == "vendor" else say(_ADD, folder=self.wish.folder)
                    self.missing[name] = Missing(name=name, add=add)


def _short(done: Done) -> str:
    lines = [line.rstrip() for line in done.stderr.splitlines() if line.strip() and not line.startswith("go: downloading")]
    return "\n".join(lines[-8:])[:1500] or done.why
