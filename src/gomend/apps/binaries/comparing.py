"""``gomend binary diff``: what changed between two binaries."""

from __future__ import annotations

import os
from typing import Final

from gomend.apps.binaries.inspecting import read
from gomend.binary import elf
from gomend.binary.image import Image
from gomend.binary.info import BinaryError, BinaryInfo
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Translator, text

_TRAITS: Final = (
    "format", "arch", "kind", "interpreter", "soname", "static", "pie", "relro", "nx", "canary", "textrel", "cpu_level", "stripped", "dwarf",
    "glibc_min", "static_libc", "cgo",
)  # fmt: skip
_SAME: Final = text("binary.diff.same", "They are the same but for their bytes.")
_SIZE: Final = text("binary.diff.size", "size {before} → {after} bytes ({change})")
_RAISED: Final = text("binary.diff.raised", "glibc {before} → {after}, raised by {symbols}")


class ChangeShape(Thing, frozen=True):
    """One thing that differs; null where one side does not have it."""

    what: str
    before: str | None
    after: str | None


class SectionShape(Thing, frozen=True):
    """Bytes of a section in both files."""

    name: str
    before: int
    after: int


class DiffShape(Thing, frozen=True, rename={"schema_": "schema"}):
    """The answer of ``gomend binary diff``."""

    schema_: str
    before: str
    after: str
    size: tuple[int, int]
    traits: tuple[ChangeShape, ...]
    libraries: tuple[ChangeShape, ...]
    glibc_raised_by: dict[str, str]
    """Symbols of the second file that need a newer glibc than the first file did, and the version that each asks for."""
    settings: tuple[ChangeShape, ...]
    modules: tuple[ChangeShape, ...]
    sections: tuple[SectionShape, ...]

    @property
    def differs(self) -> bool:
        """Whether anything but bytes differs."""
        return bool(self.traits or self.libraries or self.settings or self.modules)


def diff(before: str, after: str) -> DiffShape:
    """Compare.

    Raises:
        Problem: one is no binary or cannot be read.
    """
    one, two = read(before), read(after)
    raised: dict[str, str] = {}
    if two.glibc_min and (not one.glibc_min or elf.version_key(two.glibc_min) > elf.version_key(one.glibc_min)):
        raised = elf.glibc_symbols(after, one.glibc_min or "0")
    traits = {name: (getattr(one, name), getattr(two, name)) for name in _TRAITS}
    traits["rpath"] = (":".join(one.rpath) or None, ":".join(two.rpath) or None)
    traits["go"] = (one.go.version if one.go else None, two.go.version if two.go else None)
    return DiffShape(
        schema_="gomend.binary-diff/1",
        before=before,
        after=after,
        size=(os.path.getsize(before), os.path.getsize(after)),
        traits=tuple(ChangeShape(what=n, before=_word(a), after=_word(b)) for n, (a, b) in traits.items() if a != b),
        libraries=_changes({n: n for n in one.needed}, {n: n for n in two.needed}),
        glibc_raised_by=raised,
        settings=_changes(*({k: redact(v) for k, v in i.go.settings.items()} if i.go else {} for i in (one, two))),
        modules=_changes(_modules(one), _modules(two)),
        sections=_sections(before, after),
    )


def _word(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _modules(info: BinaryInfo) -> dict[str, str]:
    if info.go is None:
        return {}
    found = {
        d.path: f"{d.version} => {d.replace_path} {d.replace_version}".strip() if d.replace_path else d.version
        for d in info.go.deps
    }
    return {**({info.go.module: info.go.module_version} if info.go.module else {}), **found}


def _changes(before: dict[str, str], after: dict[str, str]) -> tuple[ChangeShape, ...]:
    names = [*before, *(name for name in after if name not in before)]
    return tuple(
        ChangeShape(what=name, before=before.get(name), after=after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )


def _sections(before: str, after: str) -> tuple[SectionShape, ...]:
    try:
        one, two = Image(before).sections, Image(after).sections
    except BinaryError:
        return ()
    names = [n for n in dict.fromkeys((*one, *two)) if n]
    sizes = [SectionShape(name=n, before=one[n].size if n in one else 0, after=two[n].size if n in two else 0) for n in names]
    return tuple(sorted((s for s in sizes if s.before != s.after), key=lambda s: -abs(s.after - s.before)))


def shown(answer: DiffShape, say: Translator) -> str:
    """For people."""
    old, new = answer.size
    lines = [f"{answer.before} → {answer.after}", "  " + say(_SIZE, before=old, after=new, change=f"{new - old:+d}")]
    for title, changes in (
        ("", answer.traits),
        ("NEEDED", answer.libraries),
        ("build", answer.settings),
        ("mod", answer.modules),
    ):
        for change in changes:
            name = "" if title == "NEEDED" else f"{change.what} "
            if change.before is None and change.after is not None:
                lines.append(f"  + {title + ' ' if title else ''}{name}{change.after}")
            elif change.after is None:
                lines.append(f"  - {title + ' ' if title else ''}{name}{change.before}")
            else:
                lines.append(f"  ~ {title + ' ' if title else ''}{name}{change.before} → {change.after}")
    if answer.glibc_raised_by:
        named = ", ".join(f"{n}@{v}" for n, v in list(answer.glibc_raised_by.items())[:8])
        floor = next(c for c in answer.traits if c.what == "glibc_min")
        lines.append("  " + say(_RAISED, before=floor.before or "-", after=floor.after or "-", symbols=named))
    lines += [f"    {s.name:<24} {s.before:>12} → {s.after:>12}  {s.after - s.before:+d}" for s in answer.sections[:15]]
    if not answer.differs:
        lines.append("  " + say(_SAME))
    return "\n".join(lines) + "\n"
