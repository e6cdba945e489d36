"""Small projects that cases break, and shell lines that install what they need."""

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
