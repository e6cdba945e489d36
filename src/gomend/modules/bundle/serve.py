"""A module proxy over bundles, without unpacking them, or over a folder. It only reads, and only what a manifest names."""

from __future__ import annotations

import http.server
import os
import posixpath
import stat
import urllib.parse
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Final, Protocol

from gomend.modules.bundle.imports import merged
from gomend.modules.bundle.manifest import PROXY
from gomend.modules.bundle.read import Bundle

_PIECE: Final = 1 << 18


class Store(Protocol):
    """Where answers come from."""

    def find(self, path: str) -> tuple[int, Iterator[bytes]] | None:
        """Size and bytes of a file below the proxy's root, None if there is none."""
        ...


class Bundles:
    """Bundles, the newest first."""

    def __init__(self, bundles: Sequence[Bundle]) -> None:
        """They stay open."""
        self._bundles = bundles

    def find(self, path: str) -> tuple[int, Iterator[bytes]] | None:
        """From the first that has it; lists of versions from all."""
        name = f"{PROXY}/{path}"
        having = [bundle for bundle in self._bundles if name in bundle.files]
        if not having:
            return None
        if name.endswith("/@v/list"):
            whole = b""
            for bundle in having:
                whole = merged(whole, bundle.read(name))
            return len(whole), iter((whole,))
        at, size = having[0].place(name)
        return size, _pieces(having[0], at, size)


class Folder:
    """A folder that ``bundle import`` filled."""

    def __init__(self, root: str) -> None:
        """``root`` is what GOPROXY=file:// would name."""
        self._root = os.path.realpath(root)

    def find(self, path: str) -> tuple[int, Iterator[bytes]] | None:
        """A plain file below the root; links that lead out of it are not followed."""
        place = os.path.realpath(f"{self._root}/{path}")
        if not place.startswith(f"{self._root}/"):
            return None
        try:
            info = os.stat(place)
        except (OSError, ValueError):
            return None
        return (info.st_size, _whole(place)) if stat.S_ISREG(info.st_mode) else None


class Server(http.server.ThreadingHTTPServer):
    """The server; a request is one thread."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], store: Store) -> None:
        """Listen."""
        self.store = store
        super().__init__(address, _Handler)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server_version = "gomend"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer with the file."""
        self._answer(body=True)

    def do_HEAD(self) -> None:
        """Answer with its size."""
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        path = urllib.parse.unquote(self.path.partition("?")[0]).lstrip("/")
        found = None
        server = self.server
        if isinstance(server, Server) and path and "\0" not in path and posixpath.normpath(path) == path:
            found = server.store.find(path)
        if found is None:
            # 404 lets go try the next entry of GOPROXY.
            found = (len(_NONE), iter((_NONE,)))
            self.send_response(HTTPStatus.NOT_FOUND)
        else:
            self.send_response(HTTPStatus.OK)
        size, pieces = found
        self.send_header("Content-Type", _TYPES.get(posixpath.splitext(path)[1], "text/plain; charset=utf-8"))
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if body:
            try:
                for piece in pieces:
                    self.wfile.write(piece)
            except OSError:
                self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: names of private modules belong into no log."""


_NONE: Final = b"not found: the bundle does not have it\n"
_TYPES: Final = {".zip": "application/zip", ".info": "application/json"}


def _pieces(bundle: Bundle, at: int, left: int) -> Iterator[bytes]:
    while left > 0 and (piece := bundle.piece(at, min(left, _PIECE))):
        yield piece
        at, left = at + len(piece), left - len(piece)


def _whole(place: str) -> Iterator[bytes]:
    with open(place, "rb") as file:
        while piece := file.read(_PIECE):
            yield piece
