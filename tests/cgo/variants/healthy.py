"""Builds that are as they should be: nothing is to be said."""

from __future__ import annotations

from typing import Final

from tests.cgo.replay import Case
from tests.cgo.variants.projects import ARM, ARM64, ASKS, CXX, MUL, NET, PURE, PUTS, STATIC, STUB, case, go, library

HEALTHY: Final[tuple[Case, ...]] = (
    case("plain", "none", MUL),
    case("stdio", "none", PUTS, "go build -o {W}/o . && {W}/o"),
    case("pure", "none", PURE),
    case("no-cgo-net", "none", NET, "CGO_ENABLED=0 go build -o {W}/o ."),
    case("cgo-net", "none", NET),
    case("clang", "none", PUTS, env={"CC": "clang"}),
    case("lld", "none", PUTS, env={"CC": "clang", "CGO_LDFLAGS": "-fuse-ld=lld"}),
    case("arm64", "none", PUTS, "go build -o {W}/o . && qemu-aarch64 -L /usr/aarch64-linux-gnu {W}/o", env=ARM64),
    case("arm", "none", MUL, env=ARM),
    case("windows", "none", MUL, env={"GOOS": "windows", "CGO_ENABLED": "1", "CC": "x86_64-w64-mingw32-gcc"}),
    case("race", "none", MUL, "go build -race -o {W}/o ."),
    case("pie", "none", PUTS, "go build -buildmode=pie -o {W}/o . && {W}/o"),
    case(
        "static-pie", "none", PUTS, "go build -buildmode=pie -ldflags '-linkmode external -extldflags -static-pie' -o {W}/o ."
    ),
    case(
        "c-shared",
        "none",
        go("#include <stdio.h>", "C.int(1)", more="//export Add\nfunc Add(a, b C.int) C.int { return a + b }\n\n"),
        "go build -buildmode=c-shared -o {W}/o.so .",
    ),
    case(
        "c-archive",
        "none",
        go("#include <stdio.h>", "C.int(1)", more="//export Add\nfunc Add(a, b C.int) C.int { return a + b }\n\n"),
        "go build -buildmode=c-archive -o {W}/o.a .",
    ),
    case("static-musl", "none", PUTS, STATIC + " && {W}/o", env={"CC": "musl-gcc"}),
    case("static-glibc", "none", PUTS, STATIC),
    case(
        "static-netgo",
        "none",
        NET,
        "go build -tags netgo,osusergo -ldflags '-linkmode external -extldflags -static' -o {W}/o .",
    ),
    case("cxx", "none", CXX, "go build -o {W}/o . && {W}/o"),
    case(
        "pkg-config",
        "none",
        ASKS,
        "go build -o {W}/o . && {W}/o",
        setup=library("{W}/pfx"),
        env={"PKG_CONFIG_PATH": "{W}/pfx/lib/pkgconfig"},
    ),
    case(
        "pkg-config-cached",
        "none",
        ASKS,
        setup=library("{W}/pfx") + " && PKG_CONFIG_PATH={W}/pfx/lib/pkgconfig go build -o {W}/o .",
        env={"PKG_CONFIG_PATH": "{W}/pfx/lib/pkgconfig"},
    ),
    case("stub-with-cgo", "none", STUB),
    case(
        "go-test",
        "none",
        {**MUL, "main_test.go": 'package main\n\nimport "testing"\n\nfunc TestNothing(t *testing.T) {}\n'},
        "go test ./...",
    ),
    case("zig-musl", "none", PUTS, env={"CC": "{ZIG} cc -target x86_64-linux-musl", "CGO_ENABLED": "1"}),
    case(
        "zig-glibc",
        "none",
        PUTS,
        "go build -o {W}/o . && {W}/o",
        env={"CC": "{ZIG} cc -target x86_64-linux-gnu.2.28", "CGO_ENABLED": "1"},
    ),
    case("zig-arm64", "none", MUL, env={**ARM64, "CC": "{ZIG} cc -target aarch64-linux-musl"}),
    case("zig-windows", "none", MUL, env={"GOOS": "windows", "CGO_ENABLED": "1", "CC": "{ZIG} cc -target x86_64-windows-gnu"}),
    case(
        "zig-macos",
        "none",
        MUL,
        env={"GOOS": "darwin", "GOARCH": "arm64", "CGO_ENABLED": "1", "CC": "{ZIG} cc -target aarch64-macos"},
    ),
)
