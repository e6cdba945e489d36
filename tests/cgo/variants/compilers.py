"""C compilers that are missing, broken or for another machine, cgo switched off, sysroots."""

from __future__ import annotations

from typing import Final

from tests.cgo.replay import Case
from tests.cgo.variants.projects import ARM, ARM64, CXX, MOD, MUL, NET, OFF, PURE, PUTS, SPLIT, STATIC, STUB, case

CASES: Final[tuple[Case, ...]] = (
    case("clang-99", "compiler-missing", MUL, env={"CC": "clang-99", "CGO_ENABLED": "1"}),
    case("gone-cross-gcc", "compiler-missing", PUTS, env={**ARM, "CC": "/opt/cross/bin/arm-linux-gnueabihf-gcc"}),
    case("gone-in-test", "compiler-missing", MUL, "go vet . && go test ./...", env={"CC": "gcc-99", "CGO_ENABLED": "1"}),
    case("no-cxx", "compiler-missing", CXX, env={"CXX": "g++-99", "CGO_ENABLED": "1"}),
    case(
        "blank-clang",
        "compiler-path-unquoted",
        PUTS,
        setup="mkdir -p '{W}/C Compilers/bin' && ln -s $(command -v clang) '{W}/C Compilers/bin/clang'",
        env={"CC": "{W}/C Compilers/bin/clang", "CGO_ENABLED": "1"},
    ),
    case(
        "blank-with-option",
        "compiler-path-unquoted",
        MUL,
        setup="mkdir -p '{W}/Ünï tools' && ln -s $(command -v gcc) '{W}/Ünï tools/gcc'",
        env={"CC": "{W}/Ünï tools/gcc -O1", "CGO_ENABLED": "1"},
    ),
    case("arm-gcc-for-here", "compiler-wrong-target", PUTS, env={"CC": "aarch64-linux-gnu-gcc", "CGO_ENABLED": "1"}),
    case("mingw-for-linux", "compiler-wrong-target", MUL, env={"CC": "x86_64-w64-mingw32-gcc", "CGO_ENABLED": "1"}),
    case("gcc-for-windows", "compiler-wrong-target", MUL, env={"GOOS": "windows", "CC": "gcc", "CGO_ENABLED": "1"}),
    case("clang-for-arm64", "compiler-wrong-target", PUTS, env={**ARM64, "CC": "clang"}),
    case("clang-for-arm", "compiler-wrong-target", MUL, env={**ARM, "CC": "clang"}),
    case("in-script", "compiler-wrong-target", MUL, "export GOARCH=arm64 CGO_ENABLED=1; go build -o {W}/o ."),
    case("true-as-cc", "compiler-broken", MUL, env={"CC": "/bin/true", "CGO_ENABLED": "1"}),
    case(
        "crashing-cc",
        "compiler-broken",
        PUTS,
        setup="printf '#!/bin/sh\\nkill -SEGV $$\\n' > {W}/cc && chmod +x {W}/cc",
        env={"CC": "{W}/cc", "CGO_ENABLED": "1"},
    ),
    case(
        "wrapper-without-exec",
        "compiler-broken",
        MUL,
        setup="printf '#!/bin/sh\\nexit 3\\n' > {W}/ccwrap && chmod +x {W}/ccwrap",
        env={"CC": "{W}/ccwrap", "CGO_ENABLED": "1"},
    ),
    case("gcc-m32", "multilib-missing", PUTS, env={"GOARCH": "386", "CGO_ENABLED": "1"}),
    case("m32-in-script", "multilib-missing", MUL, "CGO_ENABLED=1 GOARCH=386 go build -o {W}/o ."),
    case(
        "no-gcc",
        "cgo-auto-disabled",
        MUL,
        setup="mkdir {W}/bin",
        env={"PATH": "{GO}:{W}/bin:/nowhere"},
        proof="true",
        log_also=OFF,
    ),
    case(
        "no-gcc-dropped",
        "cgo-auto-disabled",
        SPLIT,
        setup="mkdir {W}/bin",
        env={"PATH": "{GO}:{W}/bin"},
        proof="true",
        log_also=OFF,
    ),
    case("cross-excludes", "cgo-off-in-cross-build", PUTS, env={"GOARCH": "arm"}, log_also=OFF),
    case("cross-drops", "cgo-off-in-cross-build", SPLIT, env={"GOOS": "windows"}, log_also=OFF),
    case("cross-in-script", "cgo-off-in-cross-build", SPLIT, "GOOS=linux GOARCH=arm64 go build -o {W}/o .", log_also=OFF),
    case("off-drops", "cgo-off-drops-symbol", SPLIT, "CGO_ENABLED=0 go build -o {W}/o ."),
    case(
        "off-drops-type",
        "cgo-off-drops-symbol",
        {
            "go.mod": MOD,
            "main.go": 'package main\n\nfunc main() {\n\tvar p Point\n\tprintln("OK", p.X)\n}\n',
            "point.go": 'package main\n\n// struct point { int x; };\nimport "C"\n\ntype Point struct{ X C.int }\n',
        },
        env={"CGO_ENABLED": "0"},
    ),
    case("stub-runs", "cgo-stub-binary", STUB, "CGO_ENABLED=0 go build -o {W}/o . && {W}/o", expect="OK"),
    case("stub-cross", "cgo-stub-binary", STUB, env={"GOARCH": "arm64"}, silent=True),
    case("cpp-beside", "c-source-without-cgo", {**PURE, "fast.cpp": "int fast() { return 1; }\n"}),
    case(
        "c-in-package",
        "c-source-without-cgo",
        {
            "go.mod": MOD,
            "main.go": 'package main\n\nimport "example.com/shop/util"\n\nfunc main() { println("OK", util.N) }\n',
            "util/util.go": "package util\n\nconst N = 1\n",
            "util/helper.c": "int helper(void) { return 1; }\n",
        },
    ),
    case("race-off", "feature-needs-cgo", PURE, "CGO_ENABLED=0 go build -race -o {W}/o ."),
    case("archive-off", "feature-needs-cgo", PURE, "go build -buildmode=c-archive -o {W}/o.a .", env={"CGO_ENABLED": "0"}),
    case("external-off", "feature-needs-cgo", NET, "CGO_ENABLED=0 " + STATIC),
    case("no-sysroot", "sysroot-empty", PUTS, env={**ARM64, "CC": "aarch64-linux-gnu-gcc --sysroot={W}/none"}, silent=True),
    case(
        "no-sysroot-cflags", "sysroot-empty", PUTS, env={"CGO_CFLAGS": "--sysroot={W}/none", "CC": "clang", "CGO_ENABLED": "1"}
    ),
    case(
        "headers-only-clang",
        "sysroot-without-libc",
        PUTS,
        setup="mkdir -p {W}/sr/usr && cp -r /usr/include {W}/sr/usr/",
        env={"CC": "clang --sysroot={W}/sr", "CGO_ENABLED": "1"},
    ),
    case(
        "headers-only-arm64",
        "sysroot-without-libc",
        PUTS,
        setup="mkdir -p {W}/sr/usr && cp -r /usr/aarch64-linux-gnu/include {W}/sr/usr/",
        env={**ARM64, "CC": "aarch64-linux-gnu-gcc --sysroot={W}/sr"},
        silent=True,
    ),
    case(
        "x86-sysroot-for-arm64",
        "sysroot-wrong-arch",
        PUTS,
        setup="mkdir -p {W}/sr/usr/lib && cp -r /usr/include {W}/sr/usr/ && cp /usr/lib/x86_64-linux-gnu/*crt*.o /usr/lib/x86_64-linux-gnu/libc.so* {W}/sr/usr/lib/",
        silent=True,
        env={**ARM64, "CC": "aarch64-linux-gnu-gcc --sysroot={W}/sr"},
    ),
    case(
        "arm64-sysroot-for-here",
        "sysroot-wrong-arch",
        PUTS,
        setup="mkdir -p {W}/sr/usr/lib && cp -r /usr/include {W}/sr/usr/ && cp /usr/aarch64-linux-gnu/lib/*crt*.o /usr/aarch64-linux-gnu/lib/libc.* {W}/sr/usr/lib/",
        env={"CC": "clang --sysroot={W}/sr", "CGO_ENABLED": "1"},
    ),
)
