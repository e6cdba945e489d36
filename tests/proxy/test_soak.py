"""Many clients for long: no error, and memory and file handles as at the beginning."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gomend.lab import modules
from tests.proxy.conftest import Behind, Proxy

Start = Callable[..., Proxy]
SECONDS = float(os.environ.get("GOMEND_SOAK_SECONDS", "600"))
PAUSE = 0.2


def tree(pid: int) -> list[int]:
    found = [pid]
    for child in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split():
        found += tree(int(child))
    return found


def weight(proxy: Proxy) -> tuple[int, int]:
    """Kilobytes that the server's processes hold, shared ones counted once, and their open files."""
    size = handles = 0
    for pid in tree(proxy.process.pid):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        size += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        handles += len(os.listdir(f"/proc/{pid}/fd"))
    return size, handles


async def client(port: int, seed: int, until: float, wrong: list[str]) -> int:
    """Ask for one thing after another on a connection that is made anew now and then."""
    rng = random.Random(seed)
    asked = 0
    reader = writer = None
    while time.monotonic() < until:
        release = rng.choice(modules.RELEASES)
        path = "".join(f"!{c.lower()}" if c.isupper() else c for c in release.path)
        kind = rng.choice(["info", "mod", "zip", "list", "none"])
        target = {
            "list": f"/{path}/@v/list",
            "none": f"/example.com/none{rng.randrange(50)}/@v/list",
        }.get(kind, f"/{path}/@v/{release.version}.{kind}")
        try:
            if writer is None or reader is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            length = next(int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:"))
            body = await asyncio.wait_for(reader.readexactly(length), 30)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            wrong.append(f"{target}: {error!r}")
            writer = None
            continue
        status = int(head.split()[1])
        fine = {"none": (404, None), "zip": (200, release.zip), "mod": (200, release.mod), "info": (200, release.info)}
        wanted, content = fine.get(kind, (200, None))
        refused = release.path == "example.com/liar"  # its zip and go.mod name another module
        if (status != wanted and not (refused and status >= 400)) or (
            content is not None and status == 200 and body != content
        ):
            wrong.append(f"{target}: {status}")
        asked += 1
        if rng.random() < 0.02:
            writer.close()
            writer = None
        await asyncio.sleep(rng.uniform(0, 2 * PAUSE))
    if writer is not None:
        writer.close()
    return asked


async def watch(proxy: Proxy, until: float, seen: list[tuple[int, int]]) -> None:
    while time.monotonic() < until:
        await asyncio.sleep(max(1.0, SECONDS / 20))
        seen.append(await asyncio.to_thread(weight, proxy))


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_two_hundred_clients_for_ten_minutes(start: Start, behind: Behind, tmp_path: Path) -> None:
    config = tmp_path / "proxy.toml"
    config.write_text("[times]\nfresh = 5\nstale = 5\nabsent = 2\n")
    proxy = start("--upstream", behind.url, "--sumdb", "off", "--config", str(config))
    wrong: list[str] = []
    seen: list[tuple[int, int]] = []

    async def run() -> int:
        until = time.monotonic() + SECONDS
        watching = asyncio.create_task(watch(proxy, until, seen))
        counts = await asyncio.gather(*(client(proxy.port, i, until, wrong) for i in range(200)))
        await watching
        return sum(counts)

    asked = asyncio.run(run())
    assert wrong == []
    assert asked > 200 * SECONDS / PAUSE * 0.2
    early, late = seen[len(seen) // 4 : len(seen) // 2], seen[-len(seen) // 4 :]
    assert max(size for size, _ in late) <= max(size for size, _ in early) * 1.1, seen
    assert max(handles for _, handles in late) <= max(handles for _, handles in early) + 20, seen
    print(f"{asked} answers, {seen[0]} .. {seen[-1]} (kB, handles)")
