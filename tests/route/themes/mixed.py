"""Scenarios made at random from a seed: lists, faults, patterns, commands, caches and go.sum in every combination."""

from __future__ import annotations

import random
from typing import Any

FAULTS = (
    *(
        "ok",
        "ok",
        "status:404",
        "status:404",
        "status:410",
        "status:401",
        "status:403",
        "status:429",
        "status:500",
        "status:503",
    ),
    *("text:404:not here", "text:403:blocked by policy", "status:301", "status:418", "html", "badjson", "emptybody", "loop"),
    *("wrongver", "truncsilent", "zipwrong", "zipprefix", "trunc"),
)
ONLY = (
    r"\.info$",
    r"\.mod$",
    r"\.zip$",
    "/@v/list",
    "/@latest",
    "example.com/a/",
    "/supported$",
    "/lookup/",
    "/tile/",
    "^/sumdb/",
)
QUERIES = (
    "v1.0.0",
    "v1.1.0",
    "latest",
    "v1",
    "v1.0",
    "<v1.1.0",
    ">v1.0.0",
    ">=v1.0.0",
    "master",
    "v9.9.9",
    "upgrade",
    "v2.0.0",
)
MODULES = (
    *("example.com/a", "example.com/a", "example.com/b", "example.com/multi", "example.com/multi/in", "example.com/retr"),
    *("example.com/notags", "example.com/v2only/v2", "example.com/UP/Case", "corp.example.com/priv", "example.com/nope/x"),
    *("example.com/liar", "example.com/multi/sub", "example.com/newgo", "example.com/v2only"),
)
PATTERNS = ("corp.example.com", "example.com/a", "*.example.com", "example.com", "example.com/*", "none", "example.com/multi/*")
REQUIRES = (
    "example.com/a v1.0.0",
    "example.com/b v1.0.0",
    "example.com/a v1.1.0",
    "example.com/multi v1.0.0",
    "corp.example.com/priv v0.1.0",
)
META = {
    "corp.example.com": [["/priv\\?go-get=1", "meta:corp.example.com/priv mod https://mods.example.com"]],
    "mods.example.com": [[".", "ok"]],
}


def mixed(r: random.Random) -> dict[str, Any]:
    """One scenario."""
    env: dict[str, str] = {}
    servers: dict[str, Any] = {}
    entries: list[str] = []
    for name in ("P1", "P2")[: r.choice((1, 2, 2))]:
        spec: dict[str, Any] = {"default": r.choice(FAULTS) if r.random() < 0.4 else "ok"}
        if r.random() < 0.6:
            spec["rules"] = [[r.choice(ONLY), r.choice(FAULTS)]]
        if r.random() < 0.1:
            spec["tls"] = "good"
        if r.random() < 0.05:
            spec["refused"] = True
        if r.random() < 0.05:
            spec["needauth"] = "joe:pw"
        servers[name] = spec
        entries.append(f"{'https' if spec.get('tls') else 'http'}://127.0.0.1:{{{name}}}")
    if r.random() < 0.2:
        entries.append(r.choice(("direct", "off")))
    value = entries[0]
    for entry in entries[1:]:
        value += r.choice(",|") + entry
    env["GOPROXY"] = value
    if r.random() < 0.4:
        env["GOSUMDB"] = "{KEY}"
        if r.random() < 0.25:
            servers["P1"].setdefault("rules", []).append(
                ["^/sumdb/", r.choice(("sum:wrong", "sum:absent", "sum:badsig", "sum:fork"))]
            )
    for name in ("GOPRIVATE", "GONOPROXY", "GONOSUMDB"):
        if r.random() < 0.12:
            env[name] = r.choice(PATTERNS)
    found: dict[str, Any] = {"env": env, "servers": servers}
    found["connect"] = META if r.random() < 0.5 else "refuse"
    module = f"{r.choice(MODULES)}"
    asked = f"{module}@{r.choice(QUERIES)}"
    if r.random() < 0.3:
        found["files"] = {"m/keep": ""}
        found["command"] = r.choice(
            (
                f"go mod download '{asked}'",
                f"go mod download -json '{asked}'",
                f"go list -m '{asked}'",
                f"go list -m -versions {module}",
                "go install example.com/multi/cmd/x@latest",
                f"go install '{asked}'",
                f"go run '{asked}'",
            )
        )
        return found
    need = r.sample(REQUIRES, r.choice((0, 1, 1, 2)))
    need = [n for i, n in enumerate(need) if n.split()[0] not in {m.split()[0] for m in need[:i]}]
    go = r.choice(("1.21", "1.21", "1.21", "1.16", "1.17", "1.20"))
    text = f"module m\n\ngo {go}\n" + "".join(f"\nrequire {n}\n" for n in need)
    imports = [n.split()[0] for n in need if r.random() < 0.8]
    if r.random() < 0.25:
        imports.append(r.choice(MODULES))
    source = "package m\n" + "".join(f'\nimport _ "{p}"\n' for p in dict.fromkeys(imports))
    found["files"] = {"m/go.mod": text, "m/m.go": source}
    found["setup_env"] = {
        "GOSUMDB": "off",
        "GOPROXY": "http://127.0.0.1:{P3}",
        "GOPRIVATE": "",
        "GONOPROXY": "",
        "GONOSUMDB": "",
    }
    servers["P3"] = {"default": "ok"}
    state = r.random()
    if state < 0.2:
        found["setup"] = ["go mod tidy || true"]
    elif state < 0.35:
        found["setup"] = ["go mod tidy || true", "go clean -modcache"]
    elif state < 0.45:
        found["setup"] = [
            "go mod tidy || true",
            r.choice(
                (
                    "sed -i 's#h1:....#h1:AAAA#' go.sum",
                    "sed -i '/go.mod/d' go.sum",
                    "sed -i '/v1.0.0 h1/d' go.sum",
                    "rm -f go.sum",
                )
            ),
            "go clean -modcache",
        ]
    elif state < 0.5:
        found["setup"] = ["go mod tidy || true", "go mod vendor || true", "go clean -modcache"]
    elif state < 0.55:
        found["setup"] = [
            "go mod tidy || true",
            r.choice(
                (
                    "rm -rf {CACHE}/example.com",
                    "rm -f {CACHE}/cache/download/example.com/a/@v/v1.0.0.zip",
                    "rm -f {CACHE}/cache/download/example.com/a/@v/v1.0.0.ziphash",
                )
            ),
        ]
    found["command"] = r.choice(
        (
            *(
                "go build ./...",
                "go build ./...",
                "go build -mod=mod ./...",
                "go mod tidy",
                "go mod download",
                "go mod download all",
            ),
            *(
                "go list -m all",
                "go list -m -u all",
                "go mod graph",
                "go mod why example.com/a",
                "go mod verify",
                "go mod vendor",
            ),
            *(
                f"go get '{asked}'",
                f"go get '{asked}'",
                f"go get {module}",
                "go get -u ./...",
                f"go list -m '{asked}'",
                f"go get {module}@none",
            ),
            *(
                f"go list -m -versions {module}",
                f"go list -m -retracted '{asked}'",
                "go list ./...",
                "go vet ./...",
                f"go mod download '{asked}'",
                "go get -u=patch ./...",
            ),
        )
    )
    return found
