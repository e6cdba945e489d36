"""What vouches for a module version besides the server's own record."""

from __future__ import annotations

from typing import Protocol

from gomend.proxy.asks import Ask
from gomend.proxy.outcomes import AbsentError


class Proof(Protocol):
    """A checksum database, or none."""

    async def check(self, module: str, version: str, key: str, h1: str) -> None:
        """Compare a hash with what the database says under ``key``.

        Raises:
            UntrueError: it says another one.
            FailedError: it is required and does not say.
        """
        ...

    async def database(self, ask: Ask, *, fetch: bool) -> tuple[bytes, float]:
        """The bytes of one of its files, and for how many seconds they are good.

        Raises:
            AbsentError: there is none, or we do not stand before this database.
            FailedError: it cannot be told.
        """
        ...


class NoProof:
    """No checksum database."""

    async def check(self, module: str, version: str, key: str, h1: str) -> None:
        """Nothing to compare with."""

    async def database(self, ask: Ask, *, fetch: bool) -> tuple[bytes, float]:
        """There is none."""
        raise AbsentError(f"no checksum database {ask.module} here")
