"""The walk along GOPROXY, and one proxy as a source of versions, .info, .mod and .zip.

Source: cmd/go/internal/modfetch/proxy.go (proxyList, TryProxies, proxyRepo).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final, Protocol, TypeVar
from urllib.parse import quote, unquote

from gomend.golang import modpath, semver
from gomend.modules import proxylist
from gomend.modules.route.client import redacted
from gomend.modules.route.errors import GoError, InvalidVersionError, ModuleError, UseProxyError
from gomend.modules.route.process import Process
from gomend.modules.route.served import Body

Result = TypeVar("Result")
_SAFE: Final = "$&+=:@/-_.~"


def escape(text: str) -> str:
    """modfetch.pathEscape after module.EscapePath: ``!`` becomes ``%21``."""
    return quote(modpath.escape(text), safe=_SAFE)


def below(base: str, path: str) -> str:
    """A path below a base URL, which may have a query; the scheme comes out in small letters, the path cleaned."""
    scheme, _, rest = base.partition(":")
    where, _, tail = rest.removeprefix("//").partition("/")
    folder, mark, more = re.match(r"([^?#]*)([?#]?)(.*)", f"/{tail}", re.DOTALL).groups()  # type: ignore[union-attr]
    if "/" not in rest.removeprefix("//"):
        where, mark, more = re.match(r"([^?#]*)([?#]?)(.*)", where, re.DOTALL).groups()  # type: ignore[union-attr]
        folder = ""
    folder = quote(unquote(folder), safe="/$&+,:;=@-_.~")
    return f"{scheme.lower()}://{where}{re.sub('/+', '/', f'{folder}/{path}')}{mark}{more}"


class Info(dict[str, str]):
    """A .info: at least its ``Version``."""

    @property
    def version(self) -> str:
        """Its version."""
        return self.get("Version", "")


class Repo(Protocol):
    """modfetch.Repo."""

    def versions(self, prefix: str) -> list[str]:
        """The listed versions."""
        ...

    def stat(self, rev: str) -> Info:
        """The .info of a revision."""
        ...

    def latest(self) -> Info:
        """The newest revision."""
        ...

    def go_mod(self, version: str) -> str:
        """The go.mod of a version."""
        ...

    def zip(self, version: str) -> Body:
        """The zip of a version."""
        ...


def try_proxies(process: Process, ask: Callable[[str], Result]) -> Result:
    """modfetch.TryProxies: the first that answers; the most telling error of those that did not.

    Raises:
        GoError: nobody answered, or one refused and no ``|`` lets it pass on.
    """
    value = process.env.get("GOPROXY", "")
    found = proxylist.parse(value)
    if found.error:
        raise GoError(found.error)
    walk = [(entry.url, entry.falls_on_any and entry.is_server) for entry in found.entries]
    if no_proxy(process) and value != "direct":
        walk.insert(0, ("noproxy", False))
    best: GoError | None = None
    rank = 0
    for url, falls in walk:
        try:
            return ask(url)
        except GoError as error:
            if url == "direct" or (url == "noproxy" and not isinstance(error, UseProxyError)):
                best, rank = error, 2
            elif rank <= 1 and not error.missing:
                best, rank = error, 1
            elif rank == 0:
                best = error
            if not falls and not error.missing:
                break
    raise best or GoError("GOPROXY list is empty")


def no_proxy(process: Process) -> str:
    """GONOPROXY, whose default is GOPRIVATE."""
    return process.env.get("GONOPROXY") or process.env.get("GOPRIVATE", "")


class ProxyRepo:
    """modfetch.proxyRepo: one module at one proxy."""

    def __init__(self, process: Process, base: str, path: str) -> None:
        """``base`` is the proxy's URL."""
        self.process = process
        self.path = path
        self.base = redacted(base)
        self.url = base
        self._listed: Info | GoError | None = None

    def versions(self, prefix: str) -> list[str]:
        """``@v/list``, without pseudo-versions."""
        try:
            text = self._text("@v/list")
        except GoError as error:
            self._listed = self._listed or self._error("", error)
            raise self._error("", error) from None
        words = [line.split()[0] for line in text.split("\n") if line.split()]
        if self._listed is None:
            self._listed = self._newest(text)
        found = [w for w in words if semver.valid(w) and w.startswith(prefix) and not semver.is_pseudo(w)]
        return sorted(found, key=lambda v: semver.key(self.path, v))

    def stat(self, rev: str) -> Info:
        """``.info``."""
        if semver.disallowed(rev):
            bad = InvalidVersionError(rev, pseudo=False, inner=GoError("disallowed version string"))
            raise self._error(rev, bad)
        try:
            info = self._info(self._text(f"@v/{escape(rev)}.info"))
        except GoError as error:
            raise self._error(rev, error) from None
        if info.version != rev and rev == semver.canonical(rev) and semver.fits_major(self.path, rev):
            wrong = GoError(f"proxy returned info for version {info.version} instead of requested version")
            raise self._error(rev, wrong)
        return info

    def latest(self) -> Info:
        """``@latest``, else the newest pseudo-version of the list."""
        try:
            text = self._text("@latest")
        except GoError as error:
            if not error.missing:
                raise self._error("", error) from None
            return self._latest_of_list()
        try:
            return self._info(text)
        except GoError as error:
            raise self._error("", error) from None

    def go_mod(self, version: str) -> str:
        """``.mod``."""
        try:
            return self._text(f"@v/{escape(version)}.mod")
        except GoError as error:
            raise self._error(version, error) from None

    def zip(self, version: str) -> Body:
        """``.zip``."""
        try:
            return self._get(f"@v/{escape(version)}.zip")
        except GoError as error:
            raise self._error(version, error) from None

    def _latest_of_list(self) -> Info:
        if self._listed is None:
            try:
                self._listed = self._newest(self._text("@v/list"))
            except GoError as error:
                self._listed = self._error("", error)
        if isinstance(self._listed, GoError):
            raise self._listed
        return self._listed

    def _newest(self, text: str) -> Info | GoError:
        """proxyRepo.latestFromList."""
        best = ("", "")
        for line in text.split("\n"):
            words = line.split()
            if words and semver.valid(words[0]):
                time = "".join(c for c in words[1] if c.isdigit()) if len(words) > 1 else semver.pseudo_time(words[0])
                best = max(best, (time, words[0]), key=lambda pair: pair[0])
        if not best[0]:
            return self._error("", GoError("no commits", missing=True))
        try:
            return self.stat(best[1])
        except GoError as error:
            return error

    def _info(self, text: str) -> Info:
        try:
            found = json.loads(text)
        except ValueError:
            wrong = _json_problem(text)
        else:
            wrong = _type_problem(found)
            if not wrong:
                return Info({k: v for k, v in (found or {}).items() if isinstance(v, str)})
        raise GoError(f'invalid response from proxy "{self.base}": {wrong}')

    def _text(self, name: str) -> str:
        body = self._get(name)
        return body if isinstance(body, str) else "PK\x03\x04"

    def _get(self, name: str) -> Body:
        response = self.process.client.get(below(self.url, f"{escape(self.path)}/{name}"))
        if (error := response.error()) is not None:
            raise error
        if response.cut:
            raise GoError(f'read "{response.url}": unexpected EOF')
        return response.body

    def _error(self, version: str, error: GoError) -> GoError:
        """proxyRepo.versionError."""
        if version and version != semver.canonical(version):
            return ModuleError(self.path, "", InvalidVersionError(version, semver.is_pseudo(version), error))
        return ModuleError(self.path, version, error)


_KINDS: Final[dict[object, str]] = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}


def _type_problem(found: object) -> str:
    """What encoding/json says of JSON that is no .info; empty if it is one."""
    if found is None:
        return ""
    if not isinstance(found, dict):
        return f"json: cannot unmarshal {_KINDS[type(found)]} into Go value of type modfetch.RevInfo"
    version, time = found.get("Version"), found.get("Time")
    if version is not None and not isinstance(version, str):
        return f"json: cannot unmarshal {_KINDS[type(version)]} into Go struct field RevInfo.Version of type string"
    if time is not None and not isinstance(time, str):
        return "Time.UnmarshalJSON: input is not a JSON string"
    if isinstance(time, str) and not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", time):
        year = re.match(r"\d{4}", time)
        rest, want = (time[4:], "-") if year else (time, "2006")
        return f'parsing time "{time}" as "2006-01-02T15:04:05Z07:00": cannot parse "{rest}" as "{want}"'
    return ""


def _json_problem(text: str) -> str:
    """What encoding/json says of a text that is no JSON."""
    bare = text.lstrip()
    if not bare or bare[0] in '{["':
        return "unexpected end of JSON input"
    return f"invalid character '{bare[0]}' looking for beginning of value"
