"""Doors that live in memory: the small worlds of rule examples. Steps change them as they would change a machine."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from typing import Final

from gomend.model.rule import Example, Reply
from gomend.ports.doors import Doors, Scope
from gomend.ports.files import READ_LIMIT, SKIPPED_FOLDERS, Entry, FileProblem
from gomend.ports.http import Ask
from gomend.ports.http import Reply as HttpReply
from gomend.ports.processes import Cmd, Done

ROOT: Final = "/project"
"""Where an example's project lies."""
HOME: Final = "/home/dev"
"""Home folder of an example."""
GOENV: Final = f"{HOME}/.config/go/env"
"""File of ``go env -w`` in an example."""

DEFAULT_GO_ENV: Final = {
    "AR": "ar",
    "CC": "gcc",
    "CGO_CFLAGS": "-O2 -g",
    "CGO_CPPFLAGS": "",
    "CGO_CXXFLAGS": "-O2 -g",
    "CGO_ENABLED": "1",
    "CGO_LDFLAGS": "-O2 -g",
    "CXX": "g++",
    "GO111MODULE": "",
    "GOARCH": "amd64",
    "GOAUTH": "netrc",
    "GOBIN": "",
    "GOCACHE": f"{HOME}/.cache/go-build",
    "GODEBUG": "",
    "GOENV": GOENV,
    "GOFLAGS": "",
    "GOHOSTARCH": "amd64",
    "GOHOSTOS": "linux",
    "GOINSECURE": "",
    "GOMOD": f"{ROOT}/go.mod",
    "GOMODCACHE": f"{HOME}/go/pkg/mod",
    "GONOPROXY": "",
    "GONOSUMDB": "",
    "GOOS": "linux",
    "GOPATH": f"{HOME}/go",
    "GOPRIVATE": "",
    "GOPROXY": "https://proxy.example.com,direct",
    "GOROOT": "/usr/local/go",
    "GOSUMDB": "sum.example.com+255c3752+AUxtWWSAWLsO7v98Jcs3PE7QT5WqQ4SxeGg+s2+peBd+",
    "GOTOOLCHAIN": "auto",
    "GOVCS": "",
    "GOVERSION": "go1.26.8",
    "GOWORK": "",
    "PKG_CONFIG": "pkg-config",
}
"""What ``go env -json`` answers in an example unless the example says otherwise."""


class World:
    """An example's files, environment and programs."""

    def __init__(self, example: Example) -> None:
        """Lay out the example."""
        self.files: dict[str, bytes] = {self.path(k): v.encode() for k, v in example.files.items()}
        if example.goenv:
            self.files[GOENV] = "".join(f"{k}={v}\n" for k, v in sorted(example.goenv.items())).encode()
        self.variables = {"HOME": HOME, "PATH": "/usr/local/go/bin:/usr/bin", **example.env}
        self.go = {**DEFAULT_GO_ENV, **example.go}
        self.commands = dict(example.commands)
        self.programs = {"go", *example.programs} - {p[1:] for p in example.programs if p.startswith("!")}

    @staticmethod
    def path(name: str) -> str:
        """Absolute path of an example's file name."""
        if name.startswith("~/"):
            return HOME + name[1:]
        return name if name.startswith("/") else f"{ROOT}/{name}"

    def go_env(self) -> dict[str, str]:
        """``go env`` as it is now: defaults, then the file of ``go env -w``, then the environment."""
        merged = dict(self.go)
        for line in self.files.get(GOENV, b"").decode().splitlines():
            name, _, value = line.partition("=")
            if name in merged:
                merged[name] = value
        merged |= {k: v for k, v in self.variables.items() if k in merged}
        private = merged["GOPRIVATE"]
        return merged | {k: merged[k] or private for k in ("GONOPROXY", "GONOSUMDB")}

    def doors(self) -> Doors:
        """Doors into this world."""
        return Doors(runner=_Runner(self), files=_Files(self.files), environ=_Environ(self), http=_Http())


def scope_of(example: Example) -> Scope:
    """The scope in which an example is judged."""
    return Scope(
        root=ROOT,
        targets=example.targets,
        private=example.private,
        deploy=example.deploy,
        log=example.log,
        log_source="log" if example.log is not None else "",
    )


class _Runner:
    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def live(self) -> bool:
        return False

    def which(self, name: str) -> str | None:
        if name.startswith("/"):
            return name if name in self._world.files or name in self._world.programs else None
        if name not in self._world.programs:
            return None
        return "/usr/local/go/bin/go" if name == "go" else f"/usr/bin/{name}"

    async def run(self, cmd: Cmd) -> Done:
        line = shlex.join(cmd.argv)
        env = shlex.join(f"{k}={v}" for k, v in sorted(cmd.env.items()))
        for key in (f"{env} {line}".strip(), line):
            if key in self._world.commands:
                return self._answer(cmd, self._world.commands[key])
        if self.which(cmd.argv[0]) is None:
            return Done(argv=cmd.argv, exit=None, problem=f"{cmd.argv[0]} is not on PATH")
        if cmd.argv[:2] == ("go", "env"):
            return self._go_env(cmd)
        if cmd.argv == ("go", "version"):
            env_ = self._world.go_env()
            said = f"go version {env_['GOVERSION']} {env_['GOHOSTOS']}/{env_['GOHOSTARCH']}\n"
            return Done(argv=cmd.argv, exit=0, stdout=said)
        return Done(argv=cmd.argv, exit=None, problem=f"this world has no answer to: {line}")

    def _answer(self, cmd: Cmd, reply: Reply) -> Done:
        for name, content in reply.writes.items():
            self._world.files[self._world.path(name)] = content.encode()
        return Done(argv=cmd.argv, exit=reply.exit, stdout=reply.stdout, stderr=reply.stderr)

    def _go_env(self, cmd: Cmd) -> Done:
        if cmd.argv[2:3] == ("-json",):
            return Done(argv=cmd.argv, exit=0, stdout=json.dumps(self._world.go_env() | cmd.env))
        problem = f"this world only answers go env -json, not {shlex.join(cmd.argv)}"
        return Done(argv=cmd.argv, exit=None, problem=problem)


class _Files:
    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes | None:
        raw = self._files.get(os.path.normpath(path))
        if raw is not None and len(raw) > limit:
            msg = f"{path} is larger than {limit // (1024 * 1024)} MB"
            raise FileProblem(msg)
        return raw

    def entry(self, path: str) -> Entry | None:
        path = os.path.normpath(path)
        if path in self._files:
            return Entry(kind="file", size=len(self._files[path]), mode=0o644)
        if any(name.startswith(path + "/") for name in self._files):
            return Entry(kind="folder", size=0, mode=0o755)
        return None

    def names(self, path: str) -> tuple[str, ...]:
        prefix = os.path.normpath(path) + "/"
        return tuple(sorted({n[len(prefix) :].split("/")[0] for n in self._files if n.startswith(prefix)}))

    def walk(self, root: str, depth: int = 8, limit: int = 50_000) -> Iterator[str]:
        prefix = os.path.normpath(root) + "/"
        seen = 0
        for name in sorted(self._files):
            folders = name[len(prefix) :].split("/")[:-1]
            if not name.startswith(prefix) or len(folders) > depth or SKIPPED_FOLDERS.intersection(folders):
                continue
            seen += 1
            if seen > limit:
                return
            yield name


class _Environ:
    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def variables(self) -> Mapping[str, str]:
        return self._world.variables

    @property
    def home(self) -> str:
        return HOME

    @property
    def system(self) -> str:
        return "linux"

    @property
    def machine(self) -> str:
        return "amd64"


class _Http:
    async def ask(self, ask: Ask) -> HttpReply:
        return HttpReply(url=ask.url, status=None, problem="offline", detail="examples have no network")
