"""Reports of our own faults: what happened and where, without values, environment or secrets."""

from __future__ import annotations

import os
import platform
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from gomend import __version__
from gomend.model.redact import redact
from gomend.ports.state import state_folder


def write_report(error: BaseException, arguments: Sequence[str]) -> str:
    """Write a report; answers its path. Falls back to the temporary folder."""
    lines = [
        f"gomend {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        f"arguments: {' '.join(arguments)}",
        "",
        *traceback.format_exception(error),
    ]
    content = redact("\n".join(lines))
    name = time.strftime("crash-%Y%m%dT%H%M%S.txt", time.gmtime())
    for folder in (state_folder(os.environ, os.path.expanduser("~")) / "crashes", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = folder / name
            path.write_text(content, encoding="utf-8")
        except OSError:
            continue
        return str(path)
    return "(no folder could be written)"
