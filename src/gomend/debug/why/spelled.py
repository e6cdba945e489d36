"""The file is in the binary, under another spelling: which one, and the rule or path that leads there."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from itertools import permutations
from typing import Final

from gomend.debug import paths
from gomend.debug.pathmap import here, rules
from gomend.debug.pathmap.here import Local, Machine
from gomend.debug.pathmap.recorded import STD, Module
from gomend.debug.why.ask import Fix, Place, Rule
from gomend.debug.why.gofile import GoFile
from gomend.debug.why.product import Product
from gomend.model.base import Thing

_CONTAINER: Final = re.compile(
    r"/(?:app|src|work|workspaces?|build|code|project|usr/src(?:/\w+)?|go/src(?:/.*)?|opt/\w+|srv(?:/\w+)?|home/(?:nonroot|app|builder))(?:/.*)?"
)
"""Folders that images build in."""
_MOST: Final = 5


class Cause(Thing, frozen=True):
    """A cause, what shows it, and the fix for a line."""

    cause: str
    evidence: tuple[str, ...]
    fix: Callable[[int], Fix | None] | None = None


def look(file: str, known: tuple[tuple[str, str], ...], product: Product, machine: Machine) -> Cause | None:
    """Why the path is not the recorded one; None where no recorded file is this one."""
    return (
        _form(file, known, product)
        or _rules(file, known, product)
        or _case(file, known, product)
        or _link(file, known, product)
        or _folder(file, known, product, machine)
    )


def at(path: str) -> Callable[[int], Fix | None]:
    """The same line of another file."""
    return lambda line: Fix(breakpoint=Place(file=path, line=line))


def _use(known: tuple[tuple[str, str], ...]) -> Callable[[int], Fix | None]:
    made = tuple(Rule(from_=a, to=b) for a, b in known)
    return lambda _: Fix(substitute_path=made)


def _form(file: str, known: tuple[tuple[str, str], ...], product: Product) -> Cause | None:
    """A URI, a relative or an unclean path."""
    if re.match(r"[\w+.-]+://", file):
        from urllib.parse import unquote, urlsplit

        path = unquote(urlsplit(file.replace("#", "%23").replace("?", "%3F")).path)  # what comes before is a host
        return Cause(cause="uri", evidence=(f"{file} is a URI; dlv compares paths",), fix=at(path))
    if paths.is_windows(file) or any(paths.is_windows(a) or paths.is_windows(b) for a, b in known):
        return _windows(file, known, product)
    cleaned = paths.clean(file)
    if cleaned != file and paths.substitute(cleaned, known) in product.files:
        return Cause(
            cause="unclean-path", evidence=(f"sent: {file}", f"recorded: {paths.substitute(cleaned, known)}"), fix=at(cleaned)
        )
    if not paths.is_absolute(file):
        found = _by_tail(paths.clean(file), product.files)
        if found:
            return Cause(cause="relative-path", evidence=(f"sent: {file}", f"recorded: {found}"), fix=at(found))
    return None


def _windows(file: str, known: tuple[tuple[str, str], ...], product: Product) -> Cause | None:
    mapped = paths.substitute(file, known)
    lowered = {f.lower(): f for f in product.files}
    found = lowered.get(mapped.lower())
    if found is None:
        return None
    shown = (f"dlv makes of {file}: {mapped}", f"recorded: {found}")
    return Cause(
        cause="dlv-lowercases-windows-rule",
        evidence=shown,
        fix=lambda line: Fix(substitute_path=(), breakpoint=Place(file=found, line=line)),
    )


def _rules(file: str, known: tuple[tuple[str, str], ...], product: Product) -> Cause | None:
    """Rules that would do it the other way round, or in another order."""
    if not known:
        return None
    if file in product.files:
        kept = tuple(rule for rule in known if paths.substitute(file, (rule,)) == file)
        shown = (f"recorded: {file}", f"substitutePath makes {paths.substitute(file, known)} of it")
        return Cause(cause="path-mismatch", evidence=shown, fix=_use(kept))
    turned = tuple((b, a) for a, b in known)
    if paths.substitute(file, turned) in product.files:
        shown = (
            f"substitutePath: {_shown(known)}",
            f"turned round it gives {paths.substitute(file, turned)}, which is recorded",
        )
        return Cause(cause="rule-direction", evidence=shown, fix=_use(turned))
    if len(known) > 1:
        longest = tuple(sorted(known, key=lambda r: -len(r[0])))
        orders: Iterable[tuple[tuple[str, str], ...]] = (longest, *(permutations(known) if len(known) <= _MOST else ()))
        for order in orders:
            if paths.substitute(file, order) in product.files:
                shown = (
                    f"the first rule that matches is {_shown(_first(file, known))}",
                    f"in another order: {paths.substitute(file, order)}",
                )
                return Cause(cause="rule-order", evidence=shown, fix=_use(order))
    return None


def _first(file: str, known: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return next(((rule,) for rule in known if paths.substitute(file, (rule,)) != file), known[:1])


def _shown(known: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{a} → {b}" for a, b in known)


def _case(file: str, known: tuple[tuple[str, str], ...], product: Product) -> Cause | None:
    mapped = paths.substitute(file, known)
    composed = unicodedata.normalize("NFC", mapped)
    found = next((f for f in product.files if f != mapped and unicodedata.normalize("NFC", f) == composed), None)
    if found is not None:  # macOS takes letters apart
        shown = (f"sent: {os.path.basename(file)!a}", f"recorded: {os.path.basename(found)!a}")
        return Cause(cause="path-mismatch", evidence=(*shown, "the same letters in another Unicode form"), fix=at(found))
    found = next((f for f in product.files if f.lower() == mapped.lower()), None)
    if found is None:
        return None
    turned = file if not known else _back(found, file, mapped)
    return Cause(cause="case-mismatch", evidence=(f"sent: {mapped}", f"recorded: {found}"), fix=at(turned if known else found))


def _back(found: str, file: str, mapped: str) -> str:
    """The editor's spelling of a recorded path that differs from what was sent in case only."""
    same = 0
    while same < min(len(file), len(mapped)) and file[-same - 1].lower() == mapped[-same - 1].lower():
        same += 1
    return file[: len(file) - same] + found[len(found) - same :] if same else found


def _link(file: str, known: tuple[tuple[str, str], ...], product: Product) -> Cause | None:
    """A symbolic link on either side."""
    real = os.path.realpath(file)
    if real != file and paths.substitute(real, known) in product.files:
        return _joined("symlink", file, paths.substitute(real, known), known, f"{file} is {real}")
    base = os.path.basename(file)
    if not os.path.exists(file):
        return None
    for recorded in product.files:
        if (
            recorded.startswith("/")
            and recorded != real
            and (recorded.endswith(f"/{base}") or os.path.islink(recorded))
            and os.path.realpath(recorded) == real
        ):
            return _joined("symlink", file, recorded, known, f"{recorded} is {real}")
    return None


def _joined(cause: str, file: str, recorded: str, known: tuple[tuple[str, str], ...], *shown: str) -> Cause:
    a, b = split(file, recorded)
    rest = recorded[len(b) :]
    if paths.is_windows(file) and rest != rest.lower():  # dlv would make the rest lower-case
        return Cause(cause=cause, evidence=(f"sent: {file}", f"recorded: {recorded}", *shown), fix=at(recorded))
    made = rules.ordered((rules.Rule(from_=a, to=b), *(rules.Rule(from_=x, to=y) for x, y in known)))
    return Cause(
        cause=cause,
        evidence=(f"sent: {file}", f"recorded: {recorded}", *shown),
        fix=lambda _: Fix(substitute_path=tuple(Rule(from_=r.from_, to=r.to) for r in made)),
    )


def split(one: str, other: str) -> tuple[str, str]:
    """The heads of two paths that differ, without what they end in alike."""
    whole, backslash = one, "\\" in one
    a, b = one.replace("\\", "/").split("/") if backslash else one.split("/"), other.split("/")
    while len(a) > 1 and len(b) > 1 and a[-1] == b[-1] and (len(a) > 2 or len(b) > 1):
        a.pop()
        b.pop()
    head = "/".join(a)
    return (whole[: len(head)] if backslash else head) or "/", "/".join(b)


def _by_tail(tail: str, files: frozenset[str]) -> str:
    wanted = tail.lstrip("./")
    found = sorted(f for f in files if f == wanted or f.endswith(f"/{wanted}"))
    return found[0] if len(found) == 1 else ""


def _folder(file: str, known: tuple[tuple[str, str], ...], product: Product, machine: Machine) -> Cause | None:
    """The module lies elsewhere: found by the module that the file belongs to here."""
    local = here.find(file, machine, frozenset(m.path for m in product.modules))
    module = next((m for m in product.modules if local and m.path == local.path), None)
    if local and module is None and local.kind == "module" and any(m.main and m.path for m in product.modules):
        return None  # the file belongs to a module that the binary does not have
    if local is None or module is None:
        return _unknown(file, known, product)
    recorded = module.recorded(local.rel)
    if recorded not in product.files:
        return None
    made = rules.of_module(module, local.folder, rules.below(module, product.files))
    if not module.prefix and "/" in local.rel:
        first = local.rel.partition("/")[0]
        made = tuple(r for r in made if r.from_ == f"{local.folder}/{first}") or made
    kept = tuple(rules.Rule(from_=a, to=b) for a, b in known)
    every = rules.ordered((*made, *kept))
    cause = _name(file, local, module, product)
    shown = [f"sent: {file}", f"recorded: {recorded}"]
    if product.setting("-trimpath") == "true":
        shown.append("go version -m: -trimpath=true")
    if module.replaced:
        shown.append(f"go version -m: {module.path} => {module.replaced}")
    mapped = tuple(Rule(from_=r.from_, to=r.to) for r in every)

    def fix(line: int) -> Fix:
        """The rules; where the recorded source is another version and has no code in that line, the same statement there."""
        place = _counterpart(file, recorded, line, product) if local.kind == "std" else None
        return Fix(breakpoint=place) if place else Fix(substitute_path=mapped, breakpoint=_near(file, recorded, line, product))

    return Cause(cause=cause, evidence=tuple(shown), fix=fix)


def _near(file: str, recorded: str, line: int, product: Product) -> Place | None:
    """The nearest line with code, below first, where the line asked for has none; None where it has, or nothing is near."""
    code = product.symbols.lines_of(recorded) if product.symbols else {}
    near = [n for step in range(1, 30) for n in (line + step, line - step) if n in code] if line not in code else []
    return Place(file=file, line=near[0]) if near else None


def _counterpart(file: str, recorded: str, line: int, product: Product) -> Place | None:
    """Where the function of a line has its first statement in the recorded file; None where the line itself has code there."""
    code = product.symbols.lines_of(recorded) if product.symbols else {}
    if line in code or not os.path.isfile(file) or not os.path.isfile(recorded):
        return None
    with open(file, encoding="utf-8", errors="replace") as one, open(recorded, encoding="utf-8", errors="replace") as other:
        mine, theirs = GoFile(one.read()), GoFile(other.read())
    inside = mine.around(line)
    same = next((f for f in theirs.functions if inside and f.name == inside.name), None)
    if inside is None or same is None:
        return None
    wanted = same.start + line - inside.start
    number = next(
        (n for n in range(wanted, same.end + 1) if n in code), next((n for n in sorted(code) if same.start <= n <= same.end), 0)
    )
    return Place(file=recorded, line=number) if number else None


def _name(file: str, local: Local, module: Module, product: Product) -> str:
    trimmed = product.setting("-trimpath") == "true" or module.relative
    if module.path == STD:
        return "trimpath-goroot" if module.relative else "goroot"
    if module.relative and trimmed:
        return "trimpath-escape" if "!" in local.folder else "trimpath"
    if local.kind == "vendor" or "/vendor/" in module.prefix:
        return "vendor"
    if local.kind == "module" and here.workspace(local.folder)[1].get(module.path) == local.folder:
        return "go-work"
    if module.replaced and local.kind in {"cache", "module"} and not module.main:
        return "replace"
    if not module.main and module.version in {"", "(devel)"} and local.kind in {"module", "cache"}:
        return "go-work"
    if local.kind == "module" and not module.main and "@" in module.prefix:
        return "go-work" if here.workspace(local.folder)[0] else "replace"
    if not os.path.isdir(module.prefix) and (_CONTAINER.fullmatch(module.prefix) or paths.is_windows(module.prefix)):
        return "container-path"
    return "path-mismatch"


def _unknown(file: str, known: tuple[tuple[str, str], ...], product: Product) -> Cause | None:
    """No module here tells: a file of the main module that ends like this one."""
    tail = file.replace("\\", "/")
    own = next((m for m in product.modules if m.main), None)
    parts = tail.strip("/").split("/")
    for count in range(len(parts), 0, -1):
        rel = "/".join(parts[-count:])
        if own and own.recorded(rel) in product.files:
            recorded = own.recorded(rel)
            cause = "trimpath" if own.relative else "container-path" if not os.path.isdir(own.prefix) else "path-mismatch"
            return _joined(cause, file, recorded, known)
    return None
