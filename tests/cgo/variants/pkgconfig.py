"""pkg-config, and flags that go refuses or splits."""

from __future__ import annotations

from typing import Final

from tests.cgo.replay import Case
from tests.cgo.variants.projects import ARM, ARM64, ASKS, MOD, MUL, NET, PUTS, STATIC, case, go, library, twice_library

CASES: Final[tuple[Case, ...]] = (
    case("no-pkg-config", "pkgconfig-missing", ASKS, env={"PKG_CONFIG": "pkgconf-9"}, proof=""),
    case("no-pkg-config-path", "pkgconfig-missing", ASKS, env={"PKG_CONFIG": "/opt/none/pkg-config"}, proof=""),
    case("no-package", "pkgconfig-package-missing", ASKS, proof=""),
    case("package-below", "pkgconfig-package-missing", ASKS, setup=library("{W}/src/third"), expect=""),
    case(
        "too-old-package",
        "pkgconfig-package-missing",
        ASKS,
        setup=library("{W}/pfx")
        + " && cd {W}/pfx/lib/pkgconfig && echo 'Requires: deep >= 9' >> bar.pc && printf 'Name: deep\\nDescription: deep\\nVersion: 1\\n' > deep.pc",
        env={"PKG_CONFIG_PATH": "{W}/pfx/lib/pkgconfig"},
        proof="",
    ),
    case(
        "required-package",
        "pkgconfig-package-missing",
        ASKS,
        setup=library("{W}/pfx") + " && echo 'Requires: deepdep' >> {W}/pfx/lib/pkgconfig/bar.pc",
        env={"PKG_CONFIG_PATH": "{W}/pfx/lib/pkgconfig"},
        proof="",
    ),
    case(
        "zstd-for-arm64",
        "pkgconfig-host-leak",
        go("#cgo pkg-config: libzstd\n#include <zstd.h>", "C.ZSTD_VERSION_MAJOR"),
        env=ARM64,
        log_also=("library-missing",),
        proof="",
    ),
    case(
        "macro-for-arm",
        "pkgconfig-host-leak",
        go("#cgo pkg-config: abi", "C.ABI_WORD"),
        setup="mkdir {W}/pc && printf 'Name: abi\\nDescription: abi\\nVersion: 1\\nCflags: -DABI_WORD=64\\n' > {W}/pc/abi.pc",
        env={**ARM, "PKG_CONFIG_PATH": "{W}/pc"},
        silent=True,
        proof="",
    ),
    case(
        "bar-for-arm64",
        "pkgconfig-host-leak",
        ASKS,
        setup=library("{W}/pfx"),
        env={**ARM64, "PKG_CONFIG_PATH": "{W}/pfx/lib/pkgconfig"},
        also=("library-wrong-arch",),
        proof="",
    ),
    case(
        "twice",
        "pkgconfig-double-sysroot",
        ASKS,
        setup=twice_library("{W}/sr/usr", "aarch64-linux-gnu-gcc"),
        env={**ARM64, "PKG_CONFIG_LIBDIR": "{W}/sr/usr/lib/pkgconfig", "PKG_CONFIG_SYSROOT_DIR": "{W}/sr"},
        also=("header-missing",),
    ),
    case(
        "twice-here",
        "pkgconfig-double-sysroot",
        ASKS,
        setup=twice_library("{W}/sr/usr"),
        env={"PKG_CONFIG_LIBDIR": "{W}/sr/usr/lib/pkgconfig", "PKG_CONFIG_SYSROOT_DIR": "{W}/sr"},
        also=("header-missing",),
    ),
    case(
        "private-libs",
        "pkgconfig-static-missing",
        {**ASKS, "c/bar.txt": "int deep(void); int bar(void) { return deep(); }\n"},
        STATIC,
        setup=library("{W}/pfx")
        + " && printf 'int deep(void){return 42;}' > {W}/d.c && gcc -c {W}/d.c -o {W}/d.o && ar rcs {W}/pfx/lib/libdeep.a {W}/d.o && gcc -shared -o {W}/pfx/lib/libbar.so {W}/pfx/lib/bar.o {W}/d.o && echo 'Libs.private: -ldeep' >> {W}/pfx/lib/pkgconfig/bar.pc",
        env={"PKG_CONFIG_PATH": "{W}/pfx/lib/pkgconfig"},
        also=("symbol-undefined",),
    ),
    case(
        "private-libs-clang",
        "pkgconfig-static-missing",
        {**ASKS, "c/bar.txt": "int deep(void); int bar(void) { return deep(); }\n"},
        STATIC,
        setup=library("{W}/pfx")
        + " && printf 'int deep(void){return 42;}' > {W}/d.c && gcc -c {W}/d.c -o {W}/d.o && ar rcs {W}/pfx/lib/libdeep.a {W}/d.o && gcc -shared -o {W}/pfx/lib/libbar.so {W}/pfx/lib/bar.o {W}/d.o && echo 'Libs.private: -ldeep' >> {W}/pfx/lib/pkgconfig/bar.pc",
        env={"CC": "clang", "PKG_CONFIG_PATH": "{W}/pfx/lib/pkgconfig"},
        also=("symbol-undefined",),
    ),
    case("cflag", "flag-not-allowed", go("#cgo CFLAGS: -fplugin=x.so", "C.int(1)"), proof=""),
    case("ldflag", "flag-not-allowed", go("#cgo LDFLAGS: -Wl,--no-warnings", "C.int(1)"), proof=""),
    case(
        "pc-flag",
        "flag-not-allowed",
        ASKS,
        setup=library("{W}/pfx", flags="-fexcess-precision=fast"),
        env={"PKG_CONFIG_PATH": "{W}/pfx/lib/pkgconfig"},
    ),
    case("quoted-define", "flags-bad-quotes", MUL, env={"CGO_CFLAGS": "-O2 -DNAME='two words'"}),
    case("quoted-ldflags", "flags-bad-quotes", MUL, env={"CGO_LDFLAGS": '-Wl,-rpath,"/opt/my libs"'}),
    case("open-quote", "flags-bad-quotes", PUTS, env={"CGO_CFLAGS": "'-O2 -g"}),
    case("ldflags-static", "static-flag-misplaced", MUL, "go build -ldflags '-s -w -static' -o {W}/o ."),
    case("ldflags-static-2", "static-flag-misplaced", NET, "CGO_ENABLED=1 go build -ldflags=-static -o {W}/o ."),
    case(
        "cc-for-target",
        "cc-for-target-ignored",
        PUTS,
        env={"GOARCH": "arm64", "CGO_ENABLED": "1", "CC_FOR_TARGET": "aarch64-linux-gnu-gcc"},
        also=("compiler-wrong-target",),
    ),
    case(
        "cc-for-arm",
        "cc-for-target-ignored",
        MUL,
        env={"GOARCH": "arm", "CGO_ENABLED": "1", "CC_FOR_linux_arm": "arm-linux-gnueabihf-gcc"},
        also=("compiler-wrong-target",),
    ),
    case(
        "vendored-header",
        "vendor-drops-c-files",
        {
            "go.mod": MOD + "\nrequire example.com/img v0.0.0\n\nreplace example.com/img => ./img\n",
            "main.go": 'package main\n\nimport "example.com/img"\n\nfunc main() { println("OK", img.V()) }\n',
            "img/go.mod": "module example.com/img\n\ngo 1.21\n",
            "img/img.go": 'package img\n\n// #include "csrc/img.h"\nimport "C"\n\nfunc V() int { return int(C.img_v()) }\n',
            "img/csrc/img.h": "static int img_v(void) { return 42; }\n",
        },
        "go build -mod=vendor -o {W}/o .",
        setup="go mod vendor",
    ),
)
