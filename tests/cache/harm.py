"""Run gomend in forks of one warm process, and kill it at any moment: starting Python anew each time would hide the moments."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cache.world import World

ROOT = Path(__file__).parent.parent.parent


class Warm:
    """A process that has imported everything; each run is a fork of it, in a session of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.cache.harm"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=world.environ,
        )

    def start(self, words: list[str], cache: Path, state: Path, fsize: int = 0) -> int:
        """Start one run; answers its process id."""
        told = {
            "words": words,
            "cwd": str(self.world.stage.project),
            "env": {"GOMODCACHE": str(cache), "GOMEND_STATE": str(state)},
            "fsize": fsize,
        }
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def kill(self, pid: int) -> None:
        """``kill -9`` of gomend alone, as a person or the kernel does it: the go that it started goes on."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def wait(self, pid: int) -> int:
        """Its exit code, negative for a signal."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"wait": pid}) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def main() -> None:
    """The warm process."""
    import resource

    import gomend.apps.cleaning_cache

    # Everything that a mend imports, so that a fork starts at once.
    import gomend.apps.mending_cache
    import gomend.apps.mendshapes
    from gomend.apps.cli.main import run

    assert gomend.apps.cleaning_cache
    assert gomend.apps.mending_cache
    assert gomend.apps.mendshapes
    for line in sys.stdin:
        told = json.loads(line)
        if "wait" in told:
            _, status = os.waitpid(told["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        os.setsid()
        os.chdir(told["cwd"])
        os.environ.update(told["env"])
        null = os.open(os.devnull, os.O_RDWR)
        for handle in (0, 1, 2):
            os.dup2(null, handle)
        if told["fsize"]:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (told["fsize"], told["fsize"]))
        code = 99
        try:
            code = int(run(told["words"]))
        finally:
            os._exit(code)


if __name__ == "__main__":
    main()
