"""Rebuilds: the build that was run, with what a debugger needs and without what takes it away."""

from __future__ import annotations

import os
import shlex
from typing import Any

from gomend.debug import buildflags
from gomend.debug.buildflags import GoCommand
from gomend.debug.why.ask import Ask, Fix

DEBUG = "-gcflags=all=-N -l"
"""What Delve itself builds with: no optimisation and no inlining, of any package."""


class Mends:
    """Makes fixes from how the program was built."""

    def __init__(self, ask: Ask, program: str, main: str = "") -> None:
        """``main`` is the folder of the main package where it is known."""
        self.ask = ask
        self.program = program
        self.folder, self.command = _last_build(ask)
        self.main = main

    def stripping(self) -> tuple[str, ...]:
        """Words of the build, of GOFLAGS or of a later command that take symbols away."""
        found = []
        if self.command and self.command.flags.strip:
            found.append(f"build: {self.command.text}")
        found += [f"build: {line}" for line in self.ask.build if line.strip().startswith(("strip ", "objcopy "))]
        own = self.ask.launch.get("env") or {}
        goflags = own.get("GOFLAGS") or self.ask.env.get("GOFLAGS") or os.environ.get("GOFLAGS", "")
        if buildflags.parse_flags((), goflags).strip:
            found.append(f"GOFLAGS={goflags}")
        if self.ask.launch.get("buildFlags"):
            found.append(f"buildFlags: {self.ask.launch['buildFlags']}")
        return tuple(found)

    def keep_symbols(self) -> Fix | None:
        """Build again without -s and -w; where dlv builds, without them in GOFLAGS and buildFlags."""
        if self.ask.mode in {"debug", "test"}:
            own = self.ask.launch.get("env") or {}
            launch = self._build_flags() or {}
            if "GOFLAGS" in own and (kept := _without_ldflags(str(own["GOFLAGS"]))) != own["GOFLAGS"]:
                launch = {**launch, "env": {**own, "GOFLAGS": kept}}
            goflags = self.ask.env.get("GOFLAGS") or os.environ.get("GOFLAGS", "")
            kept = _without_ldflags(goflags)
            return Fix(environment={"GOFLAGS": kept} if kept != goflags else None, launch=launch or None)
        return self.rebuild()

    def _build_flags(self) -> dict[str, Any] | None:
        flags = self.ask.launch.get("buildFlags")
        if not flags:
            return None
        words = list(flags) if isinstance(flags, list) else list(buildflags.split_delve(str(flags)))
        kept = [w for w in words if not str(w).lstrip("-").startswith("ldflags")]
        return {"buildFlags": kept} if kept != words else None

    def rebuild(self, *more: str, package: str = "", where: str = "") -> Fix | None:
        """The build again, for debugging: the old output goes first, or go would not even relink a stripped one."""
        if self.ask.mode in {"debug", "test"} and not self.command:
            return None
        output = self.program
        verb = ("test", "-c") if self.command and self.command.verb == "test" else ("build",)
        words = ["go", *verb, *self._kept(), *more, DEBUG, "-o", output, package or self._package()]
        folder = where or self.folder or self.main or os.path.dirname(output)
        env = "".join(
            f"{k}={shlex.quote(v)} "
            for k, v in (self.command.env if self.command else {}).items()
            if k not in {"GOFLAGS", "GOTOOLCHAIN", "CGO_CFLAGS"}
        )
        return Fix(rebuild=(f"rm -f {shlex.quote(output)}", f"cd {shlex.quote(folder)} && {env}{shlex.join(words)}"))

    def with_cgo(self) -> Fix | None:
        """Build again with cgo."""
        made = self.rebuild()
        if made is None or made.rebuild is None:
            return Fix(environment={"CGO_ENABLED": "1"})
        *first, last = made.rebuild
        on = (
            last.replace("CGO_ENABLED=0", "CGO_ENABLED=1")
            if "CGO_ENABLED=0" in last
            else last.replace("go build", "CGO_ENABLED=1 go build", 1)
        )
        return Fix(rebuild=(*first, on))

    def with_c(self) -> Fix | None:
        """Build again with what a debugger needs of the C code."""
        made = self.rebuild()
        flags = "CGO_CFLAGS='-g -O0' "
        if made is None or made.rebuild is None:
            return Fix(environment={"CGO_CFLAGS": "-g -O0"})
        return Fix(rebuild=(*made.rebuild[:-1], made.rebuild[-1].replace("go build", f"{flags}go build", 1)))

    def _kept(self) -> list[str]:
        """Flags of the old build that have nothing to do with symbols."""
        if self.command is None:
            return []
        kept: list[str] = []
        words = iter(self.command.argv[2:])
        for word in words:
            name = word.lstrip("-").partition("=")[0]
            if not word.startswith("-"):
                break
            if name in {"gcflags", "ldflags", "o", "trimpath", "a", "c", "v", "x", "n"}:
                if "=" not in word and name in {"gcflags", "ldflags", "o"}:
                    next(words, None)
                continue
            kept.append(word)
            if "=" not in word and name in {"tags", "mod", "modfile", "buildmode", "overlay", "pkgdir", "asmflags"}:
                kept.append(next(words, ""))
        return kept

    def _package(self) -> str:
        packages = self.command.flags.packages if self.command else ()
        return packages[0] if packages else "."

    def unpack(self) -> Fix | None:
        """Undo what UPX did, or build again where the build is known."""
        if self.command:
            return self.rebuild()
        return Fix(rebuild=(f"upx -d {shlex.quote(self.program)}",))

    def test(self, folder: str) -> Fix:
        """Debug the test binary instead."""
        return Fix(launch={"mode": "test", "program": folder})

    def tagged(self, tags: tuple[str, ...], text: str) -> Fix | None:
        """Build with the tags that the file asks for."""
        del text
        if not tags:
            return None
        if self.ask.mode in {"debug", "test"}:
            return Fix(launch={"buildFlags": f"-tags={','.join(tags)}"})
        return self.rebuild(f"-tags={','.join(tags)}")

    def containing(self, folder: str, listed: dict[str, Any]) -> Fix | None:
        """Build the program that has the package: the folder itself if it is one."""
        if listed.get("Name") != "main":
            return None
        if self.ask.mode in {"debug", "test"}:
            return Fix(launch={"mode": "debug", "program": folder})
        if _module(folder) != _module(self.folder):
            return self.rebuild(package=".", where=folder)
        return self.rebuild(package=folder if not self.folder else _relative(folder, self.folder))


def _without_ldflags(goflags: str) -> str:
    """GOFLAGS without -ldflags; as it is where there is none."""
    words = buildflags.split_quoted(goflags)
    kept = [w for w in words if not w.lstrip("-").startswith("ldflags")]
    return " ".join(kept) if len(kept) < len(words) else goflags


def _module(folder: str) -> str:
    """The nearest folder at or above that has a go.mod, empty without one."""
    while folder and not os.path.isfile(f"{folder}/go.mod"):
        folder = os.path.dirname(folder) if folder != os.path.dirname(folder) else ""
    return folder


def _relative(folder: str, start: str) -> str:
    found = os.path.relpath(folder, start)
    return found if found == "." or found.startswith("..") else f"./{found}"


def _last_build(ask: Ask) -> tuple[str, GoCommand | None]:
    """The last go build of the script, and the folder that it ran in (``cd DIR &&``)."""
    found = None
    where = ask.folder
    for line in ask.build:
        folder = ask.folder
        for _, words in buildflags.shell_commands(line):
            if words[:1] == ("cd",) and len(words) == 2:
                folder = os.path.normpath(os.path.join(folder, words[1]))
        commands = [c for c in buildflags.go_commands(line) if c.verb in {"build", "test", "install"}]
        if commands:
            found = commands[-1]
            where = os.path.normpath(os.path.join(folder, found.flags.chdir)) if found.flags.chdir else folder
    return where if found else "", found
