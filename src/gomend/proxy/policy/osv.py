"""Known vulnerabilities, from a database that was put on this machine: a folder or a zip of OSV records.

Source: ossf.github.io/osv-schema (``affected``, ``ranges`` of SEMVER, the evaluation algorithm), go.dev/security/vuln/database.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from gomend.golang import semver

_LARGEST: Final = 16 << 20
"""Bytes of one record."""


class _Package(msgspec.Struct):
    name: str = ""
    ecosystem: str = ""


class _Range(msgspec.Struct):
    type: str = ""
    events: list[dict[str, str]] = []


class _Affected(msgspec.Struct):
    package: _Package = msgspec.field(default_factory=_Package)
    ranges: list[_Range] = []
    versions: list[str] = []


class _Record(msgspec.Struct):
    id: str
    summary: str = ""
    withdrawn: str | None = None
    affected: list[_Affected] = []


class Flaw(NamedTuple):
    """A record that is about a version: its name and what it says in one line."""

    id: str
    summary: str


class OSVError(Exception):
    """The database cannot be read; the message says why."""


class Flaws:
    """A database, read whole; what is not about Go modules is left out."""

    def __init__(self, path: str) -> None:
        """Read it.

        Raises:
            OSVError: it cannot be read, or has no record of Go.
        """
        self._path = path
        self._by_module: dict[str, list[tuple[Flaw, _Affected]]] = {}
        self.stamp = stamp(path)
        self.count = 0
        decode = msgspec.json.Decoder(_Record).decode
        for name, raw in _files(path):
            try:
                record = decode(raw)
            except msgspec.DecodeError as error:
                # index files of the database of Go, and records of other shapes
                if isinstance(error, msgspec.ValidationError):
                    continue
                raise OSVError(f"{path}: {name}: {error}") from None
            self._take(record)
        if not self.count:
            raise OSVError(f"{path} has no OSV record of a Go module")

    def _take(self, record: _Record) -> None:
        if record.withdrawn:
            return
        flaw = Flaw(record.id, " ".join(record.summary.split()))
        for affected in record.affected:
            if affected.package.ecosystem == "Go" and affected.package.name:
                self._by_module.setdefault(affected.package.name, []).append((flaw, affected))
                self.count += 1

    def of(self, module: str, version: str) -> list[Flaw]:
        """What is known against a version, each once."""
        found = (flaw for flaw, affected in self._by_module.get(module, ()) if _hits(affected, module, version))
        return list(dict.fromkeys(found))


def stamp(path: str) -> tuple[int, ...]:
    """Changes when the database does; of a folder, what writers of such folders touch."""
    found = []
    for place in (path, f"{path}/ID", f"{path}/index/db.json"):
        try:
            info = os.stat(place)
        except OSError:
            continue
        found += [info.st_mtime_ns, info.st_size, info.st_ino]
    return tuple(found)


def _hits(affected: _Affected, module: str, version: str) -> bool:
    if version.removeprefix("v") in affected.versions or version in affected.versions:
        return True
    return any(r.type == "SEMVER" and _inside(r.events, module, version) for r in affected.ranges)


def _inside(events: Iterable[dict[str, str]], module: str, version: str) -> bool:
    """Whether a version lies in a range: its events in order, the last one at or before the version decides."""
    points = sorted((_key(module, value), kind, value) for event in events for kind, value in event.items() if kind != "limit")
    at, inside = semver.key(module, version), False
    for point, kind, _ in points:
        if kind == "introduced" and at >= point:
            inside = True
        elif (kind == "fixed" and at >= point) or (kind == "last_affected" and at > point):
            inside = False
    return inside


def _key(module: str, value: str) -> semver.Key:
    # "0" comes before every version, also before v0.0.0-0.
    return (0,) if value == "0" else semver.key(module, f"v{value.removeprefix('v')}")


def _files(path: str) -> Iterator[tuple[str, bytes]]:
    try:
        if os.path.isdir(path):
            yield from _folder(path)
        else:
            yield from _zip(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise OSVError(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def _folder(path: str) -> Iterator[tuple[str, bytes]]:
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            place = f"{folder}/{name}"
            if name.endswith(".json") and os.path.getsize(place) <= _LARGEST:
                with open(place, "rb") as file:
                    yield name, file.read()


def _zip(path: str) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.filename.endswith(".json") and info.file_size <= _LARGEST:
                yield info.filename, archive.read(info)
