"""Folders for work that is not done yet: gone at its end, and gone later where a killed process left them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Generator
from typing import Final

_NAME: Final = re.compile(r"\.draft-(\d+)-.+")


@contextlib.contextmanager
def draft(folder: str) -> Generator[str]:
    """A new folder in ``folder``; those of processes that are no more are removed first."""
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        if (match := _NAME.fullmatch(name)) and not _lives(int(match[1])):
            shutil.rmtree(f"{folder}/{name}", ignore_errors=True)
    path = tempfile.mkdtemp(prefix=f".draft-{os.getpid()}-", dir=folder)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def replace(made: str, folder: str) -> None:
    """Put a whole folder in its place; what was there goes first."""
    os.chmod(made, 0o755)  # noqa: S103 - mkdtemp's folders are closed, and others may read a sysroot
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(made, folder)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
