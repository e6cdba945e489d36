"""One run of the go command: its flags, what it prints, its exit status (cmd/go/internal/base, cfg)."""

from __future__ import annotations

import posixpath
from typing import NoReturn

from gomend.golang import version as gover
from gomend.modules.route.client import Client, Response
from gomend.modules.route.errors import GoError, Halt, TooNewError
from gomend.modules.route.machine import WORK, Machine


class Process:
    """State that every part of the go command shares."""

    def __init__(self, machine: Machine, cwd: str = f"{WORK}/m") -> None:
        """Start a process in a folder."""
        self.machine = machine
        self.env = machine.env
        self.cwd = cwd
        self.client = Client(machine, self.fatal)
        self.stderr: list[str] = []
        self.command = ""
        self.build_mod = ""
        self.mod_explicit = False
        self.mod_reason = ""
        self.status = 0
        self.ended = False
        self.auto_file = ""
        self.prefix = ""
        self.prefix_pages: dict[str, Response] = {}

    def say(self, text: str) -> None:
        """A line on standard error."""
        self.stderr.append(text if text.endswith("\n") else text + "\n")

    def error(self, error: GoError | str) -> None:
        """base.Errorf: say it, remember the status, go on."""
        self.say(self.prefix + (f"go: {error}" if isinstance(error, GoError) else error))
        self.status = 1

    def fatal(self, error: GoError | str) -> NoReturn:
        """base.Fatal.

        Raises:
            Halt: always.
        """
        self.error(error)
        self.ended = True
        raise Halt(self.status)

    def exit_if_errors(self) -> None:
        """base.ExitIfErrors.

        Raises:
            Halt: something was wrong before.
        """
        if self.status:
            raise Halt(self.status)

    def short(self, path: str) -> str:
        """base.ShortPath: relative to the current folder if that is shorter."""
        near = posixpath.relpath(path, self.cwd)
        return near if len(near) < len(path) else path

    def too_new(self, what: str, go: str) -> TooNewError:
        """gover.TooNewError with what holds this go where it is."""
        chosen = self.env.get("GOTOOLCHAIN", "")
        why = f"; GOTOOLCHAIN={chosen}" if chosen not in {"", "auto"} else ""
        return TooNewError(what, go, f"{self.machine.go}{why}{self.auto_file}")

    def needs_newer(self, go: str) -> bool:
        """Whether a ``go`` line asks for more than this go is."""
        return gover.older(self.machine.go, go)
