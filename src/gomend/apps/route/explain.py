"""Why go asks whom: every setting and file that has a say, in the order in which go looks at them. Pure.

Source: cmd/go (toolchain/select.go, modload/init.go, modfetch/proxy.go, sumdb.go, vcs/vcs.go, auth).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gomend.apps.route.decision import Decision, Step, words
from gomend.apps.route.here import Here
from gomend.apps.route.mainmodule import flag, mod_flag, of_project, replacement, required, setting_step, toolchain
from gomend.apps.route.wish import Walk, Wish, sumdb_name
from gomend.golang import patterns, verifier
from gomend.model.redact import redact
from gomend.model.text import Said, say
from gomend.modules import proxylist
from gomend.modules.proxylist import ProxyEntry

_INVALID: Final = words("invalid", "The list is refused as a whole: {reason}")
_PRIVATE: Final = words("private", "The path matches {glob}: no proxy is asked, go fetches from the origin.")
_PUBLIC: Final = words("public", "The path matches no pattern of private modules: the proxy list decides.")
_SERVER: Final = words(
    "server", "Ask {url}. After 404 or 410 go on; any other error ends here. A server that hangs stops everything."
)
_SERVER_ANY: Final = words("server-any", "Ask {url}. After any error go on. A server that hangs stops everything.")
_SERVER_LAST: Final = words("server-last", "Ask {url}. It is the last of the list: any error ends here.")
_DIRECT: Final = words("direct", "Fetch from the origin with version control ({tools}); the list ends here.")
_DIRECT_NONE: Final = words("direct-none", "The origin would be next, but no version control tool is allowed for this path.")
_INSECURE: Final = words("insecure", "The path matches {glob}: plain http and unknown certificates are accepted at the origin.")
_OFF: Final = words("off", "Refuse: nothing may be fetched.")
_SUMDB: Final = words(
    "sumdb", "Check the sums of what comes with {name}, through the first proxy that offers it, else straight."
)
_SUMDB_AT: Final = words("sumdb-at", "Check the sums of what comes with {name}, asked at {url}.")
_SUMDB_OFF: Final = words("sumdb-off", "Do not ask a checksum database.")
_SUMDB_SKIPPED: Final = words("sumdb-skipped", "The path matches {glob}: its sums are not checked with a database.")
_SUMDB_INVALID: Final = words("sumdb-invalid", "Every check of a new sum fails: {reason}")
_SUMDB_KNOWN: Final = words("sumdb-known", "go.sum has both sums: {name} is not asked.")
_CACHED: Final = words("cached", "The module cache has the version whole: no server is asked for it.")
_CACHED_BUILD: Final = words(
    "cached-build", "The module cache has all that a build needs: no server is asked. Only go mod download would ask for .info."
)
_CACHED_PART: Final = words("cached-part", "The module cache has a part of the version ({files}): the rest is asked for.")
_LOGIN: Final = words("login", "The login of machine {machine} goes to {host} with the first request.")
_LOGIN_URL: Final = words("login-url", "The login in the URL goes to {host} with the first request.")
_LOGIN_REFUSED: Final = words("login-refused", "{host} is asked over plain http with a login in the URL: go refuses.")
_LOGIN_ASK: Final = words("login-ask", "go runs {command} for logins when a server answers 401 or 403.")
_NO_LOGIN: Final = words("no-login", "No login is sent to {hosts}.")
_PREFIXES: Final = words(
    "prefixes", "If it is a package: go get asks for these modules at the same time and takes the longest: {paths}"
)
BUILDS: Final = frozenset({"mod", "zip", "ziphash"})
"""Files of the module cache that spare every request of a build."""


def explain(argument: str, here: Here, *, cold: bool = False, requests: bool = True) -> Decision:
    """The decision for ``module[@query]``; ``go mod download`` is the command whose requests are listed.

    ``cold``: as if nothing were in the module cache or in go.sum; without ``requests`` none are listed.
    """
    module, _, query = argument.partition("@")
    known = required(here.project, module)
    query = query or known or "latest"
    steps: list[Step] = []
    for step in _steps(module, query, here, cold=cold, requests=requests):
        steps.append(step)
        if step.ends:
            break
    return Decision(module=module, query=query, steps=tuple(steps), go=here["GOVERSION"])


def _steps(module: str, query: str, here: Here, *, cold: bool, requests: bool) -> Iterator[Step]:
    yield toolchain(here)
    project = here.project
    if project is not None:
        yield from of_project(module, query, project, here)
        replaced = replacement(project, module, query)
        if replaced is not None:
            module, query = replaced.to, replaced.to_version
    elif mod_flag(here):
        yield from flag(here)
    wish = Wish(path=module, query=query) if cold else wish_for(module, query, here)
    if {"info", "mod", "zip", "ziphash"} <= wish.cached:
        yield setting_step(here, "cache", "GOMODCACHE", say(_CACHED), ends=True)
        return
    if wish.cached >= BUILDS:
        yield setting_step(here, "cache", "GOMODCACHE", say(_CACHED_BUILD))
    elif wish.cached:
        yield setting_step(
            here, "cache", "GOMODCACHE", say(_CACHED_PART, files=", ".join(f".{s}" for s in sorted(wish.cached)))
        )
    yield from _fetching(wish, here, requests=requests)


def wish_for(module: str, query: str, here: Here) -> Wish:
    """The module with what the cache and go.sum have of it."""
    sums = here.project.sums if here.project else frozenset[str]()
    have = {kind for kind, tail in (("zip", ""), ("mod", "/go.mod")) if f"{module} {query}{tail}" in sums}
    return Wish(path=module, query=query, cached=here.cached(module, query), sums=frozenset(have))


def _fetching(wish: Wish, here: Here, *, requests: bool) -> Iterator[Step]:
    """Everything from GOPROXY on."""
    found = proxylist.parse(here["GOPROXY"])
    if found.error:
        yield setting_step(here, "list", "GOPROXY", say(_INVALID, reason=found.error), ends=True)
        return
    run = _ideal(wish, here) if requests else None
    glob = matching(here["GONOPROXY"], wish.path)
    name = "GONOPROXY" if here.origin("GONOPROXY") != "GOPRIVATE" else "GOPRIVATE"
    servers: tuple[ProxyEntry, ...] = ()
    if glob and here["GOPROXY"] != "direct":
        yield setting_step(here, "private", name, say(_PRIVATE, glob=glob))
        yield from _direct(wish, here, run)
    else:
        yield setting_step(here, "public", name, say(_PUBLIC))
        servers = found.servers
        yield from _walk_list(found.entries, wish, here, run)
    yield from _sums(wish, here, run)
    yield from _logins(servers, here)
    if requests and "/" in wish.path.partition("/")[2] and not required(here.project, wish.path):
        paths = wish.path.split("/")
        prefixes = ["/".join(paths[:n]) for n in range(len(paths), 0, -1) if "." in paths[0]]
        yield Step(kind="prefixes", variable="go get", value=wish.path, said=say(_PREFIXES, paths=", ".join(prefixes)))


def _ideal(wish: Wish, here: Here) -> Walk:
    from gomend.apps.route.walk import ideal

    return ideal(here, wish)


def _walk_list(entries: tuple[ProxyEntry, ...], wish: Wish, here: Here, run: Walk | None) -> Iterator[Step]:
    first = True
    for i, entry in enumerate(entries):
        if entry.url == "direct":
            yield from _direct(wish, here, run if first else None)
        elif entry.url == "off":
            yield setting_step(here, "off", "GOPROXY", say(_OFF), ends=first)
        else:
            last = i + 1 == len(entries)
            said = say(_SERVER_LAST if last else _SERVER_ANY if entry.falls_on_any else _SERVER, url=redact(entry.url))
            asked = shown(run, wish, sums=False) if first and run is not None else ()
            yield setting_step(
                here, "server", "GOPROXY", said, requests=asked, server=redact(entry.url), falls_on_any=entry.falls_on_any
            )
        first = False


def shown(run: Walk, wish: Wish, *, sums: bool) -> tuple[str, ...]:
    """The requests for the module itself, or (``sums``) those to the checksum database, each once.

    A version that nobody knows before asking is written ``VERSION``; tiles depend on the size of the tree.
    """
    exact = wish.query == wish.version
    found = []
    for url in run.requests:
        about_sums = bool(re.search(r"/(?:supported$|lookup/|tile/)", url)) and "/@v/" not in url
        if about_sums == sums:
            plain = url if exact else url.replace(wish.version, "VERSION")
            found.append(re.sub(r"/tile/8/0/.*", "/tile/8/0/…", plain))
    return tuple(dict.fromkeys(found))


def _direct(wish: Wish, here: Here, run: Walk | None) -> Iterator[Step]:
    private = bool(matching(here["GOPRIVATE"], wish.path))
    tools = allowed_vcs(here["GOVCS"], wish.path, private=private)
    asked = shown(run, wish, sums=False) if run is not None else ()
    said = say(_DIRECT, tools=", ".join(tools)) if tools else say(_DIRECT_NONE)
    yield setting_step(here, "direct", "GOVCS", said, requests=asked)
    if glob := matching(here["GOINSECURE"], wish.path):
        yield setting_step(here, "insecure", "GOINSECURE", say(_INSECURE, glob=glob))


def allowed_vcs(value: str, path: str, *, private: bool) -> tuple[str, ...]:
    """Tools that GOVCS lets go use for a path (cmd/go, vcs.checkGOVCS); ``all`` stands for every one."""
    rules = [entry.partition(":") for entry in value.split(",") if entry.strip()]
    for raw, _, names in (*rules, ("private", ":", "all"), ("public", ":", "git|hg")):
        pattern = raw.strip()
        hit = {"private": private, "public": not private}.get(pattern)
        if hit if hit is not None else patterns.matches(pattern, path):
            tools = tuple(name.strip() for name in names.split("|"))
            return () if tools == ("off",) else tools
    return ()


def _sums(wish: Wish, here: Here, run: Walk | None) -> Iterator[Step]:
    if here["GOSUMDB"] == "off":
        yield setting_step(here, "sumdb-off", "GOSUMDB", say(_SUMDB_OFF))
    elif glob := matching(here["GONOSUMDB"], wish.path):
        name = "GONOSUMDB" if here.origin("GONOSUMDB") != "GOPRIVATE" else "GOPRIVATE"
        yield setting_step(here, "sumdb-off", name, say(_SUMDB_SKIPPED, glob=glob))
    elif problem := verifier.problem(here["GOSUMDB"]):
        yield setting_step(here, "sumdb-invalid", "GOSUMDB", say(_SUMDB_INVALID, reason=problem))
    elif "zip" in wish.sums and "mod" in wish.sums:
        yield Step(
            kind="sums", variable="go.sum", value=f"{wish.path} {wish.query}", said=say(_SUMDB_KNOWN, name=sumdb_name(here))
        )
    else:
        words_ = here["GOSUMDB"].split()
        own = say(_SUMDB_AT, name=sumdb_name(here), url=words_[1]) if len(words_) == 2 else say(_SUMDB, name=sumdb_name(here))
        yield setting_step(here, "sumdb", "GOSUMDB", own, requests=shown(run, wish, sums=True) if run else ())


def _logins(servers: tuple[ProxyEntry, ...], here: Here) -> Iterator[Step]:
    auth = here["GOAUTH"] or "netrc"
    bare: list[str] = []
    for entry in servers:
        said = _login(entry, here, uses_netrc="netrc" in auth)
        if said is None:
            bare.append(entry.host)
        else:
            step = setting_step(here, "login", "GOAUTH", said)
            yield Step(kind="login", variable="GOAUTH", value=auth, said=said, origin=step.origin, where=here.netrc)
    for command in (c.strip() for c in auth.split(";")):
        if command not in {"netrc", "off", ""}:
            yield setting_step(here, "login-command", "GOAUTH", say(_LOGIN_ASK, command=command))
    if bare:
        yield setting_step(here, "no-login", "GOAUTH", say(_NO_LOGIN, hosts=", ".join(bare)))


def _login(entry: ProxyEntry, here: Here, *, uses_netrc: bool) -> Said | None:
    has_user = "@" in entry.url.partition("://")[2].partition("/")[0]
    if not entry.url.startswith("https:"):
        return say(_LOGIN_REFUSED, host=entry.host) if has_user and entry.url.startswith("http:") else None
    prefix = entry.url.partition("://")[2].rpartition("@")[2].rstrip("/")
    while uses_netrc and prefix:
        if prefix in here.machines:
            return say(_LOGIN, machine=prefix, host=entry.host)
        prefix = prefix.rpartition("/")[0]
    return say(_LOGIN_URL, host=entry.host) if has_user else None


def matching(globs: str, path: str) -> str:
    """The pattern of a list that a path matches; empty if none does."""
    return next((glob for glob in globs.split(",") if patterns.matches(glob, path)), "")
