"""Scenarios of the route model for a set of settings: one outage, one need. The real go command can run them too.

Servers get made-up names, and the modules are those that every scenario serves: a public and a private one stand for the
team's. A pattern list becomes the list of those stand-ins whose originals it matches, so the decision is the same. A
private git host answers as a module server does, which go reaches by the same steps (go-import page, then the repository).
A toolchain stands as a new public module: go fetches both alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gomend.golang import patterns
from gomend.model.base import Thing
from gomend.modules import proxylist
from gomend.modules.planning import globs
from gomend.modules.planning.needs import Needs, Server
from gomend.modules.planning.reach import around, own, servers, through, vouched
from gomend.modules.planning.words import NEEDS, OUTAGES

PRIVATE: Final = "corp.example.com/priv"
"""The private module of the scenarios."""
PUBLIC: Final = "example.com/a"
"""The public one."""
PRIVATE_HOSTS: Final = frozenset(("corp.example.com", "mods.example.com", "git.example.com"))
"""Where the private module lives."""
DATABASE: Final = "sum.example.com"
"""The database's own host."""
MIRROR: Final = "sumdb.example.com"
"""The other place where the database answers, if the team names one."""
_ORIGIN: Final = {
    "example.com": [("/a\\?go-get=1", "meta:example.com/a mod https://origin.example.com")],
    "origin.example.com": [(".", "ok")],
}
_FILES: Final = {
    "m/go.mod": f"module m\n\ngo 1.21\n\nrequire {PUBLIC} v1.0.0\n",
    "m/m.go": f'package m\n\nimport _ "{PUBLIC}"\n',
}
_ACTIONS: Final = {
    "primary-hang": "hang",
    "primary-5xx": "status:503",
    "primary-403": "status:403",
    "primary-404": "status:404",
    "sumdb-5xx": "status:503",
    "sumdb-hang": "hang",
}
_ASKS: Final = "(?:lookup|tile)/"
Rules = list[tuple[str, str]]


class Place(Thing, frozen=True):
    """One entry of GOPROXY in the scenario: its made-up host and what it is."""

    host: str
    url: str
    server: Server

    @property
    def company(self) -> bool:
        """Whether private paths may go there."""
        return self.server.company


def places(needs: Needs, values: Mapping[str, str]) -> tuple[Place, ...]:
    """The servers of GOPROXY, with what the team says of each; go's own is public and offers the database."""
    named = {s.url.rstrip("/"): s for s in needs.server}
    found: list[Place] = []
    for i, entry in enumerate(e for e in proxylist.parse(values["GOPROXY"]).servers if not e.url.startswith("file:")):
        url = entry.url.rstrip("/")
        server = named.get(url, Server(url=url, sumdb=True))
        found.append(Place(host=f"s{i + 1}.example.com", url=entry.url, server=server))
    return tuple(found)


def rows(needs: Needs, values: Mapping[str, str]) -> tuple[str, ...]:
    """The outages that mean something for these settings."""
    without: set[str] = set()
    if not places(needs, values):
        without |= {name for name in OUTAGES if name.startswith("primary")}
    if values["GOSUMDB"] == "off" or not vouched(needs):
        without |= {name for name in OUTAGES if name.startswith("sumdb")}
    if not around(needs):
        without.add("private-down")
    if not any(group.login for group in needs.private if group.via != "proxy") and not _proxy_login(needs):
        without.add("private-login")
    if needs.network == "air-gap":
        without.add("internet-gone")
    if needs.network in {"air-gap", "default-blocked"} and not needs.sumdb.url:
        without.add("sumdb-blocked")
    return tuple(name for name in OUTAGES if name not in without)


def columns(needs: Needs) -> tuple[str, ...]:
    """The needs that the team has."""
    without = {"private-host"} if not around(needs) else set[str]()
    without |= {"private-proxy"} if not through(needs) else set()
    return tuple(name for name in NEEDS if name not in without)


def private_examples(needs: Needs, need: str) -> tuple[str, ...]:
    """A module path for each pattern of private modules of that kind."""
    return tuple(globs.example(path) for path in (around(needs) if need == "private-host" else through(needs)))


def scene(needs: Needs, values: Mapping[str, str], outage: str, need: str, private: str = "") -> dict[str, Any]:
    """The scenario as JSON; ``private`` is the original that the private module stands for."""
    if need == "toolchain" and values["GOTOOLCHAIN"] == "local":
        return {"command": "go build ./...", "files": {"m/go.mod": "module m\n\ngo 1.99.0\n", "m/m.go": "package m\n"}}
    private = private or next(iter(private_examples(needs, need)), "")
    known = places(needs, values)
    proxy, slots = _proxy(values["GOPROXY"], known, outage)
    env = {"GOPROXY": proxy, "GOSUMDB": _database(needs, values)}
    public = globs.stranger(path for group in needs.private for path in group.paths)
    for name in ("GOPRIVATE", "GONOPROXY", "GONOSUMDB"):
        if need != "toolchain" and (value := values[name]):
            env[name] = _stand_ins(value, public, private)
    made: dict[str, Any] = {"env": env, "servers": {**slots, "P3": {}}, "connect": _connect(needs, values, known, outage)}
    made["setup_env"] = {
        "GOPROXY": "http://127.0.0.1:{P3}",
        "GOSUMDB": "off",
        "GOPRIVATE": "",
        "GONOPROXY": "",
        "GONOSUMDB": "",
    }
    bundled = "file://{WORK}/bundle" in proxy
    setup = [f"go mod download {PUBLIC}@v1.0.0", "cp -r {CACHE}/cache/download {WORK}/bundle"] if bundled else []
    if need in {"warm", "known"}:
        setup += ["go mod tidy", "go build ./..." if need == "warm" else "go clean -modcache"]
        return {**made, "files": _FILES, "setup": setup, "command": "go build ./...", "timeout": 8}
    setup += ["go clean -modcache"] if bundled else []
    asked = f"{PRIVATE}@v0.1.0" if need.startswith("private") else f"{PUBLIC}@v1.0.0"
    return {**made, "files": {"m/keep": ""}, "setup": setup, "command": f"go mod download {asked}", "timeout": 8}


def _proxy_login(needs: Needs) -> bool:
    return bool(through(needs)) and any(s.private and s.login for s in servers(needs))


def _stand_ins(value: str, public: str, private: str) -> str:
    """A pattern list for the stand-ins instead of the originals."""
    found = [PUBLIC] if patterns.matches(value, public) else []
    found += [PRIVATE] if private and patterns.matches(value, private) else []
    return ",".join(found) or "none"


def _database(needs: Needs, values: Mapping[str, str]) -> str:
    value = values["GOSUMDB"]
    if value == "off":
        return "off"
    return f"{{KEY}} https://{MIRROR}" if " " in value else "{KEY}"


def _proxy(value: str, known: tuple[Place, ...], outage: str) -> tuple[str, dict[str, Any]]:
    """GOPROXY with made-up hosts; a server that refuses or shows a bad certificate stands on loopback."""
    slots: dict[str, Any] = {}
    parts: list[str] = []
    waiting = iter(known)
    entries = proxylist.parse(value).entries
    for i, entry in enumerate(entries):
        shown = entry.url
        if entry.url.startswith("file:"):
            shown = "file://{WORK}/bundle"
        elif entry.is_server:
            place = next(waiting)
            shown = f"https://{place.host}"
            if place is known[0] and outage in {"primary-refused", "primary-tls"}:
                shown = "https://127.0.0.1:{P1}"
                slots["P1"] = {"refused": True} if outage == "primary-refused" else {"tls": "selfsigned"}
        parts += [shown, "" if i == len(entries) - 1 else "|" if entry.falls_on_any else ","]
    return "".join(parts), slots


def _connect(needs: Needs, values: Mapping[str, str], known: tuple[Place, ...], outage: str) -> dict[str, Rules]:
    """Which hosts answer, and what."""
    gone = outage == "internet-gone" or needs.network == "air-gap"
    ill = _ACTIONS.get(outage, "") if outage.startswith("sumdb") else ""
    hosts: dict[str, Rules] = {}
    for i, place in enumerate(known):
        first = i == 0 and outage.startswith("primary")
        outside = not place.company and (gone or (needs.network == "default-blocked" and not _named(needs, place)))
        if outside or (first and outage in {"primary-dns", "primary-refused", "primary-tls"}):
            continue
        if first:
            hosts[place.host] = [(".", _ACTIONS[outage])]
        elif outage == "private-login" and place.server.private and place.server.login:
            hosts[place.host] = [(".", "status:401")]
        else:
            cut = "status:503" if outage == "internet-gone" else ill
            hosts[place.host] = _module_server(place, cut)
    if not gone and needs.network != "default-blocked" and outage != "sumdb-blocked":
        hosts[DATABASE] = _database_server(ill)
    if needs.sumdb.url and not (outage in {"internet-gone", "sumdb-blocked"} and needs.network != "air-gap"):
        hosts[MIRROR] = _database_server(ill)
    if not gone:
        hosts |= _ORIGIN
    if outage == "private-login" and around(needs):
        hosts["corp.example.com"] = [("/priv\\?go-get=1", f"meta:{PRIVATE} git https://git.example.com/priv")]
        hosts["git.example.com"] = [(".", "status:401")]
    elif outage != "private-down" and around(needs):
        hosts["corp.example.com"] = [("/priv\\?go-get=1", f"meta:{PRIVATE} mod https://mods.example.com")]
        hosts["mods.example.com"] = [(".", "ok")]
    return hosts


def _named(needs: Needs, place: Place) -> bool:
    return any(s is place.server for s in needs.server)


def _module_server(place: Place, ill: str) -> Rules:
    rules: Rules = []
    if not place.server.sumdb:
        rules.append(("^/sumdb/", "status:404"))
    elif ill:
        rules.append((f"^/sumdb/.*{_ASKS}", ill))
    rules.append((f"/lookup/{PRIVATE}", "status:404"))
    if not place.server.private:
        rules.append((f"^/{PRIVATE}/", "status:404"))
    return [*rules, (".", "ok")]


def _database_server(ill: str) -> Rules:
    unknown = (f"/lookup/{PRIVATE}", "status:404")
    return [unknown, (".", "ok")] if not ill else [(".", ill)]


def public_hosts(needs: Needs, values: Mapping[str, str]) -> dict[str, str]:
    """Servers of a scenario that private paths must not reach: its name for each → what it is."""
    known = places(needs, values)
    found = {f"PX:{place.host}": place.url for place in known if not own(needs, place.url)}
    if known and not known[0].company:
        found["P1"] = known[0].url
    return {
        **found,
        f"PX:{DATABASE}": "GOSUMDB",
        f"PX:{MIRROR}": "GOSUMDB",
        "PX:example.com": "direct",
        "PX:origin.example.com": "direct",
    }
