"""Headers that are missing or of another C library, and C code that does not compile."""

from __future__ import annotations

from typing import Final

from tests.cgo.replay import Case
from tests.cgo.variants.projects import ARM, ARM64, CXX, MUL, PUTS, case, go

CASES: Final[tuple[Case, ...]] = (
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
)
