"""Projects: every command over go.mod, go.sum and caches in every state."""

from __future__ import annotations

import random

from .common import ONLY, P1, P2, P3, Scene, fault

SUM_FILES = (
    "",
    "example.com/a v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nexample.com/a v1.0.0/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    "example.com/a v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    "example.com/a v1.0.0/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    "example.com/a v1.0.0\n",
    "<<<<<<< HEAD\nexample.com/a v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n=======\n>>>>>>> x\n",
    "rubbish\n",
    "example.com/a v1.0.0 h2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    "\n\n",
    "example.com/a v1.0.0/go.mod h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=\n",
)
EDITS = (
    "sed -i 's#v1.0.0 h1:....#v1.0.0 h1:AAAA#' go.sum",
    "sed -i 's#v1.0.0/go.mod h1:....#v1.0.0/go.mod h1:AAAA#' go.sum",
    "sed -i '/go.mod/d' go.sum",
    "sed -i '/v1.0.0 h1/d' go.sum",
    "rm -f go.sum",
    "truncate -s 0 go.sum",
    "echo rubbish >> go.sum",
    "echo '<<<<<<< HEAD' >> go.sum",
    "sed -i '1d' go.sum",
    "sed -i 's#v1.0.0#v1.0.1#' go.sum",
    "true",
)
HOLES = (
    "rm -rf {CACHE}/example.com",
    "rm -rf {CACHE}/cache/download/example.com/a",
    "rm -rf {CACHE}/cache/download",
    "rm -rf {CACHE}/cache",
    *(f"rm -f {{CACHE}}/cache/download/example.com/a/@v/v1.0.0.{kind}" for kind in ("info", "mod", "zip", "ziphash", "lock")),
    "rm -f {CACHE}/cache/download/example.com/a/@v/list",
    "rm -rf {CACHE}/cache/download/sumdb",
    "truncate -s 0 {CACHE}/cache/download/example.com/a/@v/v1.0.0.info",
    "truncate -s 0 {CACHE}/cache/download/example.com/a/@v/v1.0.0.mod",
    "truncate -s 0 {CACHE}/cache/download/example.com/a/@v/v1.0.0.zip",
    "truncate -s 0 {CACHE}/cache/download/example.com/a/@v/v1.0.0.ziphash",
    "truncate -s 0 {CACHE}/cache/download/example.com/a/@v/v1.0.0.zip && rm -rf {CACHE}/example.com",
    "touch {CACHE}/cache/download/example.com/a/@v/v1.0.0.partial",
    "echo rubbish > {CACHE}/cache/download/example.com/a/@v/v1.0.0.info",
    "echo rubbish > {CACHE}/cache/download/example.com/a/@v/v1.0.0.mod",
    "echo rubbish > {CACHE}/cache/download/example.com/a/@v/v1.0.0.zip && rm -rf {CACHE}/example.com",
    "rm -f {CACHE}/example.com/a@v1.0.0/a.go",
    "rm -f {CACHE}/example.com/a@v1.0.0/go.mod",
    "go clean -modcache",
)
GO_MODS = (
    *("module m\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n",) * 5,
    *("module m\n\ngo 1.21\n\nrequire example.com/b v1.0.0\n",) * 3,
    "module m\n\ngo 1.21\n\nrequire (\n\texample.com/a v1.0.0 // indirect\n\texample.com/b v1.0.0\n)\n",
    "module m\n\ngo 1.16\n\nrequire example.com/b v1.0.0\n",
    "module m\n\nrequire example.com/a v1.0.0\n",
    "module m\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n\nreplace example.com/a => ./local\n",
    "module m\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n\nreplace example.com/a => ./gone\n",
    "module m\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n\nreplace example.com/a => example.com/a v1.1.0\n",
    "module m\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n\nreplace example.com/a v1.0.0 => corp.example.com/priv v0.1.0\n",
    "module m\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n\nexclude example.com/a v1.0.0\n",
    "module m\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n\nexclude example.com/a v1.1.0\n",
    "module m\n\ngo 1.21\n\nrequire example.com/retr v1.1.0\n",
    "module m\n\ngo 1.21\n\nrequire example.com/newgo v1.0.0\n",
    "module m\n\ngo 1.21\n\nrequire example.com/liar v1.0.0\n",
    "module m\n\ngo 1.21\n\nrequire example.com/a v9.9.9\n",
    "module m\n\ngo 1.21\n\nrequire example.com/v2only/v2 v2.0.0\n",
    "module m\n\ngo 1.21\n\nrequire corp.example.com/priv v0.1.0\n\nrequire example.com/a v1.0.0\n",
    "module m\n\ngo 1.21\n\nrequire example.com/multi v1.0.0\n\nrequire example.com/multi/sub v1.0.0\n",
    "module m\n\ngo 1.21\n\nrequire example.com/a v1\n",
    "module m\n\ngo 1.21\n\nrequire example.com/a master\n",
    "module m\n\ngo 1.21\n\nrequire example.com/a v2.0.0\n",
    "module m\n\ngo 1.21\n\ntoolchain go1.21.0\n\nrequire example.com/a v1.0.0\n",
    "module m\n\ngo 1.99\n\nrequire example.com/a v1.0.0\n",
    "module m\n\ngo 1.21\n\ntoolchain go1.99.1\n\nrequire example.com/a v1.0.0\n",
    "module m\n\ngo 1.21\n\nrequire example.com/a v1.0.0\nbroken line\n",
    "module m\n\ngo 1.21\n\nrequire example.com/a\n",
    "module m\n\ngo x.y\n\nrequire example.com/a v1.0.0\n",
    "module example.com/a\n\ngo 1.21\n",
    "module m\n\ngo 1.21\n",
    "go 1.21\n",
)  # fmt: skip
COMMANDS = (
    *("go build ./...", "go build ./...", "go build ./...", "go build -mod=mod ./...", "go build -mod=readonly ./...", "go build -mod=vendor ./..."),
    *("go mod tidy", "go mod tidy", "go mod tidy", "go mod tidy -e", "go mod tidy -diff", "go mod tidy -compat=1.17", "go mod tidy -go=1.21", "go mod tidy -v"),
    *("go mod download", "go mod download", "go mod download all", "go mod download -json", "go mod download example.com/a", "go mod download 2>/dev/null"),
    *("go list -m all", "go list -m all", "go list -m", "go list -m -u all", "go list -m -versions all", "go list -m -json all", "go list -m -u -json all", "go list -m -retracted all", "go list -m -e all"),
    *("go list -m example.com/a", "go list -m -u example.com/a", "go list -m example.com/...", "go list -m -f '{{.Dir}}' all", "go list all", "go list ./...", "go list -deps ./...", "go list -e -deps ./..."),
    *("go list -test ./...", "go mod graph", "go mod verify", "go mod vendor", "go mod why example.com/a", "go mod why -m example.com/a", "go mod why -m all", "go mod why all", "go mod why -vendor example.com/a"),
    *("go vet ./...", "go run .", "go install ./...", "go mod edit -json", "go env GOPROXY", "go version", "go mod vendor -e", "go mod vendor"),
    *("go get", "go get ./...", "go get -u ./...", "go get -u=patch ./...", "go get -u", "go get -t ./...", "go get -u -t ./...", "go get example.com/a@latest", "go get example.com/a@none", "go get example.com/b@none"),
    *("go get example.com/a@upgrade", "go get example.com/a@patch", "go get go@latest", "go get go@1.21", "go get toolchain@none", "go get toolchain@go1.21.0", "go get go@1.99", "go get all", "go get -u all", "go get go@none"),
    *("go get example.com/a@v1.1.0 example.com/b@v1.0.0", "go get example.com/multi/...@latest", "go mod edit -require=example.com/b@v1.0.0 && go mod download", "go work sync", "go mod init x"),
)  # fmt: skip


def modules(r: random.Random) -> Scene:
    """A project: every command over go.mod, go.sum and caches in every state."""
    text = r.choice(GO_MODS)
    imports = [
        w
        for w in ("example.com/a", "example.com/b", "corp.example.com/priv", "example.com/multi/in")
        if f"require {w} " in text.replace("\t", "require ") and r.random() < 0.8
    ]
    if r.random() < 0.15:
        imports.append(
            r.choice(
                ("example.com/nope/x", "example.com/multi/sub", "example.com/a/none", "example.com/retr", "nodot/x", "fmt")
            )
        )
    package = "main" if r.random() < 0.2 else "m"
    source = (
        f"package {package}\n"
        + "".join(f'\nimport _ "{p}"\n' for p in imports)
        + ("\nfunc main() {}\n" if package == "main" else "")
    )
    files = {"m/go.mod": text, "m/m.go": source}
    if "./local" in text:
        files["m/local/go.mod"] = "module example.com/a\n\ngo 1.21\n"
        files["m/local/a.go"] = "package a\n"
    if r.random() < 0.15:
        files["m/m_test.go"] = (
            f'package {package}\n\nimport _ "{r.choice(("corp.example.com/priv", "testing", "example.com/retr"))}"\n'
        )
    found: Scene = {
        "files": files,
        "env": {"GOPROXY": r.choice((P1, P1, P1, f"{P1},{P2}", f"{P1}|{P2}", "off", "direct", f"{P1},direct"))},
    }
    state = r.random()
    offline = {"GOSUMDB": "off", "GOPROXY": P3, "GOPRIVATE": "", "GONOSUMDB": "", "GONOPROXY": ""}
    if state < 0.2:
        files["m/go.sum"] = r.choice(SUM_FILES)
    elif state < 0.85:
        found["setup_env"] = offline
        found["setup"] = [
            r.choice(
                (
                    "go mod tidy || true",
                    "go mod tidy || true",
                    "go mod download all || true",
                    "go mod download || true",
                    "go build ./... || true",
                    "go mod tidy && go mod vendor || true",
                )
            )
        ]
        if r.random() < 0.4:
            found["setup"].append(r.choice(EDITS))
        if r.random() < 0.6:
            found["setup"].append(r.choice(HOLES))
        if "vendor" in found["setup"][0] and r.random() < 0.5:
            found["setup"].append(
                r.choice(
                    (
                        "rm -f vendor/modules.txt",
                        "sed -i 's#v1.0.0#v1.0.1#' vendor/modules.txt",
                        "rm -rf vendor/example.com",
                        "go mod edit -require=example.com/a@v1.1.0",
                        "echo >> go.mod",
                    )
                )
            )
    if r.random() < 0.2:
        found["env"]["GOSUMDB"] = "{KEY}"
    if r.random() < 0.15:
        found["env"]["GOFLAGS"] = r.choice(
            (
                "-mod=mod",
                "-mod=readonly",
                "-mod=vendor",
                "-modcacherw",
                "-mod=mod -modcacherw",
                "-insecure",
                "-mod=",
                "-modfile=other.mod",
            )
        )
    if r.random() < 0.1:
        found["env"][r.choice(("GOPRIVATE", "GONOSUMDB", "GONOPROXY"))] = r.choice(("example.com/a", "corp.example.com", "*"))
    if r.random() < 0.05:
        found["env"]["GO111MODULE"] = r.choice(("auto", "on"))
    servers: Scene = {"P1": {"default": "ok"}, "P2": {"default": "ok"}, "P3": {"default": "ok"}}
    if r.random() < 0.4:
        servers["P1"]["rules"] = [[r.choice((*ONLY, "example.com/a/", "example.com/b/", "corp", "/sumdb/")), fault(r)]]
    return {**found, "servers": servers, "command": r.choice(COMMANDS)}
