"""Decoded JSON files for judgements: numbers stay as they are written."""

from __future__ import annotations

import json
import os
import sys
from decimal import Decimal
from typing import Any, Final

from gomend.apps.cli import base
from gomend.model.text import text

_LIMIT: Final = 256 * 1024 * 1024
_NO_FILE: Final = text("sloread.no-file", "{path} cannot be read: {reason}")
_NO_JSON: Final = text("sloread.no-json", "{path} is no JSON: {reason}")


def json_file(path: str) -> Any:
    """A file (``-``: standard input) as JSON, with exact numbers; NaN and Infinity, which Prometheus' tools write, as None.

    Raises:
        Problem: there is no such file, it is too large, or no JSON.
    """
    try:
        if path == "-":
            raw = sys.stdin.buffer.read(_LIMIT + 1)
        else:
            if os.path.isdir(path):
                raise IsADirectoryError(21, os.strerror(21))
            with open(path, "rb") as file:
                raw = file.read(_LIMIT + 1)
    except OSError as error:
        raise base.Problem(_NO_FILE, path=path, reason=error.strerror or str(error)) from None
    if len(raw) > _LIMIT:
        raise base.Problem(_NO_FILE, path=path, reason=f"> {_LIMIT >> 20} MiB")
    try:
        return json.loads(raw, parse_float=Decimal, parse_constant=lambda _name: None)
    except (ValueError, RecursionError) as error:
        raise base.Problem(_NO_JSON, path=path, reason=str(error)) from None
