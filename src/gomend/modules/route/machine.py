"""The machine of a scenario: its environment, its files, and the log of requests. Nothing here touches the real ones."""

from __future__ import annotations

import base64
import hashlib
import posixpath
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Final, TypeVar

from gomend.golang import modpath
from gomend.golang import version as gover
from gomend.modules.route.errors import Hang, Mod
from gomend.modules.route.scenario import Scenario
from gomend.modules.route.served import Body, shelf
from gomend.modules.route.versions import CHANGES, NEWEST
from gomend.modules.route.world import SUMDB

WORK: Final = "/scenario-work"
"""The scenario\'s folder."""
CACHE: Final = "/scenario-cache"
"""Its module cache."""
GOPATH: Final = "/scenario-gopath"
"""Where the signed tree heads are kept."""
PORTS: Final = {"P1": "41001", "P2": "41002", "P3": "41003", "PX": "41009"}
"""Ports of the servers and of the HTTPS proxy."""
_ZONE: Final = "golang.org"


def _key() -> str:
    data = bytes([1]) + bytes(32)
    number = hashlib.sha256(SUMDB.encode() + b"\n" + data).hexdigest()[:8]
    return f"{SUMDB}+{number}+{base64.b64encode(data).decode()}"


KEY: Final = _key()
"""The verifier key of the checksum database."""
_PLACES: Final = {"WORK": WORK, "CACHE": CACHE, "KEY": KEY, "SUMDB": SUMDB, **PORTS}
_DEFAULTS: Final = {"GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw", "HOME": f"{WORK}/home"}
_OF_GO: Final = {
    "GOSUMDB": f"sum.{_ZONE}",
    "GOTOOLCHAIN": "local",
    "GOAUTH": "netrc",
    "GOPROXY": f"https://proxy.{_ZONE},direct",
}
"""What go takes for a variable that is empty or not set."""


def fill(text: str) -> str:
    """Put this machine's ports and folders in the place of ``{P1}``, ``{WORK}`` and the like."""
    for name, value in _PLACES.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def settings(given: dict[str, str]) -> dict[str, str]:
    """An environment as the go command reads it: with places filled in, and go's defaults for what is empty."""
    found = {name: fill(value) for name, value in given.items()}
    return {**found, **{name: value for name, value in _OF_GO.items() if not found.get(name)}}


def strip(text: str) -> str:
    """Undo :func:`fill` in what the go command says."""
    for name, value in PORTS.items():
        text = text.replace(f"127.0.0.1:{value}", f"127.0.0.1:{{{name}}}")
    return text.replace(CACHE, "{CACHE}").replace(WORK, "{WORK}").replace(KEY, "{KEY}")


Result = TypeVar("Result")


class Machine:
    """Files, environment, servers, and what was asked of them."""

    def __init__(self, scenario: Scenario) -> None:
        """Lay the scenario out."""
        self.scenario = scenario
        self.files: dict[str, Body] = {f"{WORK}/{name}": fill(text) for name, text in scenario.files.items()}
        self.shelf = shelf(scenario.modules)
        self.env = settings({**_DEFAULTS, **scenario.env})
        self.log: list[tuple[str, str]] = []
        self.optional: list[tuple[str, str]] = []
        self.recording = self._racing = False
        self.read_only: set[str] = set()
        self.executables: set[str] = set()
        self.home_folder = f"{WORK}/m"
        self.go = scenario.go or NEWEST
        self.waited = 0.0

    def does(self, change: str) -> bool:
        """Whether the go command already behaves so (:data:`gomend.modules.route.versions.CHANGES`)."""
        return not gover.older(self.go, CHANGES[change].since)

    def record(self, server: str, request: str) -> None:
        """A request reached a server."""
        if self.recording:
            self.log.append((server, request))
            if self._racing:
                self.optional.append((server, request))

    def wait(self, seconds: float, url: str) -> None:
        """A server takes its time.

        Raises:
            Hang: the scenario's time is over before it answers.
        """
        self.waited += seconds
        if self.waited >= self.scenario.timeout:
            raise Hang(url)

    def together(self, works: Iterable[Callable[[], Result]]) -> list[Result]:
        """Do what go does in parallel: all begin at once, and one that waits for ever keeps no other from asking.

        Raises:
            Hang: one of them waits for ever.
        """
        start = latest = self.waited
        hung: Hang | None = None
        found: list[Result] = []
        for work in works:
            self.waited = start
            try:
                found.append(work())
            except Hang as hang:
                hung = hung or hang
            latest = max(latest, self.waited)
        self.waited = latest
        if hung is not None:
            raise hung
        return found

    @contextmanager
    def racing(self) -> Generator[None]:
        """What is asked inside may or may not be asked in time: the process ends meanwhile."""
        self._racing = True
        try:
            yield
        finally:
            self._racing = False

    def is_dir(self, path: str) -> bool:
        """Whether a folder stands there (a folder is what has files below it)."""
        inside = path.rstrip("/") + "/"
        return any(name.startswith(inside) for name in self.files)

    def children(self, path: str) -> list[str]:
        """Files directly in a folder, by name."""
        inside = path.rstrip("/") + "/"
        return sorted(n[len(inside) :] for n in self.files if n.startswith(inside) and "/" not in n[len(inside) :])

    def below(self, path: str) -> list[str]:
        """All files below a folder, with their whole paths."""
        inside = path.rstrip("/") + "/"
        return sorted(name for name in self.files if name.startswith(inside))

    def remove(self, path: str) -> None:
        """``rm -rf``."""
        self.files.pop(path, None)
        for name in self.below(path):
            del self.files[name]

    def text(self, path: str) -> str | None:
        """The text of a file; None if there is none."""
        body = self.files.get(path)
        return body if isinstance(body, str) else (None if body is None else "\0")


def cache_path(mod: Mod, suffix: str) -> str:
    """modfetch.CachePath."""
    return f"{CACHE}/cache/download/{modpath.escape(mod.path)}/@v/{modpath.escape(mod.version)}.{suffix}"


def module_dir(mod: Mod) -> str:
    """The folder that a module is extracted to."""
    return f"{CACHE}/{modpath.escape(mod.path)}@{modpath.escape(mod.version)}"


def join(folder: str, name: str) -> str:
    """A path below a folder, cleaned."""
    return posixpath.normpath(posixpath.join(folder, name))
