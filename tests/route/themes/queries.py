"""Commands over queries, and toolchains."""

from __future__ import annotations

import random

from .common import ONLY, P1, P2, Scene, fault, project, server


def asks(r: random.Random) -> Scene:
    """Queries, and the commands that take them."""
    module = r.choice(
        (
            *("example.com/a", "example.com/a", "example.com/a", "example.com/b", "example.com/multi/in", "example.com/multi/sub", "example.com/multi/x/y/z"),
            *("example.com/nope/deep/pkg", "example.com/notags", "example.com/retr", "example.com/v2only", "example.com/v2only/v2", "example.com/newgo"),
            *("example.com/liar", "example.com/UP/Case", "corp.example.com/priv", "example.com/multi/cmd/x", "example.com/multi/...", "example.com/up/case"),
            *("gopkg.in/yaml.v3", "fmt", "golang.org/toolchain", "go", "toolchain", "nodot/x", "example.com/a/v2", "example.com/a/v1", "example.com//a", "./...", "all", "m", "example.com/a.git", "example.com/-a", "EXAMPLE.com/a"),
        )
    )  # fmt: skip
    query = r.choice(
        (
            *("", "", "@v1.0.0", "@v1.1.0", "@latest", "@upgrade", "@patch", "@none", "@v1", "@v1.0", "@v1.1", "@v2", "@v0", "@<v1.1.0", "@<=v1.1.0", "@>v1.0.0", "@>=v1.0.0"),
            *("@<v1", "@>=v2.0.0", "@master", "@main", "@HEAD", "@0123456789ab", "@0123456789abcdef0123456789abcdef01234567", "@feature/x", "@v1.0.0+incompatible"),
            *("@v2.0.0+incompatible", "@v2.0.0", "@v1.0.0-pre", "@v0.0.0-20240102030405-0123456789ab", "@v1.0.1-0.20240102030405-0123456789ab", "@v9.9.9", "@", "@@", "@v1.0.0@v1.1.0", "@V1.0.0", "@1.0.0", "@ v1"),
        )
    )  # fmt: skip
    if r.random() < 0.5:
        query = r.choice(("", "@v1.0.0", "@latest"))
    asked = f"{module}{query}"
    line = r.choice(
        (
            *(f"go get '{asked}'",) * 4,
            *(f"go list -m '{asked}'", f"go list -m '{asked}'", f"go list -m -versions '{asked}'", f"go list -m -u '{asked}'", f"go list -m -retracted '{asked}'"),
            *(f"go mod download '{asked}'", f"go install '{asked}'", f"go run '{asked}'", f"go get -u '{asked}'", f"go get -t '{asked}'", f"go get -u=patch '{asked}'"),
            *(f"go get '{asked}' example.com/a@v1.0.0", f"go get example.com/b '{asked}'", f"go list -m -e '{asked}'", f"go list -m -json '{asked}' example.com/a"),
            *(f"go get -tool '{asked}'", f"go list '{asked}'", f"go list -m -u -versions -retracted '{asked}'", f"go mod download '{asked}' 2>/dev/null", f"go list -m -mod=mod '{asked}'"),
            *(f"go list -deps '{asked}'", f"go build '{asked}'", f"go list -e '{asked}'", f"go mod why '{asked}'", f"go mod why -m '{asked}'", f"go vet '{asked}'"),
        )
    )  # fmt: skip
    servers: Scene = {"P1": {"default": "ok"}, "P2": {"default": "ok"}}
    if r.random() < 0.45:
        servers["P1"]["rules"] = [
            [
                r.choice((*ONLY, "example.com/a/", "example.com/multi/@")),
                r.choice(("status:403", "status:404", "status:500", "emptybody", "status:410", "html", fault(r))),
            ]
        ]
    elif r.random() < 0.2:
        servers["P1"] = server(r)
    proxy = r.choice((P1, f"{P1},{P2}", f"{P1}|{P2}"))
    return project(r, proxy, servers, line, env={"GOBIN": "{WORK}/bin"})


def tools(r: random.Random) -> Scene:
    """Toolchains: which go runs, and where it would come from."""
    value = r.choice(
        (
            "go1.99.1",
            "auto",
            "path",
            "local",
            "go1.99.1+auto",
            "go1.99.1+path",
            "local+auto",
            "local+path",
            "go1.26.8",
            "go1.20",
            "bogus",
            "go1.99",
            "go1.26.8-custom",
            "go1.26.8+auto",
            "1.99.1",
            "go1.21.0+auto",
        )
    )
    line = r.choice(("1.21", "1.99.1", "1.99", "1.27", "1.26.8", "1.26.9", "1.20", "1.99rc1"))
    tool = r.choice(
        (
            "",
            "",
            "\ntoolchain go1.99.1\n",
            "\ntoolchain default\n",
            "\ntoolchain local\n",
            "\ntoolchain go1.21.0\n",
            "\ntoolchain bogus\n",
            "\ntoolchain go1.99.1-custom\n",
        )
    )
    files = {
        "m/go.mod": f"module m\n\ngo {line}\n{tool}"
        + r.choice(("", "\nrequire example.com/newgo v1.0.0\n", "\nrequire example.com/a v1.0.0\n"))
    }
    line_ = r.choice(
        (
            "go version",
            "go list -m",
            "go get example.com/newgo@v1.0.0",
            "go build ./...",
            "go mod tidy",
            "go env GOVERSION",
            "go install example.com/newgo@v1.0.0",
            "go run example.com/newgo@v1.0.0",
            "go mod download",
            "go get go@1.99",
            "go get toolchain@go1.99.1",
            "go get go@latest",
            "go list -m go",
            "go list -m -versions go",
            "go mod edit -go=1.22",
            "go mod download example.com/newgo@v1.0.0",
            "go list -m example.com/newgo@latest",
            "go work init",
            "go get go@1.22",
            "go get toolchain@latest",
            "go list -m -u all",
        )
    )
    env = {"GOTOOLCHAIN": value}
    if r.random() < 0.5:
        env["GOSUMDB"] = r.choice(("{KEY}", "off"))
    servers: Scene = {"P1": {"default": "ok"}, "P2": {"default": "ok"}}
    if r.random() < 0.4:
        servers["P1"] = server(r)
    env["GOPROXY"] = r.choice((P1, P1, f"{P1},{P2}", "off", "direct", f"{P1}|{P2}"))
    if r.random() < 0.1:
        files = {"m/keep": ""}
    return {"env": env, "servers": servers, "files": files, "command": line_}
