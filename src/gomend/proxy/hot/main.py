"""Where the hot processes start: a small parent that forks them, and forks again if one dies."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time
import traceback
from typing import TYPE_CHECKING

from gomend.proxy.hot.limit import Limit
from gomend.proxy.hot.worker import Worker

if TYPE_CHECKING:
    from gomend.proxy.hot.secure import Shield
_PAUSE = 0.2


def main() -> None:
    """``listening-handle kitchen-socket workers log-handle certificate key client-authorities rate burst``: fork, and wait for the end."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    listener.setblocking(False)
    path, count, log = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    shield = None
    if sys.argv[5]:
        from gomend.proxy.hot.secure import Shield

        shield = Shield(sys.argv[5], sys.argv[6], sys.argv[7])
    rate, burst = float(sys.argv[8]), int(sys.argv[9])
    limit = Limit(rate, burst) if rate else None
    # The kitchen decides when it is over: a Ctrl-C reaches all of the terminal's processes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    kitchen = os.getppid()
    gc.collect()
    gc.freeze()
    children = {_fork(listener, path, log, shield, limit) for _ in range(count)}
    while children:
        pid, status = os.wait()
        children.discard(pid)
        if status and os.getppid() == kitchen and os.path.exists(path):
            time.sleep(_PAUSE)
            children.add(_fork(listener, path, log, shield, limit))


def _fork(listener: socket.socket, path: str, log: int, shield: Shield | None, limit: Limit | None) -> int:
    pid = os.fork()
    if pid:
        return pid
    kitchen = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        kitchen.connect(path)
        Worker(listener, kitchen, log, shield, limit).run()
    except BrokenPipeError:
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a forked process must not go on as its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
