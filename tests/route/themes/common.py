"""What all themes share: faults, servers, and scenarios to fill."""

from __future__ import annotations

import random
from typing import Any

Scene = dict[str, Any]
P1, P2, P3 = (f"http://127.0.0.1:{{{name}}}" for name in ("P1", "P2", "P3"))
CODES = (*range(400, 418), 418, 421, 422, 423, 425, 426, 428, 429, 431, 451, 499, *range(500, 509), 510, 511, 520, 599)
BODIES = (
    "not here",
    "blocked by policy",
    "line one\nline two",
    "\n".join(f"line {n}" for n in range(12)),
    "first\n\nsecond",
    "x" * 900,
    "tab\there",
    "\x01binary",
    "<html><body>no</body></html>",
    "umlaut \u00e4 and \u4e2d\u6587",
    "  leading and trailing  ",
    "not found: example.com/a@v1.0.0: invalid version: unknown revision v1.0.0",
)
GOOD_BUT_WRONG = (
    *("html", "badjson", "emptybody", "wrongver", "truncsilent", "trunc", "zipwrong", "zipprefix"),
    *("text:200:", "text:200:{}", "text:200:null", "text:200:[1]", 'text:200:"x"', 'text:200:{"Version":1}', "text:200:plain words"),
    *('text:200:{"Version":"v1.0.0"}', 'text:200:{"Version":"v1.1.0","Time":"2024-01-02T03:04:05Z"}', 'text:200:{"Version":"v1.0.0","Time":"yesterday"}'),
    *('text:200:{"Version":"master"}', 'text:200:{"Version":""}', "text:200:v1.0.0\nv1.1.0\nv1.2.0-rc.1\nv2.0.0\nrubbish\n", "text:200:module example.com/a\n"),
)  # fmt: skip
REDIRECTS = (
    *(
        "loop",
        f"redirect:{P2}",
        f"redirect:{P2}/login",
        "redirect:https://127.0.0.1:{P2}",
        "redirect:http://login.example.com/sso",
    ),
    *("redirect:https://login.example.com/sso", "status:301", "status:302", "status:304", "status:307"),
)
ASKED = (
    *("example.com/a@v1.0.0", "example.com/a@v1.0.0", "example.com/a@v1.0.0", "example.com/b@v1.0.0", "example.com/a@latest"),
    *("example.com/a@v1", "example.com/UP/Case@v1.0.0", "example.com/multi@v1.0.0", "example.com/notags@latest"),
    "corp.example.com/priv@v0.1.0",
)
ONLY = (r"\.info$", r"\.mod$", r"\.zip$", "/@v/list", "/@latest")


def fault(r: random.Random) -> str:
    """What a server does wrong."""
    kind = r.random()
    if kind < 0.3:
        return f"status:{r.choice(CODES)}"
    if kind < 0.45:
        return f"text:{r.choice((401, 403, 404, 410, 429, 451, 500, 503, r.choice(CODES)))}:{r.choice(BODIES)}"
    if kind < 0.7:
        return r.choice(GOOD_BUT_WRONG)
    if kind < 0.85:
        return r.choice(REDIRECTS)
    return r.choice(("status:404", "status:410", "close", "status:204", "status:202", "slow:0.2", "status:206", "status:300"))


def server(r: random.Random) -> Scene:
    """A server that does something wrong, always or for one kind of request."""
    made: Scene = {"default": "ok"}
    if r.random() < 0.5:
        made["default"] = fault(r)
    else:
        made["rules"] = [[r.choice(ONLY), fault(r)]]
    if r.random() < 0.06:
        made["refused"] = True
    return made


def bare(command: str, proxy: str, servers: Scene, **more: Any) -> Scene:
    """A scenario without a project."""
    env = {"GOPROXY": proxy, **more.pop("env", {})}
    return {"env": env, "servers": servers, "files": {"m/keep": ""}, "command": command, **more}


def command(r: random.Random, asked: str) -> str:
    """A command that fetches one module or what it means."""
    return r.choice(
        (
            *(f"go mod download '{asked}'",) * 5,
            *(f"go mod download -json '{asked}'", f"go list -m '{asked}'", f"go list -m -json '{asked}'"),
            *(f"go list -m -versions {asked.partition('@')[0]}", "go install example.com/multi/cmd/x@latest"),
            *("go install example.com/multi/cmd/x@v1.0.0", "go run example.com/multi/cmd/x@v1.0.0"),
        )
    )


def project(r: random.Random, proxy: str, servers: Scene, line: str, **more: Any) -> Scene:
    """A scenario in an empty module."""
    found = bare(line, proxy, servers, **more)
    found["files"] = {"m/go.mod": "module m\n\ngo 1.21\n"}
    return found
