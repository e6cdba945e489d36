"""Teams made at random, for properties."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from gomend.lab import sumdb
from gomend.modules.planning.needs import Needs, Private, Server

DEFAULTS = {"GOPROXY": "https://proxy.example.org,direct", "GOSUMDB": sumdb.SumDB().key, "GOTOOLCHAIN": "auto"}
GLOBS = (
    "git.corp.test",
    "git.corp.test/team",
    "git.corp.test/*",
    "*.corp.test",
    "code.other.test/a/b",
    "g?t.third.test",
    "[hx].test/y",
)
URLS = (
    "https://one.corp.test",
    "https://two.corp.test/go",
    "http://three.corp.test:3000",
    "https://mirror.test",
    "https://other.test/x/",
)


THROUGH = ("mods.fourth.test", "mods.fourth.test/x", "l*.fifth.test", "sixth.test/a/*")
"""Patterns of modules that come through a proxy: disjoint from the others, as they must be."""


def privates() -> st.SearchStrategy[Private]:
    host = st.builds(
        Private,
        paths=st.lists(st.sampled_from(GLOBS), min_size=1, max_size=3, unique=True).map(tuple),
        via=st.sampled_from(("git-https", "git-ssh", "git-http")),
        login=st.booleans(),
        vcs=st.sampled_from(("git", "git", "hg", "svn")),
    )
    proxied = st.builds(
        Private,
        paths=st.lists(st.sampled_from((*THROUGH, *THROUGH, *THROUGH, *GLOBS)), min_size=1, max_size=2, unique=True).map(tuple),
        via=st.just("proxy"),
        login=st.booleans(),
    )
    return st.one_of(host, proxied)


@st.composite
def servers(draw: st.DrawFn) -> tuple[Server, ...]:
    made = []
    for url in draw(st.lists(st.sampled_from(URLS), max_size=3, unique=True)):
        company = draw(st.booleans())
        made.append(
            Server(
                url=url,
                company=company,
                private=company and draw(st.booleans()),
                sumdb=draw(st.sampled_from((None, True, False))),
                login=url.startswith("https") and draw(st.booleans()),
                gate=draw(st.integers(0, 9)) == 0,
            )
        )
    return tuple(made)


@st.composite
def teams(draw: st.DrawFn) -> Needs:
    """Most of them can be met: private modules have their server, and a closed network has the company's own only."""
    needs = draw(
        st.builds(
            Needs,
            place=st.sampled_from(("laptop", "ci")),
            network=st.sampled_from(("", "open", "default-blocked", "air-gap")),
            toolchains=st.sampled_from((None, True, False)),
            origin=st.sampled_from(("missing", "always", "never")),
            verify=st.sampled_from(("always", "when-possible")),
            bundle=st.sampled_from(("", "", "/srv/bundle")),
            private=st.lists(privates(), max_size=3).map(tuple),
            server=servers(),
        )
    )
    if draw(st.integers(0, 9)) == 0:
        return needs
    server = list(needs.server)
    if needs.network == "air-gap":
        server = [msgspec.structs.replace(one, company=True) for one in server]
    if any(group.via == "proxy" for group in needs.private) and not any(one.private for one in server):
        server.append(Server(url="https://held.corp.test", company=True, private=True, login=draw(st.booleans())))
    return msgspec.structs.replace(needs, server=tuple(server))
