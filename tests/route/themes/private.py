"""Private modules and the checksum database."""

from __future__ import annotations

import random
from typing import Any

from .common import ASKED, P1, P2, Scene, bare, command, fault, project
from .mixed import META


def private(r: random.Random) -> Scene:
    """What counts as private, and where it is asked for then."""
    patterns = (
        *(
            "corp.example.com",
            "*.example.com",
            "*.example.com/p*",
            "corp.example.com/*",
            "CORP.example.com",
            "https://corp.example.com",
        ),
        *(
            "corp.example.com/priv",
            "corp.example.com/pri",
            "*/priv",
            "none",
            " corp.example.com ",
            "other.example.com,corp.example.com",
        ),
        *(
            "corp.*.com",
            "[",
            "c?rp.example.com",
            "corp.example.com/",
            "*",
            "example.com",
            "corp.example.com,",
            "**.example.com",
            "[a-d]orp.example.com",
        ),
    )
    env = {name: r.choice(patterns) for name in ("GOPRIVATE", "GONOPROXY", "GONOSUMDB") if r.random() < 0.45}
    if r.random() < 0.3:
        env["GOSUMDB"] = "{KEY}"
    if r.random() < 0.15:
        env["GOINSECURE"] = r.choice(patterns)
    if r.random() < 0.15:
        env["GOVCS"] = r.choice(
            (
                "off",
                "private:off",
                "*:git",
                "private:hg",
                "corp.example.com:off",
                "public:git|hg,private:all",
                "*:off",
                "bad",
                ":git",
                "private:",
                "a:git,a:hg",
            )
        )
    meta = "meta:corp.example.com/priv "
    hosts: Any = r.choice(
        (
            *("refuse", META, META, META),
            *({"corp.example.com": [[".", action]]} for action in ("status:404", "status:401", "status:500", "html", "emptybody", "text:403:no", "text:404:gone\nfor good")),
            {"corp.example.com": [[".", "redirect:https://login.example.com/sso"]]},
            {"corp.example.com": [[".", "redirect:http://login.example.com/sso"]]},
            {"corp.example.com": [[".", "redirect:https://login.example.com/sso"]], "login.example.com": [[".", "html"]]},
            {"corp.example.com": [["/priv", f"{meta}{r.choice(('git https://git.example.com/priv', 'hg https://hg.example.com/priv', 'svn https://svn.example.com/p', 'bzr https://b.example.com/p', 'fossil https://f.example.com/p', 'cvs https://c.example.com/p', 'git git.example.com/priv', 'git http://git.example.com/priv', 'git ssh://git@git.example.com/priv', 'mod http://127.0.0.1:{P1}', 'mod https://gone.example.com'))}"]]},
            {"corp.example.com": [["/priv", "meta:corp.example.com git https://git.example.com/priv"]]},
            {"corp.example.com": [["/priv", "meta:other.example.com/x git https://git.example.com/priv"]]},
            {"corp.example.com": [["/priv", f"{meta}git https://git.example.com/priv"]], "git.example.com": [[".", r.choice(("status:401", "status:403", "status:404", "status:500", "html"))]]},
            {"corp.example.com": [["/priv", f"{meta}mod https://mods.example.com"]], "mods.example.com": [[".", r.choice(("status:401", "status:403", "status:404", "status:500", "html", "close"))]]},
        )
    )  # fmt: skip
    first: Scene = {"default": "ok"}
    if r.random() < 0.5:
        first["rules"] = [["corp", r.choice(("status:404", "status:410", "status:401", "status:403", "status:500"))]]
    asked = r.choice(
        ("corp.example.com/priv@v0.1.0",) * 4
        + (
            "corp.example.com/priv@latest",
            "corp.example.com/priv/sub@v0.1.0",
            "example.com/a@v1.0.0",
            "corp.example.com/priv@master",
        )
    )
    proxy = r.choice((P1, f"{P1},direct", f"{P1}|direct", "direct", "off", f"{P1},off"))
    return bare(command(r, asked), proxy, {"P1": first}, env=env, connect=hosts)


def sums(r: random.Random) -> Scene:
    """The checksum database: its settings, its way, its faults."""
    value = r.choice(
        (
            *("{KEY}",) * 8,
            *("{KEY} https://sum.example.com", "{KEY} " + P2 + "/sumdb/{SUMDB}", "{KEY} https://gone.example.com", "{KEY} " + P1),
            *("off", "OFF", "on", "a b c", "sum.example.com", "{SUMDB}+12345678+AAAA", "no/slash", " ", "bad+key", "{KEY} not a url", "{KEY} ftp://x", "sum.golang.org", "sum.golang.google.cn", "{KEY} http://%zz"),
        )
    )  # fmt: skip
    rules = [
        [
            r.choice(("^/sumdb/", "/supported$", "/lookup/", "/tile/")),
            r.choice(("sum:wrong", "sum:absent", "sum:badsig", "sum:fork", fault(r), fault(r), fault(r))),
        ]
    ]
    servers = {"P1": {"default": "ok", "rules": rules}, "P2": {"default": "ok"}}
    env = {"GOSUMDB": value}
    if r.random() < 0.2:
        env[r.choice(("GONOSUMDB", "GOPRIVATE", "GOINSECURE"))] = r.choice(
            ("example.com/a", "*.example.com", "example.com", "none")
        )
        env["GONOPROXY"] = "none"
    elif r.random() < 0.15:
        env["GONOSUMCHECK"] = "1"
    if r.random() < 0.1:
        env["GOFLAGS"] = r.choice(("-insecure", "-modcacherw -mod=mod", "-mod=vendor", "-mod=readonly", "-mod=bogus", "-bogus"))
    connect: Any = "refuse"
    if r.random() < 0.3:
        connect = {
            "sum.example.com": [
                [
                    r.choice((".", "/lookup/", "/tile/")),
                    r.choice(("ok", "status:403", "status:404", "sum:wrong", f"redirect:{P1}/login", "html")),
                ],
                [".", "ok"],
            ]
        }
    proxy = r.choice((P1, f"{P1},{P2}", f"{P1}|{P2}", f"{P1},direct", f"{P1},off"))
    if r.random() < 0.4:
        found = project(r, proxy, servers, f"go get '{r.choice(ASKED)}'", env=env)
        return {**found, "connect": connect}
    asked = r.choice(
        (
            "example.com/a@v1.0.0",
            "example.com/a@v1.0.0",
            "example.com/b@v1.0.0",
            "example.com/a@v1.0.0 example.com/b@v1.0.0",
            "example.com/UP/Case@v1.0.0",
        )
    )
    return bare(f"go mod download {asked}", proxy, servers, env=env, connect=connect)
