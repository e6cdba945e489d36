"""An example for every argument that cmd/go lets a package's #cgo lines have, and what zig cannot do of them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

ARM, ARM64, X86, RISCV, S390X, PPC, LOONG = (
    "arm-linux-musleabihf", "aarch64-linux-musl", "x86-linux-musl", "riscv64-linux-musl", "s390x-linux-musl", "powerpc64le-linux-musl", "loongarch64-linux-musl",
)  # fmt: skip
WINDOWS, MAC, GLIBC, MUSL = "x86_64-windows-gnu", "aarch64-macos", "x86_64-linux-gnu.2.28", "x86_64-linux-musl"

COMPILE: Final = {
    MUSL: """-DA=1|-UA|-F.|-I.|-O|-O2|-Os|-W|-Wall|-Wp,-DX=1|-Wp,-UX|-ansi|-fno-asynchronous-unwind-tables|-fno-blocks|-fno-builtin-memcpy
        |-fno-common|-fdebug-prefix-map=/a=/b|-fdiagnostics-show-note-include-stack|-ffile-prefix-map=/a=/b|-fno-canonical-system-headers
        |-fno-eliminate-unused-debug-types|-fno-exceptions|-ffast-math|-fno-inline-functions|-finput-charset=UTF-8|-fno-fat-lto-objects
        |-fno-keep-inline-dllexport|-fno-lto|-fmacro-backtrace-limit=0|-fmessage-length=0|-fno-modules|-fno-omit-frame-pointer|-fno-openmp
        |-fopenmp-simd|-fno-permissive|-fPIC|-fno-plt|-fno-rtti|-fno-split-stack|-fstack-protector-strong|-fno-stack-protector|-fno-strict-aliasing
        |-funsigned-char|-fno-use-linker-plugin|-fvisibility-inlines-hidden|-fsanitize=undefined|-fsanitize-undefined-strip-path-components=2
        |-ftemplate-depth-100|-ftls-model=initial-exec|-fvisibility=hidden|-g|-ggdb|-gdwarf-4|-m64|-march=x86-64|-march=x86-64-v3|-march=native
        |-mcpu=haswell|-mtune=generic|-mtune=intel|-mtune=skylake-avx512|-maes|-mno-vaes|-mcmodel=large|-mfpmath=sse|-mavx2|-mavx512f|-mno-ms-bitfields
        |-mstackrealign|-mno-stack-arg-probe|-msse4.2|-mssse3|-mno-sse4|-no-canonical-prefixes|--param=ssp-buffer-size=4|-pedantic-errors
        |-pipe|-pthread|--static|-std=c99|--std=gnu11|--sysroot=/|-w|-xc|-v|-mtls-dialect=gnu2|-mlarge-data-threshold=100|-msoft-float
        |-D A=1|-U A|-I .|-F .|-include stddef.h|-isystem .|-x c|-target x86_64-linux-musl|-isysroot /|--sysroot /|-stdlib=libc++|-fconstant-cfstrings""",
    X86: "-m32|-march=i686|-march=pentium4|-mtune=generic|-msse2",
    ARM: "-marm|-mthumb|-mthumb-interwork|-march=armv7-a|-march=armv6|-mcpu=cortex-a53|-mfpu=neon|-mfloat-abi=hard|-mtune=cortex-a53|-mabi=aapcs-linux",
    ARM64: "-march=armv8-a|-march=armv8-a+crc|-march=armv8.2-a+crypto|-mcpu=cortex-a72|-mcpu=neoverse-n1|-mtune=cortex-a72|-mabi=lp64|-mno-strict-align",
    RISCV: "-march=rv64gc|-mabi=lp64d|-mno-relax|-mtune=sifive-7-series|-mno-strict-align",
    S390X: "-m64|-march=z13|-march=z14",
    PPC: "-m64|-mcpu=power8|-mcpu=power9|-mtune=power8",
    LOONG: "-mabi=lp64d|-march=loongarch64|-mlsx|-mno-lasx|-mtune=la464|-mno-relax",
    WINDOWS: "-Wa,-mbig-obj|-mms-bitfields|-mnop-fun-dllimport|-mthreads|-mwindows|-fkeep-inline-dllexport",
    MAC: "-mmacosx-version-min=12.0|-arch arm64|-fobjc-arc|-fobjc-nonfragile-abi|-fobjc-legacy-dispatch|-framework Foundation"
    "|-mios-simulator-version-min=12|-miphoneos-version-min=12|-mtvos-simulator-version-min=12|-mtvos-version-min=12"
    "|-mwatchos-simulator-version-min=5|-mwatchos-version-min=5",
}  # fmt: skip
"""zig's target → arguments of the compiler."""
LINK: Final = {
    GLIBC: """-F.|-O|-lm|-L.|-O2|-fno-pie|-fPIC|-fopenmp-simd|-g|-march=x86-64|-mtune=generic|-mcmodel=small|-pie|-pthread|-rdynamic|-shared|-static-libgcc
        |-stdlib=libc++|-v|-Wl,--no-allow-multiple-definition|-Wl,--allow-multiple-definition|-Wl,--no-allow-shlib-undefined|-Wl,--as-needed
        |-Wl,-Bdynamic|-Wl,-berok|-Wl,-Bstatic|-Wl,-Bsymbolic-functions|-Wl,-O1|-Wl,-dy|-Wl,--disable-new-dtags|-Wl,-e,main|-Wl,--enable-new-dtags
        |-Wl,--end-group|-Wl,--start-group|-Wl,--export-dynamic|-Wl,-E|-Wl,--hash-style=gnu|-Wl,--no-undefined|-Wl,--pop-state|-Wl,--push-state
        |-Wl,-R,/x|-Wl,-R/x|-Wl,--just-symbols=y.o|-Wl,-rpath,/x|-Wl,-rpath-link=/x|-Wl,-s|-Wl,-static|-Wl,--static|-Wl,--unresolved-symbols=ignore-all
        |-Wl,--warn-common|-Wl,--no-warn-mismatch|-Wl,--warn-unresolved-symbols|-Wl,-wrap=malloc|-Wl,-z,relro,-z,now|-Wl,-z,noexecstack|-Wl,-z,execstack
        |y.o|./liby.a|-l m|-L .|-F .|-Wl,-rpath -Wl,/x|-Wl,-R -Wl,/x|-Wl,-z,nodelete|-Wl,-Bsymbolic|-Wl,-z,nocopyreloc|-Wl,--build-id=0x1234567890abcdef
        |-Wl,--build-id=none|-Wl,--compress-debug-sections=zlib|-no-pie|-Wl,-S|-Wl,--dynamic-linker,/lib64/x|-Wl,--no-gc-sections|-fsanitize=undefined
        |--sysroot /|-isysroot /|-target x86_64-linux-gnu.2.28|-Wl,--just-symbols -Wl,y.o|-pic|-mtls-dialect=gnu2""",
    ARM: "-mfloat-abi=hard|-marm",
    LOONG: "-mlsx|-mno-relax|-mabi=lp64d",
    RISCV: "-mno-strict-align",
    MUSL: "-static|--static|-msoft-float",
    WINDOWS: """-mthreads|-mwindows|-mconsole|-Wl,--subsystem,console|-Wl,--tsaware|-Wl,--nxcompat|-Wl,--dynamicbase|-Wl,--high-entropy-va
        |-Wl,--major-os-version=10|-Wl,--minor-os-version=0|-Wl,--major-subsystem-version=10|-Wl,--minor-subsystem-version=0
        |-Wl,--start-group -lmingwex -lmingw32 -Wl,--end-group|-Wl,--no-insert-timestamp|-lws2_32|-static""",
    MAC: """-flat_namespace|-headerpad_max_install_names|-Wl,-headerpad_max_install_names|-mmacosx-version-min=12.0|-Wl,-search_paths_first|-arch arm64
        |-Wl,-undefined,dynamic_lookup|-Wl,-undefined=dynamic_lookup|-Wl,-headerpad,1144|-Wl,-S|-Wl,-x|-Wl,-no_pie|-Wl,-flat_namespace
        |-Wl,-framework,Foundation|-framework Foundation|-Wl,-framework -Wl,Foundation|-Wl,-sectcreate,a,b,y.o|-Wl,-syslibroot,/
        |-mios-simulator-version-min=12|-miphoneos-version-min=12|-Wl,-undefined -Wl,dynamic_lookup""",
}  # fmt: skip
"""zig's target → arguments of the link, those of cmd/link among them."""


def examples(table: dict[str, str]) -> list[tuple[str, str]]:
    """(target, argument) of a table."""
    return [(target, word.strip()) for target, words in table.items() for word in words.split("|")]


def allowed(name: str) -> list[str]:
    """The regular expressions (or, of the lists of arguments with a next one, words) that the real cmd/go has under a name."""
    root = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    source = Path(root, "src/cmd/go/internal/work/security.go").read_text()
    body = source.split(f"var {name} = ", 1)[1].split("\n}", 1)[0]
    return [
        one or f"{re.escape(two)} .*|{re.escape(two)},.*"
        for one, two in re.findall(r'(?:re\(`(.*?)`\)|^\s*"(.*?)",)', body, re.MULTILINE)
    ]


REFUSED: Final = {
    "-mno-strict-align": "strict-align",
    "-mnop-fun-dllimport": "unknown clang option",
    "-framework Foundation": "unable to find system framework",
    "-Wl,-framework,Foundation": "unable to find system framework",
    "-Wl,-framework -Wl,Foundation": "unable to find system framework",
    "-mios-simulator-version-min=12": "not allowed with",
    "-miphoneos-version-min=12": "not allowed with",
    "-mtvos-simulator-version-min=12": "not allowed with",
    "-mtvos-version-min=12": "not allowed with",
    "-mwatchos-simulator-version-min=5": "not allowed with",
    "-mwatchos-version-min=5": "not allowed with",
    "-Wl,--allow-multiple-definition": "unsupported linker arg",
    "-Wl,--just-symbols=y.o": "unsupported linker arg",
    "-Wl,--just-symbols -Wl,y.o": "unsupported linker arg",
    "-Wl,-z,execstack": "unsupported linker extension flag",
    "-pic": "unknown clang option",
    "-msoft-float": "sub-compilation",
    "-Wl,--no-insert-timestamp": "unsupported linker arg",
    "-Wl,-no_pie": "unsupported linker arg",
    "-Wl,-sectcreate,a,b,y.o": "unsupported linker arg",
    "-Wl,-syslibroot,/": "unsupported linker arg",
}
"""What zig 0.17 cannot do, with its own words: the wrapper does not hide it."""
