"""Needs → the least settings that do, each with its reason. Pure; go's defaults are given, never known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from gomend.model.base import Thing
from gomend.model.text import Said, say
from gomend.modules import proxylist
from gomend.modules.planning import contradictions, globs, words
from gomend.modules.planning.needs import Needs
from gomend.modules.planning.reach import around, database, own, servers, through, vouched

DEFAULTS: Final = {
    "GOPRIVATE": "",
    "GONOPROXY": "",
    "GONOSUMDB": "",
    "GOINSECURE": "",
    "GOVCS": "",
}
"""Defaults that no file holds; those of GOPROXY, GOSUMDB and GOTOOLCHAIN stand in ``$GOROOT/go.env``."""
MANAGED: Final = ("GOPROXY", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOSUMDB", "GOINSECURE", "GOVCS", "GOTOOLCHAIN")
"""What a plan decides, in the order it is written."""
SECTIONS: Final = {
    "GOPROXY": "GOPROXY protocol",
    "GOPRIVATE": "Private modules",
    "GONOPROXY": "Direct access to private modules",
    "GONOSUMDB": "Checksum database",
    "GOSUMDB": "Checksum database",
    "GOINSECURE": "Environment variables",
    "GOVCS": "Controlling version control tools with GOVCS",
    "GOTOOLCHAIN": "Environment variables",
    "GOFLAGS": "Build commands",
    "GOAUTH": "Private proxy authentication",
    "netrc": "Passing credentials to private repositories",
    "git": "Passing credentials to private repositories",
}
"""The section of the Go Modules Reference that says more."""


class Line(Thing, frozen=True):
    """One setting; an empty value means that go's default does. ``why`` says what it decides."""

    name: str
    value: str
    why: tuple[Said, ...]

    @property
    def section(self) -> str:
        """Where the Go Modules Reference says more."""
        return SECTIONS[self.name]


class Extra(Thing, frozen=True):
    """Lines of another file: ``netrc`` with placeholders, or ``git`` (a URL that git writes over)."""

    kind: str
    host: str
    text: str
    why: Said

    @property
    def section(self) -> str:
        """Where the Go Modules Reference says more."""
        return SECTIONS[self.kind]


class Plan(Thing, frozen=True):
    """The settings, other lines, what is left open, and the needs and defaults that they follow from."""

    needs: Needs
    defaults: dict[str, str]
    lines: tuple[Line, ...]
    extras: tuple[Extra, ...] = ()
    open: tuple[Said, ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """Every managed variable with what go would use."""
        return {**DEFAULTS, **self.defaults, **{line.name: line.value for line in self.lines}}


def plan(needs: Needs, defaults: Mapping[str, str]) -> Plan:
    """The least settings for these needs, where ``defaults`` has GOPROXY, GOSUMDB and GOTOOLCHAIN of ``$GOROOT/go.env``.

    Raises:
        Contradiction: the needs contradict each other.
    """
    contradictions.check(needs, defaults)
    lines = [
        *_proxy(needs, defaults),
        *_private(needs, defaults),
        *_sumdb(needs, defaults),
        *_hosts(needs),
        *_toolchain(needs),
    ]
    known = {**DEFAULTS, **defaults}
    kept = tuple(line for line in lines if line.value != known.get(line.name, ""))
    return Plan(needs=needs, defaults=dict(defaults), lines=kept, extras=_extras(needs), open=_left(needs, defaults))


def _proxy(needs: Needs, defaults: Mapping[str, str]) -> list[Line]:
    """GOPROXY: the bundle, the named servers, go's own, the origin."""
    named = servers(needs)
    closed = bool(through(needs)) or any(s.gate for s in named) or needs.network == "air-gap"
    urls = [s.url.rstrip("/") for s in named]
    if needs.network in {"", "open"} and not closed:
        urls += [e.url for e in proxylist.parse(defaults["GOPROXY"]).servers if e.url.rstrip("/") not in urls]
    why: list[Said] = []
    if len(urls) > 1:
        checked = database(needs, defaults) != "off"
        why.append(say(words.PROXY_ANY if checked else words.PROXY_ANY_UNCHECKED))
    elif needs.bundle and urls:
        why.append(say(words.PROXY_MISSING))
    elif urls:
        why.append(say(words.PROXY_ONE))
    value = "|".join(urls)
    if needs.bundle:
        value = f"file://{needs.bundle}" + (f",{value}" if value else "")
        why.append(say(words.PROXY_BUNDLE, folder=needs.bundle))
    if gate := next((s for s in named if s.gate), None):
        why.append(say(words.PROXY_GATE, server=gate.url))
    if through(needs):
        why.append(say(words.PROXY_TRUSTED))
    if closed or needs.origin == "never":
        why.append(say(words.PROXY_ENDS))
    else:
        value += ("," if needs.origin == "missing" else "|") + "direct"
        why.append(say(words.PROXY_DIRECT if needs.origin == "missing" else words.PROXY_DIRECT_ANY))
    return [Line(name="GOPROXY", value=value, why=tuple(why))]


def _private(needs: Needs, defaults: Mapping[str, str]) -> list[Line]:
    direct, proxied = around(needs), through(needs)
    if direct and not proxied:
        return [Line(name="GOPRIVATE", value=",".join(direct), why=(say(words.PRIVATE),))]
    lines: list[Line] = []
    if direct:
        lines.append(Line(name="GONOPROXY", value=",".join(direct), why=(say(words.NOPROXY),)))
    if proxied and database(needs, defaults) != "off":
        both = globs.least((*direct, *proxied))
        lines.append(Line(name="GONOSUMDB", value=",".join(both), why=(say(words.NOSUMDB),)))
    return lines


def _sumdb(needs: Needs, defaults: Mapping[str, str]) -> list[Line]:
    value = database(needs, defaults)
    reason = words.SUMDB_OFF if value == "off" else words.SUMDB if needs.sumdb.url else words.SUMDB_NAME
    return [Line(name="GOSUMDB", value=value, why=(say(reason),))]


def _hosts(needs: Needs) -> list[Line]:
    """GOINSECURE and GOVCS: only for hosts that cannot do without."""
    plain = globs.least(path for group in needs.private if group.via == "git-http" for path in group.paths)
    lines = [Line(name="GOINSECURE", value=",".join(plain), why=(say(words.INSECURE),))] if plain else []
    # GOPRIVATE makes go's default rule "private:all" hold; where GONOPROXY stands in its place, other programs must be named.
    if through(needs):
        rules = [
            f"{path}:{group.vcs}"
            for group in needs.private
            if group.via != "proxy" and group.vcs not in {"git", "hg"}
            for path in globs.least(group.paths)
        ]
        if rules:
            lines.append(Line(name="GOVCS", value=",".join(dict.fromkeys(rules)), why=(say(words.VCS),)))
    return lines


def _toolchain(needs: Needs) -> list[Line]:
    if needs.toolchains is None:
        return []
    value, reason = ("auto", words.TOOLCHAIN_AUTO) if needs.toolchains else ("local", words.TOOLCHAIN_LOCAL)
    return [Line(name="GOTOOLCHAIN", value=value, why=(say(reason),))]


def _extras(needs: Needs) -> tuple[Extra, ...]:
    hosts: list[str] = []
    for group in needs.private:
        if group.via == "git-https" and group.login:
            for path in group.paths:
                host = globs.host(path)
                # git (curl) looks for the bare host, go for host:port.
                hosts += list(dict.fromkeys((host, host.partition(":")[0]))) if host else []
    hosts += [urlsplit(s.url).netloc for s in servers(needs) if s.login]
    found = [
        Extra(kind="netrc", host=host, text=f"machine {host} login USER password SECRET", why=say(words.NETRC))
        for host in dict.fromkeys(hosts)
    ]
    ssh = dict.fromkeys(globs.host(p) for group in needs.private if group.via == "git-ssh" for p in group.paths)
    found += [
        Extra(
            kind="git",
            host=host,
            text=f"git config --global url.ssh://git@{host}/.insteadOf https://{host}/",
            why=say(words.GITCONFIG, host=host),
        )
        for host in ssh
        if host
    ]
    return tuple(found)


def _left(needs: Needs, defaults: Mapping[str, str]) -> tuple[Said, ...]:
    """What the plan cannot close."""
    left: list[Said] = [say(words.OPEN_CI)] if needs.place == "ci" else []
    if not needs.network:
        left.append(say(words.OPEN_NETWORK))
    if vouched(needs) and database(needs, defaults) == "off":
        left.append(say(words.OPEN_NO_DATABASE))
    if not vouched(needs) and database(needs, defaults) != "off":
        left.append(say(words.OPEN_UNVERIFIED))
        left += [say(words.OPEN_SUMDB_UNKNOWN, server=s.url) for s in servers(needs) if s.sumdb is None]
    left += [say(words.OPEN_HTTP, server=s.url) for s in servers(needs) if s.url.startswith("http:")]
    asked = _proxy(needs, defaults)[0].value
    public = any(e.is_server and not own(needs, e.url) for e in proxylist.parse(asked).entries)
    for group in needs.private:
        for path in group.paths:
            if group.login and group.via == "git-https" and not globs.host(path):
                left.append(say(words.OPEN_NETRC_GLOB, pattern=path))
            if group.via == "git-ssh" and not globs.host(path):
                left.append(say(words.OPEN_SSH_GLOB, pattern=path))
            if public and group.via != "proxy" and "/" in path.strip("/"):
                left.append(say(words.OPEN_PREFIX, pattern=path, prefix=path.rstrip("/").rpartition("/")[0]))
    return tuple(left)
