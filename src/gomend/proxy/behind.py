"""A store behind the one on disk, which any number of servers share: a bucket (S3 and what speaks like it), or a folder.

No lock is held anywhere: what a version hashed to is written with a conditional put, so the first server says it for all, and a file is
put after its record, so whoever sees a file can check it. Who fetches a file writes a claim, also conditionally; that only spares
upstreams, and a claim whose server died is taken over. If the bucket does not answer, the server goes on alone.
Calls of obstore are made in threads: they block, and nothing of its runtime is left over at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import os
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gomend.proxy.content import UntrueError
from gomend.proxy.outcomes import FailedError, one_line
from gomend.proxy.settings import Behind as Where
from gomend.proxy.sink import Sink

if TYPE_CHECKING:
    from obstore.store import ObjectStore

CLAIM: Final = 6.0
"""Seconds after which a claim that did not change is nobody's any more."""
_BEAT: Final = 2.0
"""Seconds after which its holder changes it."""
_POLL: Final = 0.05
_POLL_MOST: Final = 0.5
_PAUSE: Final = 5.0
"""Seconds that the bucket is left alone after it failed."""
_OURS: Final = ".gomend"
_IDENTITY: Final = 12


class Seen(NamedTuple):
    """An object that was read: when it was written, in seconds since 1970."""

    written: float


class Behind:
    """One bucket or folder."""

    def __init__(self, where: Where, identity: bytes = b"") -> None:
        """Nothing is asked yet; ``identity`` is of the folder before it.

        Raises:
            ValueError: the URL names no store.
        """
        self._store = _opened(where)
        self._identity = identity or secrets.token_bytes(_IDENTITY)
        self._until = 0.0
        self.failures = 0
        """How often it did not do what it was asked."""
        self.last = ""
        """The newest of these, in words."""
        self.owed: dict[str, str] = {}
        """Places that could not be written, and the file of each on this disk."""

    async def read(self, place: str, sink: Sink) -> Seen | None:
        """Copy an object into a sink; None if there is none, or it cannot be had now."""
        seen: Seen | None = await self._tried(self._read, place, sink)
        return seen

    async def write(self, place: str, source: str) -> None:
        """Put the file at a path at a place; if that fails it is owed."""
        if await self._tried(self._write, place, source) is None:
            self.owed[place] = source
        else:
            self.owed.pop(place, None)

    async def settle(self) -> None:
        """Write what is owed."""
        for place, path in list(self.owed.items()):
            if os.path.exists(path):
                await self.write(place, path)
            else:
                self.owed.pop(place, None)

    async def note(self, place: str, h1: str) -> None:
        """Say for all servers what the file at a place hashes to.

        Raises:
            UntrueError: another one said something else before.
        """
        said = await self._tried(self._note, f"{_OURS}/record/{place}", h1.encode())
        if said not in {None, h1.encode()}:
            raise UntrueError(
                f"{place} was {(said or b'').decode()} when it first came in, and now is {h1}: a version never changes"
            )

    @asynccontextmanager
    async def alone(self, place: str, until: Callable[[], Awaitable[bool]]) -> AsyncGenerator[bool]:
        """Claim the right to fetch; yields False, without it, as soon as ``until`` says that it is not needed.

        Whoever calls holds the lock of its own folder for this place: an older claim with our identity is a dead server's.
        """
        name = f"{_OURS}/claims/{hashlib.sha256(place.encode()).hexdigest()}"
        mine = self._identity + secrets.token_bytes(4)
        seen, since, pause = b"", time.monotonic(), _POLL
        while True:
            said = await self._tried(self._note, name, mine)
            if said in {None, mine}:
                break
            if await until():
                yield False
                return
            if said != seen:
                seen, since = said or b"", time.monotonic()
            if seen.startswith(self._identity) or time.monotonic() - since > CLAIM:
                await self._tried(self._delete, name)
                continue
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _POLL_MOST)
        beating = asyncio.create_task(self._beat(name, mine))
        try:
            yield not await until()
        finally:
            beating.cancel()
            await self._tried(self._delete, name)

    def places(self) -> Iterator[str]:
        """All files in it, but for what is ours.

        Raises:
            OSError: it does not answer.
        """
        import obstore
        from obstore.exceptions import BaseError

        try:
            for page in obstore.list(self._store):
                for found in page:
                    if not found["path"].startswith(f"{_OURS}/"):
                        yield found["path"]
        except BaseError as error:
            raise OSError(one_line(str(error).partition("\n")[0])) from None

    def copy(self, place: str, sink: Sink) -> str:
        """Copy an object into a sink; answers what it hashed to when it first came in, empty if nobody said.

        Raises:
            OSError: it is not there, or the bucket does not answer.
            FailedError: it is larger than the sink takes.
        """
        from obstore.exceptions import BaseError

        try:
            self._read(place, sink)
            with contextlib.suppress(FileNotFoundError):
                return self._recorded(place)
        except BaseError as error:
            raise OSError(one_line(str(error).partition("\n")[0])) from None
        return ""

    def _recorded(self, place: str) -> str:
        import obstore

        return bytes(obstore.get(self._store, f"{_OURS}/record/{place}").bytes()).decode("utf-8", "replace")

    async def _beat(self, name: str, mine: bytes) -> None:
        """Show that we live."""
        for number in itertools.count():
            await asyncio.sleep(_BEAT)
            await self._tried(self._overwrite, name, mine + str(number).encode())

    async def _tried(self, call: Callable[..., Any], *words: object) -> Any:
        """What a call answers; None if the bucket does not do it now."""
        from obstore.exceptions import BaseError

        if time.monotonic() < self._until:
            return None
        try:
            return await asyncio.to_thread(call, *words)
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            self._until = time.monotonic() + _PAUSE
            self.failures += 1
            self.last = one_line(str(error).partition("\n")[0])
            return None

    def _read(self, place: str, sink: Sink) -> Seen:
        import obstore

        found = obstore.get(self._store, place)
        try:
            for piece in found.stream(min_chunk_size=1 << 20):
                sink.write(bytes(piece))
        except FailedError as error:
            raise OSError(str(error)) from None
        return Seen(found.meta["last_modified"].timestamp())

    def _write(self, place: str, source: str) -> bool:
        import obstore

        obstore.put(self._store, place, Path(source))
        return True

    def _overwrite(self, name: str, said: bytes) -> bool:
        import obstore

        obstore.put(self._store, name, said, use_multipart=False)
        return True

    def _note(self, name: str, said: bytes) -> bytes:
        """Write it if nothing is there; answers what is there now."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        try:
            obstore.put(self._store, name, said, mode="create", use_multipart=False)
        except AlreadyExistsError:
            with contextlib.suppress(FileNotFoundError):  # it was deleted meanwhile: somebody's claim ended
                return bytes(obstore.get(self._store, name).bytes())
            return b""
        return said

    def _delete(self, name: str) -> bool:
        import obstore

        obstore.delete(self._store, name)
        return True


def identity(folder: str) -> bytes:
    """What tells servers with this folder from others; made when it is first asked for.

    Raises:
        OSError: it cannot be read or made.
    """
    path = f"{folder}/identity"
    with contextlib.suppress(FileExistsError), open(path, "xb") as made:
        made.write(secrets.token_bytes(_IDENTITY))
    with open(path, "rb") as file:
        return file.read(_IDENTITY)


def _opened(where: Where) -> ObjectStore:
    from obstore.exceptions import BaseError
    from obstore.store import from_url

    more: dict[str, Any] = {"retry_config": {"max_retries": 2, "retry_timeout": _seconds(10)}}
    if where.url.startswith("s3://"):
        more["client_options"] = {"timeout": "30s", "connect_timeout": "3s", "allow_http": where.endpoint.startswith("http://")}
        more |= {"endpoint": where.endpoint} if where.endpoint else {}
        more |= {"region": where.region} if where.region else {}
    if where.url.startswith("file://"):
        more = {"mkdir": True}
    try:
        return from_url(where.url, **more)
    except (BaseError, TypeError) as error:
        raise ValueError(one_line(str(error).partition("\n")[0])) from None


def _seconds(count: int) -> Any:
    import datetime as dt

    return dt.timedelta(seconds=count)
