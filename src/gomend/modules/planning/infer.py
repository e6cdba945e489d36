"""What a project and a machine tell of a team: a proposal of its needs. What is not sure is asked, not taken."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from gomend.golang import patterns
from gomend.model.base import Thing
from gomend.model.text import Said, say
from gomend.modules import proxylist
from gomend.modules.planning import globs, words
from gomend.modules.planning.needs import Needs, Network, Origin, Private, Server, Via

_SCP: Final = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+\.[\w-]+):(?!/)(?P<path>.+)")
_URL: Final = re.compile(r"(?P<scheme>https?|ssh|git)(?:\+\w+)?://(?:[^/@]*@)?(?P<host>[^/:]+)(?::\d+)?(?:/(?P<path>.*))?")


class Seen(Thing, frozen=True):
    """What was read: go.mod, the machine's settings, git's remotes and rewrites, netrc's machines, the team's patterns."""

    main: str = ""
    requires: tuple[str, ...] = ()
    current: dict[str, str] = {}
    """What is set besides go's defaults."""
    default_proxy: str = ""
    remotes: tuple[str, ...] = ()
    rewrites: tuple[tuple[str, str], ...] = ()
    """``url.<to>.insteadOf = <from>``, as (to, from)."""
    netrc: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    ci: bool = False


class Proposal(Thing, frozen=True):
    """The needs as far as they can be told, and what must be asked."""

    needs: Needs
    open: tuple[Said, ...] = ()


def infer(seen: Seen, given: Needs) -> Proposal:
    """Fill what ``given`` leaves out: private modules and servers. What was said is kept."""
    proxied = _proxied(seen) if not given.private and not given.server else ()
    private = given.private or tuple(_private(seen, proxied))
    open_: tuple[Said, ...] = ()
    made = msgspec.structs.replace(given, private=private, place="ci" if seen.ci else given.place)
    if not given.server and proxylist.parse(seen.current.get("GOPROXY", "")).servers:
        servers = _servers(seen, trusted=bool(proxied))
        made = _as_set(seen, msgspec.structs.replace(made, server=tuple(servers)))
        if made.network == "default-blocked" and not given.network:
            open_ += (say(words.OPEN_LEFT_OUT),)
        entries = proxylist.parse(seen.current["GOPROXY"]).servers
        open_ += tuple(
            say(words.OPEN_MOVED, server=s.url)
            for s in servers
            if any(f"@{e.host}" in e.url and e.host in s.url for e in entries)
        )
        if proxied:
            open_ += (say(words.OPEN_OWNER, paths=", ".join(proxied), servers=", ".join(s.url for s in servers)),)
    if not given.private:
        known = ",".join(path for group in private for path in group.paths)
        names = [host.partition(":")[0] for host in seen.netrc]
        proxies = [e.host.partition(":")[0] for e in proxylist.parse(seen.current.get("GOPROXY", "")).servers]
        used = {path.partition("/")[0] for path in (*seen.requires, seen.main)}
        asked = tuple(
            say(words.OPEN_NETRC_UNKNOWN, host=host)
            for host in dict.fromkeys(names)
            if host in used and host not in proxies and not _touched(known, host)
        )
        return Proposal(needs=made, open=(*open_, *asked))
    return Proposal(needs=made, open=open_)


def _as_set(seen: Seen, needs: Needs) -> Needs:
    """What the list that is set now says of network, origin and bundle: whoever left go's own servers out meant it."""
    entries = list(proxylist.parse(seen.current["GOPROXY"]).entries)
    own = {e.url.rstrip("/") for e in proxylist.parse(seen.default_proxy).servers}
    network: Network = needs.network or ("" if any(e.url.rstrip("/") in own for e in entries) else "default-blocked")
    before = entries[-2] if len(entries) > 1 else None
    origin: Origin = "never" if entries[-1].url != "direct" else "always" if before and before.falls_on_any else "missing"
    bundle = next((e.url.removeprefix("file://") for e in entries if e.url.startswith("file:///")), "")
    return msgspec.structs.replace(needs, network=network, origin=origin, bundle=needs.bundle or bundle)


def _proxied(seen: Seen) -> tuple[str, ...]:
    """Patterns that the proxies are asked for but the database is not: private modules that come through a proxy."""
    current = seen.current
    around = current.get("GONOPROXY") or current.get("GOPRIVATE", "")
    own = {e.url.rstrip("/") for e in proxylist.parse(seen.default_proxy).servers}
    set_now = [e for e in proxylist.parse(current.get("GOPROXY", "")).servers if not e.url.startswith("file:")]
    if not set_now or any(e.url.rstrip("/") in own for e in set_now):
        return ()
    skipped = [p.strip() for p in current.get("GONOSUMDB", "").split(",")]
    return tuple(p for p in globs.least(filter(None, skipped)) if (x := globs.example(p)) and not patterns.matches(around, x))


def _touched(known: str, host: str) -> bool:
    return any(pattern.partition("/")[0] == host or patterns.matches(pattern, host) for pattern in known.split(",") if pattern)


def _private(seen: Seen, proxied: tuple[str, ...]) -> list[Private]:
    """The patterns that are set or said; then the owner of the project where git or netrc holds a key for its host."""
    current = seen.current
    found = [*seen.team]
    for name in ("GOPRIVATE", "GONOPROXY", "GONOSUMDB"):
        found += [p.strip() for p in current.get(name, "").split(",") if p.strip() and p.strip() != "none"]
    keyed = {host.partition(":")[0] for host in seen.netrc} | {
        place[0] for _, from_ in seen.rewrites if (place := _place(from_))
    }
    for _, from_ in seen.rewrites:
        place = _place(from_)
        if place and place[1] and _used(seen, f"{place[0]}/{place[1]}"):
            found.append(f"{place[0]}/{place[1]}")
    for owner in dict.fromkeys([*_owners(seen)]):
        if owner.partition("/")[0] in keyed:
            found.append(owner)
    kept = [p for p in globs.least(found) if globs.example(p)]
    groups: dict[Via, list[str]] = {}
    for path in kept:
        groups.setdefault("proxy" if path in proxied else _via(seen, path), []).append(path)
    return [Private(paths=tuple(paths), via=via) for via, paths in groups.items()]


def _owners(seen: Seen) -> list[str]:
    """``host/owner`` of the project: of its module path and of its git remotes."""
    found = ["/".join(seen.main.split("/")[:2])] if seen.main.count("/") and "." in seen.main.split("/")[0] else []
    for remote in seen.remotes:
        place = _place(remote)
        if place and place[1]:
            found.append(f"{place[0]}/{place[1].split('/')[0]}")
    return found


def _used(seen: Seen, pattern: str) -> bool:
    return any(patterns.matches(pattern, path) for path in (*seen.requires, seen.main))


def _via(seen: Seen, path: str) -> Via:
    """Over ssh if git rewrites its host."""
    for to, from_ in seen.rewrites:
        place = _place(from_)
        if place and place[0] == path.partition("/")[0] and not to.startswith("http"):
            return "git-ssh"
    return "git-https"


def _servers(seen: Seen, *, trusted: bool) -> list[Server]:
    """The servers that are set besides go's own; private paths are kept from them unless they get some already."""
    own = {e.url.rstrip("/") for e in proxylist.parse(seen.default_proxy).servers}
    logins = set(seen.netrc)
    found: list[Server] = []
    for entry in proxylist.parse(seen.current.get("GOPROXY", "")).servers:
        url = re.sub(r"://[^/@]*@", "://", entry.url).rstrip("/")
        if url not in own and not url.startswith("file:"):
            login = url.startswith("https:") and (entry.host in logins or "@" in entry.url)
            found.append(Server(url=url, login=login, company=trusted, private=trusted))
    return found


def _place(url: str) -> tuple[str, str] | None:
    """Host and path of a git URL."""
    match = _URL.match(url) or _SCP.match(url)
    if match is None:
        return None
    return match["host"], (match["path"] or "").strip("/").removesuffix(".git")
