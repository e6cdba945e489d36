"""Memory of a process. Source: cmd/internal/par (Cache, ErrCache)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gomend.modules.route.errors import GoError

Result = TypeVar("Result")


class Once:
    """par.ErrCache: what a key gave the first time, error or not."""

    def __init__(self) -> None:
        """Empty."""
        self._known: dict[object, object] = {}

    def do(self, key: object, make: Callable[[], Result]) -> Result:
        """The value of ``key``.

        Raises:
            GoError: as the first time.
        """
        if key not in self._known:
            try:
                self._known[key] = make()
            except GoError as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, GoError):
            raise found
        return found  # type: ignore[return-value]
