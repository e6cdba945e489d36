"""Run coroutines from commands."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any, NoReturn


def run_async(function: Callable[[], Any]) -> Any:
    """Run a coroutine function to its end. SIGTERM ends it as Ctrl-C does: programs that it started are ended, drafts are removed."""
    import anyio

    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return anyio.run(function)
    signal.signal(signal.SIGTERM, _end)
    try:
        return anyio.run(function)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)
