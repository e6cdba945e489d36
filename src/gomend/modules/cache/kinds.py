"""Every kind of damage that a module cache can have: its cause, how bad it is, and what it means, in words for people."""

from __future__ import annotations

from typing import Final

from gomend.model.base import Severity, Thing
from gomend.model.text import Text, text


class Kind(Thing, frozen=True):
    """One kind. ``slug`` is the cause; ``files`` are what a mend replaces (a folder that agrees with its hash stays)."""

    name: str
    slug: str
    text: Text
    severity: Severity = Severity.ERROR
    files: tuple[str, ...] = ()
    """Suffixes beside each other in ``@v``; ``dir`` is the extracted folder."""


KINDS: Final[dict[str, Kind]] = {}
"""All kinds by name, the ones that matter most first."""


def _kind(name: str, slug: str, english: str, *files: str, severity: Severity = Severity.ERROR) -> None:
    KINDS[name] = Kind(name=name, slug=slug, text=text(f"cache.kind.{name}", english), severity=severity, files=files)


_ZIP: Final = ("zip", "ziphash")
_WASTE: Final = Severity.WARNING

_kind("zip-empty", "cache-zip-damaged", "The zip is empty; go cannot unpack it.", *_ZIP)
_kind("zip-truncated", "cache-zip-damaged", "The zip is cut off; go cannot unpack it.", *_ZIP)
_kind("zip-corrupt", "cache-zip-damaged", "A file in the zip cannot be unpacked.", *_ZIP)
_kind("zip-refused", "cache-zip-damaged", "go would refuse to unpack this zip.", *_ZIP)
_kind(
    "zip-mismatch",
    "cache-zip-damaged",
    "The zip holds other bits than were recorded; go compiles them without asking once the folder is gone.",
    *_ZIP,
)
_kind("zip-hidden", "cache-zip-damaged", "The zip carries bytes that no checksum covers.", "zip")
_kind("zip-unreadable", "cache-not-writable", "The zip cannot be read by this user.", "zip")
_kind("dir-changed", "cache-dir-modified", "Files were edited after unpacking; go compiles the edited ones.", "dir")
_kind("dir-missing", "cache-dir-modified", "Files are missing from the unpacked module.", "dir")
_kind("dir-extra", "cache-dir-modified", "There are files that the module does not have; go compiles them too.", "dir")
_kind("dir-extra-folder", "cache-dir-modified", "There are folders that the module does not have.", "dir", severity=_WASTE)
_kind("dir-link", "cache-dir-modified", "There are links or other things that are no plain files.", "dir")
_kind("dir-unreadable", "cache-dir-modified", "Files of the unpacked module cannot be read by this user.", "dir")
_kind(
    "dir-writable",
    "cache-dir-modified",
    "Files may be written to, so an editor can change them unnoticed.",
    "dir",
    severity=_WASTE,
)
_kind("dir-mismatch", "cache-dir-modified", "The unpacked module holds other bits than were recorded.", "dir")
_kind("dir-not-a-folder", "cache-dir-modified", "Something that is no folder stands where the module belongs.", "dir")
_kind("dir-orphan", "cache-hash-missing", "Nothing records what this unpacked module should be; go fetches it again.", "dir")
_kind("dir-not-executable", "cache-dir-modified", "Programs of the toolchain may not be run.", "dir")
_kind("ziphash-missing", "cache-hash-missing", "The recorded hash is gone; go fetches or hashes the module again.", "ziphash")
_kind("ziphash-malformed", "cache-hash-missing", "The recorded hash is no hash.", "ziphash")
_kind("ziphash-mismatch", "cache-hash-missing", "The recorded hash is not that of the zip.", "ziphash")
_kind("mod-empty", "cache-mod-damaged", "The cached go.mod is empty.", "mod")
_kind("mod-mismatch", "cache-mod-damaged", "The cached go.mod is not the one that was recorded.", "mod")
_kind("mod-not-in-zip", "cache-mod-damaged", "The cached go.mod is not the one in the zip.", "mod")
_kind("mod-foreign", "cache-mod-damaged", "The cached go.mod does not parse, or names no module.", "mod")
_kind("info-empty", "cache-info-damaged", "The cached .info is empty.", "info")
_kind("info-malformed", "cache-info-damaged", "The cached .info is not what go writes.", "info")
_kind(
    "info-wrong-version",
    "cache-info-damaged",
    "The cached .info names another version; go mod download takes its word.",
    "info",
)
_kind("info-no-time", "cache-info-damaged", "The cached .info has no time that can be read.", "info", severity=_WASTE)
_kind("list-malformed", "cache-info-damaged", "The cached list of versions has lines that are no versions.", severity=_WASTE)
_kind("partial", "cache-partial", "Unpacking was interrupted; go starts over.", "partial", "dir", severity=_WASTE)
_kind("temporary", "cache-partial", "A temporary file of an interrupted download was left.", severity=_WASTE)
_kind("lock-broken", "cache-lock-stale", "The lock is not a file that go could open; every use of this version fails.", "lock")
_kind("stray", "cache-partial", "A file that go never made stands in the cache.", severity=_WASTE)
_kind("not-a-file", "cache-not-writable", "Something that is no plain file stands where go keeps one.")
_kind("not-readable", "cache-not-writable", "A file of the cache cannot be read by this user.")
_kind("index-stale", "cache-dir-modified", "go's index of this module is older than the files; go does not see what is there.")
_kind("sumdb-lookup-damaged", "sumdb-bad-response", "A cached answer of the checksum database does not parse.")
_kind("sumdb-lookup-unsigned", "sumdb-bad-signature", "A cached answer of the checksum database has no valid signature.")
_kind("sumdb-tile-damaged", "sumdb-inconsistent", "A cached part of the checksum database has the wrong size.")
_kind("sumdb-inconsistent", "sumdb-inconsistent", "The cached parts of the checksum database do not prove what it said.")
_kind("vcs-damaged", "vcs-failed", "A cached repository is damaged.", severity=_WASTE)
_kind("read-only", "cache-not-writable", "The cache cannot be written to.", severity=_WASTE)
_kind("no-space", "cache-no-space", "The disk of the cache is full.")
_kind("no-locks", "cache-lock-stale", "The file system of the cache has no working locks.", severity=_WASTE)


class Damage(Thing, frozen=True):
    """One damage. ``paths`` are absolute, a few of them; ``expected`` and ``actual`` are hashes or what else was compared."""

    module: str
    version: str
    what: str
    paths: tuple[str, ...] = ()
    expected: str = ""
    actual: str = ""
    said_by: str = ""
    """Who expected it: go.sum, sumdb, .ziphash, zip."""
    detail: str = ""

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return KINDS[self.what]

    @property
    def name(self) -> str:
        """``path@version``."""
        return f"{self.module}@{self.version}" if self.version else self.module
