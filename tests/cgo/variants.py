"""Failures of every cause with more than one project, compiler, linker and target; and builds that are healthy.

Each is really made by the real tools. Cases with ``{ZIG}`` are slow and run in ``make test-full``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.cgo.replay import Case

MOD: Final = "module example.com/shop\n\ngo 1.21\n"
BUILD: Final = "go build -o {W}/o ."
ARM64: Final = {"GOARCH": "arm64", "CGO_ENABLED": "1", "CC": "aarch64-linux-gnu-gcc"}
ARM: Final = {"GOARCH": "arm", "GOARM": "7", "CGO_ENABLED": "1", "CC": "arm-linux-gnueabihf-gcc"}
STATIC: Final = "go build -ldflags '-linkmode external -extldflags -static' -o {W}/o ."


OFF: Final = ("cgo-auto-disabled", "cgo-off-in-cross-build", "cgo-off-drops-symbol")
"""Why cgo is off, only the machine knows."""


def go(preamble: str, call: str, *imports: str, more: str = "") -> dict[str, str]:
    """A program whose preamble is C, and that prints OK and a value."""
    named = "".join(f'import "{name}"\n' for name in imports)
    text = f'package main\n\n/*\n{preamble}\n*/\nimport "C"\n{named}\n{more}func main() {{ println("OK", {call}) }}\n'
    return {"go.mod": MOD, "main.go": text}


PURE: Final = {"go.mod": MOD, "main.go": 'package main\n\nfunc main() { println("OK") }\n'}
MUL: Final = go("static int mul(int a, int b) { return a * b; }", "C.mul(6, 7)")
PUTS: Final = go('#include <stdio.h>\nstatic int say(void) { return puts("hello"); }', "C.say()")
NET: Final = {
    "go.mod": MOD,
    "main.go": 'package main\n\nimport "net"\n\nfunc main() {\n\ta, err := net.LookupHost("localhost")\n\tprintln("OK", len(a), err == nil)\n}\n',
}
USER: Final = {
    "go.mod": MOD,
    "main.go": 'package main\n\nimport "os/user"\n\nfunc main() {\n\tu, err := user.Lookup("root")\n\tprintln("OK", u != nil, err == nil)\n}\n',
}
CXX: Final = {
    **go("int size(void);", "C.size()"),
    "size.cpp": '#include <string>\nextern "C" int size(void) { return std::string("four").size(); }\n',
}
SPLIT: Final = {
    "go.mod": MOD,
    "main.go": 'package main\n\nimport "example.com/shop/hash"\n\nfunc main() { println("OK", hash.Sum(41)) }\n',
    "hash/hash.go": "package hash\n\nfunc Sum(n int) int { return native(n) }\n",
    "hash/native.go": 'package hash\n\n// static int inc(int n) { return n + 1; }\nimport "C"\n\nfunc native(n int) int { return int(C.inc(C.int(n))) }\n',
}
STUB: Final = {
    "go.mod": MOD,
    "main.go": 'package main\n\nimport "example.com/shop/db"\n\nfunc main() { println(db.Open()) }\n',
    "db/db.go": 'package db\n\n// static int open_(void) { return 42; }\nimport "C"\n\nfunc Open() string { return "OK" + string(rune(C.open_())) }\n',
    "db/stub.go": '//go:build !cgo\n\npackage db\n\nfunc Open() string { panic("db requires cgo to work. This is a stub") }\n',
}
PC: Final = (
    "prefix=@P@\nName: bar\nDescription: bar\nVersion: 1.2\nCflags: -I${prefix}/include @C@\nLibs: -L${prefix}/lib -lbar @L@\n"
)
ASKS: Final = {
    **go("#cgo pkg-config: bar\n#include <bar.h>", "C.bar()"),
    "pc/bar.pc.in": PC,
    "c/bar.h": "int bar(void);\n",
    "c/bar.txt": "int bar(void) { return 42; }\n",
}


def library(prefix: str, cc: str = "gcc", *, flags: str = "", libs: str = "") -> str:
    """A shell line that installs libbar with its .pc file below a prefix."""
    return (
        f"mkdir -p {prefix}/lib/pkgconfig {prefix}/include && cp c/bar.h {prefix}/include/ && "
        f"{cc} -x c -c c/bar.txt -o {prefix}/lib/bar.o && ar rcs {prefix}/lib/libbar.a {prefix}/lib/bar.o && "
        f"sed 's#@P@#{prefix}#;s#@C@#{flags}#;s#@L@#{libs}#' pc/bar.pc.in > {prefix}/lib/pkgconfig/bar.pc"
    )


def twice_library(prefix: str, cc: str = "gcc") -> str:
    """As :func:`library`, with a .pc file that names the sysroot although its prefix has it."""
    return (
        library(prefix, cc)
        + f" && sed -i 's#-I#-I${{pc_sysrootdir}}#;s#-L#-L${{pc_sysrootdir}}#' {prefix}/lib/pkgconfig/bar.pc"
    )


def archive(name: str, text: str, cc: str = "gcc", flags: str = "") -> str:
    """A shell line that makes a static library in the project."""
    return f"printf '%s' '{text}' > {{W}}/{name}.c && {cc} {flags} -c {{W}}/{name}.c -o {{W}}/{name}.o && ar rcs lib{name}.a {{W}}/{name}.o"


def linked(name: str, call: str | None = None) -> dict[str, str]:
    """A program that links lib{name}.a of the project."""
    return go(f"#cgo LDFLAGS: -L${{SRCDIR}} -l{name}\nint {name}(void);", f"C.{call or name}()")


def case(id_: str, cause: str, files: Mapping[str, str], cmd: str = BUILD, **more: object) -> Case:
    """A case with the usual command."""
    return Case(id=id_, cause=cause, files=files, cmd=cmd, **more)  # type: ignore[arg-type]


CASES: Final[tuple[Case, ...]] = (
    # compilers
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
    # sysroots
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
    # headers
    case("gcc-header", "header-missing", go("#include <nothere/api.h>", "C.int(1)"), proof=""),
    case("clang-header", "header-missing", go("#include <nothere.h>", "C.int(1)"), env={"CC": "clang"}, proof=""),
    case("arm64-header", "header-missing", go('#include "nothere/zstd.h"', "C.int(1)"), env=ARM64, proof=""),
    case(
        "c-file-header",
        "header-missing",
        {**go("int f(void);", "C.f()"), "f.c": '#include "missing.h"\nint f(void) { return 1; }\n'},
        proof="",
    ),
    case(
        "header-below",
        "header-missing",
        {**go("#include <deep.h>\n#include <stdio.h>", "C.DEEP"), "third/include/deep.h": "#define DEEP 42\n"},
    ),
    case("backtrace", "glibc-only-header", go("#include <execinfo.h>", "C.int(1)"), env={"CC": "musl-gcc"}),
    case("argp", "glibc-only-header", go("#include <argp.h>\n#include <stdlib.h>", "C.int(1)"), env={"CC": "musl-gcc"}),
    case("kernel-if", "musl-kernel-headers", go("#include <linux/if_link.h>", "C.int(1)"), env={"CC": "musl-gcc"}),
    case(
        "kernel-fs", "musl-kernel-headers", go("#include <stdio.h>\n#include <linux/fs.h>", "C.int(1)"), env={"CC": "musl-gcc"}
    ),
    case("cxx-musl", "musl-without-cxx", CXX, env={"CC": "musl-gcc", "CXX": "musl-gcc"}),
    case(
        "cxx-musl-h",
        "musl-without-cxx",
        {**go("int one(void);", "C.one()"), "one.cc": '#include <iostream>\nextern "C" int one(void) { return 1; }\n'},
        env={"CC": "musl-gcc", "CXX": "musl-gcc"},
    ),
    case(
        "off64",
        "musl-lfs64",
        go("#include <sys/types.h>\nstatic int f(void) { off64_t x = 1; return x; }", "C.f()"),
        env={"CC": "musl-gcc"},
        proof="",
    ),
    case(
        "loff-c",
        "musl-lfs64",
        {
            **go("int f(void);", "C.f()"),
            "f.c": '#include <sys/stat.h>\nint f(void) { struct stat64 s; return stat64("/", &s); }\n',
        },
        env={"CC": "musl-gcc"},
        proof="",
    ),
    case("local-include", "host-include-leak", MUL, env={**ARM64, "CGO_CFLAGS": "-I/usr/local/include"}, silent=True),
    case(
        "usr-include-arm",
        "host-include-leak",
        PUTS,
        env={**ARM, "CGO_CFLAGS": "-isystem/usr/include -I/usr/include/x86_64-linux-gnu"},
        log_also=("multilib-missing", "header-missing"),
    ),
    # C code
    case("no-such-c-name", "c-name-undeclared", go("#include <math.h>", "C.cosine(1)"), proof=""),
    case(
        "no-such-struct",
        "c-name-undeclared",
        go("#include <stdio.h>", "C.sizeof_struct_nothing"),
        env={"CC": "clang"},
        proof="",
    ),
    case(
        "exported-body",
        "export-preamble-definition",
        go("int twice(int n) { return 2 * n; }", "C.twice(21)", more="//export Hook\nfunc Hook() {}\n\n"),
        proof="",
    ),
    case(
        "exported-var",
        "export-preamble-definition",
        go("int counter = 7;", "C.counter", more="//export Tick\nfunc Tick() {}\n\n"),
        env={"CC": "clang"},
        proof="",
    ),
    case(
        "clang-implicit",
        "implicit-declaration",
        go("static int f(void) { return helper(1); }", "C.f()"),
        env={"CC": "clang", "CGO_CFLAGS": "-O2 -Werror=implicit-function-declaration"},
        proof="",
    ),
    case(
        "gcc-implicit-c",
        "implicit-declaration",
        {**go("int f(void);", "C.f()"), "f.c": "int f(void) { return g(1); }\n", "g.c": "int g(int n) { return n; }\n"},
        env={"CGO_CFLAGS": "-O2 -Werror=implicit-function-declaration"},
    ),
    case("syntax-gcc", "preamble-error", go("static int f(void) { return 1 }", "C.f()"), proof=""),
    case("syntax-clang", "preamble-error", go("static int f(voi d) { return 1; }", "C.f()"), env={"CC": "clang"}, proof=""),
    case(
        "error-in-c",
        "preamble-error",
        {**go("int f(void);", "C.f()"), "f.c": "int f(void) { strange x; return 1; }\n"},
        proof="",
    ),
    case("hash-error", "preamble-error", go("#error only for windows\nstatic int f(void) { return 1; }", "C.f()"), proof=""),
    # libraries
    case("gcc-library", "library-missing", go("#cgo LDFLAGS: -lnothere", "C.int(1)"), proof=""),
    case(
        "lld-library",
        "library-missing",
        go("#cgo LDFLAGS: -lnothere -fuse-ld=lld", "C.int(1)"),
        env={"CC": "clang", "CGO_LDFLAGS_ALLOW": "-fuse-ld=.*"},
        proof="",
    ),
    case(
        "gold-library",
        "library-missing",
        go("#cgo LDFLAGS: -lnothere", "C.int(1)"),
        env={"CGO_LDFLAGS": "-fuse-ld=gold"},
        proof="",
    ),
    case(
        "mold-library",
        "library-missing",
        go("#cgo LDFLAGS: -lnothere", "C.int(1)"),
        env={"CGO_LDFLAGS": "-fuse-ld=mold"},
        proof="",
    ),
    case(
        "library-below",
        "library-missing",
        go("#cgo LDFLAGS: -lown\nint own(void);", "C.own()"),
        setup="mkdir third && cd third && " + archive("own", "int own(void) { return 42; }"),
    ),
    case("arm64-library", "library-missing", go("#cgo LDFLAGS: -lzstd", "C.int(1)"), env=ARM64, proof=""),
    case(
        "so-for-arm64",
        "library-wrong-arch",
        linked("sens"),
        setup="printf 'int sens(void){return 1;}' > {W}/s.c && aarch64-linux-gnu-gcc -shared -fPIC {W}/s.c -o libsens.so",
        proof="",
    ),
    case(
        "a-for-arm64-lld",
        "library-wrong-arch",
        linked("sens"),
        setup=archive("sens", "int sens(void){return 1;}", "aarch64-linux-gnu-gcc"),
        env={"CC": "clang", "CGO_LDFLAGS": "-fuse-ld=lld"},
        proof="",
    ),
    case(
        "a-for-arm-mold",
        "library-wrong-arch",
        linked("sens"),
        setup=archive("sens", "int sens(void){return 1;}", "arm-linux-gnueabihf-gcc"),
        env={"CGO_LDFLAGS": "-fuse-ld=mold"},
        proof="",
    ),
    case(
        "object-for-here",
        "library-wrong-arch",
        go("#cgo LDFLAGS: ${SRCDIR}/blob.o\nint blob(void);", "C.blob()"),
        setup="printf 'int blob(void){return 1;}' > {W}/b.c && gcc -c {W}/b.c -o blob.o",
        env=ARM64,
        proof="",
    ),
    case("gcc-symbol", "symbol-undefined", go("double vendor_init(void);", "C.vendor_init() > 0"), proof=""),
    case(
        "lld-symbol",
        "symbol-undefined",
        go("int vendor_init(void);", "C.vendor_init()"),
        env={"CC": "clang", "CGO_LDFLAGS": "-fuse-ld=lld"},
        proof="",
    ),
    case(
        "mold-symbol",
        "symbol-undefined",
        go("int vendor_init(void);", "C.vendor_init()"),
        env={"CGO_LDFLAGS": "-fuse-ld=mold"},
        proof="",
    ),
    case(
        "gold-symbol",
        "symbol-undefined",
        go("int vendor_init(void);", "C.vendor_init()"),
        env={"CGO_LDFLAGS": "-fuse-ld=gold"},
        proof="",
    ),
    case(
        "mangled",
        "symbol-undefined",
        {**go("int size(void);", "C.size()"), "size.cpp": "int size(void) { return 4; }\n"},
        proof="",
    ),
    case("libm", "symbol-undefined", go("double frexpq(double);", "C.frexpq(2)"), env=ARM64, proof=""),
    case(
        "not-pic-pie",
        "archive-not-pic",
        linked("np"),
        "go build -buildmode=pie -o {W}/o .",
        setup=archive("np", "extern int w; int w = 2; long np(void) { return (long)&w; }", flags="-O0 -fno-pic -no-pie"),
    ),
    case(
        "not-pic-shared",
        "archive-not-pic",
        linked("np"),
        "go build -buildmode=c-shared -o {W}/o.so .",
        setup=archive("np", "extern int w; int w = 2; long np(void) { return (long)&w; }", flags="-O0 -fno-pic -no-pie"),
        proof="",
    ),
    case(
        "fortify-musl",
        "archive-needs-glibc",
        go("#cgo LDFLAGS: -L${SRCDIR} -lfy\nint fy(void);", "C.fy()"),
        setup=archive(
            "fy",
            '#include <stdio.h>\nint fy(void) { char b[9]; return snprintf(b, 9, "%d", getpid()); }',
            flags="-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -w",
        ),
        env={"CC": "musl-gcc"},
    ),
    case(
        "ctype-musl",
        "archive-needs-glibc",
        linked("ct"),
        setup=archive("ct", "#include <execinfo.h>\nint ct(void) { void* b[4]; return backtrace(b, 4) >= 0; }", flags="-O0 -w"),
        env={"CC": "musl-gcc"},
    ),
    case(
        "isoc23",
        "archive-needs-newer-glibc",
        linked("nw"),
        setup=archive(
            "nw", 'long __isoc23_strtol(const char*, char**, int); int nw(void) { return __isoc23_strtol("7", 0, 0); }'
        ),
        proof="",
    ),
    case(
        "isoc23-lld",
        "archive-needs-newer-glibc",
        linked("nw"),
        setup=archive(
            "nw",
            'unsigned long __isoc23_strtoul(const char*, char**, int); int nw(void) { return __isoc23_strtoul("7", 0, 0); }',
        ),
        env={"CC": "clang", "CGO_LDFLAGS": "-fuse-ld=lld"},
        proof="",
    ),
    # pkg-config
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
    # flags
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
    # running
    case("musl-arm64-loader", "interpreter-missing", MUL, "go build -o {W}/o . && qemu-aarch64 {W}/o", env=ARM64),
    case(
        "chroot-user",
        "interpreter-missing",
        USER,
        "go build -o {W}/app . && mkdir -p {W}/root && cp {W}/app {W}/root/ && chroot {W}/root /app",
    ),
    case(
        "other-loader",
        "interpreter-missing",
        PUTS,
        "go build -ldflags '-linkmode external -extldflags \"-Wl,--dynamic-linker=/lib64/ld-old.so.2\"' -o {W}/o . && {W}/o",
    ),
    case(
        "lib-not-found",
        "shared-library-missing",
        linked("dyn"),
        "go build -o {W}/o . && {W}/o",
        setup="printf 'int dyn(void){return 42;}' > {W}/d.c && gcc -shared -fPIC {W}/d.c -o libdyn.so",
    ),
    case(
        "lib-not-found-arm64",
        "shared-library-missing",
        linked("dyn"),
        "go build -o {W}/o . && qemu-aarch64 -L /usr/aarch64-linux-gnu {W}/o",
        setup="printf 'int dyn(void){return 42;}' > {W}/d.c && aarch64-linux-gnu-gcc -shared -fPIC {W}/d.c -o libdyn.so",
        env=ARM64,
        proof="",
    ),
    case(
        "glibc-from-the-future",
        "glibc-too-new",
        go("#cgo LDFLAGS: -L${SRCDIR} -lfuture\nint future(void);", "C.future()"),
        "go build -o {W}/o . && {W}/o",
        setup="printf 'int future(void){return 1;}' > {W}/f.c && printf 'GLIBC_2.99 { future; };' > {W}/v.map && "
        "gcc -shared -fPIC -nostdlib -Wl,-soname,libm.so.6 -Wl,--version-script={W}/v.map {W}/f.c -o libfuture.so",
        proof="",
    ),
    case("static-user", "static-glibc-nss", USER, STATIC),
    case(
        "static-getaddrinfo",
        "static-glibc-nss",
        go(
            '#include <netdb.h>\nstatic int f(void) { struct addrinfo* r; return getaddrinfo("localhost", 0, 0, &r); }', "C.f()"
        ),
        STATIC,
        proof="",
    ),
    case(
        "static-dlopen",
        "static-glibc-dlopen",
        go(
            '#cgo LDFLAGS: -ldl\n#include <dlfcn.h>\nstatic int f(void) { return dlopen("libm.so.6", RTLD_NOW) != 0; }', "C.f()"
        ),
        STATIC,
        expect="",
    ),
    case(
        "static-plugin",
        "static-glibc-dlopen",
        {
            "go.mod": MOD,
            "main.go": 'package main\n\nimport "plugin"\n\nfunc main() {\n\t_, err := plugin.Open("x.so")\n\tprintln("OK", err != nil)\n}\n',
        },
        STATIC,
    ),
    case(
        "static-ignored-net",
        "static-flag-ignored",
        NET,
        "go build -ldflags '-s -w -extldflags \"-static\"' -o {W}/o .",
        silent=True,
        proof=None,
    ),
    case(
        "static-ignored-user",
        "static-flag-ignored",
        USER,
        "go build -tags x -ldflags=-extldflags=-static -o {W}/o .",
        silent=True,
    ),
    case("pie-goflags", "pie-static-conflict", MUL, STATIC, env={"GOFLAGS": "-buildvcs=false -buildmode=pie"}, silent=True),
    case(
        "pie-static-net",
        "pie-static-conflict",
        PUTS,
        "go build -buildmode pie -ldflags '-linkmode=external -extldflags=-static' -o {W}/o .",
        silent=True,
    ),
    case("pie-without-cgo", "dynamic-without-cgo", PURE, "CGO_ENABLED=0 go build -buildmode=pie -o {W}/o .", silent=True),
    case(
        "pie-in-chroot",
        "dynamic-without-cgo",
        USER,
        "go build -buildmode=pie -o {W}/o . && mkdir -p {W}/r && cp {W}/o {W}/r/ && chroot {W}/r /o",
        env={"CGO_ENABLED": "0"},
        silent=True,
    ),
    case("arm-here", "binary-wrong-cpu", MUL, "go build -o {W}/o . && {W}/o", env=ARM),
    case("exe-here", "binary-wrong-cpu", PURE, "GOOS=darwin GOARCH=arm64 go build -o {W}/o . && {W}/o"),
    case(
        "test-arm64",
        "binary-wrong-cpu",
        {**MUL, "main_test.go": 'package main\n\nimport "testing"\n\nfunc TestNothing(t *testing.T) {}\n'},
        "go test ./...",
        env=ARM64,
        proof="",
    ),
    case("v3-on-old", "cpu-level-too-new", PURE, "GOAMD64=v3 go build -o {W}/o . && qemu-x86_64 -cpu qemu64 {W}/o"),
    case(
        "v4-on-old",
        "cpu-level-too-new",
        MUL,
        "go build -o {W}/o . && qemu-x86_64-static -cpu Nehalem {W}/o",
        env={"GOAMD64": "v4"},
    ),
    # go's build cache
    case(
        "stale-pc-flags",
        "pkgconfig-stale-cache",
        ASKS | {"main.go": ASKS["main.go"].replace("C.bar()", "C.WORD")},
        BUILD,
        setup="mkdir -p {W}/pfx/lib/pkgconfig && printf 'Name: bar\\nDescription: b\\nVersion: 1\\nCflags: -DWORD=1 -I{W}/src/c\\n' > {W}/pfx/lib/pkgconfig/bar.pc && PKG_CONFIG_PATH={W}/pfx/lib/pkgconfig go build -o {W}/o . && sed -i s/WORD=1/WORD=2/ {W}/pfx/lib/pkgconfig/bar.pc",
        env={"PKG_CONFIG_PATH": "{W}/pfx/lib/pkgconfig"},
        silent=True,
        proof="go build -o {W}/o . && {W}/o",
        expect="OK 2",
    ),
    case(
        "stale-pc-environment",
        "pkgconfig-stale-cache",
        ASKS | {"main.go": ASKS["main.go"].replace("C.bar()", "C.WORD")},
        "go build -o {W}/o . && {W}/o",
        setup='for n in 1 2; do mkdir -p {W}/$n && printf "Name: bar\\nDescription: b\\nVersion: 1\\nCflags: -DWORD=$n -I{W}/src/c\\n" > {W}/$n/bar.pc; done && PKG_CONFIG_PATH={W}/1 go build -o {W}/o .',
        env={"PKG_CONFIG_PATH": "{W}/2"},
        silent=True,
        proof="go build -o {W}/o . && {W}/o",
        expect="OK 2",
    ),
    case(
        "stale-header",
        "header-stale-cache",
        go("#cgo CFLAGS: -I${SRCDIR}/../sdk\n#include <level.h>", "C.LEVEL"),
        "go build -o {W}/o . && {W}/o",
        setup="mkdir {W}/sdk && echo '#define LEVEL 1' > {W}/sdk/level.h && go build -o {W}/o . && echo '#define LEVEL 2' > {W}/sdk/level.h",
        silent=True,
        proof="go build -o {W}/o . && {W}/o",
        expect="OK 2",
    ),
    case(
        "stale-subfolder",
        "header-stale-cache",
        {**go('#include "inc/level.h"', "C.LEVEL"), "inc/level.h": "#define LEVEL 1\n"},
        BUILD,
        setup="go build -o {W}/o . && echo '#define LEVEL 2' > inc/level.h",
        silent=True,
        proof="go build -o {W}/o . && {W}/o",
        expect="OK 2",
    ),
    case(
        "libc-script",
        "sysroot-libc-script",
        PUTS,
        env={**ARM, "CGO_LDFLAGS": "-L{W}/sr/usr/lib/arm-linux-gnueabihf"},
        setup="mkdir -p {W}/sr/usr/lib/arm-linux-gnueabihf && echo 'GROUP ( /lib/arm-linux-gnueabihf/libc.so.6 )' > {W}/sr/usr/lib/arm-linux-gnueabihf/libc.so",
    ),
    # zig
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
    case(
        "zig-cxx-mixed",
        "symbol-undefined",
        {**CXX, "main.go": CXX["main.go"].replace("int size(void);", "#cgo LDFLAGS: -lstdc++\nint size(void);")},
        env={"CC": "gcc", "CXX": "{ZIG} c++ -target x86_64-linux-gnu", "CGO_ENABLED": "1"},
        proof="",
    ),
)

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
