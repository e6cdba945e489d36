"""The checksum database's client: how it is reached, what it asks, what it refuses.

Source: cmd/go/internal/modfetch/sumdb.go (useSumDB, dbDial, initBase), x/mod/sumdb/client.go.
"""

from __future__ import annotations

import contextlib
from typing import Final

from gomend.golang import modpath, patterns, verifier, weburl
from gomend.modules.route.errors import GoError, Mod, UseProxyError, version_error
from gomend.modules.route.machine import CACHE, GOPATH, KEY
from gomend.modules.route.process import Process
from gomend.modules.route.proxies import below, try_proxies
from gomend.modules.route.served import Body, Record, Tile
from gomend.modules.route.world import SUMDB

_HELP: Final = "\n\nFor more information, see 'go help module-auth'.\n"
_MISMATCH: Final = (
    "\n\nSECURITY ERROR\nThis download does NOT match the one reported by the checksum server.\n"
    "The bits may have been replaced on the origin server, or an attacker may\n"
    "have intercepted the download attempt." + _HELP
)
_ABSENT: Final = (
    "\n\nSECURITY ERROR\nThis download does NOT match one reported by the checksum server.\n"
    "The checksum server has provided checksums, but the checksums do\nnot contain an entry for the download.\n"
    "The checksum server may be malfunctioning, or an attacker may have\nintercepted the checksum request.\n"
    "The download cannot be verified." + _HELP
)
_TILE: Final = "tile/8/0/000"


def uses(process: Process, path: str) -> bool:
    """modfetch.useSumDB: toolchains always, else unless GOSUMDB=off or GONOSUMDB matches."""
    if path == "golang.org/toolchain":
        proxy = process.env.get("GOPROXY", "")
        return not (proxy.startswith("file://") and "," not in proxy and "|" not in proxy)
    skip = process.env.get("GONOSUMDB") or process.env.get("GOPRIVATE", "")
    return process.env.get("GOSUMDB") != "off" and not patterns.matches(skip, path)


class Database:
    """One database for the life of a process."""

    def __init__(self, process: Process) -> None:
        """Nothing is asked before the first lookup."""
        self.process = process
        self.name = ""
        self.size = process.machine.shelf.size
        self._base: str | GoError | None = None
        self._records: dict[str, tuple[str, ...] | GoError] = {}
        self._tile: Body | GoError | None = None
        self._tree: str | None = None
        self._has_path = False

    def check(self, mod: Mod, have: str) -> None:
        """modfetch.checkSumDB.

        Raises:
            GoError: the database cannot be asked, or says otherwise.
        """
        version = mod.version.removesuffix("/go.mod")
        noun = "go.mod" if mod.version.endswith("/go.mod") else "module"
        plain = Mod(mod.path, version)
        try:
            lines = self._lookup(plain)
        except GoError as error:
            where = "" if not self.name else f"{mod.path}@{mod.version}: "
            raise version_error(plain, GoError(f"verifying {noun}: {where}{error}")) from None
        prefix = f"{mod.path} {mod.version} "
        for line in lines:
            if line == prefix + have:
                return
            if line.startswith(f"{prefix}h1:"):
                told = line.removeprefix(prefix)
                text = f"checksum mismatch\n\tdownloaded: {have}\n\t{self.name}: {told}{_MISMATCH}"
                raise version_error(plain, GoError(f"verifying {noun}: {text}"))
        if not self.process.machine.does("absent-sum-is-error"):
            return
        raise version_error(plain, GoError(f"verifying {noun}: checksum missing from sumdb response{_ABSENT}"))

    def _dial(self) -> None:
        value = self.process.env.get("GOSUMDB", "")
        if value == "off":
            raise GoError("checksum database disabled by GOSUMDB=off")
        if problem := verifier.problem(value):
            raise GoError(problem)
        words = value.split()
        self.name = words[0].partition("+")[0]
        if self.name.endswith("golang.google.cn"):
            words, self.name = [words[0], f"https://{self.name}"], "sum.golang.org"
        if len(words) == 2:
            try:
                weburl.parse(words[1])
            except weburl.UrlError as error:
                self.name = ""
                raise GoError(f'invalid GOSUMDB URL: parse "{words[1]}": {error}') from None
            self._base = words[1].rstrip("/")
            self._has_path = "/" in self._base.partition("://")[2]

    def _lookup(self, mod: Mod) -> tuple[str, ...]:
        """sumdb.Client.Lookup."""
        if not self.name:
            self._dial()
        if self._tree is None:
            stored = self.process.machine.text(self._latest_file)
            self._tree = stored or ""
        remote = f"/lookup/{modpath.escape(mod.path)}@{modpath.escape(mod.version)}"
        if remote not in self._records:
            try:
                self._records[remote] = self._record(remote)
            except GoError as error:
                self._records[remote] = error
        found = self._records[remote]
        if isinstance(found, GoError):
            raise found
        return found

    @property
    def _latest_file(self) -> str:
        return f"{GOPATH}/pkg/sumdb/{self.name}/latest"

    def _cached(self, name: str) -> str:
        return f"{CACHE}/cache/download/sumdb/{self.name}/{name.lstrip('/')}"

    def _record(self, remote: str) -> tuple[str, ...]:
        files = self.process.machine.files
        body = files.get(self._cached(remote)) or self._remote(remote)
        if not isinstance(body, Record):
            raise GoError("malformed record data")
        if not body.signed or self.process.env.get("GOSUMDB", "").split()[0] != KEY:
            reason = f"invalid signature for key {self.process.env.get('GOSUMDB', '').partition('+')[0]}+"
            raise GoError(f"reading tree note: {reason}\nnote:\ngo.sum database tree\n{self.size}\n")
        self._merge(body.tree)
        tile = self._hashed(body.tree)
        files[self._latest_file] = body.tree
        files[self._cached(f"{_TILE}.p/{self.size}")] = tile
        files[self._cached(remote)] = body
        return body.lines

    def _merge(self, tree: str) -> None:
        """Client.mergeLatest: a tree of the size that is known must be that tree; another one is a fork."""
        if self._tree:
            try:
                self._hashed(self._tree)
            except GoError as error:
                raise GoError(f"checking tree#{self.size}: {error}") from None
        if self._tree and tree != self._tree:
            self.process.fatal("SECURITY ERROR\ngo.sum database server misbehavior detected!\n\nold database:\n\t")
        self._tree = tree

    def _hashed(self, tree: str) -> Tile:
        """tlog.TileHashReader: the tile, if it hashes to the tree's head."""
        tile = self._read_tile()
        if not isinstance(tile, Tile):
            size = len(tile.encode()) if isinstance(tile, str) else 0
            told = f"TileReader returned bad result slice ({_TILE}.p/{self.size} len={size}, want {32 * self.size})"
            raise GoError(told)
        if tile.tree != tree:
            raise GoError("downloaded inconsistent tile")
        return tile

    def _read_tile(self) -> Body:
        """Client.readTile: on disk, then the partial tile, then the full one."""
        if self._tile is None:
            self._tile = self.process.machine.files.get(self._cached(f"{_TILE}.p/{self.size}"))
        if self._tile is None:
            try:
                self._tile = self._remote(f"/{_TILE}.p/{self.size}")
            except GoError as error:
                self._tile = error
                with contextlib.suppress(GoError):
                    self._tile = self._remote(f"/{_TILE}")
        if isinstance(self._tile, GoError):
            raise self._tile
        return self._tile

    def _remote(self, path: str) -> Body:
        if self._base is None:
            try:
                self._base = try_proxies(self.process, self._supported)
            except GoError as error:
                self._base = f"https://{self.name}" if error.missing else error
        if isinstance(self._base, GoError):
            raise self._base
        if self._has_path:
            path = path.replace("!", "%21")
        body = self.process.client.bytes(self._base + path)
        if isinstance(body, Record | Tile) and self.name != SUMDB:
            return ""
        return body

    def _supported(self, proxy: str) -> str:
        if proxy == "noproxy":
            raise UseProxyError
        if proxy in {"direct", "off"}:
            raise GoError("module lookup disabled by GOPROXY=off", missing=True)
        self._has_path = "/" in proxy.partition("://")[2].rstrip("/")
        base = below(proxy, f"sumdb/{self.name}")
        self.process.client.bytes(f"{base}/supported")
        return base
