"""One command with a server of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence

from gomend.model.redact import redact
from gomend.ports.passthrough import run_through


class NothingToAskError(Exception):
    """GOPROXY names no proxy; the message is its value."""


class CannotRunError(Exception):
    """The command cannot be started; the message says why."""


class NotStartedError(Exception):
    """The server did not start; the message is what it said."""


def run(words: Sequence[str], store: str | None, upstreams: tuple[str, ...], config: str | None) -> int:
    """Start a server, run the command with GOPROXY pointing at it, end the server; answers the command's exit code.

    Raises:
        NothingToAskError: there is no upstream.
        NotStartedError: the server did not start.
        CannotRunError: the command cannot be started.
    """
    listed = os.environ.get("GOPROXY") or _go_env("GOPROXY")
    asked, rest = _split(listed)
    if not upstreams and not config:
        if not asked:
            raise NothingToAskError(redact(listed))
        upstreams = (asked,)
    place = store or f"{os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')}/gomend/proxy"
    argv = [sys.executable, "-m", "gomend", "proxy", "serve", "--listen", "127.0.0.1:0", "--store", place]
    argv += [word for url in upstreams for word in ("--upstream", url)] + (["--config", config] if config else [])
    # In a session of its own, for a Ctrl-C is the command's; not through the runner, which waits for a program's end.
    server = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        line = server.stderr.readline() if server.stderr else ""
        match = re.fullmatch(r"listening on (http://\S+)\n", line)
        if match is None:
            raise NotStartedError(line.strip().removeprefix("gomend: "))
        os.environ["GOPROXY"] = match[1] + rest
        ran = run_through(tuple(words))
    finally:
        server.terminate()
        server.wait()
    if ran.problem:
        raise CannotRunError(ran.problem)
    return ran.exit


def _split(listed: str) -> tuple[str, str]:
    """The proxies at the start of a GOPROXY list, and what follows them (``,direct``, ``|off``)."""
    match = re.match(r"(.*?)((?:[,|]|^)(?:direct|off)(?:[,|].*)?)?$", listed)
    return (match[1], match[2] or "") if match else (listed, "")


def _go_env(name: str) -> str:
    done = subprocess.run(["go", "env", name], capture_output=True, text=True, check=False)
    return done.stdout.strip()
