"""What stands at the start of a bundle: every file with size and hash, every module with who vouches for it.

A manifest that comes from elsewhere is not trusted: sizes, counts and names are checked before anything is done with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

import msgspec

from gomend.model.base import Thing
from gomend.model.text import Said, say, text

SCHEMA: Final = "gomend.bundle-manifest/1"
"""Name and version of the manifest's shape."""
MAX_MANIFEST: Final = 24 << 20
"""Bytes of a manifest that are looked at."""
MAX_FILES: Final = 100_000
"""Files of a bundle and of those that it builds on: some 30,000 modules."""
MAX_FILE: Final = 4 << 30
"""Bytes of one file. Go takes module zips of at most 500 MB; wheels of tool chains are some 100 MB."""
PROXY: Final = "proxy"
"""The folder that GOPROXY=file://… is pointed at."""
WHEELS: Final = "wheels"
"""The folder of Python wheels."""
SYSROOTS: Final = "sysroots"
"""The folder of packed sysroots for cgo."""

_PATH: Final = re.compile(r"(?:proxy|wheels|sysroots)(?:/[A-Za-z0-9!._~+@-]+)+")
_SHA: Final = re.compile(r"[0-9a-f]{64}")
_TOO_LARGE: Final = text("bundle.manifest.too-large", "The manifest has more than {limit} bytes or {files} files.")
_NOT_ONE: Final = text("bundle.manifest.not-one", "The manifest cannot be read: {reason}")
_BAD_NAME: Final = text("bundle.manifest.bad-name", "The manifest names a file that no bundle has: {name}")
_BAD_ORDER: Final = text("bundle.manifest.bad-order", "The manifest names {name} twice or out of order.")
_BAD_SIZE: Final = text("bundle.manifest.bad-size", "The manifest says of {name} what cannot be: {size} bytes, {sha256}.")
_COLLIDES: Final = text("bundle.manifest.collides", "{name} is in the manifest as file and as folder, or in two spellings.")


class BundleError(Exception):
    """A file is no bundle, or not as it was made; ``said`` tells people why."""

    def __init__(self, said: Said) -> None:
        """Keep the text."""
        super().__init__(said.english.format(**said.parameters))
        self.said = said


class File(Thing, frozen=True):
    """One file: its path in the bundle, size in bytes, SHA-256 in hexadecimal."""

    path: str
    size: int
    sha256: str


class Module(Thing, frozen=True):
    """One module version. ``h1`` is empty where only its go.mod is needed; ``by`` names who vouches, nobody if empty."""

    module: str
    version: str
    mod_h1: str
    h1: str = ""
    by: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``path@version``."""
        return f"{self.module}@{self.version}"


class Database(Thing, frozen=True):
    """A checksum database whose answers are in the bundle: its name, and how many records its signed tree has."""

    name: str
    records: int


class Manifest(Thing, frozen=True, rename={"schema_": "schema"}):
    """A bundle's table of contents. ``inherited`` files are not in it but in those it builds on, ``parent`` being the last."""

    schema_: str
    go: str
    toolchains: tuple[str, ...]
    tools: tuple[str, ...]
    projects: tuple[str, ...]
    parent: str
    databases: tuple[Database, ...]
    modules: tuple[Module, ...]
    files: tuple[File, ...]
    inherited: tuple[File, ...] = ()

    def head(self, name: str) -> str:
        """The path of a database's newest signed tree head."""
        return f"{PROXY}/sumdb/{name}/latest"


def is_shared(path: str) -> bool:
    """Whether a file may differ from bundle to bundle, so that none takes it over from an earlier one."""
    return path.endswith("/@v/list") or (path.startswith(f"{PROXY}/sumdb/") and "/tile/" not in path)


def encoded(manifest: Manifest) -> bytes:
    """The bytes of a manifest: the same for the same content."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def digest(raw: bytes) -> str:
    """What a bundle is called: the SHA-256 of its manifest, which names the SHA-256 of every file."""
    return sha256(raw).hexdigest()


def decoded(raw: bytes) -> Manifest:
    """A manifest from elsewhere, checked.

    Raises:
        BundleError: it is none, or could do harm.
    """
    # Counted before it is decoded: a thing of a few bytes takes a few hundred in memory.
    if len(raw) > MAX_MANIFEST or raw.count(b"{") > 2 * MAX_FILES or raw.count(b",") > 8 * MAX_FILES:
        raise BundleError(say(_TOO_LARGE, limit=MAX_MANIFEST, files=MAX_FILES))
    try:
        made = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(say(_NOT_ONE, reason=str(error)[:200])) from None
    if made.schema_ != SCHEMA:
        raise BundleError(say(_NOT_ONE, reason=f"schema {made.schema_[:60]!r}, not {SCHEMA!r}"))
    check_files(made.files)
    check_files(made.inherited)
    _check_names([f.path for f in (*made.files, *made.inherited)])
    return made


def check_files(files: Iterable[File]) -> None:
    """Refuse names that leave the folder, or that come twice or out of order, and impossible sizes.

    Raises:
        BundleError: one of them is so.
    """
    last = ""
    for file in files:
        name = file.path
        if len(name) > 1000 or not _PATH.fullmatch(name) or any(set(part) == {"."} for part in name.split("/")):
            raise BundleError(say(_BAD_NAME, name=shown(name)))
        if name <= last:
            raise BundleError(say(_BAD_ORDER, name=shown(name)))
        if not 0 <= file.size <= MAX_FILE or not _SHA.fullmatch(file.sha256):
            raise BundleError(say(_BAD_SIZE, name=shown(name), size=file.size, sha256=shown(file.sha256)))
        last = name


def _check_names(paths: list[str]) -> None:
    above = {path[:at].lower() for path in paths for at in range(len(path)) if path[at] == "/"}
    seen: set[str] = set()
    for path in paths:
        low = path.lower()
        if low in seen or low in above:
            raise BundleError(say(_COLLIDES, name=shown(path)))
        seen.add(low)


def shown(name: str) -> str:
    """A name from elsewhere, fit to be printed."""
    return ascii(name[:200])[1:-1]
