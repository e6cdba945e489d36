"""Pieces of the small worlds in the examples of this chapter's rules."""

from __future__ import annotations

import json
from typing import Final

from gomend.model.rule import Reply

MOD: Final = "module example.com/shop\n\ngo 1.22\n"
"""A go.mod."""
CGO: Final = '{}package main\n\n{}\nimport "C"\n\nfunc main() {{ println(C.add(2, 40)) }}\n'
"""A program that uses cgo: build constraint, preamble."""
PURE: Final = "package main\n\nfunc main() {}\n"
"""A program that does not."""


def cgo_project(preamble: str = "// static int add(int a, int b) { return a + b; }", **more: str) -> dict[str, str]:
    """Files of a module with one program that uses cgo."""
    return {"go.mod": MOD, "main.go": CGO.format("", preamble), **{k.replace("__", "."): v for k, v in more.items()}}


def pure_project() -> dict[str, str]:
    """Files of a module without cgo."""
    return {"go.mod": MOD, "main.go": PURE}


def go_env(goos: str, goarch: str, **values: str) -> dict[str, Reply]:
    """What go env answers for a cross target: without an explicit CGO_ENABLED cgo is off."""
    said = {"GOOS": goos, "GOARCH": goarch, "CC": "gcc", "CXX": "g++", "CGO_ENABLED": "0", "PKG_CONFIG": "pkg-config"}
    key = f"GOARCH={goarch} GOOS={goos} GOTOOLCHAIN=local go env -json"
    return {key: Reply(stdout=json.dumps(said | values))}


def machine(compiler: str, triple: str, crt1: str | None = None) -> dict[str, Reply]:
    """A compiler that works: its ``-dumpmachine``, and where it finds crt1.o."""
    found = crt1 if crt1 is not None else f"/usr/{triple}/lib/crt1.o"
    return {
        f"{compiler} -dumpmachine": Reply(stdout=f"{triple}\n"),
        f"{compiler} -print-file-name=crt1.o": Reply(stdout=f"{found}\n"),
    }


GCC: Final = machine("gcc", "x86_64-linux-gnu")
"""The host's gcc."""
ARM: Final = machine("aarch64-linux-gnu-gcc", "aarch64-linux-gnu")
"""A cross gcc for linux/arm64."""


def say(text: str) -> Reply:
    """A program that prints one line."""
    return Reply(stdout=f"{text}\n")
