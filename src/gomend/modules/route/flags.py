"""Flags of the go command: the words of a command line and of GOFLAGS, and which of them go refuses.

Source: cmd/go/internal/base/goflags.go, flag.Parse; the flags that ``go help`` lists.
"""

from __future__ import annotations

from typing import Final

from gomend.modules.route.errors import Halt
from gomend.modules.route.process import Process

_BUILD: Final = frozenset(
    (
        *(
            "C",
            "a",
            "n",
            "p",
            "race",
            "msan",
            "asan",
            "cover",
            "covermode",
            "coverpkg",
            "v",
            "work",
            "x",
            "asmflags",
            "buildmode",
        ),
        *(
            "buildvcs",
            "compiler",
            "gccgoflags",
            "gcflags",
            "installsuffix",
            "json",
            "ldflags",
            "linkshared",
            "mod",
            "modcacherw",
        ),
        *("modfile", "overlay", "pgo", "pkgdir", "tags", "trimpath", "toolexec"),
    )
)
_COMMON: Final = frozenset(("C", "modcacherw", "modfile", "overlay"))
_OWN: Final[dict[str, frozenset[str]]] = {
    "mod download": _COMMON | {"json", "reuse", "x"},
    "mod tidy": _COMMON | {"e", "v", "x", "diff", "go", "compat"},
    "mod why": _COMMON | {"m", "vendor"},
    "mod graph": _COMMON | {"go", "x"},
    "mod verify": _COMMON,
    "mod vendor": _COMMON | {"e", "v", "o"},
    "get": _BUILD | {"t", "u", "tool", "d", "f", "fix", "insecure"},
    "list": _BUILD | {"f", "m", "u", "versions", "retracted", "reuse", "compiled", "deps", "e", "export", "find", "test"},
    "build": _BUILD | {"o", "i"},
    "install": _BUILD | {"i"},
    "run": _BUILD | {"exec"},
}
_USAGE: Final = {
    "mod download": "[-x] [-json] [-reuse=old.json] [modules]",
    "mod tidy": "[-e] [-v] [-x] [-diff] [-go=version] [-compat=version]",
    "mod why": "[-m] [-vendor] packages...",
    "mod graph": "[-go=version] [-x]",
    "mod verify": "",
    "mod vendor": "[-e] [-v] [-o outdir]",
    "get": "[-t] [-u] [-tool] [build flags] [packages]",
    "list": "[-f format] [-json] [-m] [list flags] [build flags] [packages]",
    "build": "[-o output] [build flags] [packages]",
    "install": "[build flags] [packages]",
    "run": "[build flags] [-exec xprog] package [arguments...]",
}
_MORE: Final = frozenset(
    (
        "vettool",
        "fixtool",
        "run",
        "bench",
        "count",
        "timeout",
        "short",
        "failfast",
        "cpu",
        "parallel",
        "vet",
        "args",
        "c",
        "list",
    )
) | frozenset(
    ("cache", "testcache", "modcache", "fuzzcache", "r", "changed", "w", "fuzz", "shuffle", "skip", "benchmem", "exec")
)
_ANYWHERE: Final = _MORE.union(_BUILD, *_OWN.values())
_VALUED: Final = frozenset(
    (
        *(
            "o",
            "f",
            "tags",
            "ldflags",
            "gcflags",
            "run",
            "p",
            "C",
            "modfile",
            "go",
            "compat",
            "reuse",
            "mod",
            "overlay",
            "exec",
        ),
        *(
            "covermode",
            "coverpkg",
            "asmflags",
            "buildmode",
            "compiler",
            "gccgoflags",
            "installsuffix",
            "pgo",
            "pkgdir",
            "toolexec",
        ),
    )
)
_LATE: Final = {"diff": "tidy-diff", "tool": "get-tool"}
"""Flags that came with a change."""
_MODES: Final = frozenset(("", "mod", "readonly", "vendor"))


def flags_of(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Flags (without their dashes) and arguments."""
    flags: dict[str, str] = {}
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        name, equals, value = words[at].lstrip("-").partition("=")
        if not equals and name in _VALUED and at + 1 < len(words):
            at += 1
            value = words[at]
        flags[name] = value if equals or value else "true"
        at += 1
    return flags, words[at:]


def check(process: Process, name: str, given: dict[str, str]) -> dict[str, str]:
    """Refuse what go refuses; the flags of GOFLAGS that this command has.

    Raises:
        Halt: a flag is unknown, or -mod has another value.
    """
    outer: dict[str, str] = {}
    for word in process.env.get("GOFLAGS", "").split():
        flag, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("-") or not flag:
            process.fatal(f'go: parsing $GOFLAGS: non-flag "{word}"')
        if flag not in _ANYWHERE:
            process.fatal(f"go: parsing $GOFLAGS: unknown flag -{flag}")
        if flag in _OWN.get(name, _ANYWHERE):
            outer[flag] = value if equals else "true"
    own = _OWN.get(name)
    late = {flag for flag, change in _LATE.items() if not process.machine.does(change)}
    for flag in given:
        if own is not None and (flag not in own or flag in late):
            process.say(f"flag provided but not defined: -{flag}")
            usage = _USAGE[name].replace("[-diff] ", "") if "diff" in late else _USAGE[name]
            usage = usage.replace("[-tool]", "[-v]") if "tool" in late else usage
            process.say(f"usage: go {name} {usage}".rstrip() + f"\nRun 'go help {name}' for details.")
            raise Halt(2)
    found = outer | given
    mode = found.get("mod", "")
    if mode not in _MODES and name != "get" and not name.startswith("mod "):
        process.fatal(f"-mod={mode} not supported (can be '', 'mod', 'readonly', or 'vendor')")
    return found
