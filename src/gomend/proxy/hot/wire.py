"""Messages between the hot processes and the kitchen, over a Unix socket that only they can open."""

from __future__ import annotations

import marshal
from collections.abc import Iterator
from typing import Any

Message = tuple[Any, ...]
"""Its first part says what it is; the rest are strings, bytes, numbers, and dicts of them."""
HEAD = 4
"""Bytes of the length before each message."""


def packed(message: Message) -> bytes:
    """A message as bytes."""
    raw = marshal.dumps(message)
    return len(raw).to_bytes(HEAD, "big") + raw


def unpacked(buffer: bytearray) -> Iterator[Message]:
    """The whole messages at the start of a buffer, which are taken out of it."""
    while len(buffer) >= HEAD:
        size = int.from_bytes(buffer[:HEAD], "big")
        if len(buffer) < HEAD + size:
            return
        raw = bytes(buffer[HEAD : HEAD + size])
        del buffer[: HEAD + size]
        yield marshal.loads(raw)  # noqa: S302 - written by our own processes, on a socket in a folder that is ours alone
