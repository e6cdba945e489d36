"""What ``gomend cgo build`` tells, for people and for machines."""

from __future__ import annotations

import shlex
from typing import Final

from gomend.apps.cgo.building import Made
from gomend.cgo.build import explain
from gomend.cgo.build.prove import Proof
from gomend.cgo.data import load
from gomend.model.base import Thing
from gomend.model.text import Translator, text

_WHY: Final = {
    "no-c": text("cgobuild.why.no-c", "nothing in this program is written in C"),
    "cgo-on": text("cgobuild.why.cgo-on", "go switches it off in every cross build"),
    "cc-zig": text("cgobuild.why.cc-zig", "the C compiler, with the C library of the target inside"),
    "darwin-stubs": text("cgobuild.why.darwin-stubs", "names of the libraries that Go's own packages link; other frameworks need Apple's SDK"),
    "gnu-cxx": text("cgobuild.why.gnu-cxx", "an archive of the project was made with GNU's C++ library, and zig has LLVM's"),
    "zig-flag": text("cgobuild.why.zig-flag", "the CPU (GOARM) or the C library is older than what zig takes by itself"),
    "sdk": text("cgobuild.why.sdk", "headers and libraries of the SDK that was given"),
    "no-dsymutil": text("cgobuild.why.no-dsymutil", "go calls Apple's dsymutil for debug data, and only Apple's tools have it"),
    "cc-system": text("cgobuild.why.cc-system", "the C compiler of this system for the target"),
    "pkg-config-target": text("cgobuild.why.pkg-config", "libraries of the target only, none of this machine"),
    "sysroot": text("cgobuild.why.sysroot", "libraries of the target, from packages"),
    "external": text("cgobuild.why.external", "go's own linker would pass over the flags for the C linker"),
    "static": text("cgobuild.why.static", "the C library goes into the file"),
    "static-mingw": text("cgobuild.why.static-mingw", "MinGW's own libraries go into the file; Windows has none of them"),
    "static-glibc-names": text("cgobuild.why.static-names", "a static glibc cannot load its plug-ins for names; go's own code looks them up"),
    "tag-musl": text("cgobuild.why.tag-musl", "a package has files of its own for musl"),
    "tag-library": text(
        "cgobuild.why.tag-library", "a package carries its library for other targets only, and takes the sysroot's with this tag"
    ),
    "musl-dynamic": text("cgobuild.why.musl-dynamic", "zig links musl statically unless it is told otherwise"),
    "fingerprint": text("cgobuild.why.fingerprint", "go's build cache leaves out of its keys what this number stands for"),
}  # fmt: skip
_WRONG: Final = {
    "target": text("cgobuild.wrong.target", "it is made for {found}"),
    "static": text("cgobuild.wrong.static", "it is not static: {found}"),
    "libc": text("cgobuild.wrong.libc", "it uses another C library: {found}"),
    "glibc": text("cgobuild.wrong.glibc", "it asks for glibc {found}"),
    "rpath": text("cgobuild.wrong.rpath", "it has a run path: {found}"),
    "needed-path": text("cgobuild.wrong.needed-path", "it asks for a library by a path of this machine: {found}"),
    "starts": text("cgobuild.wrong.starts", "it does not start ({found})"),
}
_TOOLCHAIN: Final = text("cgobuild.toolchain", "toolchain")
_PROVED: Final = text("cgobuild.proved", "Proved: {output}")
_FAILED: Final = text("cgobuild.failed", "The build failed (exit {exit}); nothing was written.")
_TOO_NEW: Final = text(
    "cgobuild.too-new",
    "{symbol} came with glibc {version}: the code asks for a newer one than {floor}. Ask for --libc glibc:{version}.",
)
_NOT_PROVED: Final = text("cgobuild.not-proved", "Not proved, and not put in place: {what}")
_STATIC: Final = text("cgobuild.is-static", "static: no interpreter, no libraries")
_NEEDS: Final = text("cgobuild.needs", "needs {needed}")
_FLOOR: Final = text("cgobuild.floor", "starts with glibc {version} and newer")
_RAN: Final = text("cgobuild.ran", "started ({by}), exit {exit}")
_RUNNING: Final = text("cgobuild.running", "started ({by}), still running after 10 s")
_NOT_RUN: Final = text("cgobuild.not-run", "not started here: {reason}")
_SECONDS: Final = text("cgobuild.seconds", "{size} MB in {seconds} s")
_NO_MAIN: Final = text("cgobuild.no-main", "no program: its test binary is built instead")
_WIDE: Final = 48


class RanShape(Thing, frozen=True, rename={"with_": "with"}):
    """How the product was started; ``exit`` is null if it still ran after ten seconds."""

    with_: str
    exit: int | None


class ProofShape(Thing, frozen=True):
    """What the product is."""

    interpreter: str | None
    needed: tuple[str, ...]
    glibc_min: str | None
    ran: RanShape | None
    static: bool
    arch: str
    not_run: str | None = None
    wrong: tuple[str, ...] = ()


class ReasonShape(Thing, frozen=True):
    """Why a flag is there."""

    name: str
    value: str
    why: str


class BuildShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend cgo build``."""

    schema_: str
    target: str
    libc: str | None
    link: str
    toolchain: str
    output: str
    proof: ProofShape | None
    env: dict[str, str]
    argv: tuple[str, ...]
    reasons: tuple[ReasonShape, ...]
    seconds: float
    built: bool
    proved: bool
    error: str | None = None


def shape(made: Made, say: Translator) -> BuildShape:
    """The answer for machines."""
    asked, proof = made.order, made.proof
    return BuildShape(
        schema_="gomend.build/1",
        target=asked.wish.target,
        libc=asked.wish.libc or None,
        link=asked.wish.link,
        toolchain=made.chain,
        output=asked.output,
        proof=_proof(proof, say) if proof else None,
        env=made.plan.env,
        argv=made.plan.command(asked.output),
        reasons=tuple(ReasonShape(name=r.name, value=r.value, why=say(_WHY[r.why])) for r in made.plan.reasons),
        seconds=made.seconds,
        built=made.built,
        proved=made.proved,
        error=made.error or None,
    )


def _proof(proof: Proof, say: Translator) -> ProofShape:
    info = proof.info
    return ProofShape(
        interpreter=info.interpreter,
        needed=info.needed,
        glibc_min=info.glibc_min,
        ran=RanShape(with_=proof.ran.by, exit=proof.ran.exit) if proof.ran else None,
        static=info.static,
        arch=info.arch,
        not_run=proof.not_run or None,
        wrong=tuple(say(_WRONG[name], found=found) for name, found in proof.wrong),
    )


def told(made: Made, say: Translator) -> str:
    """The answer for people."""
    from gomend.apps.tables import aligned

    asked, plan = made.order, made.plan
    libc = f"{asked.wish.libc}{f' ≤ {asked.wish.floor}' if asked.wish.floor else ''}"
    named = [asked.wish.target, libc, asked.wish.link if asked.wish.goos in {"linux", "windows"} else ""]
    lines = [f"{'  '.join(n for n in named if n)}  ·  {say(_TOOLCHAIN)} {made.chain}", ""]
    lines += aligned([(r.name, _cut(r.value), say(_WHY[r.why])) for r in plan.reasons])
    if not made.program:
        lines.append("  " + say(_NO_MAIN))
    lines += ["", *script(made)]
    if asked.dry:
        return "\n".join(lines) + "\n"
    lines.append("")
    if made.error:
        return "\n".join([*lines, made.error, "", *_meaning(made, say), say(_FAILED, exit=1)]) + "\n"
    proof = made.proof
    if proof is None:
        return "\n".join(lines) + "\n"
    lines += [f"  {line}" for line in _facts(proof, made, say)]
    if proof.wrong:
        what = "; ".join(say(_WRONG[name], found=found) for name, found in proof.wrong)
        lines += ["", say(_NOT_PROVED, what=what)]
    else:
        lines += ["", "✓ " + say(_PROVED, output=asked.output)]
    return "\n".join(lines) + "\n"


def _meaning(made: Made, say: Translator) -> list[str]:
    wanted = made.order.wish
    newer = explain.too_new(made.error, load.glibc_since(wanted.goarch), wanted.floor)
    return [say(_TOO_NEW, version=newer[0], symbol=newer[1], floor=wanted.floor)] if newer else []


def _cut(value: str) -> str:
    """A value short enough for a table; the whole one stands in the command below it."""
    return value if len(value) <= _WIDE else f"{value[: _WIDE - 1]}…"


def _facts(proof: Proof, made: Made, say: Translator) -> list[str]:
    info = proof.info
    facts = [say(_SECONDS, size=f"{made.size / 1e6:.1f}", seconds=f"{made.seconds:g}")]
    facts.append(
        say(_STATIC) if info.static else say(_NEEDS, needed=", ".join([info.interpreter or "", *info.needed]).strip(", "))
    )
    if info.glibc_min:
        facts.append(say(_FLOOR, version=info.glibc_min))
    if proof.ran:
        facts.append(
            say(
                _RUNNING if proof.ran.exit is None else _RAN,
                by=proof.ran.by,
                exit=proof.ran.exit if proof.ran.exit is not None else "",
            )
        )
    elif proof.not_run:
        facts.append(say(_NOT_RUN, reason=proof.not_run))
    return facts


def script(made: Made) -> list[str]:
    """The same build as lines for a shell; the wrappers that they name are written by the build."""
    env = " ".join(f"{name}={shlex.quote(value)}" for name, value in made.plan.env.items())
    return [f"cd {shlex.quote(made.order.directory)}", f"{env} {shlex.join(made.plan.command(made.order.output))}"]
