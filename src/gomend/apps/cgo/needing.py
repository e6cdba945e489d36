"""``gomend cgo needs``: the answer as a shape, and for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gomend.apps.cgo.targets import pairs, session
from gomend.apps.loop import run_async
from gomend.apps.tables import aligned, some
from gomend.cgo.needs import gathering
from gomend.cgo.needs.things import CPackage, Header, Loss, Needs, TargetNeeds
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Translator, text

_HEAD: Final = text(
    "cgoneeds.head", "{module}: {count} of {listed} packages have C code of their own (standard library not counted)"
)
_NONE: Final = text("cgoneeds.none", "No package of {target} has C code of its own, apart from the standard library.")
_PROBLEM: Final = text("cgoneeds.problem", "{target}: go listed nothing: {reason}")
_PARTIAL: Final = text("cgoneeds.partial", "{target}: partial, for go says against some packages:")
_WHY: Final = text("cgoneeds.why", "why")
_TARGETS: Final = text("cgoneeds.targets", "targets")
_SOURCES: Final = text("cgoneeds.sources", "sources")
_FLAGS: Final = text("cgoneeds.flags", "flags")
_PKG: Final = text("cgoneeds.pkg-config", "pkg-config")
_LIBRARIES: Final = text("cgoneeds.libraries", "links")
_HEADERS: Final = text("cgoneeds.headers", "headers")
_PREBUILT: Final = text("cgoneeds.prebuilt", "prebuilt")
_CARRIED: Final = text("cgoneeds.carried", "in the module")
_CARRIED_COUNT: Final = text("cgoneeds.carried-count", "{count} in the module")
_UNKNOWN: Final = text("cgoneeds.unknown", "of a library that gomend does not know")
_CONDITIONAL: Final = text("cgoneeds.conditional", "perhaps")
_GLIBC_ONLY: Final = text("cgoneeds.glibc-only", "glibc only, not in musl")
_KERNEL: Final = text("cgoneeds.kernel", "of the Linux kernel")
_PARTLY: Final = text("cgoneeds.partly", "some C files were too large or too many to read")
_INSTALL: Final = text("cgoneeds.install", "Install (✓ compared with the distribution's own index)")
_LIBRARY: Final = text("cgoneeds.library", "library")
_WITHOUT: Final = text("cgoneeds.without", "Without cgo (CGO_ENABLED=0)")
_BUILDS: Final = text("cgoneeds.builds", "{target}: builds")
_BUILDS_NOT: Final = text("cgoneeds.builds-not", "{target}: does not build")
_UNTOUCHED: Final = text("cgoneeds.untouched", "nothing of the modules changes")
_EFFECT: Final = {
    "gone": text("cgoneeds.gone", "no file is left; {wanted_by} imports it"),
    "gone-unused": text("cgoneeds.gone-unused", "no file is left; no other package imports it"),
    "breaks": text("cgoneeds.breaks", "does not compile: lost are {detail}"),
    "stub": text("cgoneeds.stub", "compiles, and fails at run time: {detail}"),
    "changes": text("cgoneeds.changes", "other files take part: {detail}"),
    "changes-less": text("cgoneeds.changes-less", "loses its files with C, the others stay"),
}
_STANDARD: Final = {
    "net": text(
        "cgoneeds.net",
        "net: names are always resolved by Go's own resolver (no nss modules, no mDNS beyond /etc/hosts and DNS)",
    ),
    "os/user": text(
        "cgoneeds.os-user", "os/user: users and groups are read from /etc/passwd and /etc/group alone (no LDAP, no sssd)"
    ),
    "plugin": text("cgoneeds.plugin", "plugin: Open always fails"),
    "crypto/internal/boring": text("cgoneeds.boring", "crypto: BoringCrypto is not available"),
    "runtime/race": text("cgoneeds.race", "-race needs cgo on this target"),
}
_INSTEAD: Final = text("cgoneeds.instead", "Known without C (whether it fits is for you to judge)")
_FORMATS: Final = {"debian": "Debian", "alpine": "Alpine", "fedora": "Fedora", "homebrew": "Homebrew", "vcpkg": "vcpkg"}


class NeedsShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend cgo needs``."""

    schema_: str
    needs: Needs


def ask(directory: str, patterns: tuple[str, ...], targets: tuple[str, ...], *, download: bool) -> Needs:
    """Ask for a project.

    Raises:
        Problem: the folder, a target or go itself is wrong.
    """
    made = session(directory, targets)
    # Without a wish go lists for what it builds for, while it is asked for the name of that.
    chosen = pairs(made, targets) if targets or made.settings.targets else (("", ""),)
    found: Needs = run_async(lambda: gathering.needs(made.doors, made.root, chosen, patterns, download=download))
    return found


def shape(found: Needs) -> NeedsShape:
    """For ``--format json``."""
    return NeedsShape(schema_="gomend.cgo-needs/1", needs=found)


def told(found: Needs, say: Translator) -> Iterator[str]:
    """For people."""
    by_path: dict[str, list[tuple[str, CPackage]]] = {}
    for target in found.targets:
        for package in target.packages:
            by_path.setdefault(package.path, []).append((target.target, package))
    listed = max((t.listed for t in found.targets), default=0)
    if by_path:
        yield say(_HEAD, module=found.module or "?", count=len(by_path), listed=listed)
    else:
        yield from (say(_NONE, target=t.target) for t in found.targets if not t.problem)
    for target in found.targets:
        yield from _troubles(target, say)
    for held in by_path.values():
        yield ""
        yield from _package(held, [t.target for t in found.targets], say)
    yield from _install(found, say)
    yield ""
    yield say(_WITHOUT)
    for target in found.targets:
        yield from _without(target, say)
    if found.instead:
        yield ""
        yield say(_INSTEAD)
        yield from aligned([[i.module, "→", i.instead, i.note] for i in found.instead])


def _troubles(target: TargetNeeds, say: Translator) -> Iterator[str]:
    if target.problem:
        yield say(_PROBLEM, target=target.target, reason=redact(target.problem))
    elif target.errors:
        yield say(_PARTIAL, target=target.target)
        for path, error in target.errors[:5]:
            yield f"  {path}: {redact(error.splitlines()[0])}"


def _package(held: list[tuple[str, CPackage]], targets: list[str], say: Translator) -> Iterator[str]:
    package = held[0][1]
    name = package.path + (f"  {package.version}" if package.version else "")
    yield name
    rows: list[list[str]] = []
    if len(package.why) > 1:
        rows.append([say(_WHY), " → ".join(_short(package.why))])
    if [t for t, _ in held] != targets:
        rows.append([say(_TARGETS), " ".join(t for t, _ in held)])
    sources = {"cgo": len(package.cgo_files)} | package.sources
    rows.append([say(_SOURCES), "  ".join(f"{kind} {count}" for kind, count in sources.items() if count)])
    rows += _differing(held, say)
    rows += _headers(package, say)
    for target, one in held:
        for file in one.prebuilt:
            parts = [file.path.rpartition("/")[2], f"{file.format or '?'} {'/'.join(file.archs) or '?'}"]
            parts += [f"glibc ≥ {file.glibc_needed}"] if file.glibc_needed and file.libc == "glibc" else []
            parts += [say(_GLIBC_ONLY)] if file.libc == "glibc" else ["musl"] if file.libc == "musl" else []
            parts += [file.made_by] if file.made_by else [file.problem] if file.problem else []
            rows.append([say(_PREBUILT), (f"{target}: " if len(targets) > 1 else "") + ", ".join(parts)])
    if package.partly:
        rows.append(["", say(_PARTLY)])
    yield from aligned(rows)


def _differing(held: list[tuple[str, CPackage]], say: Translator) -> Iterator[list[str]]:
    """Flags and libraries, with their targets where they differ."""
    for label, values in (
        (_FLAGS, [_flags(p) for _, p in held]),
        (_PKG, [" ".join(p.pkg_config) for _, p in held]),
        (_LIBRARIES, [_links(p, say) for _, p in held]),
    ):
        groups: dict[str, list[str]] = {}
        for (target, _), value in zip(held, values, strict=True):
            groups.setdefault(value, []).append(target)
        for value, targets in groups.items():
            if value:
                yield [say(label), value if len(groups) == 1 else f"{' '.join(targets)}: {value}"]


def _flags(package: CPackage) -> str:
    words: list[str] = []
    for kind, given in package.flags.items():
        frameworks = {i + step for i, w in enumerate(given) if w == "-framework" for step in (0, 1)}
        words += [w for i, w in enumerate(given) if i not in frameworks and not (kind == "LDFLAGS" and w.startswith("-l"))]
    return some(list(dict.fromkeys(words)), 8)


def _links(package: CPackage, say: Translator) -> str:
    carried = say(_CARRIED)
    return "  ".join(f"{link.name} ({carried})" if link.kind == "carried" else link.name for link in package.links)


def _headers(package: CPackage, say: Translator) -> Iterator[list[str]]:
    first = True
    carried = sum(h.kind == "carried" for h in package.headers)
    libc = [h.name for h in package.headers if h.kind in {"libc", "c++"}]
    parts = [say(_CARRIED_COUNT, count=carried)] if carried else []
    parts += [f"libc: {some(libc, 6)}"] if libc else []
    if parts:
        yield [say(_HEADERS), ";  ".join(parts)]
        first = False
    notes = {"glibc": _GLIBC_ONLY, "linux": _KERNEL, "unknown": _UNKNOWN}
    groups: dict[tuple[str, bool], list[Header]] = {}
    for header in package.headers:
        if header.kind == "library" or (header.kind in notes and not header.conditional):
            groups.setdefault((header.library or say(notes[header.kind]), header.conditional), []).append(header)
    for (note, conditional), headers in groups.items():
        perhaps = f" ({say(_CONDITIONAL)})" if conditional else ""
        names = some([f"<{h.name}>" for h in headers], 3)
        yield [say(_HEADERS) if first else "", f"{names}  {note}{perhaps}  {headers[0].where}"]
        first = False


def _short(chain: tuple[str, ...]) -> tuple[str, ...]:
    return chain if len(chain) <= 5 else (*chain[:2], "…", *chain[-2:])


def _install(found: Needs, say: Translator) -> Iterator[str]:
    if not found.libraries:
        return
    yield ""
    yield say(_INSTALL)
    rows = [[say(_LIBRARY), *_FORMATS.values()]]
    for library in found.libraries:
        cells = [library.name]
        for name in _FORMATS:
            value: str = getattr(library, name)
            cells.append(f"{value} ✓" if value and name in library.verified else value or "-")
        rows.append(cells)
    yield from aligned(rows)


def _without(target: TargetNeeds, say: Translator) -> Iterator[str]:
    if target.without is None:
        return
    without = target.without
    yield "  " + say(_BUILDS if without.builds else _BUILDS_NOT, target=target.target)
    rows = [[loss.path, _effect(loss, say)] for loss in without.losses]
    yield from aligned(rows or [["", say(_UNTOUCHED)]][:1] if not without.losses and not without.standard else rows, indent=4)
    for name in without.standard:
        yield "    " + say(_STANDARD[name])


def _effect(loss: Loss, say: Translator) -> str:
    if loss.effect == "gone":
        return say(_EFFECT["gone"], wanted_by=loss.wanted_by) if loss.wanted_by else say(_EFFECT["gone-unused"])
    if loss.effect == "changes" and not loss.detail:
        return say(_EFFECT["changes-less"])
    return say(_EFFECT[loss.effect], detail=loss.detail)
