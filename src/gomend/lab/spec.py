"""What a scenario and an observation are, as data: servers, settings, files and a command; and what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gomend.lab import actions, tls
from gomend.model.base import Thing

_PLACES = ("P1", "P2", "P3")


class ScenarioProblem(ValueError):  # noqa: N818 - a problem is told to people
    """A scenario cannot be read or laid out; the message says where and why."""


class Spec(Thing, frozen=True):
    """One server: the first rule whose expression is found in a request's path says what it does, else the default.

    ``tls`` is False or one of :data:`gomend.lab.tls.KINDS`; ``refused``: nobody listens there; ``needauth`` is the
    ``user:password`` that it wants.
    """

    default: str = "ok"
    rules: tuple[tuple[str, str], ...] = ()
    tls: bool | str = False
    refused: bool = False
    needauth: str = ""

    def __post_init__(self) -> None:
        """Check actions.

        Raises:
            ValueError: an action or the kind of certificate does not exist.
        """
        wrong = [p for action in (self.default, *(action for _, action in self.rules)) if (p := actions.problem(action))]
        if self.tls is True or (self.tls and self.tls not in tls.KINDS):
            wrong.append(f"tls is false or one of {', '.join(tls.KINDS)}, not {self.tls!r}")
        if wrong:
            raise ValueError(wrong[0])


class Scenario(Thing, frozen=True):
    """What is laid out and run. ``{P1}`` … are ports, ``{PX}`` the HTTPS proxy's, ``{WORK}`` the throw-away folder,
    ``{CACHE}`` its module cache, ``{KEY}`` and ``{SUMDB}`` the checksum database's key and name.

    ``connect`` is ``refuse``, or rules by host; ``files`` are written below ``{WORK}``: ``m/`` is where commands run,
    ``home/`` the home folder. ``modules`` (module → version, oldest first → file → text) are served besides the lab's
    own; a missing go.mod is a plain one, pseudo-versions are not listed. ``go`` is the version that a prediction is for;
    here the go that is given runs. ``ordered``: the command asks in a certain order; ``stable``: always the same.
    """  # noqa: D205 - the first sentence goes on

    id: str
    group: str = ""
    env: dict[str, str] = {}
    servers: dict[str, Spec] = {}
    connect: str | dict[str, tuple[tuple[str, str], ...]] = "refuse"
    files: dict[str, str] = {}
    modules: dict[str, dict[str, dict[str, str]]] = {}
    setup: tuple[str, ...] = ()
    setup_env: dict[str, str] = {}
    command: str = "go mod download example.com/a@v1.0.0"
    timeout: float = 40
    note: str = ""
    ordered: bool = True
    stable: bool = True
    stderr_stable: bool = True
    cause: str = "none"
    go: str = ""

    def __post_init__(self) -> None:
        """Check names of servers, and the proxy's actions.

        Raises:
            ValueError: a server has another name, or an action does not exist.
        """
        strange = [name for name in self.servers if name not in _PLACES]
        if strange:
            msg = f"servers are called {', '.join(_PLACES)}, not {strange[0]!r}"
            raise ValueError(msg)
        if isinstance(self.connect, str):
            if self.connect != "refuse":
                msg = f"connect is 'refuse' or rules by host, not {self.connect!r}"
                raise ValueError(msg)
            return
        for rules in self.connect.values():
            for _, action in rules:
                if wrong := actions.problem(action):
                    raise ValueError(wrong)


class Observed(Thing, frozen=True):
    """What was seen: placeholders stand where ports and folders stood. ``exit`` is None if the time ran out.

    ``setup`` has the messages of setup commands that failed.
    """

    exit: int | None
    stderr: str
    stdout: str
    requests: dict[str, tuple[str, ...]]
    order: tuple[str, ...]
    seconds: float
    setup: tuple[str, ...] = ()


def load(raw: Mapping[str, Any] | str | bytes) -> Scenario:
    """Read a scenario from JSON text, or from what JSON text was read into.

    Raises:
        ScenarioProblem: it has an unknown key, a missing one, or a value of the wrong shape; the message names it.
    """
    try:
        if isinstance(raw, (str, bytes)):
            return msgspec.json.decode(raw, type=Scenario)
        return msgspec.convert(raw, Scenario)
    except msgspec.DecodeError as error:
        msg = f"this is not a scenario: {error}"
        raise ScenarioProblem(msg) from None
