"""Whether a bundle is what its manifest says, and the manifest what the checksum database says. Nothing is unpacked to disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from gomend.golang import dirhash, modpath, sumdb, ziphash
from gomend.model.base import Thing
from gomend.model.text import Said, say, text
from gomend.modules.bundle.manifest import PROXY, File, Module, shown
from gomend.modules.bundle.read import Bundle

_CHANGED: Final = text("bundle.bad.changed", "The bytes are not those that the manifest names.")
_ZIP: Final = text("bundle.bad.zip", "go would refuse this zip: {reason}")
_H1: Final = text("bundle.bad.h1", "It hashes to {actual}; the manifest says {wanted}.")
_INFO: Final = text("bundle.bad.info", "It does not name this version.")
_LACKS: Final = text("bundle.bad.lacks", "It is missing: {path}")
_UNNAMED: Final = text("bundle.bad.unnamed", "The manifest names no module that this file belongs to.")
_SUMDB: Final = text("bundle.bad.sumdb", "{name} does not say what the manifest says that it does: {reason}")
_CHAIN: Final = text("bundle.bad.chain", "The bundle given as the one before has digest {actual}; this one builds on {wanted}.")
_PARENT_LACKS: Final = text("bundle.bad.parent-lacks", "{count} files should be in earlier bundles and are not; first {path}.")
NO_PARENT: Final = text("bundle.open.no-parent", "{count} files are in earlier bundles (give them with --parent).")
NO_KEY: Final = text("bundle.open.no-key", "The key of {name} is not known here, so its answers were not checked.")

Progress = Callable[[int, int], None]


class Bad(Thing, frozen=True):
    """One thing that is wrong: the file or module, and why."""

    name: str
    said: Said


class Verdict(Thing, frozen=True):
    """``bad`` is wrong; ``open`` could not be told. ``proved`` counts modules whose place in the signed tree was shown."""

    bad: tuple[Bad, ...]
    open: tuple[Said, ...]
    proved: int


def verify(bundle: Bundle, parents: Sequence[Bundle], keys: Mapping[str, str], progress: Progress | None = None) -> Verdict:
    """Read all of it. ``parents`` are the bundles it builds on, the last first; ``keys`` those of databases by name."""
    check = _Check(bundle, parents, keys)
    total = done = 0
    total = sum(f.size for f in bundle.manifest.files)
    for file in bundle.manifest.files:
        check.file(file)
        done += file.size
        if progress:
            progress(done, total)
    check.modules()
    check.databases()
    check.chain()
    return Verdict(bad=tuple(check.bad), open=tuple(check.open), proved=check.proved)


class _Check:
    def __init__(self, bundle: Bundle, parents: Sequence[Bundle], keys: Mapping[str, str]) -> None:
        self.bundle = bundle
        self.parents = parents
        self.keys = keys
        self.bad: list[Bad] = []
        self.open: list[Said] = []
        self.proved = 0
        self.named = {base_of(m.module, m.version): m for m in bundle.manifest.modules}

    def file(self, file: File) -> None:
        """One file against the manifest."""
        base, _, suffix = file.path.rpartition(".")
        module = self.named.get(base) if suffix in {"zip", "mod", "info"} else None
        zip_of = module if module and suffix == "zip" else None
        with self.bundle.mapped(file.path) as raw:
            found = ziphash.of(raw, zip_of.module, zip_of.version) if zip_of else ziphash.of(raw)
            if found.sha256 != file.sha256:
                self._add(file.path, say(_CHANGED))
            elif "/@v/" in file.path and suffix in {"zip", "mod", "info"} and module is None:
                self._add(file.path, say(_UNNAMED))
            elif module and (said := content(raw, module, suffix, found)):
                self._add(file.path, said)

    def modules(self) -> None:
        """Every module named is there, in this bundle or an earlier one."""
        there = {f.path for f in (*self.bundle.manifest.files, *self.bundle.manifest.inherited)}
        for base, module in self.named.items():
            for suffix in ("info", "mod", "zip") if module.h1 else ("mod",):
                if f"{base}.{suffix}" not in there:
                    self._add(module.name, say(_LACKS, path=f"{base}.{suffix}"))

    def databases(self) -> None:
        """Every answer is signed, in the tree, and says what the manifest says."""
        for database in self.bundle.manifest.databases:
            vouched = [m for m in self.bundle.manifest.modules if database.name in m.by]
            key = self.keys.get(database.name)
            if key is None:
                self.open.append(say(NO_KEY, name=shown(database.name)))
                continue
            desk = _Desk(self.bundle, self.parents, database.name, key)
            for module in vouched:
                reason = desk.problem(module)
                if reason == _OPEN:
                    continue
                if reason:
                    self._add(module.name, say(_SUMDB, name=shown(database.name), reason=reason))
                else:
                    self.proved += 1

    def chain(self) -> None:
        """Files of earlier bundles are there."""
        manifest = self.bundle.manifest
        wanted = manifest.parent
        for parent in self.parents:
            if parent.digest != wanted:
                self._add(parent.path, say(_CHAIN, actual=parent.digest, wanted=wanted or "-"))
                return
            wanted = parent.manifest.parent
        if not manifest.inherited:
            return
        there = {f.path: f.sha256 for parent in self.parents for f in parent.manifest.files}
        lacking = [f.path for f in manifest.inherited if there.get(f.path) != f.sha256]
        if lacking and wanted:
            self.open.append(say(NO_PARENT, count=len(lacking)))
        elif lacking:
            self._add(lacking[0], say(_PARENT_LACKS, count=len(lacking), path=lacking[0]))

    def _add(self, name: str, said: Said) -> None:
        self.bad.append(Bad(name=shown(name), said=said))


def content(raw: memoryview, module: Module, suffix: str, found: ziphash.Hashes) -> Said | None:
    """What is wrong with one file of a module, None if nothing is."""
    if suffix == "zip":
        if found.problem:
            return say(_ZIP, reason=shown(found.problem))
        wanted, actual = module.h1, found.h1
    elif suffix == "mod":
        wanted, actual = module.mod_h1, dirhash.h1_mod(bytes(raw))
    else:
        return None if names_version(bytes(raw), module.version) else say(_INFO)
    return say(_H1, actual=actual, wanted=shown(wanted)) if wanted != actual else None


def names_version(raw: bytes, version: str) -> bool:
    """Whether an .info is one of this version."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("Version") == version


def base_of(module: str, version: str) -> str:
    """The path in the bundle of a version's files, without the suffix."""
    return f"{PROXY}/{modpath.escape(module)}/@v/{modpath.escape(version)}"


_OPEN: Final = "?"


class _Desk:
    """Proves answers of one database with the tiles of the bundle and of those it builds on."""

    def __init__(self, bundle: Bundle, parents: Sequence[Bundle], name: str, key: str) -> None:
        self.by = sumdb.verifier(key)
        self.home = f"{PROXY}/sumdb/{name}"
        self.bundles = (bundle, *parents)
        inherited = {f.path for f in bundle.manifest.inherited}
        self.elsewhere = any(path.startswith(f"{self.home}/tile/") for path in inherited)
        self.prover = sumdb.Prover(self._tile)

    def problem(self, module: Module) -> str:
        """What is wrong with what it says of a module; empty if nothing, ``?`` where earlier bundles are needed to tell."""
        path = f"{self.home}/lookup/{modpath.escape(module.module)}@{modpath.escape(module.version)}"
        raw = self._read(path)
        if raw is None:
            return f"no answer {path}"
        try:
            found = sumdb.record(raw)
            tree = sumdb.opened(found.note, self.by)
        except sumdb.SumDBError as error:
            return str(error)
        sums = found.sums()
        wrong = sums.get(f"{module.module} {module.version}/go.mod") != module.mod_h1
        if wrong or (module.h1 and sums.get(f"{module.module} {module.version}") != module.h1):
            return "another hash"
        proved = self.prover.proves(tree, found)
        if proved is None:
            return _OPEN if self.elsewhere and len(self.bundles) == 1 else "tiles are missing"
        return "" if proved else "the record is not in the signed tree"

    def _read(self, path: str) -> bytes | None:
        for bundle in self.bundles:
            if path in bundle.files:
                return bundle.read(path)
        return None

    def _tile(self, level: int, number: int, width: int) -> bytes | None:
        for name in _widths(level, number, width):
            raw = self._read(f"{self.home}/{name}")
            if raw is not None:
                return raw
        return None


def _widths(level: int, number: int, width: int) -> Iterator[str]:
    wide = 1 << sumdb.HEIGHT
    yield sumdb.tile_path(level, number, wide)
    yield from (sumdb.tile_path(level, number, w) for w in range(width, wide))


def keys_needed(bundles: Iterable[Bundle]) -> set[str]:
    """Names of the databases whose keys a verification wants."""
    return {d.name for bundle in bundles for d in bundle.manifest.databases}
