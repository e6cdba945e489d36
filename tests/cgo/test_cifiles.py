"""CI files and Dockerfiles as people write them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gomend.cgo import cifiles, yamllines

WORKFLOW = """\
name: release
env:
  CGO_ENABLED: "1"   # everywhere
jobs:
  build:
    runs-on: ${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu-latest]
        include:
          - goos: linux
            goarch: arm64
            cc: aarch64-linux-gnu-gcc
          - goos: windows
            goarch: amd64
            cc: x86_64-w64-mingw32-gcc
    env:
      GOOS: ${{ matrix.goos }}
    steps:
    - uses: actions/checkout@v4
    - name: tools
      run: sudo apt-get install -y gcc-aarch64-linux-gnu
    - name: build
      env:
        GOARCH: ${{ matrix.goarch }}
        CC: ${{ matrix.cc }}
      run: |
        go vet ./...
        go build -ldflags "-s -w" \\
          -o out ./cmd/shop
  test:
    container:
      image: golang:1.24-alpine
    steps:
      - run: go test ./...
"""
DOCKERFILE = """\
ARG GO=1.24
FROM --platform=$BUILDPLATFORM golang:${GO}-alpine AS base
RUN apk add --no-cache \\
      gcc \\
      # the C library
      musl-dev
ENV CGO_ENABLED=1 GOFLAGS="-trimpath"
FROM base AS build
WORKDIR /src
RUN --mount=type=cache,target=/root/.cache \\
    go build -o /shop ./...
RUN <<EOF
go install ./cmd/tool
EOF
FROM debian:12-slim
RUN apt-get install -y ca-certificates
COPY --from=build /shop /shop
"""


def test_workflow() -> None:
    build, test = cifiles.read(".github/workflows/release.yml", WORKFLOW)
    assert (build.place, build.image, build.line, build.ldflags) == ("build", "ubuntu-latest", 29, "-s -w")
    assert build.variables["CGO_ENABLED"] == "1"
    assert build.variables["CC"] == "aarch64-linux-gnu-gcc x86_64-w64-mingw32-gcc"
    assert set(build.cross) == {("linux", "arm64"), ("windows", "amd64"), ("windows", "arm64")}
    assert "gcc-aarch64-linux-gnu" in build.installed
    assert (test.place, test.image, test.command.verb) == ("test", "golang:1.24-alpine", "test")
    assert WORKFLOW.splitlines()[build.line - 1].strip().startswith("go build")


def test_dockerfile() -> None:
    build, tool = cifiles.read("build/Dockerfile", DOCKERFILE)
    assert (build.place, build.image, build.variables["CGO_ENABLED"]) == ("build", "golang:1.24-alpine", "1")
    assert {"gcc", "musl-dev"} <= build.installed
    assert [(image, line) for image, _, line in build.deploys] == [("debian:12-slim", 17)]
    assert (tool.command.verb, tool.line) == ("install", 13)


def test_gitlab() -> None:
    text = "image: golang:1.24\nvariables:\n  GOARCH: arm\nbuild:\n  image: golang:1.24-alpine\n  before_script:\n    - apk add gcc\n  script:\n    - go build ./...\n"
    (build,) = cifiles.read(".gitlab-ci.yml", text)
    assert (build.place, build.image, build.line, build.cross) == ("build", "golang:1.24-alpine", 9, (("linux", "arm"),))
    assert "gcc" in build.installed


def test_goreleaser() -> None:
    text = "version: 2\nbuilds:\n  - id: shop\n    env:\n      - CGO_ENABLED=0\n    goos:\n      - linux\n    goarch: [amd64, arm64]\n"
    (build,) = cifiles.read(".goreleaser.yaml", text)
    assert build.variables["CGO_ENABLED"] == "0"
    assert build.targets() == (("linux", "amd64"), ("linux", "arm64"))


def test_makefile() -> None:
    text = "export CGO_ENABLED = 1\nFLAGS := -tags x\narm:\n\t@GOARCH=arm go build $(FLAGS) -o $@ .\n"
    (build,) = cifiles.read("Makefile", text)
    assert (build.place, build.line, build.variables) == ("arm", 4, {"CGO_ENABLED": "1", "GOARCH": "arm"})
    assert {n: v for n, v, _, _ in build.command.flags()}["tags"] == "x"


@given(st.text(alphabet="ab:- |>#'\"[]{},\n$", max_size=200))
def test_any_text_is_read(text: str) -> None:
    count = len(text.splitlines())
    assert all(0 < s.line <= count + 1 for s in yamllines.scalars(text))
    for name in ("Dockerfile", ".github/workflows/a.yml", ".gitlab-ci.yml", ".goreleaser.yml", "Makefile", "a.sh"):
        cifiles.read(name, text)


@given(st.text(alphabet="FROMRUN AScopy-- \\\n<EOF>=golang:go build", max_size=200))
def test_any_dockerfile_is_read(text: str) -> None:
    cifiles.read("Dockerfile", "FROM golang\n" + text)
