"""The machine of a scenario: its environment, its files, and the log of requests. Nothing here touches the real ones."""

from __future__ import annotations

import base64
import hashlib
import posixpath
from typing import Final

from gomend.golang import modpath
from gomend.modules.route.errors import Mod
from gomend.modules.route.scenario import Scenario
from gomend.modules.route.served import Body
from gomend.modules.route.world import SUMDB

WORK: Final = "/scenario-work"
"""The scenario\'s folder."""
CACHE: Final = "/scenario-cache"
"""Its module cache."""
GOPATH: Final = "/scenario-gopath"
"""Where the signed tree heads are kept."""
PORTS: Final = {"P1": "41001", "P2": "41002", "P3": "41003", "PX": "41009"}
"""Ports of the servers and of the HTTPS proxy."""
LOCAL_GO: Final = "1.26.8"
"""The go command that the model describes."""
_ZONE: Final = "golang.org"


def _key() -> str:
    data = bytes([1]) + bytes(32)
    number = hashlib.sha256(SUMDB.encode() + b"\n" + data).hexdigest()[:8]
    return f"{SUMDB}+{number}+{base64.b64encode(data).decode()}"


KEY: Final = _key()
"""The verifier key of the checksum database."""
_PLACES: Final = {"WORK": WORK, "CACHE": CACHE, "KEY": KEY, "SUMDB": SUMDB, **PORTS}
_DEFAULTS: Final = {
    "GOSUMDB": "off",
    "GOTOOLCHAIN": "local",
    "GOAUTH": "netrc",
    "GOPROXY": f"https://proxy.{_ZONE},direct",
    "HOME": f"{WORK}/home",
}


def fill(text: str) -> str:
    """Put this machine's ports and folders in the place of ``{P1}``, ``{WORK}`` and the like."""
    for name, value in _PLACES.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def strip(text: str) -> str:
    """Undo :func:`fill` in what the go command says."""
    for name, value in PORTS.items():
        text = text.replace(f"127.0.0.1:{value}", f"127.0.0.1:{{{name}}}")
    return text.replace(CACHE, "{CACHE}").replace(WORK, "{WORK}").replace(KEY, "{KEY}")


class Machine:
    """Files, environment, servers, and what was asked of them."""

    def __init__(self, scenario: Scenario) -> None:
        """Lay the scenario out."""
        self.scenario = scenario
        self.files: dict[str, Body] = {f"{WORK}/{name}": fill(text) for name, text in scenario.files.items()}
        self.env = {**_DEFAULTS, **{k: fill(v) for k, v in scenario.env.items()}}
        self.log: list[tuple[str, str]] = []
        self.recording = False
        self.read_only: set[str] = set()

    def record(self, server: str, request: str) -> None:
        """A request reached a server."""
        if self.recording:
            self.log.append((server, request))

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
