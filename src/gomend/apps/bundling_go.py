"""What a bundle needs, as the real go says: modules of projects, tools and toolchains, and answers of the checksum database."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.golang import modfile, modpath, sumdb, verifier, version
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import text
from gomend.modules.bundle import tree
from gomend.modules.cache import scan as scanning
from gomend.modules.cache.surroundings import TOOLCHAIN
from gomend.ports.doors import Doors
from gomend.ports.processes import Cmd, Done
from gomend.ports.state import remove_tree

_NO_GO: Final = text("bundle.no-go", "go cannot be asked for its settings: {reason}")
_NO_PROJECT: Final = text("bundle.no-project", "{path} has no go.mod or go.work, nor has a folder above it.")
_FAILED: Final = text("bundle.go-failed", "{command} failed: {reason}")
_TIME: Final = 3600.0
"""Seconds for one go command: it may have gigabytes to fetch, and waits for ever by itself."""
_AT_ONCE: Final = 200
_NAMES: Final = ("GOMODCACHE", "GOSUMDB", "GOROOT", "GOVERSION", "GOWORK", "GOFLAGS", "GOMOD", "GOTOOLCHAIN", "GONOSUMDB")
_ROUNDS: Final = 3
Pair = tuple[str, str]


class Closure(Thing, frozen=True):
    """What one project, tool or toolchain needs: versions with their zip, versions of which only go.mod, and go.sum files.

    ``needed`` are those that builds and tests use; the others only belong to the module graph.
    """

    name: str
    zips: frozenset[Pair]
    mods: frozenset[Pair]
    needed: frozenset[Pair]
    sums: tuple[str, ...] = ()
    errors: dict[str, str] = {}


class Sealed(Thing, frozen=True):
    """Answers of a database under one signed tree: its note, the answers' bytes by ``path@version``, tiles by path."""

    name: str
    key: str
    records: int
    note: bytes
    answers: dict[str, bytes]
    tiles: dict[str, bytes]


class Go:
    """The go of this machine in one folder, with the user's settings; only the module cache may be another."""

    def __init__(self, doors: Doors, folder: str, work: str, cache: str = "") -> None:
        """``work`` is a folder of ours. Asks go for its settings.

        Raises:
            Problem: go cannot be asked.
        """
        self.doors = doors
        self.folder = folder
        self.work = work
        self._cache = {"GOMODCACHE": cache} if cache else {}
        done = self._run(("go", "env", "-json", *_NAMES), folder, {})
        try:
            self.env: dict[str, str] = {n: json.loads(done.stdout).get(n, "") for n in _NAMES}
        except ValueError:
            raise base.Problem(_NO_GO, reason=_short(done)) from None
        self.download = f"{self.env['GOMODCACHE']}/cache/download"

    def _run(self, argv: tuple[str, ...], folder: str, env: dict[str, str]) -> Done:
        cmd = Cmd(argv=argv, cwd=folder, env={**self._cache, "PWD": folder, **env}, timeout=_TIME)
        return run_async(lambda: self.doors.runner.run(cmd))  # type: ignore[no-any-return]

    def flags(self, *more: str) -> str:
        """GOFLAGS: the user's without what chooses the module files, and these."""
        try:
            words = shlex.split(self.env["GOFLAGS"])
        except ValueError:
            words = []
        kept = [w for w in words if not re.match(r"--?(?:mod|modfile)=", w)]
        return " ".join(f"'{w}'" if " " in w else w for w in (*kept, *more))

    def project(self, number: int) -> Closure:
        """What the project of this folder needs.

        Raises:
            Problem: there is none, or go cannot say.
        """
        gowork = "" if self.env["GOWORK"] in {"", "off"} else self.env["GOWORK"]
        gomod = self.env["GOMOD"]
        if not gowork and (not gomod or gomod == os.devnull):
            raise base.Problem(_NO_PROJECT, path=self.folder)
        home = f"{self.work}/project{number}"
        os.makedirs(home, exist_ok=True)
        files = [gomod]
        if gowork:
            root = os.path.dirname(gowork)
            uses = modfile.parse(_read(gowork), work=True).uses
            files = [os.path.normpath(os.path.join(root, u.value, "go.mod")) for u in uses]
            env = {"GOWORK": self._own_work(gowork, home), "GOFLAGS": self.flags("-mod=readonly")}
        else:
            for suffix in ("mod", "sum"):
                own = f"{gomod.removesuffix('mod')}{suffix}"
                Path(f"{home}/go.{suffix}").write_bytes(Path(own).read_bytes() if os.path.exists(own) else b"")
            env = {"GOWORK": "off", "GOFLAGS": self.flags("-mod=mod", f"-modfile={home}/go.mod")}
        sums = tuple(p for p in [*(f"{f.removesuffix('mod')}sum" for f in files), f"{gowork}.sum"] if os.path.isfile(p))
        read = [modfile.parse(_read(f)) for f in files]
        replaces = [r for m in read for r in m.replaces]
        if gowork:
            replaces = [*modfile.parse(_read(gowork), work=True).replaces, *replaces]
        needed = frozenset(_replaced(r.path, r.version, replaces) for m in read for r in m.requires)
        whole = any(not m.go or version.older(m.go.value, "1.17") for m in read)
        name = " ".join(m.module.value for m in read if m.module)
        return self._closure(name, self.folder, env, None if whole else needed, sums)

    def _own_work(self, gowork: str, home: str) -> str:
        """A copy of go.work: go may then write go.work.sum without touching the project."""
        root = os.path.dirname(gowork)
        own = f"{home}/go.work"
        made = modfile.parse(_read(gowork), work=True)
        lines = [f"go {made.go.value if made.go else '1.18'}"]
        lines += [f"toolchain {made.toolchain.value}"] if made.toolchain else []
        lines += [f"use {json.dumps(os.path.normpath(os.path.join(root, u.value)))}" for u in made.uses]
        for r in made.replaces:
            to = os.path.normpath(os.path.join(root, r.to)) if r.local else r.to
            lines.append(f"replace {r.path} {r.version} => {json.dumps(to) if r.local else to} {r.to_version}")
        Path(own).write_text("\n".join(lines) + "\n", encoding="utf-8")
        Path(f"{own}.sum").write_bytes(Path(f"{gowork}.sum").read_bytes() if os.path.exists(f"{gowork}.sum") else b"")
        return own

    def tool(self, number: int, wanted: str) -> Closure:
        """What ``go install PACKAGE@VERSION`` needs.

        Raises:
            Problem: there is no such thing.
        """
        env = {"GOWORK": "off", "GOFLAGS": self.flags("-mod=mod")}
        home = self._module(f"tool{number}")
        got = self._run(("go", "get", wanted), home, env)
        if not got.ok:
            raise base.Problem(_FAILED, command=f"go get {wanted}", reason=redact(_short(got)))
        # go writes its own version there; what it found is what is asked for.
        return self._closure(wanted, home, env, None, ())

    def toolchain(self, platform: str) -> Closure:
        """The toolchain that this project is built with, for another machine (``linux/amd64``)."""
        made = f"v0.0.1-{self.env['GOVERSION']}.{platform.replace('/', '-')}"
        home = self._module("toolchain")
        env = {"GOWORK": "off", "GOFLAGS": self.flags("-mod=mod")}
        zips, errors = self._download(home, env, f"{TOOLCHAIN}@{made}")
        return Closure(name=made.removeprefix("v0.0.1-"), zips=zips, mods=frozenset(), needed=zips, errors=errors)

    def _module(self, name: str) -> str:
        home = f"{self.work}/{name}"
        os.makedirs(home, exist_ok=True)
        Path(f"{home}/go.mod").write_text("module gomend.invalid/bundle\n\ngo 1.21\n", encoding="ascii")
        Path(f"{home}/go.sum").write_bytes(b"")
        return home

    def _closure(
        self, name: str, folder: str, env: dict[str, str], needed: frozenset[Pair] | None, sums: tuple[str, ...]
    ) -> Closure:
        zips, errors = self._download(folder, env, "all")
        graph = self._run(("go", "mod", "graph"), folder, env)
        if not graph.ok:
            raise base.Problem(_FAILED, command="go mod graph", reason=redact(_short(graph)))
        mods = self._graph(folder, env) - zips
        return Closure(
            name=name,
            zips=zips,
            mods=mods,
            needed=zips if needed is None else zips & needed,
            sums=sums,
            errors=errors,
        )

    def _graph(self, folder: str, env: dict[str, str]) -> frozenset[Pair]:
        """Versions whose go.mod go reads for the module graph: those it takes over into an empty cache from the filled one."""
        cache = f"{self.work}/graph"
        remove_tree(cache)
        local = {"GOMODCACHE": cache, "GOPROXY": Path(self.download).as_uri(), "GONOPROXY": "none", "GOSUMDB": "off"}
        go = f"{self.env['GOROOT']}/bin/go"
        done = self._run((go, "mod", "graph"), folder, {**env, **local, "GOTOOLCHAIN": "local"})
        if not done.ok:
            raise base.Problem(_FAILED, command="go mod graph", reason=redact(_short(done)))
        found = frozenset((e.module, e.version) for e in scanning.whole(cache).entries if "mod" in e.files)
        remove_tree(cache)
        return found

    def _download(self, folder: str, env: dict[str, str], *what: str) -> tuple[frozenset[Pair], dict[str, str]]:
        done = self._run(("go", "mod", "download", "-json", *what), folder, env)
        answers = list(_objects(done.stdout))
        if not done.ok and not any(a.get("Error") for a in answers):
            raise base.Problem(_FAILED, command="go mod download", reason=redact(_short(done)))
        errors = {f"{a.get('Path')}@{a.get('Version')}": redact(a["Error"]) for a in answers if a.get("Error")}
        return frozenset((a["Path"], a["Version"]) for a in answers if a.get("Zip")), errors

    def base(self, module: str, wanted: str) -> str:
        """The path of a version's files in the cache, without the suffix."""
        return f"{self.download}/{modpath.escape(module)}/@v/{modpath.escape(wanted)}"

    def database(self) -> Pair | None:
        """Name and key of the checksum database in use, None if there is none."""
        value = self.env["GOSUMDB"]
        word = (value.split() or ["off"])[0]
        if word == "off" or verifier.problem(value):
            return None
        if "+" in word:
            return word.partition("+")[0], word
        known = verifier.known_keys(self.env["GOROOT"])
        return (word, known[word]) if word in known else next(iter(known.items()), None)

    def seal(self, pairs: Iterable[Pair], older: bytes = b"") -> Sealed | None:
        """Have go look all of these up, until everything is proved under one signed tree; None without a database.

        ``older`` is the tree head of an earlier bundle; what proves that it is a beginning of this one is fetched too.
        Versions that go does not ask the database about (GONOSUMDB) have no answer.
        """
        database = self.database()
        if database is None:
            return None
        books = _Books(f"{self.download}/sumdb/{database[0]}", *database)
        names = {f"{module}@{wanted}": (module, wanted) for module, wanted in sorted(pairs)}
        asked = False
        made = None
        for _ in range(_ROUNDS):
            answers = books.answers(names.values())
            made = books.sealed(answers, older)
            missing = [n for n in names if n not in answers]
            if made is not None and not books.missing and (asked or not missing):
                break
            home = self._module("lookup")
            latest = f"{self.work}/gopath/pkg/sumdb/{database[0]}/latest"
            os.makedirs(os.path.dirname(latest), exist_ok=True)
            Path(latest).write_bytes(older)
            # First the answer with the newest tree, so that go proves the old one to be its beginning; then the rest.
            self._list(home, [books.newest] if books.newest else [])
            self._list(home, missing if missing and not asked else list(names))
            asked = True
        return made

    def _list(self, home: str, names: Sequence[str]) -> None:
        env = {
            "GOWORK": "off",
            "GOFLAGS": self.flags("-mod=mod"),
            "GOPATH": f"{self.work}/gopath",
            "GOMODCACHE": self.env["GOMODCACHE"],
            "GOTOOLCHAIN": "local",
        }
        for start in range(0, len(names), _AT_ONCE):
            Path(f"{home}/go.sum").write_bytes(b"")
            self._run(("go", "list", "-e", "-m", "-json", *names[start : start + _AT_ONCE]), home, env)


class _Books:
    """The cached answers and tiles of one database."""

    def __init__(self, home: str, name: str, key: str) -> None:
        self.home = home
        self.name = name
        self.key = key
        self.by = sumdb.verifier(key)
        self.newest = ""
        self.missing: list[tree.Tile] = []

    def answers(self, pairs: Iterable[Pair]) -> dict[str, tuple[sumdb.Record, sumdb.Tree]]:
        """Signed answers by ``path@version``."""
        found = {}
        for module, wanted in pairs:
            try:
                raw = Path(f"{self.home}/lookup/{modpath.escape(module)}@{modpath.escape(wanted)}").read_bytes()
                record = sumdb.record(raw)
                found[f"{module}@{wanted}"] = record, sumdb.opened(record.note, self.by)
            except (OSError, sumdb.SumDBError):
                continue
        return found

    def sealed(self, answers: dict[str, tuple[sumdb.Record, sumdb.Tree]], older: bytes) -> Sealed | None:
        """All of them under the newest tree that one of them carries, or that of the earlier bundle if that is newer.

        Answers without a proof are left out.
        """
        self.missing = []
        if not answers:
            return None
        self.newest = max(answers, key=lambda name: (answers[name][1].size, name))
        note, head = answers[self.newest][0].note, answers[self.newest][1]
        before = [sumdb.opened(older, self.by)] if older else []
        if before and before[0].size > head.size:
            note, head = older, before[0]
        wanted = tree.tiles(head.size, (r.number for r, _ in answers.values()), (t.size for t in before))
        tiles = {t: self._tile(*t) for t in wanted}
        self.missing = sorted(t for t, raw in tiles.items() if raw is None)
        prover = sumdb.Prover(self._tile)
        good = {n: tree.answer(r, note) for n, (r, _) in answers.items() if prover.proves(head, r)}
        return Sealed(
            name=self.name,
            key=self.key,
            records=head.size,
            note=note,
            answers=good,
            tiles={sumdb.tile_path(*t): raw for t, raw in tiles.items() if raw is not None},
        )

    def _tile(self, level: int, number: int, width: int) -> bytes | None:
        """The start of the narrowest cached tile that is wide enough."""
        wide = 1 << sumdb.HEIGHT
        full = f"{self.home}/{sumdb.tile_path(level, number, wide)}"
        try:
            widths = sorted(int(n) for n in os.listdir(f"{full}.p") if n.isdigit())
        except OSError:
            widths = []
        for path, has in [*((f"{full}.p/{w}", w) for w in widths if w >= width), (full, wide)]:
            try:
                raw = Path(path).read_bytes()
            except OSError:
                continue
            if len(raw) == has * sumdb.HASH:
                return raw[: width * sumdb.HASH]
        return None


def _replaced(path: str, wanted: str, replaces: Iterable[modfile.Replace]) -> Pair:
    for r in replaces:
        if r.path == path and r.version in {"", wanted} and not r.local:
            return r.to, r.to_version
    return path, wanted


def _objects(answer: str) -> Iterator[dict[str, Any]]:
    decoder, at = json.JSONDecoder(), 0
    while (start := answer.find("{", at)) >= 0:
        try:
            found, at = decoder.raw_decode(answer, start)
        except ValueError:
            return
        yield found


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise base.Problem(f"{path}: {error.strerror}") from None


def _short(done: Done) -> str:
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return " ".join(lines[-6:])[:600] or done.why
