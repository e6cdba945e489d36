"""vendor/modules.txt with its packages, and where it and go.mod or go.work disagree.

Source: cmd/go, modload/vendor.go (readVendorList, checkVendorConsistency), modload/init.go (canonicalizeReplacePath).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import Final

from gomend.golang.modfile import ModFile, Replace
from gomend.golang.version import older
from gomend.model.base import Thing

_SEMVER: Final = re.compile(r"v\d+(\.\d+(\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)?)?")


class Listed(Thing, frozen=True):
    """One module of the list. ``to`` and ``to_version`` are its replacement; a folder has no version."""

    path: str
    version: str
    line: int
    explicit: bool = False
    go: str = ""
    to: str = ""
    to_version: str = ""
    packages: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``path@version``, or the path alone of a wildcard replacement."""
        return f"{self.path}@{self.version}" if self.version else self.path

    @property
    def replacement(self) -> str:
        """``path`` or ``path@version``, as go describes it; empty if there is none."""
        return f"{self.to}@{self.to_version}" if self.to_version else self.to

    @property
    def source(self) -> tuple[str, str]:
        """The module version whose zip the files come from."""
        return (self.to, self.to_version) if self.to_version else (self.path, self.version)


class Listing(Thing, frozen=True):
    """A modules.txt: modules in order of appearance; ``strays`` are lines that go passes over."""

    modules: tuple[Listed, ...]
    workspace: bool = False
    strays: tuple[tuple[int, str], ...] = ()


class Project(Thing, frozen=True):
    """What the list must agree with: the main modules by folder, and go.work if there is one; ``root`` holds vendor."""

    root: str
    mods: tuple[tuple[str, ModFile], ...]
    work: ModFile | None = None
    elsewhere: str = ""
    """A folder to look at in place of ``root/vendor``."""

    @property
    def vendor(self) -> str:
        """The vendor folder."""
        return self.elsewhere or f"{self.root}/vendor"

    @property
    def go(self) -> str:
        """The go version that decides what vendoring copies: go.work's, else go.mod's; empty if none is named."""
        file = self.work or self.mods[0][1]
        return file.go.value if file.go else ""

    @property
    def main(self) -> frozenset[str]:
        """Paths of the main modules."""
        return frozenset(m.module.value for _, m in self.mods if m.module)

    def at_least(self, version: str) -> bool:
        """Whether :attr:`go` is this version or newer (none named counts as old)."""
        return bool(self.go) and not older(self.go, version)


def read(text: str) -> Listing:
    """Read a modules.txt as go reads it: a module may appear more than once, its annotations add up."""
    modules: dict[tuple[str, str], dict[str, object]] = {}
    packages: dict[tuple[str, str], list[str]] = {}
    strays: list[tuple[int, str]] = []
    now: tuple[str, str] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if line.startswith("# "):
            if len(words) < 3:
                strays.append((number, line))
                continue
            version = words[2] if _SEMVER.fullmatch(words[2]) else ""
            if not version and words[2] != "=>":
                strays.append((number, line))
                now = None
                continue
            now = words[1], version
            held = modules.setdefault(now, {"line": number})
            rest = words[3:] if version else words[2:]
            if rest[:1] == ["=>"] and len(rest) in {2, 3}:
                held |= {"to": rest[1], "to_version": rest[2] if len(rest) == 3 else ""}
        elif now is None:
            if words and line != "## workspace":
                strays.append((number, line))
        elif line.startswith("## "):
            for entry in (e.strip() for e in line[3:].split(";")):
                if entry == "explicit":
                    modules[now]["explicit"] = True
                elif entry.startswith("go "):
                    modules[now]["go"] = entry[3:]
        elif len(words) == 1:
            packages.setdefault(now, []).append(words[0])
        elif words:
            strays.append((number, line))
    found = tuple(
        Listed(path=path, version=version, packages=tuple(packages.get((path, version), ())), **held)  # type: ignore[arg-type]
        for (path, version), held in modules.items()
    )
    return Listing(modules=found, workspace=text.startswith("## workspace"), strays=tuple(strays))


def disagreements(listing: Listing, project: Project) -> Iterator[tuple[str, str, int]]:
    """What go's own consistency check would say: the module, go's words, and the line of modules.txt (0 if none)."""
    if (project.work is not None) != listing.workspace:
        said = (
            "is for a workspace, but there is no go.work" if listing.workspace else "is for one module, but there is a go.work"
        )
        yield "vendor/modules.txt", said, 1
    meta = {(m.path, m.version): m for m in listing.modules}
    old = project.work is None and not project.at_least("1.14")
    for _, mod in project.mods:
        for r in mod.requires:
            if r.path in project.main:
                continue
            there = meta.get((r.path, r.version))
            name = f"{r.path}@{r.version}"
            if not old and not (there and there.explicit):
                yield (
                    name,
                    "is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt",
                    there.line if there else 0,
                )
            elif old:
                other = next((m for m in listing.modules if m.path == r.path and m.packages and m.version != r.version), None)
                if other:
                    yield name, f"is explicitly required in go.mod, but vendor/modules.txt indicates {other.name}", other.line
    yield from _replacements(listing, project, meta, old=old)
    required = {(r.path, r.version) for _, mod in project.mods for r in mod.requires}
    for m in listing.modules:
        if m.explicit and m.packages and (m.path, m.version) not in required:
            yield m.name, "is marked as explicit in vendor/modules.txt, but not explicitly required in go.mod", m.line


def _replacements(
    listing: Listing, project: Project, meta: dict[tuple[str, str], Listed], *, old: bool
) -> Iterator[tuple[str, str, int]]:
    wanted: dict[tuple[str, str], tuple[str, str]] = {}
    files: Sequence[tuple[str, ModFile]] = [*([("", project.work)] if project.work else []), *project.mods]
    for folder, file in files:
        for r in file.replaces:
            wanted.setdefault((r.path, r.version), _canonical(project, folder, r))
    for (path, version), to in wanted.items():
        if path in project.main:
            continue
        there = meta.get((path, version))
        name, said = f"{path}@{version}" if version else path, "@".join(filter(None, to))
        if there is None or not there.to:
            if not old or (there and there.packages):
                yield (
                    name,
                    "is replaced in go.mod, but not marked as replaced in vendor/modules.txt",
                    there.line if there else 0,
                )
        elif (there.to, there.to_version) != to:
            yield (
                name,
                f"is replaced by {said} in go.mod, but marked as replaced by {there.replacement} in vendor/modules.txt",
                there.line,
            )
    for m in listing.modules:
        if m.to and not {(m.path, m.version), (m.path, "")} & wanted.keys():
            yield m.name, "is marked as replaced in vendor/modules.txt, but not replaced in go.mod", m.line


def _canonical(project: Project, folder: str, r: Replace) -> tuple[str, str]:
    """The replacement as go writes it: in a workspace, folders are named from go.work's folder."""
    if r.to_version or os.path.isabs(r.to) or not folder or project.work is None:
        return r.to, r.to_version
    inner = os.path.relpath(os.path.join(folder, r.to), project.root)
    return inner if inner.startswith((".", "/")) else f"./{inner}", ""
