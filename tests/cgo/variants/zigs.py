"""zig cc: slow, so all of these run in ``make test-full``."""

from __future__ import annotations

from typing import Final

from tests.cgo.replay import Case
from tests.cgo.variants.projects import ARM64, MUL, NET, PUTS, USER, archive, case, go, linked

CASES: Final[tuple[Case, ...]] = (
    case("zig-no-libc", "zig-default-libc", PUTS, env={"CC": "{ZIG} cc -target x86_64-linux", "CGO_ENABLED": "1"}, silent=True),
    case("zig-no-libc-arm64", "zig-default-libc", MUL, env={**ARM64, "CC": "{ZIG} cc -target aarch64-linux"}, silent=True),
    case(
        "zig-glibc-99",
        "zig-glibc-unknown",
        PUTS,
        env={"CC": "{ZIG} cc -target x86_64-linux-gnu.2.99", "CGO_ENABLED": "1"},
        silent=True,
    ),
    case(
        "zig-musl-net",
        "zig-static-libc-internal-link",
        NET,
        env={"CC": "{ZIG} cc -target x86_64-linux-musl", "CGO_ENABLED": "1"},
    ),
    case(
        "zig-musl-user",
        "zig-static-libc-internal-link",
        USER,
        env={"CC": "{ZIG} cc -target x86_64-linux-musl", "CGO_ENABLED": "1"},
    ),
    case(
        "zig-flag",
        "zig-linker-flag",
        MUL,
        env={"CC": "{ZIG} cc -target x86_64-linux-musl", "CGO_LDFLAGS": "-Wl,--no-warn-mismatch", "CGO_ENABLED": "1"},
    ),
    case(
        "zig-flag-ext",
        "zig-linker-flag",
        PUTS,
        "go build -ldflags '-linkmode external -extldflags -Wl,--warn-common' -o {W}/o .",
        env={"CC": "{ZIG} cc -target aarch64-linux-musl", "GOARCH": "arm64", "CGO_ENABLED": "1"},
    ),
    case(
        "zig-header-musl",
        "glibc-only-header",
        go("#include <execinfo.h>", "C.int(1)"),
        env={"CC": "{ZIG} cc -target x86_64-linux-musl", "CGO_ENABLED": "1"},
    ),
    case(
        "zig-implicit",
        "implicit-declaration",
        {**go("int f(void);", "C.f()"), "f.c": "int f(void) { return g(1); }\n", "g.c": "int g(int n) { return n; }\n"},
        env={"CC": "{ZIG} cc -target aarch64-linux-musl", "GOARCH": "arm64", "CGO_ENABLED": "1"},
    ),
    case(
        "zig-library",
        "library-missing",
        go("#cgo LDFLAGS: -lnothere", "C.int(1)"),
        env={"CC": "{ZIG} cc -target x86_64-linux-gnu.2.28", "CGO_ENABLED": "1"},
        proof="",
    ),
    case(
        "zig-symbol",
        "symbol-undefined",
        go("int vendor_init(void);", "C.vendor_init()"),
        env={"CC": "{ZIG} cc -target x86_64-linux-gnu.2.28", "CGO_ENABLED": "1"},
        proof="",
    ),
    case(
        "zig-framework",
        "apple-sdk-missing",
        go("#cgo LDFLAGS: -framework Security", "C.int(1)"),
        env={"GOOS": "darwin", "GOARCH": "arm64", "CC": "{ZIG} cc -target aarch64-macos", "CGO_ENABLED": "1"},
        proof="",
    ),
    case(
        "zig-objc",
        "apple-sdk-missing",
        go("#include <Foundation/Foundation.h>", "C.int(1)"),
        env={"GOOS": "darwin", "GOARCH": "amd64", "CC": "{ZIG} cc -target x86_64-macos", "CGO_ENABLED": "1"},
        proof="",
    ),
    case(
        "zig-lfs64",
        "musl-lfs64",
        go("#include <sys/types.h>\n#include <stdio.h>\nstatic int f(void) { off64_t x = 1; return x; }", "C.f()"),
        env={"CC": "{ZIG} cc -target x86_64-linux-musl", "CGO_ENABLED": "1"},
    ),
    case(
        "zig-newer",
        "archive-needs-newer-glibc",
        linked("ar"),
        setup=archive("ar", "#include <stdlib.h>\nint ar(void) { return arc4random() * 0 + 42; }"),
        env={"CC": "{ZIG} cc -target x86_64-linux-gnu.2.28", "CGO_ENABLED": "1"},
    ),
    case(
        "zig-ubsan",
        "zig-ub-trap",
        linked("ub"),
        setup="printf 'int ub(void){ volatile int a = 2; return a + 40; }' > {W}/u.c && {ZIG} cc -target x86_64-linux-gnu -c {W}/u.c -o {W}/u.o && ar rcs libub.a {W}/u.o",
        env={"CGO_ENABLED": "1"},
        proof="",
    ),
    case(
        "zig-arm-for-here", "compiler-wrong-target", PUTS, env={"CC": "{ZIG} cc -target aarch64-linux-musl", "CGO_ENABLED": "1"}
    ),
    case("zig-glibc-3", "zig-glibc-unknown", MUL, env={**ARM64, "CC": "{ZIG} cc -target aarch64-linux-gnu.3.0"}, silent=True),
    case(
        "zig-without-o",
        "zig-ub-trap",
        MUL,
        env={"CC": "{ZIG} cc -target x86_64-linux-musl", "CGO_CFLAGS": "-g", "CGO_ENABLED": "1"},
    ),
)
