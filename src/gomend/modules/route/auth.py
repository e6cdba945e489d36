"""Credentials for https requests: GOAUTH's commands and netrc. Source: cmd/go/internal/auth (auth.go, netrc.go, userauth.go)."""

from __future__ import annotations

import base64
import posixpath
import re
import shlex
from collections.abc import Callable
from typing import Final, NoReturn
from urllib.parse import unquote, urlsplit

from gomend.modules.route.machine import Machine

_PRINTS: Final = frozenset(("echo", "printf", "cat"))
_RELATIVE: Final = "GOAUTH=git dir method requires an absolute path to the git working directory"


class Credentials:
    """auth.AddCredentials: what is known by URL prefix, asked of GOAUTH's commands before the first https request."""

    def __init__(self, machine: Machine, fatal: Callable[[str], NoReturn]) -> None:
        """``fatal`` ends the process, as a malformed GOAUTH does."""
        self._machine, self._fatal = machine, fatal
        self._known: dict[str, str] = {}
        self._asked = False

    @property
    def _goauth(self) -> str:
        return (self._machine.env.get("GOAUTH") or "netrc") if self._machine.does("goauth") else "netrc"

    def header(self, url: str, *, refused: bool = False) -> str:
        """The ``Authorization`` of a request; ``refused``: it was answered with 4xx, so the commands are asked again."""
        if self._goauth != "off":
            if not self._asked:
                self._asked = True
                self._run("")
            if refused:
                self._run(url)
            prefix = url.removeprefix("https://").removesuffix("/")
            if not self._machine.does("goauth"):
                prefix = prefix.partition("/")[0].rpartition("@")[2]
            while prefix not in self._known and "/" in prefix:
                prefix = prefix.rpartition("/")[0]
            if prefix in self._known:
                return self._known[prefix]
        return ""

    def _run(self, url: str) -> None:
        """auth.runGoAuth: the last command first, so that the first one wins."""
        commands = self._goauth.split(";")
        for command in reversed(commands):
            words = command.split()
            if not words:
                self._fatal(f"go: GOAUTH encountered an empty command (GOAUTH={self._goauth})")
            if words[0] == "off":
                if len(commands) != 1:
                    told = f"go: GOAUTH=off cannot be combined with other authentication commands (GOAUTH={self._goauth})"
                    self._fatal(told)
            elif words[0] == "netrc":
                self._known |= self._netrc()
            elif words[0] == "git":
                self._git(words[1:])
            elif (found := self._helper(command, url)) is not None:
                for prefix, value in found.items():
                    self._known[prefix] = value

    def _netrc(self) -> dict[str, str]:
        home = self._machine.env.get("HOME", "")
        path = self._machine.env.get("NETRC") or f"{home}/.netrc"
        return netrc(self._machine.text(path) or "")

    def _git(self, arguments: list[str]) -> None:
        """``git DIR``: no credential helper of git is known here, so it has nothing to give."""
        if len(arguments) != 1:
            self._fatal(f"go: {_RELATIVE}")
        folder = arguments[0]
        if not folder.startswith("/"):
            self._fatal(f"go: {_RELATIVE}, dir is not absolute")
        if folder in self._machine.files:
            self._fatal(f"go: {_RELATIVE}, dir is not a directory")
        if not self._machine.is_dir(folder):
            self._fatal(f"go: GOAUTH=git encountered an error; cannot stat {folder}: stat {folder}: no such file or directory")

    def _helper(self, command: str, url: str) -> dict[str, str] | None:
        """A program that prints credentials: known if it is a script of the scenario that only prints."""
        words = shlex.split(command)
        if words[0] in {"sh", "/bin/sh", "bash"} and len(words) > 1:
            words = words[1:]
        elif words[0] not in self._machine.executables:
            return _parsed(self._printed([words])) if words[0] in _PRINTS else None
        text = self._machine.text(posixpath.join(self._machine.home_folder, words[0])) or ""
        lines = [shlex.split(line) for line in text.split("\n") if line.strip() and not line.startswith("#")]
        known = all(line[0] in _PRINTS for line in lines)
        return _parsed(self._printed(lines)) if known else None

    def _printed(self, lines: list[list[str]]) -> str:
        out = ""
        for words in lines:
            if words[0] == "cat":
                out += "".join(self._machine.text(path) or "" for path in words[1:])
            elif words[0] == "echo":
                out += " ".join(words[1:]) + "\n"
            else:
                out += "".join(words[1:2]).replace("\\n", "\n")
        return out


def of_url(url: str) -> str:
    """What net/http sends for the user that a URL names itself."""
    parts = urlsplit(url)
    return basic(unquote(parts.username), unquote(parts.password or "")) if parts.username is not None else ""


def _parsed(text: str) -> dict[str, str] | None:
    """auth.parseUserAuth: blocks of URLs, an empty line, headers, an empty line; None if it is anything else."""
    if text and not text.endswith("\n\n"):
        return None
    found: dict[str, str] = {}
    parts = text.split("\n\n")
    for urls, headers in zip(parts[::2], parts[1::2], strict=False):
        if any(not re.match(r"\w+://", url) for url in urls.split("\n")):
            return None
        value = re.search(r"(?mi)^Authorization: (.*)$", headers)
        for url in urls.split("\n"):
            prefix = url.removeprefix("https://").removesuffix("/")
            found[prefix] = (value[1].removeprefix("Basic ") if value else "").strip()
    return found


def basic(login: str, password: str) -> str:
    """The value of basic authentication."""
    return base64.b64encode(f"{login}:{password}".encode()).decode()


def netrc(text: str) -> dict[str, str]:
    """auth.parseNetrc: the first complete line of a machine wins; ``default`` ends the file."""
    found: dict[str, str] = {}
    current = {"machine": "", "login": "", "password": ""}
    macro = False
    for line in text.split("\n"):
        if macro:
            macro = line != ""
            continue
        words = line.split()
        for i in range(0, len(words) - 1, 2):
            if words[i] == "machine":
                current = {"machine": words[i + 1], "login": "", "password": ""}
            elif words[i] in current:
                current[words[i]] = words[i + 1]
            elif words[i] == "macdef":
                macro = True
            if all(current.values()):
                found.setdefault(current["machine"].removesuffix("/"), basic(current["login"], current["password"]))
                current = {"machine": "", "login": "", "password": ""}
        if len(words) % 2 and words[-1] == "default":
            break
    return found
