"""Everything known about one module version's hashes, fit to be sent to the module's author: facts only, nothing of this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from gomend.apps.caching import Cache
from gomend.apps.cli import base
from gomend.apps.loop import run_async
from gomend.golang import patterns
from gomend.model.base import Thing
from gomend.model.redact import redact
from gomend.model.text import Said, Text, say, text
from gomend.modules.cache import content, security, verify
from gomend.modules.cache import scan as scanning
from gomend.modules.cache.content import Job
from gomend.modules.cache.kinds import Damage
from gomend.modules.cache.scan import Entry
from gomend.modules.cache.security import CACHE, GO_SUM, Claim, Reading
from gomend.ports.processes import Cmd

_NO_VERSION: Final = text("cli.cache.report.no-version", "{name} names no version; write MODULE@VERSION.")
_NOT_THERE: Final = text("cli.cache.not-there", "The module cache has nothing of {module}.")
AGREE: Final = text("cache.security.agree", "All that is known here agrees.")
PRIVATE: Final = text(
    "cache.security.private",
    "By GONOSUMDB or GOPRIVATE the checksum database is not asked about this module: go.sum alone protects it.",
)
NO_RECORD: Final = text(
    "cache.security.no-record", "The cache holds no answer of the checksum database about this version; one could settle it."
)
OFF: Final = text("cache.security.off", "GOSUMDB is off: no checksum database is asked. go.sum alone protects this version.")


class Facts(Thing, frozen=True):
    """What is known: claims about the zip and the go.mod, what they mean, and where the version came from (``.info``)."""

    module: str
    version: str
    go: str
    zip: tuple[Claim, ...]
    mod: tuple[Claim, ...]
    reading: Reading | None
    note: Said | None
    origin: tuple[tuple[str, str], ...]


def facts(folder: str | None, name: str) -> Facts:
    """Collect them.

    Raises:
        Problem: the name has no version, or the cache has nothing of it.
    """
    module, _, version = name.rpartition("@")
    if not module or not version:
        raise base.Problem(_NO_VERSION, name=name)
    cache = Cache(folder, everything=True)
    cache.read_databases()
    entry = next(iter(scanning.some(cache.root, [(module, version)]).entries), None)
    if entry is None:
        raise base.Problem(_NOT_THERE, module=name)
    damages = verify.look_again(entry, cache.records, cache.place)
    here = content.read(Job(0, f"{entry.base}.zip" if "zip" in entry.files else "", "", f"{entry.name}/"))
    of_zip = _claims(cache, entry, "", here.h1)
    of_mod = _claims(cache, entry, "/go.mod", _mod(entry))
    known = {c.who for c in of_zip}
    return Facts(
        module=module,
        version=version,
        go=cache.env["GOVERSION"],
        zip=of_zip,
        mod=of_mod,
        reading=_reading(cache, entry, damages, of_zip, of_mod),
        note=None if security.DATABASE in known else say(_why_silent(cache, module)),
        origin=tuple(_origin(entry)),
    )


def _reading(
    cache: Cache, entry: Entry, damages: tuple[Damage, ...], of_zip: tuple[Claim, ...], of_mod: tuple[Claim, ...]
) -> Reading | None:
    return security.of(entry, cache.records, damages) or security.read(of_zip) or security.read(of_mod)


def _claims(cache: Cache, entry: Entry, suffix: str, here: str) -> tuple[Claim, ...]:
    found = security.recorded(cache.records, entry.module, entry.version + suffix)
    # Where a go.sum lies is nobody else's business.
    shown = [Claim(who=c.who, h1=c.h1, where=_line(c.where) if c.who == GO_SUM else c.where, proved=c.proved) for c in found]
    return tuple(shown + ([Claim(who=CACHE, h1=here)] if here else []))


def _line(where: str) -> str:
    path, _, line = where.rpartition(":")
    return f"{Path(path).name}:{line}"


def _mod(entry: Entry) -> str:
    from gomend.golang import dirhash

    try:
        return dirhash.h1_mod(Path(f"{entry.base}.mod").read_bytes())
    except OSError:
        return ""


def _origin(entry: Entry) -> list[tuple[str, str]]:
    """When the version was made and from which commit, if a proxy said so."""
    try:
        said = json.loads(Path(f"{entry.base}.info").read_bytes())
    except (OSError, ValueError):
        return []
    if not isinstance(said, dict):
        return []
    origin = said.get("Origin")
    pairs = [("Time", said.get("Time"))]
    if isinstance(origin, dict):
        pairs += [(name, origin.get(name)) for name in ("VCS", "URL", "Subdir", "Ref", "Hash")]
    return [(name, redact(value)) for name, value in pairs if isinstance(value, str) and value and not value.startswith("/")]


def _why_silent(cache: Cache, module: str) -> Text:
    names = ("GONOSUMDB", "GOPRIVATE")
    done = run_async(lambda: cache.doors.runner.run(Cmd(argv=("go", "env", *names), cwd=cache.project or ".")))
    if any(patterns.matches(value, module) for value in done.stdout.split("\n")):
        return PRIVATE
    return OFF if cache.env["GOSUMDB"] == "off" else NO_RECORD
