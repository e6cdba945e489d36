"""GOPROXY: which failures pass on, and how people write the list."""

from __future__ import annotations

import random

from .common import ASKED, P1, P2, Scene, bare, command, server


def fall(r: random.Random) -> Scene:
    """Which failures pass on to the next proxy."""
    sign = r.choice(",|")
    return bare(
        command(r, r.choice(ASKED)),
        f"{P1}{sign}{P2}",
        {"P1": server(r), "P2": {"default": "ok"} if r.random() < 0.8 else server(r)},
    )


def lists(r: random.Random) -> Scene:
    """GOPROXY as people write it."""
    value = r.choice(
        (
            *("off", "direct", "", " ", ",", "|", f"{P1},", f",{P1}", f"{P1}|", f" {P1} , {P2} ", f"{P1},,{P2}", f"{P1};{P2}", f"{P1} {P2}"),
            *(f"{P1}/", f"{P1}//", f"{P1}/some/path", f"{P1},off", f"{P1}|off", f"{P1},direct", f"{P1}|direct", f"off,{P1}", f"direct,{P1}"),
            *("ftp://x.example.com", "x.example.com", "127.0.0.1:{P1}", "//127.0.0.1:{P1}", "HTTP://127.0.0.1:{P1}", "http://", "http:///x"),
            *("file:///nonexistent/dl", "file://{CACHE}/cache/download", f"file://{{CACHE}}/cache/download,{P1}", f"file:///nonexistent|{P1}"),
            *("file:nonexistent", "file://host/dir", "http://127.0.0.1:{P1}\t", "http://u:p@127.0.0.1:{P1}", "http://u@127.0.0.1:{P1}"),
            *("https://u:p@127.0.0.1:{P1}", "http://x.invalid", "https://x.invalid", f"https://x.invalid,{P1}", f"https://x.invalid|{P1}"),
            *("http://127.0.0.1:{P1}?x=1", "http://127.0.0.1:{P1}#frag", "http://[::1", "http://127.0.0.1:port", "DIRECT", "OFF", "none", "auto"),
            *("%zz", "http://%zz", "http://127.0.0.1:{P1}/%zz", "http://127.0.0.1:{P1}/a b", "direct|off", "off|direct", f"noproxy,{P1}", f"{P1},{P1}"),
        )
    )  # fmt: skip
    first = {"default": "ok"} if r.random() < 0.6 else server(r)
    found = bare(command(r, r.choice(ASKED)), value, {"P1": first, "P2": {"default": "ok"}})
    if r.random() < 0.15:
        found["setup"] = [f"GOPROXY={P2} go mod download example.com/a@v1.0.0"]
        if r.random() < 0.5:
            found["setup"].append(
                r.choice(("rm -rf {CACHE}/example.com", "rm -f {CACHE}/cache/download/example.com/a/@v/v1.0.0.info"))
            )
    return found
