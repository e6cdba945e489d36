"""All doors in one bundle, and the scope of a run: what collectors are given."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from gomend.model.base import Thing
from gomend.ports.files import Files, RealFiles
from gomend.ports.processes import RealRunner, Runner

if TYPE_CHECKING:
    from gomend.ports.http import Http


class Environ(Protocol):
    """The process environment and what the operating system says of itself."""

    @property
    def variables(self) -> Mapping[str, str]:
        """Environment variables."""
        ...

    @property
    def home(self) -> str:
        """Home folder, absolute, empty if unknown."""
        ...

    @property
    def system(self) -> str:
        """GOOS name of this machine (``linux``, ``darwin``, ``windows``)."""
        ...

    @property
    def machine(self) -> str:
        """GOARCH name of this machine (``amd64``, ``arm64`` …)."""
        ...


class RealEnviron:
    """This process's own environment."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        """Take a copy, so that nothing changes underfoot."""
        self._variables = dict(os.environ if variables is None else variables)

    @property
    def variables(self) -> Mapping[str, str]:
        """Environment variables."""
        return self._variables

    @property
    def home(self) -> str:
        """HOME, as go reads it."""
        return self._variables.get("HOME") or os.path.expanduser("~")

    @property
    def system(self) -> str:
        """GOOS of this machine."""
        return {"win32": "windows"}.get(sys.platform, sys.platform)

    @property
    def machine(self) -> str:
        """GOARCH of this machine."""
        names = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
        return names.get(platform.machine(), platform.machine().lower())


class Scope(Thing, frozen=True):
    """What a run is about. Everything here comes from the command line or ``gomend.toml``.

    ``targets`` are GOOS/GOARCH pairs that the project must build for; ``private`` the team's private module patterns;
    ``deploy`` the system that binaries run on (``debian:11``); ``log`` an error text given to ``why`` or seen by ``run``;
    ``command`` the user's own command line and ``command_exit`` how it ended.
    """

    root: str
    targets: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    deploy: str | None = None
    offline: bool = False
    log: str | None = None
    log_source: str = ""
    command: tuple[str, ...] = ()
    command_exit: int | None = None


class Doors:
    """The doors that collectors and steps go through."""

    def __init__(self, runner: Runner, files: Files, environ: Environ, http: Http) -> None:
        """Bundle them."""
        self.runner = runner
        self.files = files
        self.environ = environ
        self.http = http


def real_doors(variables: Mapping[str, str] | None = None, *, offline: bool = False) -> Doors:
    """Doors to this machine. ``offline`` closes the HTTP door and keeps go from opening sockets of its own."""
    from gomend.ports.http import ClosedHttp, RealHttp

    environ = RealEnviron(variables)
    return Doors(
        runner=RealRunner(environ.variables, offline=offline),
        files=RealFiles(),
        environ=environ,
        http=ClosedHttp() if offline else RealHttp(),
    )
