"""Credentials, certificates and redirects."""

from __future__ import annotations

import random

from .common import ASKED, P2, Scene, bare, command, fault


def auth(r: random.Random) -> Scene:
    """Credentials, certificates and redirects."""
    login = r.choice(("joe:pw", "joe:pw", "joe:pw", ""))
    one: Scene = {
        "tls": r.choice(
            ("good", "good", "good", "good", "selfsigned", False, "expired", "silent" if r.random() < 0.1 else "good")
        ),
        "default": "ok",
    }
    if login:
        one["needauth"] = login
    if r.random() < 0.3:
        one["default"] = fault(r)
    if r.random() < 0.2:
        one["default"] = r.choice((f"redirect:{P2}", "redirect:https://127.0.0.1:{P2}", f"redirect:{P2}/login"))
    two: Scene = {"default": "ok"}
    if r.random() < 0.4:
        two["tls"] = "good"
    if r.random() < 0.2:
        two["needauth"] = "joe:pw"
    user = r.choice(("", "", "", "joe:pw@", "joe:no@", "joe@", ":pw@"))
    scheme = r.choice(("https", "https", "https", "http")) if one["tls"] else r.choice(("http", "http", "https"))
    netrc = r.choice(
        (
            *("",) * 2,
            *("machine 127.0.0.1:{P1} login joe password pw\n",) * 4,
            *("machine 127.0.0.1 login joe password pw\n", "machine 127.0.0.1:{P1} login joe password no\n", "default login joe password pw\n", "machine 127.0.0.1:{P1}\nlogin joe\npassword pw\n"),
            *("machine other.example.com login x password y\nmachine 127.0.0.1:{P1} login joe password pw\n", "machine 127.0.0.1:{P1} login joe\n", "macdef x\nfoo\n\nmachine 127.0.0.1:{P1} login joe password pw\n"),
            *("machine 127.0.0.1:{P1} login joe password pw\nmachine 127.0.0.1:{P2} login joe password pw\n", "# comment\nmachine 127.0.0.1:{P1} login joe password pw\n", "machine 127.0.0.1:{P1}/ login joe password pw\n"),
            *("machine 127.0.0.1:{P1} password pw login joe\n", "machine 127.0.0.1:{P1} account x login joe password pw\n", "default login joe password pw\nmachine 127.0.0.1:{P1} login joe password no\n"),
        )
    )  # fmt: skip
    files = {"m/keep": ""}
    if netrc:
        files["home/.netrc"] = netrc
    env = {}
    if r.random() < 0.35:
        env["GOAUTH"] = r.choice(
            (
                "off",
                "netrc",
                "",
                "netrc; off",
                "off; netrc",
                "bogus",
                "git",
                "git relative",
                "git /nonexistent",
                "/nonexistent/helper",
                "netrc;",
                "{WORK}/helper",
                "netrc; {WORK}/helper",
                "./helper",
                "sh {WORK}/helper",
                "git {WORK}/m",
            )
        )
        files["helper"] = r.choice(
            (
                "",
                "#!/bin/sh\nexit 1\n",
                "#!/bin/sh\nprintf 'https://127.0.0.1:{P1}\\n\\nAuthorization: Basic am9lOnB3\\n\\n'\n",
                "printf 'https://127.0.0.1:{P1}\\n\\nAuthorization: Basic am9lOnB3\\n\\n'\n",
                "echo rubbish\n",
            )
        )
    if r.random() < 0.15:
        env["NETRC"] = r.choice(("{WORK}/nrc", "{WORK}/gone"))
        files["nrc"] = "machine 127.0.0.1:{P1} login joe password pw\n"
    if r.random() < 0.15:
        env["GOINSECURE"] = r.choice(("*", "127.0.0.1", "example.com", "127.0.0.1:{P1}"))
    sign = r.choice((",", "|"))
    value = f"{scheme}://{user}127.0.0.1:{{P1}}" + r.choice(
        ("", "", f"{sign}http{'s' if two.get('tls') else ''}://127.0.0.1:{{P2}}")
    )
    if r.random() < 0.15:
        env["GOSUMDB"] = "{KEY}"
    found = bare(command(r, r.choice(ASKED)), value, {"P1": one, "P2": two}, env=env)
    return {**found, "files": files}
