"""The scenario file: an environment, what each server answers, files, and the command. Unknown keys are refused by name."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gomend.model.base import Thing

SERVERS: Final = ("P1", "P2", "P3")
"""Names of the servers that a scenario may define."""


class ScenarioError(Exception):
    """The file is no scenario; the message names the key."""


class Server(Thing, frozen=True):
    """A server on loopback: the action of the first rule whose pattern is found in the path, else the default."""

    default: str = "ok"
    rules: list[tuple[str, str]] = []
    tls: bool | str = False
    refused: bool = False
    needauth: str = ""


class Scenario(Thing, frozen=True):
    r"""One scenario; ``id`` and the rest that only describe are kept out of every decision.

    ``modules`` are served besides those that every scenario has: module → version, oldest first → file → text, as in
    ``{"corp.example.com/lib": {"v1.0.0": {"go.mod": "module corp.example.com/lib\n", "lib.go": "package lib\n"}}}``. A
    missing go.mod is a plain one; pseudo-versions are not listed; the last version is the newest commit. ``go`` is the
    version of the go command, such as ``1.23.4``; the newest that the model describes if it is empty.
    """

    command: str
    env: dict[str, str] = {}
    servers: dict[str, Server] = {}
    connect: str | dict[str, list[tuple[str, str]]] = "refuse"
    files: dict[str, str] = {}
    modules: dict[str, dict[str, dict[str, str]]] = {}
    setup: list[str] = []
    setup_env: dict[str, str] = {}
    timeout: float = 40
    id: str = ""
    group: str = ""
    note: str = ""
    ordered: bool = True
    stable: bool = True
    stderr_stable: bool = True
    cause: str = ""
    observed: dict[str, Any] | None = None
    go: str = ""


def read(raw: bytes | str) -> Scenario:
    """Read a scenario.

    Raises:
        ScenarioError: it is not JSON, lacks a key, has an unknown one or one of a wrong type; the message names the key.
    """
    try:
        found = msgspec.json.decode(raw, type=Scenario)
    except msgspec.DecodeError as error:
        raise ScenarioError(_clearer(str(error))) from None
    for name, server in found.servers.items():
        if name not in SERVERS:
            raise ScenarioError(f"servers: unknown key `{name}`; there are {', '.join(SERVERS)}")
        for action in (server.default, *(action for _, action in server.rules)):
            _check(action, f"servers.{name}")
    if isinstance(found.connect, str):
        if found.connect != "refuse":
            raise ScenarioError(f"connect: `{found.connect}` is neither `refuse` nor rules by host")
    else:
        for host, rules in found.connect.items():
            for _, action in rules:
                _check(action, f"connect.{host}")
    return found


_PLAIN: Final = frozenset(
    ("ok", "hang", "close", "trunc", "truncsilent", "zipwrong", "zipprefix", "html", "badjson", "emptybody", "wrongver", "loop")
)
_SUM: Final = frozenset(("wrong", "absent", "badsig", "fork"))


def _check(action: str, key: str) -> None:
    name, _, rest = action.partition(":")
    good = action in _PLAIN or (name in {"redirect", "meta"} and rest)
    good = good or (name == "sum" and rest in _SUM) or (name in {"status", "text"} and rest.partition(":")[0].isdigit())
    good = good or (name == "slow" and rest.replace(".", "", 1).isdigit())
    if not good:
        raise ScenarioError(f"{key}: unknown action `{action}`")


def _clearer(message: str) -> str:
    """Msgspec says ``Object contains unknown field `x` - at `$.servers[...]```; keep it, with the place in front."""
    text, at, place = message.partition(" - at ")
    return f"{place.strip('`')}: {text}" if at else text
