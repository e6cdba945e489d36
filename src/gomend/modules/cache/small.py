"""The small files of one module version: .mod, .info, .ziphash, .partial, .lock. Source: cmd/go, modfetch/cache.go."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from typing import Final

from gomend.golang import dirhash
from gomend.modules.cache.kinds import Damage
from gomend.modules.cache.records import Record, Records
from gomend.modules.cache.scan import Entry

_HASH: Final = re.compile(r"h1:[A-Za-z0-9+/]{43}=")
_MODULE: Final = re.compile(rb"(?m)^[ \t]*module[ \t(\"`]")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_LIMIT: Final = 16 << 20


class Small:
    """Reads and judges the small files of one version."""

    def __init__(self, entry: Entry, records: Records) -> None:
        """Nothing is read yet."""
        self.entry = entry
        self.records = records
        self.ziphash = ""
        self.mod_h1 = ""

    def damages(self) -> Iterator[Damage]:
        """Everything that is wrong with them."""
        for suffix in ("info", "mod", "ziphash", "lock"):
            if suffix in self.entry.files:
                raw = self._read(suffix)
                if isinstance(raw, Damage):
                    yield raw
                elif suffix == "info":
                    yield from self._info(raw)
                elif suffix == "mod":
                    yield from self._mod(raw)
                elif suffix == "ziphash":
                    yield from self._ziphash(raw)
        yield from self._missing()

    def damage(self, what: str, suffix: str, detail: str = "", expected: Record | None = None, actual: str = "") -> Damage:
        """A damage of one of this version's files."""
        path = self.entry.folder if suffix == "dir" else f"{self.entry.base}.{suffix}"
        return Damage(
            module=self.entry.module,
            version=self.entry.version,
            what=what,
            paths=(path,),
            expected=expected.h1 if expected else "",
            said_by=expected.by if expected else "",
            actual=actual,
            detail=detail,
        )

    def _read(self, suffix: str) -> bytes | Damage:
        path = f"{self.entry.base}.{suffix}"
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            return self.damage("not-readable", suffix, error.strerror or "")
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return self.damage("lock-broken" if suffix == "lock" else "not-a-file", suffix, "not a plain file")
            return b"" if suffix == "lock" else os.read(handle, _LIMIT)
        finally:
            os.close(handle)

    def _info(self, raw: bytes) -> Iterator[Damage]:
        if not raw.strip():
            yield self.damage("info-empty", "info", "an empty file")
            return
        try:
            said = json.loads(raw)
        except ValueError:
            said = None
        if not isinstance(said, dict) or not isinstance(said.get("Version"), str):
            yield self.damage("info-malformed", "info", _shown(raw))
        elif said["Version"] != self.entry.version:
            yield self.damage("info-wrong-version", "info", _shown(raw), actual=said["Version"][:100])
        elif "Time" in said and not _TIME.fullmatch(str(said["Time"])):
            yield self.damage("info-no-time", "info", _shown(raw))

    def _mod(self, raw: bytes) -> Iterator[Damage]:
        self.mod_h1 = dirhash.h1_mod(raw)
        recorded = self.records.of(self.entry.module, f"{self.entry.version}/go.mod")
        wrong = next((r for r in recorded if r.h1 != self.mod_h1), None)
        if not raw.strip() and (wrong or not recorded):
            yield self.damage("mod-empty", "mod", "an empty file", wrong, self.mod_h1)
        elif wrong:
            yield self.damage("mod-mismatch", "mod", "", wrong, self.mod_h1)
        elif not recorded and not _MODULE.search(raw):
            yield self.damage("mod-foreign", "mod", _shown(raw))

    def _ziphash(self, raw: bytes) -> Iterator[Damage]:
        text = raw.decode("utf-8", "replace").strip()
        if _HASH.fullmatch(text):
            self.ziphash = text
        else:
            yield self.damage("ziphash-malformed", "ziphash", _shown(raw) or "an empty file")

    def _missing(self) -> Iterator[Damage]:
        files, entry = self.entry.files, self.entry
        if "partial" in files:
            yield self.damage("partial", "partial", "unpacking did not end")
        if entry.module == "golang.org/fips140":
            return  # unpacked from GOROOT, never downloaded (cmd/go, DownloadDir)
        if "ziphash" not in files and "zip" in files:
            yield self.damage("ziphash-missing", "ziphash", "there is a zip")
        elif "ziphash" not in files and entry.unpacked and "partial" not in files:
            yield self.damage("dir-orphan", "dir", "no zip, no recorded hash")


def _shown(raw: bytes) -> str:
    return raw[:200].decode("utf-8", "replace").strip()
