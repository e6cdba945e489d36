"""The small shell program that stands between go and ``zig cc``: the target first, then the caller's arguments in zig's own words.

What it says differently, says another way or leaves out is in :data:`WORDS` and :data:`CPUS`, each with its reason; tests ask the real zig for
every argument that cmd/go lets a package have (``validCompilerFlags`` and ``validLinkerFlags`` of cmd/go/internal/work/security.go) and that
cmd/link writes. Everything else is passed on, so that zig itself refuses what it cannot do.
"""

from __future__ import annotations

import shlex
from typing import Final

WORDS: Final = (
    ("-Wl,--enable-auto-import", "", "lld always does this; zig refuses to be told"),
    ("-Wl,--warn-unresolved-symbols", "-Wl,-z,undefs", "what is missing is looked for at the start of the program"),
    ("-Wl,--unresolved-symbols=*", "-Wl,-z,undefs", "the same"),
    ("-Wl,-unresolved-symbols=*", "-Wl,-z,undefs", "the same"),
    ("-Wl,--warn-*", "", "only a warning"),
    ("-Wl,--no-warn-*", "", "only a warning"),
    ("-Wl,--no-allow-multiple-definition", "", "lld's default"),
    ("-Wl,-berok", "", "for AIX alone"),
    ("-Wl,--static", "-Wl,-static", "the other spelling"),
    ("-Wl,-flat_namespace", "-flat_namespace", "zig's driver takes it without the detour"),
    ("-Wl,-Bsymbolic-functions", "-Wl,-Bsymbolic", "zig has the wider one only"),
    ("-Wl,-R,*", '-Wl,-rpath,"${1#-Wl,-R,}"', "the long name"),
    ("-Wl,-R", "-Wl,-rpath", "the long name; its folder is the next argument"),
    ("-Wl,-R*", '-Wl,-rpath,"${1#-Wl,-R}"', "the long name"),
    ("-Wp,-D*", '"${1#-Wp,}"', "zig's driver takes it without the detour"),
    ("-Wp,-U*", '"${1#-Wp,}"', "the same"),
    ("-mtune=*", "", "zig 0.17 takes it for -mcpu, and the program then needs that CPU"),
    ("-fno-canonical-system-headers", "", "only gcc knows it; it shortens names in messages"),
    ("-fkeep-inline-dllexport", "", "only gcc knows it; clang always does"),
    ("-fno-keep-inline-dllexport", "", "only gcc knows it; it saves space"),
    ("-mthumb-interwork", "", "every CPU since ARMv5 does"),
    ("-mzarch", "", "every s390x does"),
    ("-mabi=lp64", "", "the only ABI for arm64 on Linux"),
)
"""Shell pattern → what stands for it (empty: left out), why. The first that matches counts; ``$1`` is the argument."""
CPUS: Final = {
    "aarch64": (
        ("armv8-a*", 'generic"${cpu#armv8-a}"'),
        ("armv8.[1-9]-a*", 'generic+v8_"${cpu#armv8.}" cpu="${cpu%-a*}a${cpu##*-a}"'),
    ),
    "arm": (("armv5*", "arm926ej_s"), ("armv6*", "arm1176jzf_s"), ("armv7*", "generic+v7a")),
    "riscv64": (("rv64gc", "baseline_rv64"), ("rv64imafdc", "baseline_rv64")),
    "powerpc64le": (("power*pc64le", "ppc64le"), ("power*", 'pwr"${cpu#power}"')),
    "loongarch64": (("loongarch64", "generic_la64+d"),),
}
"""First word of zig's target → names of CPUs as GNU's tools write them (shell patterns), and zig's name."""
LENIENT: Final = ("implicit-function-declaration", "implicit-int", "int-conversion", "incompatible-function-pointer-types")
"""Errors of clang since 16 that are warnings for gcc before 14: old C that builds elsewhere builds here, with the warning."""
STATES: Final = {
    "needed": ("--as-needed", "--no-as-needed"),
    "whole": ("--no-whole-archive", "--whole-archive"),
    "kind": ("-Bdynamic", "-Bstatic"),
}
"""What ``--push-state`` keeps and ``--pop-state`` brings back, zig's default first; zig knows neither of the two."""
_NOTHING: Final = "''"
_CUTS: Final = {"needed": "top%%:*", "whole": "whole_", "kind": "top##*:"}
"""How the shell cuts a state out of the three that were kept."""
FORGOTTEN: Final = (
    "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "OBJC_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX", "SDKROOT",
)  # fmt: skip
"""Variables that would show the compiler this machine's headers and libraries (gcc(1), Environment)."""


def text(zig: str, mode: str, target: str, more: tuple[str, ...] = (), *, cpu: str = "", cxx: str = "") -> str:
    """A POSIX shell program for CC (``mode`` is ``cc``) or CXX (``c++``) with one target and ``more`` arguments before the caller's.

    ``cpu`` is the target's first word, where ``target`` itself is put in later; ``cxx`` stands for ``-lstdc++``.
    """
    words = "".join(f"    {pattern}) as={said or _NOTHING} ;;\n" for pattern, said, _ in WORDS)
    cpus = "".join(f"        {pattern}) cpu={said} ;;\n" for pattern, said in CPUS.get(cpu or target.partition("-")[0], ()))
    if cxx:
        words += f"    -lstdc++) as={shlex.quote(cxx)} ;;\n    -lgcc_s|-lgcc_eh|-static-libstdc++) as='' ;;\n"
    states = "".join(f"    -Wl,{word}) {name}={word} ;;\n" for name, words in STATES.items() for word in words)
    back = "".join(
        f'      [ "${name}" = "${{{cut}}}" ] || as=$as,${{{cut}}} {name}=${{{cut}}}\n' for name, cut in _CUTS.items()
    )
    extra = "".join(f" {shlex.quote(word)}" for word in more)
    lenient = "".join(f" -Wno-error={name}" for name in LENIENT) if mode == "cc" else ""
    return f"""#!/bin/sh
# zig {mode} for {target}, as go calls it. Made by `gomend cgo build`; it is made again when it is needed.
unset {" ".join(FORGOTTEN)}
{" ".join(f"{name}={words[0]}" for name, words in STATES.items())} stack='' as=''

# $as becomes what zig is told for $1; empty: nothing.
say() {{
  as=$1
  case $1 in
{words}{states}    -Wl,--push-state) stack="$needed:$whole:$kind|$stack" as='' ;;
    -Wl,--pop-state)
      [ -n "$stack" ] || stack="$needed:$whole:$kind|"
      top=${{stack%%|*}} stack=${{stack#*|}} as=-Wl
      whole_=${{top#*:}} whole_=${{whole_%:*}}
{back}      [ "$as" != -Wl ] || as='' ;;
    -march=*|-mcpu=*)
      cpu=${{1#-m*=}}
      case $cpu in
{cpus}        native) ;;
      esac
      while case $cpu in *-*) ;; *) false ;; esac; do cpu=${{cpu%%-*}}_${{cpu#*-}}; done
      as=-mcpu=$cpu ;;
  esac
}}

n=$#
list=''
while [ "$n" -gt 0 ]; do
  case $1 in
    @*) # a file of arguments, one quoted in each line, as cmd/link writes it
      list=$(mktemp) || exit 1
      while IFS= read -r line || [ -n "$line" ]; do
        case $line in \\"*\\") line=${{line#?}} line=${{line%?}} ;; esac
        say "$line"
        [ -z "$as" ] || printf '"%s"\\n' "$as" >> "$list"
      done < "${{1#@}}"
      as=@$list ;;
    *) say "$1" ;;
  esac
  [ -z "$as" ] || set -- "$@" "$as"
  shift
  n=$((n - 1))
done
set -- {shlex.quote(zig)} {mode} -target {target} -fno-sanitize=undefined{lenient}{extra} "$@"
[ -n "$list" ] || exec "$@"
"$@"
code=$?
rm -f "$list"
exit "$code"
"""


def archiver(zig: str) -> str:
    """A shell program for AR, which go takes as one path."""
    return f'#!/bin/sh\n# zig ar. Made by `gomend cgo build`.\nexec {shlex.quote(zig)} ar "$@"\n'
