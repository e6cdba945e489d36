"""Libraries and symbols that linkers do not find or cannot use."""

from __future__ import annotations

from typing import Final

from tests.cgo.replay import Case
from tests.cgo.variants.projects import ARM64, archive, case, go, linked

CASES: Final[tuple[Case, ...]] = (
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
)
