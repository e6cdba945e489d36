"""A real module cache, filled by the real go from servers on loopback, and every way that we know to damage one."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from gomend.lab.scenario import load
from gomend.lab.stage import Stage
from gomend.modules.cache import scan, verify
from gomend.modules.cache.records import Records
from gomend.modules.cache.verify import Place, Report

GOMEND = str(Path(sys.executable).parent / "gomend")
A = "example.com/a"
SCENARIO = {
    "id": "cache",
    "command": "true",
    "servers": {"P1": {"default": "ok"}},
    "env": {"GOPROXY": "http://127.0.0.1:{P1}", "GOSUMDB": "{KEY}", "GOFLAGS": "", "GOPATH": "{WORK}/gopath", "GONOSUMDB": ""},
    "files": {
        "m/go.mod": "module m\n\ngo 1.21\n",
        "m/m.go": 'package main\n\nimport (\n\t_ "example.com/UP/Case"\n\t_ "example.com/b"\n)\n\nfunc main() {}\n',
    },
}


class World:
    """One filled cache and a project that needs it; :meth:`copy` gives a fresh one to damage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stage = Stage(load(SCENARIO), folder)
        self.environ = {**self.stage.environ, "GOCACHE": str(folder / "build"), "GOMEND_STATE": str(folder / "state")}
        self.copies = 0
        for words in (["mod", "tidy"], ["mod", "download", "all"], ["build", "-o", "/dev/null", "."]):
            done = self.go(words)
            assert done.returncode == 0, done.stderr

    def go(self, words: list[str], cache: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        return self.run(["go", *words], cache, **env)

    def run(self, words: list[str], cache: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        environ = {**self.environ, "GOMODCACHE": str(cache or self.folder / "mod"), **env}
        return subprocess.run(
            words, cwd=self.stage.project, env=environ, capture_output=True, text=True, check=False, timeout=120
        )

    def gomend(self, *words: str, cache: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        return self.run([GOMEND, *words], cache, **env)

    def copy(self) -> Path:
        self.copies += 1
        to = self.folder / f"mod{self.copies}"
        subprocess.run(["cp", "-a", str(self.folder / "mod"), str(to)], check=True)
        return to

    def records(self, cache: Path, *, sums: bool = True) -> Records:
        made = Records()
        if sums:
            made.go_sum(str(self.stage.project / "go.sum"))
        made.checksum_database(
            str(cache), self.stage.database.key, str(self.folder / "gopath/pkg/sumdb/sum.example.com/latest")
        )
        return made

    def look(self, cache: Path, *, sums: bool = True, full: bool = True, rounds: int = 0) -> Report:
        """Verify in this process, without a manifest."""
        place = Place(root=str(cache), gocache=self.environ["GOCACHE"], go=go_version())
        return verify.verify(scan.whole(str(cache)), self.records(cache, sums=sums), place, None, full=full, rounds=rounds)


def go_version() -> str:
    return subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True, cwd="/").stdout.strip()


def at(cache: Path, suffix: str, module: str = A, version: str = "v1.0.0") -> Path:
    return cache / f"cache/download/{module}/@v/{version}.{suffix}"


def folder(cache: Path, module: str = A, version: str = "v1.0.0") -> Path:
    return cache / f"{module}@{version}"


def open_up(path: Path) -> None:
    """Make a folder of the cache writable, as someone who edits in it does."""
    for inner in [path, *(p for p in path.rglob("*") if p.is_dir())]:
        inner.chmod(0o755)


def _edit(path: Path, text: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(text)
    path.chmod(0o444)


def rezip(path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> None:
    """Write a zip anew with other members; its .ziphash stays."""
    with zipfile.ZipFile(path) as archive:
        members = {i.filename: archive.read(i) for i in archive.infolist()}
    path.unlink()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in change(members).items():
            archive.writestr(name, data)


def _zip_empty(cache: Path) -> None:
    at(cache, "zip").write_bytes(b"")


def _zip_cut(cache: Path) -> None:
    path = at(cache, "zip")
    path.write_bytes(path.read_bytes()[:-30])


def _zip_cut_start(cache: Path) -> None:
    path = at(cache, "zip")
    path.write_bytes(path.read_bytes()[40:])


def _zip_bit(cache: Path) -> None:
    """A bit of a member's packed bytes."""
    path = at(cache, "zip")
    raw = bytearray(path.read_bytes())
    names, extra = struct.unpack_from("<HH", raw, 26)
    raw[30 + names + extra + 3] ^= 0x40
    path.write_bytes(raw)


def _zip_crc(cache: Path) -> None:
    path = at(cache, "zip")
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\1\2") + 16] ^= 1
    path.write_bytes(raw)


def _zip_other(cache: Path) -> None:
    def change(members: dict[str, bytes]) -> dict[str, bytes]:
        return {n: d + b"\n// evil\n" if n.endswith(".go") else d for n, d in members.items()}

    rezip(at(cache, "zip"), change)


def _zip_prefix(cache: Path) -> None:
    rezip(at(cache, "zip"), lambda members: {n.replace("example.com/a@", "example.com/z@"): d for n, d in members.items()})


def _zip_slip(cache: Path) -> None:
    rezip(at(cache, "zip"), lambda members: members | {f"{A}@v1.0.0/../../evil.go": b"package evil\n"})


def _zip_absolute(cache: Path) -> None:
    rezip(at(cache, "zip"), lambda members: members | {"/etc/evil": b"x"})


def _zip_case(cache: Path) -> None:
    rezip(at(cache, "zip"), lambda members: members | {f"{A}@v1.0.0/A.GO": b"package a\n", f"{A}@v1.0.0/a.go": b"package a\n"})


def _zip_junk(cache: Path) -> None:
    with at(cache, "zip").open("ab") as file:
        file.write(b"hidden")


def _zip_before(cache: Path) -> None:
    path = at(cache, "zip")
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())


def _zip_folder(cache: Path) -> None:
    at(cache, "zip").unlink()
    at(cache, "zip").mkdir()


def _other_zip_and_hash(cache: Path) -> None:
    """Zip, hash and folder agree with each other, but not with what was published."""
    _zip_other(cache)
    from gomend.golang import dirhash

    _edit(at(cache, "ziphash"), dirhash.h1_zip(at(cache, "zip").read_bytes()).encode())
    path = folder(cache)
    open_up(path)
    for file in path.glob("*.go"):
        _edit(file, file.read_bytes() + b"\n// evil\n")


def _hash_gone(cache: Path) -> None:
    at(cache, "ziphash").unlink()


def _hash_empty(cache: Path) -> None:
    _edit(at(cache, "ziphash"), b"")


def _hash_other(cache: Path) -> None:
    _edit(at(cache, "ziphash"), b"h1:3Mz1wF6P4FA+BHKOt/heWdt1U17EALz5/4zkQfKQnAY=")


def _orphan(cache: Path) -> None:
    for suffix in ("zip", "ziphash"):
        at(cache, suffix).unlink()


def _mod_empty(cache: Path) -> None:
    _edit(at(cache, "mod"), b"")


def _mod_other(cache: Path) -> None:
    _edit(at(cache, "mod"), b"module example.com/a\n\ngo 1.22\n")


def _info_empty(cache: Path) -> None:
    _edit(at(cache, "info"), b"")


def _info_broken(cache: Path) -> None:
    _edit(at(cache, "info"), b'{"Version":')


def _info_other(cache: Path) -> None:
    _edit(at(cache, "info"), b'{"Version":"v1.1.0","Time":"2024-01-02T03:04:05Z"}')


def _info_time(cache: Path) -> None:
    _edit(at(cache, "info"), b'{"Version":"v1.0.0","Time":"yesterday"}')


def _list_broken(cache: Path) -> None:
    _edit(cache / f"cache/download/{A}/@v/list", b"v1.0.0\n<html>\n")


def _partial(cache: Path) -> None:
    at(cache, "partial").write_bytes(b"")


def _temporary(cache: Path) -> None:
    path = at(cache, "zip1234567.tmp")
    path.write_bytes(b"PK")
    os.utime(path, (1, 1))


def _lock_folder(cache: Path) -> None:
    at(cache, "lock").unlink()
    at(cache, "lock").mkdir()


def _stray(cache: Path) -> None:
    (cache / f"cache/download/{A}/@v/notes.txt").write_text("mine")


def _file_edited(cache: Path) -> None:
    path = folder(cache)
    open_up(path)
    file = next(path.glob("*.go"))
    _edit(file, file.read_bytes() + b"\n// edited\n")


def _file_same_size(cache: Path) -> None:
    file = next(folder(cache).glob("*.go"))
    raw = bytearray(file.read_bytes())
    raw[-2] ^= 1
    _edit(file, bytes(raw))


def _file_gone(cache: Path) -> None:
    path = folder(cache)
    open_up(path)
    next(path.glob("*.go")).unlink()


def _file_extra(cache: Path) -> None:
    path = folder(cache)
    open_up(path)
    (path / "zz_extra.go").write_text("package a\n")


def _folder_extra(cache: Path) -> None:
    path = folder(cache)
    open_up(path)
    (path / "inject").mkdir()
    (path / "inject/inject.go").write_text("package inject\n")


def _folder_empty_extra(cache: Path) -> None:
    path = folder(cache)
    open_up(path)
    (path / "nothing").mkdir()


def _file_link(cache: Path) -> None:
    path = folder(cache)
    open_up(path)
    file = next(path.glob("*.go"))
    file.unlink()
    file.symlink_to("/etc/hostname")


def _file_writable(cache: Path) -> None:
    next(folder(cache).glob("*.go")).chmod(0o644)


def _folder_emptied(cache: Path) -> None:
    path = folder(cache)
    open_up(path)
    for file in path.iterdir():
        file.unlink()


def _folder_is_file(cache: Path) -> None:
    path = folder(cache)
    open_up(path)
    shutil.rmtree(path)
    path.write_text("not a folder")


def _folder_is_link(cache: Path) -> None:
    path = folder(cache)
    open_up(path)
    path.rename(cache / "elsewhere")
    path.symlink_to(cache / "elsewhere")


def _folder_edited_without_zip(cache: Path) -> None:
    _file_edited(cache)
    at(cache, "zip").unlink()


def _answer(cache: Path) -> Path:
    return cache / f"cache/download/sumdb/sum.example.com/lookup/{A}@v1.0.0"


def _answer_broken(cache: Path) -> None:
    _edit(_answer(cache), b"<html>")


def _answer_forged(cache: Path) -> None:
    path = _answer(cache)
    raw = path.read_bytes()
    start = raw.index(b"h1:") + 3
    _edit(path, raw[:start] + bytes([raw[start] ^ 1]) + raw[start + 1 :])


def _answer_unsigned(cache: Path) -> None:
    path = _answer(cache)
    text, _, _ = path.read_bytes().rpartition(b"\xe2\x80\x94")
    _edit(path, text + b"\xe2\x80\x94 sum.example.com AAAAAAAA\n")


def _tile_cut(cache: Path) -> None:
    tile = next(p for p in (cache / "cache/download/sumdb/sum.example.com/tile").rglob("*") if p.is_file())
    _edit(tile, tile.read_bytes()[:-1])


class Damage(msgspec.Struct, frozen=True):
    """How to inflict it, and the kind that must be named; ``module`` if it is about one version."""

    inflict: Callable[[Path], None]
    what: str
    about: str = f"{A}@v1.0.0"


DAMAGES: dict[str, Damage] = {
    "zip emptied": Damage(_zip_empty, "zip-empty"),
    "zip cut at the end": Damage(_zip_cut, "zip-truncated"),
    "zip cut at the start": Damage(_zip_cut_start, "zip-truncated"),
    "bit of the zip flipped": Damage(_zip_bit, "zip-corrupt"),
    "CRC in the zip wrong": Damage(_zip_crc, "zip-corrupt"),
    "zip of other content": Damage(_zip_other, "zip-mismatch"),
    "zip of another module": Damage(_zip_prefix, "zip-refused"),
    "zip with a path that climbs out": Damage(_zip_slip, "zip-refused"),
    "zip with an absolute path": Damage(_zip_absolute, "zip-refused"),
    "zip with names that differ in case": Damage(_zip_case, "zip-refused"),
    "bytes behind the zip": Damage(_zip_junk, "zip-hidden"),
    "bytes before the zip": Damage(_zip_before, "zip-hidden"),
    "a folder in the zip's place": Damage(_zip_folder, "zip-refused"),
    "zip, hash and folder exchanged": Damage(_other_zip_and_hash, "zip-mismatch"),
    "ziphash removed": Damage(_hash_gone, "ziphash-missing"),
    "ziphash emptied": Damage(_hash_empty, "ziphash-malformed"),
    "ziphash of another zip": Damage(_hash_other, "ziphash-mismatch"),
    "folder without zip and ziphash": Damage(_orphan, "dir-orphan"),
    "go.mod emptied": Damage(_mod_empty, "mod-empty"),
    "go.mod of other content": Damage(_mod_other, "mod-mismatch"),
    ".info emptied": Damage(_info_empty, "info-empty"),
    ".info cut": Damage(_info_broken, "info-malformed"),
    ".info of another version": Damage(_info_other, "info-wrong-version"),
    ".info with no time": Damage(_info_time, "info-no-time"),
    "list with a web page": Damage(_list_broken, "list-malformed", A),
    "unpacking interrupted": Damage(_partial, "partial"),
    "temporary file left": Damage(_temporary, "temporary", A),
    "lock is a folder": Damage(_lock_folder, "lock-broken"),
    "stray file": Damage(_stray, "stray", A),
    "file edited": Damage(_file_edited, "dir-changed"),
    "file edited, same size": Damage(_file_same_size, "dir-changed"),
    "file removed": Damage(_file_gone, "dir-missing"),
    "file added": Damage(_file_extra, "dir-extra"),
    "package added": Damage(_folder_extra, "dir-extra"),
    "empty folder added": Damage(_folder_empty_extra, "dir-extra-folder"),
    "file became a link": Damage(_file_link, "dir-link"),
    "file writable": Damage(_file_writable, "dir-writable"),
    "folder emptied": Damage(_folder_emptied, "dir-missing"),
    "folder became a file": Damage(_folder_is_file, "dir-not-a-folder"),
    "folder became a link": Damage(_folder_is_link, "dir-not-a-folder"),
    "file edited, zip gone": Damage(_folder_edited_without_zip, "dir-mismatch"),
    "sumdb answer is a web page": Damage(_answer_broken, "sumdb-lookup-damaged"),
    "sumdb answer forged": Damage(_answer_forged, "sumdb-inconsistent"),
    "sumdb answer without signature": Damage(_answer_unsigned, "sumdb-lookup-unsigned"),
    "sumdb tile cut": Damage(_tile_cut, "sumdb-tile-damaged", ""),
}
"""Every way to damage a cache, and what it is called."""


def named(report: Report) -> list[tuple[str, str]]:
    return [(d.name, d.what) for d in report.damages]


def bad(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    answer = json.loads(done.stdout)
    return [(f"{b['module']}@{b['version']}" if b["version"] else b["module"], b["what"]) for b in answer["bad"]]
