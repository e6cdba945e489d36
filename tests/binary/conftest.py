"""Binaries built with the real tools, once a session."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SOURCE = 'package main\n\nimport (\n\t"fmt"\n\t"net"\n)\n\nfunc main() {\n\t_, err := net.LookupHost("localhost")\n\tfmt.Println("OK", err)\n}\n'
CGO = 'package main\n\n// #include <pthread.h>\n// static int f(void) { return pthread_self() != 0; }\nimport "C"\n\nfunc main() { println("OK", C.f()) }\n'
SHAPES = {
    "linux-amd64": ({"GOARCH": "amd64", "CGO_ENABLED": "0"}, []),
    "linux-arm64-trimpath": ({"GOARCH": "arm64", "CGO_ENABLED": "0"}, ["-trimpath", "-ldflags=-X 'main.v=a \"b\" c'"]),
    "linux-riscv64": ({"GOARCH": "riscv64", "CGO_ENABLED": "0"}, []),
    "linux-mips64le": ({"GOARCH": "mips64le", "CGO_ENABLED": "0"}, []),
    "linux-s390x": ({"GOARCH": "s390x", "CGO_ENABLED": "0"}, []),
    "windows-amd64": ({"GOOS": "windows", "GOARCH": "amd64", "CGO_ENABLED": "0"}, []),
    "windows-386-stripped": ({"GOOS": "windows", "GOARCH": "386", "CGO_ENABLED": "0"}, ["-ldflags=-s"]),
    "windows-386": ({"GOOS": "windows", "GOARCH": "386", "CGO_ENABLED": "0"}, []),
    "darwin-amd64": ({"GOOS": "darwin", "GOARCH": "amd64", "CGO_ENABLED": "0"}, []),
    "darwin-arm64": ({"GOOS": "darwin", "GOARCH": "arm64", "CGO_ENABLED": "0"}, []),
    "darwin-amd64-stripped": ({"GOOS": "darwin", "GOARCH": "amd64", "CGO_ENABLED": "0"}, ["-ldflags=-s -w"]),
    "pie-without-cgo": ({"GOARCH": "amd64", "CGO_ENABLED": "0"}, ["-buildmode=pie"]),
    "no-dwarf": ({"GOARCH": "amd64", "CGO_ENABLED": "0"}, ["-ldflags=-w"]),
    "stripped": ({"GOARCH": "amd64", "CGO_ENABLED": "0"}, ["-ldflags=-s -w"]),
    "cgo": ({"GOARCH": "amd64", "CGO_ENABLED": "1"}, ["-tags=own"]),
    "cgo-arm64": ({"GOARCH": "arm64", "CGO_ENABLED": "1", "CC": "aarch64-linux-gnu-gcc"}, ["-tags=own"]),
    "cgo-pie": ({"GOARCH": "amd64", "CGO_ENABLED": "1"}, ["-tags=own", "-buildmode=pie"]),
    "cgo-static-musl": (
        {"GOARCH": "amd64", "CGO_ENABLED": "1", "CC": "musl-gcc"},
        ["-tags=own", "-ldflags=-linkmode=external -extldflags=-static"],
    ),
    "cgo-dynamic-musl": (
        {"GOARCH": "amd64", "CGO_ENABLED": "1", "CC": "musl-gcc"},
        ["-tags=own", "-ldflags=-linkmode=external"],
    ),
    "cgo-shared": ({"GOARCH": "amd64", "CGO_ENABLED": "1"}, ["-tags=own", "-buildmode=c-shared"]),
}


def run(*argv: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(
        argv, env={**os.environ, "LC_ALL": "C", **(env or {})}, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("binaries")
    (root / "go.mod").write_text("module example.com/shop\n\ngo 1.22\n")
    (root / "main.go").write_text("//go:build !own\n\n" + SOURCE)
    (root / "own.go").write_text("//go:build own\n\n" + CGO)
    made: dict[str, Path] = {}

    def build(name: str) -> Path:
        if name not in made:
            env, flags = SHAPES[name]
            base = {"GOOS": "linux", "GOFLAGS": "-buildvcs=false", "GOWORK": "off", "GOTOOLCHAIN": "local"}
            made[name] = root / name
            run("go", "build", *flags, "-o", str(made[name]), ".", env={**base, **env}, cwd=root)
        return made[name]

    return build


@pytest.fixture(scope="session")
def symbols_witness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.binary import witness

    return witness.build(tmp_path_factory.mktemp("witness"))
