"""Run coroutines from commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def run_async(function: Callable[[], Any]) -> Any:
    """Run a coroutine function to its end."""
    import anyio

    return anyio.run(function)
