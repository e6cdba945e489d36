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
from gomend.model.message import Fault
from gomend.model.redact import redact
from gomend.ports.state import state_folder


def write_report(error: BaseException, arguments: Sequence[str]) -> str:
    """Write a report of a run that ended; answers its path."""
    return _write([f"arguments: {' '.join(arguments)}", "", *traceback.format_exception(error)])


def write_faults(faults: Sequence[Fault]) -> str:
    """Write a report of faults that a run survived; answers its path."""
    return _write([f"{fault.where}\n{fault.trace}" for fault in faults])


def _write(lines: Sequence[str]) -> str:
    head = f"gomend {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    content = redact("\n".join((head, *lines)))
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
