"""``gomend incidents serve`` as a process, with whatever set-up a test needs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_HTTP = re.compile(r"listening on (http://\S+) \(OTLP")
_GRPC = re.compile(r"listening on (\S+) \(OTLP over gRPC")


class Serve:
    """A running one: its addresses, its process."""

    def __init__(self, process: subprocess.Popen[str], lines: Callable[[], str]) -> None:
        self.process = process
        self.http = self.grpc = ""
        while not (self.http and self.grpc):
            line = lines()
            assert line, "it ended before it listened"
            self.http = self.http or next(iter(_HTTP.findall(line)), "")
            self.grpc = self.grpc or next(iter(_GRPC.findall(line)), "")

    def status(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.http}/status", timeout=20) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def until(self, wanted: Callable[[dict[str, Any]], object], seconds: float = 30) -> dict[str, Any]:
        """The first status that is as wanted."""
        end = time.monotonic() + seconds
        while True:
            found = self.status()
            if wanted(found):
                return found
            assert time.monotonic() < end, found
            time.sleep(0.1)


@contextmanager
def serve(folder: Path, config: str = "", env: dict[str, str] | None = None, before: Sequence[str] = ()) -> Iterator[Serve]:
    """Keep in ``folder/store``; ``config`` is TOML beside the addresses and the store. What it says on standard error goes to ``folder/stderr``.

    ``before`` are words that start it (``prlimit …``).
    """
    listen = "" if "[listen]" in config else '\n[listen]\nhttp = "127.0.0.1:0"\ngrpc = "127.0.0.1:0"\n'
    (folder / "incidents.toml").write_text(f"store = {json.dumps(str(folder / 'store'))}\n{config}{listen}")
    words = [*before, sys.executable, "-m", "gomend", "incidents", "serve", "--config", str(folder / "incidents.toml")]
    with (folder / "stderr").open("w") as out, (folder / "stdout").open("w") as told:
        process = subprocess.Popen(words, stdout=told, stderr=out, env=env)

    def lines() -> str:
        while process.poll() is None:
            said = (folder / "stderr").read_text()
            if _HTTP.search(said) and _GRPC.search(said):
                return said.replace("\n", " ")
            time.sleep(0.05)
        return ""

    try:
        yield Serve(process, lines)  # type: ignore[arg-type]
    finally:
        process.kill()
        process.wait()


def post(url: str, body: bytes, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of an answer."""
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json", **named}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)
