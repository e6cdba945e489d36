"""The pure model of the go command, walked with other answers than a scenario's: ideal ones, or those of real servers.

One description of the rules: ``gomend.modules.route`` decides what is asked next; here are only the answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote, urlsplit

from gomend.apps.route.here import Here
from gomend.apps.route.wish import Walk, Wish, sumdb_name
from gomend.golang import modpath, semver
from gomend.model.redact import redact
from gomend.modules import proxylist
from gomend.modules.route import commands, world
from gomend.modules.route.causes import cause
from gomend.modules.route.client import Client, Response
from gomend.modules.route.errors import GoError, Hang, Mod
from gomend.modules.route.machine import CACHE, KEY, WORK, Machine, cache_path, module_dir
from gomend.modules.route.predict import STOPPED
from gomend.modules.route.process import Process
from gomend.modules.route.scenario import Scenario
from gomend.modules.route.served import Body
from gomend.modules.route.world import SUMDB, Answer

_PLAIN: Final = ("GOPROXY", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE", "GOVCS")
_AWAKE: Final = 3600.0
_SUM_PATH: Final = re.compile(r"/(?:supported|latest|lookup/.*|tile/.*)")


Send = Callable[[str, str], Answer]
"""Answers a real URL, asked with the base64 of ``user:password`` or empty."""


class _Client(Client):
    """go's client, with answers from elsewhere. The model knows one database's name, so names are changed on the way."""

    def __init__(self, machine: Machine, here: Here, send: Send) -> None:
        super().__init__(machine)
        self._name, self._ask = sumdb_name(here) or SUMDB, send
        self.asked: list[str] = []

    def real(self, text: str) -> str:
        return text.replace(f"/sumdb/{SUMDB}/", f"/sumdb/{self._name}/").replace(f"https://{SUMDB}/", f"https://{self._name}/")

    def _send(self, url: str, authorization: str) -> Answer:
        real = self.real(url)
        self.asked.append(redact(real))
        answer = self._ask(real, authorization)
        if answer.fault == "hang":
            raise Hang(real)
        return answer

    def _file(self, url: str) -> Response:
        self.asked.append(url)
        answer = self._ask(self.real(url), "")
        missing = "" if answer.status == 200 else "no such file or directory"
        return Response(url, answer.status, answer.line, answer.body, file_error=missing)

    def credentials_for(self, url: str) -> str:
        """What go would send to a URL before it has seen an answer."""
        return self._credentials(url) if url.startswith("https:") else ""


def _machine(here: Here, wish: Wish) -> Machine:
    machine = Machine(Scenario(command="", modules={wish.path: {wish.version: {}}}, timeout=_AWAKE))
    words = here["GOSUMDB"].split()
    sums = " ".join([KEY, *words[1:]]) if words and words[0] != "off" and not _wrong_sumdb(here) else here["GOSUMDB"]
    auth = here["GOAUTH"] or "netrc"
    machine.env = {name: here[name] for name in _PLAIN} | {
        "GOSUMDB": sums,
        "GOAUTH": "netrc" if "netrc" in auth else "off",
        "GOTOOLCHAIN": "local",
        "NETRC": "/netrc",
        "HOME": "/",
    }
    if here.netrc:
        machine.files["/netrc"] = here.netrc_text
    mod, shelf = Mod(wish.path, wish.version), machine.shelf
    both = dict(zip(("zip", "mod"), shelf.sums(mod.path, mod.version), strict=True))
    if wish.sums:
        machine.files[f"{WORK}/m/go.mod"] = "module m\n\ngo 1.21\n"
        machine.files[f"{WORK}/m/go.sum"] = "".join(f"{line}\n" for kind, line in both.items() if kind in wish.sums)
    archive = shelf.zip_of(mod.path, mod.version)
    stored: dict[str, Body] = {
        "info": json.dumps({"Version": mod.version}),
        "mod": shelf.go_mod(mod.path, mod.version),
        "zip": archive,
    }
    for suffix in wish.cached:
        machine.files[cache_path(mod, suffix)] = archive.h1 if suffix == "ziphash" else stored[suffix]
    if {"zip", "ziphash"} <= wish.cached:
        top = f"{mod.path}@{mod.version}/"
        machine.files |= {f"{module_dir(mod)}/{n.removeprefix(top)}": t for n, t in archive.files.items()}
    return machine


def _wrong_sumdb(here: Here) -> bool:
    from gomend.golang import verifier

    return bool(verifier.problem(here["GOSUMDB"]))


def walk(here: Here, wish: Wish, send: Send) -> Walk:
    """Walk ``go mod download MODULE@QUERY`` with these answers."""
    machine = _machine(here, wish)
    process = Process(machine)
    client = process.client = _Client(machine, here, send)
    slug = waits = ""
    try:
        code = commands.run(process, ["go", "mod", "download", f"{wish.path}@{wish.query}"])
    except Hang as hang:
        code, waits = STOPPED, redact(hang.url)
        slug = "sumdb-timeout" if _SUM_PATH.fullmatch(_tail(hang.url, sumdb_name(here))) else "proxy-timeout"
    told = client.real("".join(process.stderr)).replace(SUMDB, sumdb_name(here) or SUMDB)
    told = told.replace(CACHE, here["GOMODCACHE"] or CACHE)
    return Walk(requests=tuple(client.asked), exit=code, cause=slug or cause(code, told), stderr=redact(told), waits=waits)


def _tail(url: str, name: str) -> str:
    """The path at the checksum database, wherever it is served."""
    path = urlsplit(url).path
    return path.partition(f"/sumdb/{name}")[2] if f"/sumdb/{name}" in path else path


def ideal(here: Here, wish: Wish) -> Walk:
    """Every server of the list is healthy and has the module: the requests of a run without any fault."""
    entries = proxylist.parse(here["GOPROXY"]).servers
    bases = [entry.url.rstrip("/") for entry in entries]
    words = here["GOSUMDB"].split()
    bases += [words[1].rstrip("/")] if len(words) == 2 else []
    bases.append(f"https://{sumdb_name(here)}")
    shelf = _machine(here, wish).shelf
    rev = "" if semver.canonical(wish.query) else f"/@v/{modpath.escape(wish.query)}.info"

    def send(url: str, _: str) -> Answer:
        root = next((b for b in bases if url.startswith(f"{b}/")), None)
        if root is None:
            raise GoError(f'Get "{redact(url)}": not asked')
        path = unquote(url.removeprefix(root)).replace(f"/sumdb/{sumdb_name(here)}/", f"/sumdb/{SUMDB}/")
        if rev and path.endswith(rev):
            path = path.removesuffix(rev) + "/@v/master.info"
        return world.answer("ok", path, _AWAKE, shelf)

    return walk(here, wish, send)


def credentials(here: Here, url: str) -> str:
    """The base64 of what go would send to a URL with its first request; empty if nothing. Never to be shown."""
    machine = _machine(here, Wish(path="example.com/m", query="v1.0.0"))
    return _Client(machine, here, lambda _url, _auth: Answer(status=404)).credentials_for(url)
