"""What ``gomend mod bundle make`` does: ask go what is needed, verify every piece, write one archive.

Nothing enters that nobody vouches for; nothing is written before everything is verified.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from gomend.apps.bundleshapes import BundleShape, bundle_shape
from gomend.apps.bundling_go import Closure, Go, Pair, Sealed
from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.golang import dirhash, modpath, sumdb, verifier
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Said, Translator, say, text
from gomend.modules.bundle import verify as verifying
from gomend.modules.bundle.imports import Into, versions
from gomend.modules.bundle.manifest import (
    PROXY,
    SCHEMA,
    SYSROOTS,
    WHEELS,
    BundleError,
    Database,
    File,
    Manifest,
    Module,
    digest,
    is_shared,
)
from gomend.modules.bundle.read import Bundle
from gomend.modules.bundle.resume import Notes
from gomend.modules.bundle.verify import Bad, base_of, names_version
from gomend.modules.bundle.write import Piece, small, write
from gomend.modules.cache.records import Record, Records
from gomend.ports.doors import real_doors
from gomend.ports.processes import Cmd
from gomend.ports.state import remove_tree, state_folder

NOBODY: Final = text("bundle.make.nobody", "Neither go.sum nor a checksum database says what it should be.")
_OTHER: Final = text(
    "bundle.make.other", "{by} says {wanted}, the module cache has {actual}; gomend mod cache verify {name} tells more."
)
_ZIP: Final = text(
    "bundle.make.zip", "The zip in the module cache is damaged ({reason}); gomend mod cache mend fetches it again."
)
_INFO: Final = text(
    "bundle.make.info", "Its .info in the module cache is of another version; gomend mod cache mend fetches it again."
)
_NOT_FETCHED: Final = text("bundle.make.not-fetched", "go could not fetch it: {reason}")
_UNREADABLE: Final = text("bundle.make.unreadable", "{path} cannot be read: {reason}")
_BUSY: Final = text("bundle.make.busy", "Another run is making {path} just now.")
_NO_ROOM: Final = text("bundle.make.no-room", "There is no room for {path}; nothing was written.")
_FAILED: Final = text("bundle.make.failed", "{path} cannot be written: {reason}")
_PIP: Final = text("bundle.make.pip", "pip could not fetch {wheel}: {reason}")
_NO_PIP: Final = text("bundle.make.no-pip", "pip is needed for --wheel and is not on PATH.")
MAKING: Final = ".making"
"""What the folder of an unfinished making is called, beside the bundle."""

Progress = Callable[[int, int], None]


class Wish(Thing, frozen=True):
    """What the bundle is to hold, and where it goes."""

    folders: tuple[str, ...]
    out: str
    since: str = ""
    toolchains: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    wheels: tuple[str, ...] = ()
    sysroots: tuple[str, ...] = ()
    """Folders that ``gomend cgo sysroot`` made."""
    sumdb: bool = True
    unverified: bool = False
    fresh: bool = False


class Made(Thing, frozen=True):
    """The end: ``bad`` were refused (then nothing was written), ``left_out`` no build needs and nobody vouches for."""

    manifest: Manifest
    digest: str = ""
    size: int = 0
    bad: tuple[Bad, ...] = ()
    left_out: tuple[Bad, ...] = ()
    resumed: int = 0
    """Files whose hashes an interrupted run had noted."""


def make(wish: Wish, progress: Progress | None = None) -> Made:
    """Make a bundle.

    Raises:
        Problem: bad input, go or pip failed, no room.
    """
    out = os.path.abspath(wish.out)
    try:
        with contextlib.ExitStack() as stack:
            parent = stack.enter_context(Bundle(wish.since)) if wish.since else None
            work = stack.enter_context(_work(out + MAKING))
            made = _Making(wish, out, work, parent, progress).make()
            if not made.bad:
                stack.callback(remove_tree, work)
            return made
    except BundleError as error:
        raise base.Problem(base.translator()(error.said)) from None
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise base.Problem(_NO_ROOM, path=wish.out) from None
        raise base.Problem(_FAILED, path=error.filename or wish.out, reason=error.strerror or str(error)) from None


@contextlib.contextmanager
def _work(path: str) -> Generator[str]:
    """The folder of this making, which an interrupted run may have left."""
    os.makedirs(path, exist_ok=True)
    handle = os.open(f"{path}/lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield path
    except BlockingIOError:
        raise base.Problem(_BUSY, path=path.removesuffix(MAKING)) from None
    finally:
        os.close(handle)


class _Making:
    def __init__(self, wish: Wish, out: str, work: str, parent: Bundle | None, progress: Progress | None) -> None:
        self.wish = wish
        self.out = out
        self.work = work
        self.parent = parent
        self.progress = progress
        self.doors = real_doors()
        state = state_folder(self.doors.environ.variables, self.doors.environ.home)
        self.notes = Notes(f"{work}/verified", state)
        self.records = Records()
        self.modules: list[Module] = []
        self.pieces: list[Piece] = []
        self.bad: list[Bad] = []
        self.left_out: list[Bad] = []

    def make(self) -> Made:
        cache = f"{self.work}/cache" if self.wish.fresh else ""
        goes = [Go(self.doors, os.path.abspath(folder), self.work, cache) for folder in self.wish.folders or (".",)]
        closures = [go.project(number) for number, go in enumerate(goes)]
        projects = tuple(c.name for c in closures)
        go = goes[0]
        closures += [go.tool(number, tool) for number, tool in enumerate(self.wish.tools)]
        chains = [go.toolchain(platform) for platform in self.wish.toolchains]
        closures += chains
        for path in dict.fromkeys(p for c in closures for p in c.sums):
            self.records.go_sum(path)
        for name, reason in {n: r for c in closures for n, r in c.errors.items()}.items():
            self.bad.append(Bad(name=name, said=say(_NOT_FETCHED, reason=reason)))
        sealed = self._seal(go, closures)
        self._take(go, closures)
        self._wheels()
        self._sysroots()
        self.notes.save()
        self._small(sealed)
        manifest = self._manifest(go, projects, [c.name for c in chains], sealed)
        if self.bad:
            return Made(manifest=manifest, bad=tuple(self.bad), left_out=tuple(self.left_out), resumed=self.notes.reused)
        own = {f.path for f in manifest.files}
        raw = write(self.out, manifest, [p for p in self.pieces if p.file.path in own], self.progress)
        return Made(
            manifest=manifest,
            digest=digest(raw),
            size=os.stat(self.out).st_size,
            left_out=tuple(self.left_out),
            resumed=self.notes.reused,
        )

    def _seal(self, go: Go, closures: Sequence[Closure]) -> Sealed | None:
        """Have the checksum database answer for all of them, and take its word."""
        database = go.database()
        older = b""
        if database and self.parent is not None:
            path = self.parent.manifest.head(database[0])
            older = self.parent.read(path) if path in self.parent.files else b""
        if not self.wish.sumdb:
            return None
        sealed = go.seal({pair for c in closures for pair in c.zips | c.mods}, older)
        if sealed is not None:
            for name, answer in sealed.answers.items():
                for key, h1 in sumdb.record(answer).sums().items():
                    self.records.add(key, Record(h1=h1, by=sealed.name, path=name, proved=True))
        return sealed

    def _take(self, go: Go, closures: Sequence[Closure]) -> None:
        zips = {pair for c in closures for pair in c.zips}
        needed = {pair for c in closures for pair in c.needed}
        mods = {pair for c in closures for pair in c.mods} - zips
        total = sum(os.stat(f"{go.base(*pair)}.zip").st_size for pair in zips)
        done = 0
        for pair in sorted(zips | mods):
            self._version(go, pair, zip_too=pair in zips, needed=pair in needed)
            if self.progress and pair in zips:
                done += os.stat(f"{go.base(*pair)}.zip").st_size
                self.progress(done, total)

    def _version(self, go: Go, pair: Pair, *, zip_too: bool, needed: bool) -> None:
        """Verify one version; it enters if all of it is vouched for."""
        module, version = pair
        name = f"{module}@{version}"
        start = go.base(module, version)
        pieces = []
        try:
            raw = Path(f"{start}.mod").read_bytes()
            found = [small(f"{base_of(module, version)}.mod", raw)]
            mod_h1, h1 = dirhash.h1_mod(raw), ""
            if os.path.isfile(f"{start}.info"):
                info = Path(f"{start}.info").read_bytes()
                found.append(small(f"{base_of(module, version)}.info", info))
                if not names_version(info, version):
                    self.bad.append(Bad(name=name, said=say(_INFO)))
                    return
            if zip_too:
                hashes = self.notes.hashes(f"{start}.zip", module, version)
                if hashes.problem:
                    self.bad.append(Bad(name=name, said=say(_ZIP, reason=hashes.problem)))
                    return
                h1 = hashes.h1
                file = File(path=f"{base_of(module, version)}.zip", size=hashes.size, sha256=hashes.sha256)
                found.append(Piece(file=file, source=f"{start}.zip"))
            pieces += found
        except OSError as error:
            said = say(_UNREADABLE, path=error.filename or start, reason=error.strerror)
            self.bad.append(Bad(name=name, said=said))
            return
        keys = ((f"{version}/go.mod", mod_h1), *(((version, h1),) if zip_too else ()))
        if wrong := self._contradicts(module, keys):
            self.bad.append(Bad(name=name, said=wrong))
            return
        by = [{r.by for r in self.records.of(module, key)} for key, _ in keys]
        vouch = tuple(sorted(set.intersection(*by)))
        if not vouch and not all(by) and not self.wish.unverified:
            bad = Bad(name=name, said=say(NOBODY))
            (self.bad if needed else self.left_out).append(bad)
            return
        if not vouch and all(by):
            vouch = tuple(sorted(set.union(*by)))
        self.modules.append(Module(module=module, version=version, mod_h1=mod_h1, h1=h1, by=vouch))
        self.pieces += pieces

    def _contradicts(self, module: str, keys: Sequence[tuple[str, str]]) -> Said | None:
        for key, actual in keys:
            for r in self.records.of(module, key):
                if r.h1 != actual:
                    name = f"{module}@{key.removesuffix('/go.mod')}"
                    return say(_OTHER, by=r.by, wanted=r.h1, actual=actual, name=name)
        return None

    def _wheels(self) -> None:
        folder = f"{self.work}/{WHEELS}"
        for wheel in self.wish.wheels:
            program = next((p for p in ("pip", "pip3") if self.doors.runner.which(p)), None)
            if program is None:
                raise base.Problem(_NO_PIP)
            argv = (program, "download", "--quiet", "--only-binary=:all:", "--dest", folder, wheel)
            cmd = Cmd(argv=argv, cwd=self.work, timeout=3600.0)
            done = run_async(partial(self.doors.runner.run, cmd))
            if not done.ok:
                raise base.Problem(_PIP, wheel=wheel, reason=redact(done.why))
        self._files(WHEELS)

    def _sysroots(self) -> None:
        from gomend.apps.cgo import sysroots

        folder = f"{self.work}/{SYSROOTS}"
        for sysroot in self.wish.sysroots:
            os.makedirs(folder, exist_ok=True)
            sysroots.give(sysroot, folder)
        self._files(SYSROOTS)

    def _files(self, room: str) -> None:
        """Take all files of a folder of this making."""
        folder = f"{self.work}/{room}"
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            hashes = self.notes.hashes(f"{folder}/{name}")
            file = File(path=f"{room}/{name}", size=hashes.size, sha256=hashes.sha256)
            self.pieces.append(Piece(file=file, source=f"{folder}/{name}"))

    def _small(self, sealed: Sealed | None) -> None:
        """Lists of versions, and the checksum database's part as a proxy passes it on."""
        self.pieces += [small(path, data) for path, data in versions(self.modules).items()]
        if sealed is None:
            return
        home = f"{PROXY}/sumdb/{sealed.name}"
        self.pieces += [small(f"{home}/supported", b"\n"), small(f"{home}/latest", sealed.note)]
        self.pieces += [small(f"{home}/{path}", raw) for path, raw in sealed.tiles.items()]
        for name, answer in sealed.answers.items():
            module, _, version = name.rpartition("@")
            self.pieces.append(small(f"{home}/lookup/{modpath.escape(module)}@{modpath.escape(version)}", answer))

    def _manifest(self, go: Go, projects: tuple[str, ...], chains: list[str], sealed: Sealed | None) -> Manifest:
        before: dict[str, str] = {}
        if self.parent is not None:
            old = self.parent.manifest
            before = {f.path: f.sha256 for f in (*old.files, *old.inherited) if not is_shared(f.path)}
        files = sorted((p.file for p in self.pieces), key=lambda f: f.path)
        return Manifest(
            schema_=SCHEMA,
            go=go.env["GOVERSION"],
            toolchains=tuple(chains),
            tools=self.wish.tools,
            projects=projects,
            parent=self.parent.digest if self.parent else "",
            databases=(Database(name=sealed.name, records=sealed.records),) if sealed else (),
            modules=tuple(sorted(self.modules, key=lambda m: m.name)),
            files=tuple(f for f in files if before.get(f.path) != f.sha256),
            inherited=tuple(f for f in files if before.get(f.path) == f.sha256),
        )


def known_keys() -> dict[str, str]:
    """Keys of the checksum databases that this machine's go knows or is set to; none without go."""
    try:
        go = Go(real_doors(), os.getcwd(), "")
    except base.Problem:
        return {}
    own = go.database()
    return verifier.known_keys(go.env["GOROOT"]) | ({own[0]: own[1]} if own else {})


@contextlib.contextmanager
def opened(paths: Sequence[str]) -> Generator[list[Bundle]]:
    """Bundles, open.

    Raises:
        BundleError: one is none.
    """
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Bundle(path)) for path in paths]


def verdict(bundle: Bundle, parents: Sequence[Bundle], progress: Progress | None = None) -> verifying.Verdict:
    """Verify with the keys of this machine."""
    return verifying.verify(bundle, parents, known_keys(), progress)


def bring(file: str, parents: Sequence[str], to: str, say_: Translator, progress: Progress | None = None) -> BundleShape:
    """Verify a bundle, then import it into folder ``to``, or into the module cache where that is empty.

    Raises:
        BundleError: it is none, other content is there, or an earlier bundle is needed.
        BusyError: a go command holds a lock for long.
        OSError: no room, or not writable.
    """
    with opened((file, *parents)) as (bundle, *older):
        found = verdict(bundle, older, progress)
        if found.bad:
            return bundle_shape("import", file, bundle.manifest, say_, digest=bundle.digest, size=bundle.size, bad=found.bad)
        place = to or Go(real_doors(), os.getcwd(), "").env["GOMODCACHE"]
        into = Into(bundle, place, cache=not to)
        done = into.run()
        return bundle_shape(
            "import",
            file,
            bundle.manifest,
            say_,
            digest=bundle.digest,
            size=bundle.size,
            proved=found.proved,
            written=done.written,
            there=done.there,
            into=into.folder,
        )
