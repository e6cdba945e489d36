"""What is asked: how the binary was made, the launch request of an editor, and breakpoints."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from gomend.debug import buildflags
from gomend.model.base import Thing


class Wanted(msgspec.Struct, frozen=True):
    """Breakpoints of one file, as the editor would send them."""

    file: str
    lines: tuple[int, ...] = ()


class Ask(msgspec.Struct, frozen=True):
    """The contract's FILE. ``build`` has been run already and is evidence, not an order."""

    breakpoints: tuple[Wanted, ...]
    launch: dict[str, Any] = {}
    build: tuple[str, ...] = ()
    cwd: str = ""
    env: dict[str, str] = {}
    dlv: str = ""
    """The dlv that the editor starts; empty: the one on PATH."""

    @property
    def mode(self) -> str:
        """The mode of the launch request; Delve's own default is ``debug``."""
        return str(self.launch.get("mode") or ("local" if self.launch.get("request") == "attach" else "debug"))

    @property
    def rules(self) -> tuple[tuple[str, str], ...]:
        """The rules of substitutePath as pairs (editor, binary)."""
        listed = self.launch.get("substitutePath") or ()
        return tuple((str(r.get("from", "")), str(r.get("to", ""))) for r in listed if isinstance(r, dict))

    @property
    def folder(self) -> str:
        """Where dlv is started."""
        return os.path.abspath(self.cwd or ".")

    @property
    def process(self) -> int:
        """The process to attach to, 0 without one."""
        number = self.launch.get("processId")
        return int(number) if isinstance(number, int | str) and str(number).isdecimal() else 0

    @property
    def output(self) -> str:
        """What the last build of the script wrote (``-o``); empty if nothing says so."""
        for line in reversed(self.build):
            for command in reversed(buildflags.go_commands(line)):
                if command.flags.output:
                    return os.path.normpath(os.path.join(self.folder, command.flags.output))
        return ""

    @property
    def program(self) -> str:
        """The program of the launch request, absolute; of a process that is attached to, its own executable, and of one elsewhere what was built last."""
        if not self.launch.get("program") and self.mode in {"local", "remote", "core", "replay"}:
            return f"/proc/{self.process}/exe" if self.process else self.output
        return os.path.normpath(os.path.join(self.folder, str(self.launch.get("program") or ".")))

    @property
    def built(self) -> str:
        """Where the program's file lies: of a process, the file that it was started from, which may be another one by now."""
        if not self.process or self.launch.get("program"):
            return self.program
        try:
            return os.readlink(self.program).removesuffix(" (deleted)")
        except OSError:
            return self.program


class AskError(ValueError):
    """The file is not what it should be; the message says where and how."""


def read(raw: bytes) -> Ask:
    """Decode FILE.

    Raises:
        AskError: it is no JSON of this shape.
    """
    try:
        ask = msgspec.json.decode(raw, type=Ask)
    except msgspec.MsgspecError as error:
        raise AskError(str(error)) from None
    if any(line < 1 for wanted in ask.breakpoints for line in wanted.lines):
        raise AskError("lines are counted from 1")
    if not isinstance(ask.launch.get("env") or {}, dict):
        raise AskError("launch.env: an object is needed")
    if not isinstance(ask.launch.get("buildFlags") or "", str | list):
        raise AskError("launch.buildFlags: a string or a list is needed")
    if any("\0" in text for text in (*(w.file for w in ask.breakpoints), ask.cwd, str(ask.launch.get("program")))):
        raise AskError("a path has a NUL character")
    return ask


class Rule(Thing, frozen=True, rename={"from_": "from"}):
    """A rule of substitutePath."""

    from_: str
    to: str


class Place(Thing, frozen=True):
    """Where to set the breakpoint instead."""

    file: str
    line: int


class Fix(Thing, frozen=True, rename="camel"):
    """The smallest change; fields that stay as they are are None. ``rebuild`` are lines for a shell, ``launch`` fields of the launch request."""

    substitute_path: tuple[Rule, ...] | None = None
    breakpoint: Place | None = None
    rebuild: tuple[str, ...] | None = None
    environment: dict[str, str] | None = None
    launch: dict[str, Any] | None = None
    image: tuple[str, ...] | None = None
    """Instructions of the Dockerfile as they should stand, each with its file and line."""


class Verdict(Thing, frozen=True):
    """What is said of one breakpoint. ``bound`` is what a debugger will do with it, ``cause`` ``none`` if it is well."""

    file: str
    line: int
    bound: bool
    cause: str
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None
