"""What ``proxy import`` can read besides a module cache: the disk store of Athens, and gomend's own bundles."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from typing import Final

from gomend.golang import modpath
from gomend.modules.bundle.manifest import PROXY
from gomend.modules.bundle.read import Bundle
from gomend.proxy import asks
from gomend.proxy.health import Health
from gomend.proxy.outcomes import AbsentError, FailedError
from gomend.proxy.sink import Sink

_PIECE: Final = 1 << 18
_NAMES: Final = ("go.mod", "source.zip")


class Athens:
    """A tree of MODULE/VERSION/{go.mod,source.zip,VERSION.info} (gomods/athens, pkg/storage/fs)."""

    def __init__(self, root: str) -> None:
        """Find all versions in it."""
        self.name = f"athens {root}"
        self.health = Health()
        self.strict = False
        self._files: dict[str, str] = {}
        for folder, folders, names in os.walk(root):
            folders.sort()
            version = os.path.basename(folder)
            if f"{version}.info" not in names or not set(_NAMES) <= set(names):
                continue
            module = os.path.relpath(os.path.dirname(folder), root)
            places = asks.places(modpath.unescape(module) or module, modpath.unescape(version) or version)
            sources = (f"{folder}/{version}.info", f"{folder}/go.mod", f"{folder}/source.zip")
            self._files |= dict(zip(places, sources, strict=True))

    @property
    def places(self) -> list[str]:
        """What it has."""
        return sorted(self._files)

    async def fetch(self, place: str, sink: Sink, begun: Callable[[], None]) -> None:
        """Copy a file."""
        path = self._files.get(place)
        if path is None:
            raise AbsentError(f"no {place}")
        begun()
        try:
            with open(path, "rb") as file:  # noqa: ASYNC230 - a file on this disk
                while piece := file.read(_PIECE):
                    sink.write(piece)
                    await asyncio.sleep(0)
        except OSError as error:
            raise FailedError("broken", f"{path}: {error.strerror}") from None


class Bundled:
    """An open bundle; its files are read where they lie."""

    def __init__(self, bundle: Bundle) -> None:
        """The bundle stays open."""
        self.name = f"bundle {bundle.path}"
        self.health = Health()
        self.strict = False
        self._bundle = bundle

    @property
    def places(self) -> list[str]:
        """The files of versions that it has."""
        found = (path.removeprefix(f"{PROXY}/") for path in self._bundle.files if path.startswith(f"{PROXY}/"))
        return sorted(p for p in found if "/@v/" in p and p.endswith((".info", ".mod", ".zip")))

    async def fetch(self, place: str, sink: Sink, begun: Callable[[], None]) -> None:
        """Copy a file."""
        with contextlib.suppress(KeyError):
            at, left = self._bundle.place(f"{PROXY}/{place}")
            begun()
            while left > 0 and (piece := self._bundle.piece(at, min(left, _PIECE))):
                sink.write(piece)
                at, left = at + len(piece), left - len(piece)
                await asyncio.sleep(0)
            if left:
                raise FailedError("broken", f"{self.name} is shorter than its manifest says")
            return
        raise AbsentError(f"no {place}")
