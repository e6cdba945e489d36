"""Workspaces: go.work over one or two modules, in every state of their sums and caches."""

from __future__ import annotations

import random

from .common import ONLY, P1, P2, P3, Scene, fault

GO_MODS = (
    *("require example.com/a v1.0.0\n",) * 4,
    *("require example.com/b v1.0.0\n",) * 4,
    "require example.com/a v1.1.0\n",
    "require (\n\texample.com/a v1.0.0 // indirect\n\texample.com/b v1.0.0\n)\n",
    "require example.com/multi v1.0.0\n\nrequire example.com/a v1.1.0\n",
    "require example.com/a v1.0.0\n\nreplace example.com/a => example.com/a v1.1.0\n",
    "require example.com/a v1.0.0\n\nreplace example.com/a => ./local\n",
    "require example.com/a v1.0.0\n\nexclude example.com/a v1.0.0\n",
    "require example.com/retr v1.1.0\n",
    "require example.com/a v9.9.9\n",
    "require example.com/a v1\n",
    "require example.com/newgo v1.0.0\n",
    "require corp.example.com/priv v0.1.0\n",
    "",
)
USED = (
    *("use ./m\nuse ./n\n",) * 8,
    *("use (\n\t./m\n\t./n\n)\n",) * 3,
    *("use ./m\n", "use ./m\n", "use ./n\n", "use ./n\n", "use ./m\nuse ./gone\n", "", "use ./m\nuse ./m\n"),
)
MORE = (
    *("",) * 10,
    *("replace example.com/a => example.com/a v1.1.0\n", "replace example.com/a v1.0.0 => example.com/a v1.1.0\n"),
    *("replace example.com/a => ./n/local\n", "replace example.com/b => ./gone\n", "replace example.com/n => ./n\n"),
    *("broken line\n", "toolchain go1.21.0\n", "toolchain go1.99.1\n"),
)
IMPORTED = ("example.com/a", "example.com/b", "corp.example.com/priv", "example.com/multi/in", "example.com/retr")
COMMANDS = (
    *("go build ./...", "go build ./...", "go build .", "go build ../n", "go build ./... ../n/...", "go build example.com/n"),
    *("go build -mod=mod ./...", "go build -mod=readonly ./...", "go build -modfile=other.mod ./...", "go vet ./...", "go run ."),
    *("go list -m all", "go list -m all", "go list -m", "go list -m -u all", "go list -m example.com/a", "go list -m example.com/a@latest"),
    *("go list -m -versions example.com/a", "go list -m -json all", "go list -m -e all", "go list all", "go list ./...", "go list ../n/..."),
    *("go list -deps ./...", "go list -e ./...", "go list work", "go build work", "go list -test ./...", "go install ./..."),
    *("go mod download", "go mod download", "go mod download", "go mod download -json", "go mod download example.com/a"),
    *("go mod download example.com/a@v1.1.0", "go mod download all", "go mod tidy", "go mod tidy", "go mod tidy -diff"),
    *("go mod graph", "go mod graph", "go mod verify", "go mod verify", "go mod why example.com/a", "go mod why -m example.com/a"),
    *("go mod why -m all", "go mod vendor", "go get example.com/a@latest", "go get example.com/b@v1.0.0", "go get ./..."),
    *("go get -u ./...", "go get example.com/a@none", "go install example.com/multi/cmd/x@latest", "go env GOWORK"),
    *("GOWORK=off go build ./...", "GOWORK=off go list -m all", "cd ../n && go build ./...", "cd ../n && go list -m all"),
)  # fmt: skip
SETUPS = (
    *("go build ./... || true", "go mod download || true", "GOWORK=off go mod tidy || true"),
    *("GOWORK=off go mod tidy || true; cd ../n; GOWORK=off go mod tidy || true", "go list -m all || true"),
)
EDITS = (
    "sed -i 's#v1.0.0 h1:....#v1.0.0 h1:AAAA#' go.sum",
    "sed -i 's#v1.0.0 h1:....#v1.0.0 h1:AAAA#' ../go.work.sum",
    "sed -i 's#v1.0.0/go.mod h1:....#v1.0.0/go.mod h1:AAAA#' ../n/go.sum",
    "rm -f ../go.work.sum",
    "rm -f go.sum",
    "sed -i '/go.mod/d' ../go.work.sum",
    "echo rubbish >> ../go.work.sum",
    "echo rubbish >> ../n/go.sum",
    "go clean -modcache",
    "rm -rf {CACHE}/cache/download/example.com/a",
    "rm -rf {CACHE}/example.com",
    "true",
)


def work(r: random.Random) -> Scene:
    """A workspace of the modules in m and n."""
    go = r.choice(("1.21", "1.21", "1.21", "1.22", "1.22", "1.17", "1.26", "1.99"))
    head = f"go {go}\n\n" if r.random() < 0.95 else ""
    files: dict[str, str] = {"go.work": f"{head}{r.choice(USED)}\n{r.choice(MORE)}"}
    if r.random() < 0.05:
        files["m/go.work"] = "go 1.21\n\nuse .\n"
    for place, path in (("m", "example.com/m"), ("n", r.choice(("example.com/n",) * 9 + ("example.com/m",)))):
        needs = r.choice(GO_MODS)
        line = r.choice(("1.21", "1.21", "1.21", "1.21", "1.17", "1.16", "1.22"))
        files[f"{place}/go.mod"] = f"module {path}\n\ngo {line}\n\n{needs}"
        if r.random() < 0.02:
            files[f"{place}/go.mod"] += "broken line\n"
        imports = [p for p in IMPORTED if p.removesuffix("/in") in needs and r.random() < 0.8]
        if r.random() < 0.12:
            imports.append(r.choice((*IMPORTED, "example.com/nope/x", "example.com/a/none")))
        if place == "m" and r.random() < 0.3:
            imports.append("example.com/n")
        files[f"{place}/x.go"] = "package x\n" + "".join(f'\nimport _ "{p}"\n' for p in dict.fromkeys(imports))
        if "./local" in needs:
            files[f"{place}/local/go.mod"] = "module example.com/a\n\ngo 1.21\n"
            files[f"{place}/local/a.go"] = "package a\n"
    found: Scene = {"files": files, "env": {"GOPROXY": r.choice((P1, P1, P1, f"{P1},{P2}", f"{P1}|{P2}", "off"))}}
    if r.random() < 0.6:
        found["setup_env"] = {"GOSUMDB": "off", "GOPROXY": P3, "GOPRIVATE": "", "GONOSUMDB": "", "GONOPROXY": ""}
        found["setup"] = [r.choice(SETUPS)]
        if r.random() < 0.6:
            found["setup"].append(r.choice(EDITS))
        if r.random() < 0.4:
            found["setup"].append("go clean -modcache")
    if r.random() < 0.2:
        found["env"]["GOSUMDB"] = "{KEY}"
    if r.random() < 0.1:
        found["env"]["GOWORK"] = r.choice(("off", "auto", "{WORK}/go.work", "{WORK}/gone.work", "go.work", "{WORK}/n/go.work"))
    if r.random() < 0.06:
        found["env"]["GOFLAGS"] = r.choice(("-mod=mod", "-mod=readonly", "-modcacherw"))
    servers: Scene = {"P1": {"default": "ok"}, "P2": {"default": "ok"}, "P3": {"default": "ok"}}
    if r.random() < 0.35:
        servers["P1"]["rules"] = [[r.choice((*ONLY, "example.com/a/", "example.com/b/", "/sumdb/")), fault(r)]]
    return {**found, "servers": servers, "command": r.choice(COMMANDS)}
