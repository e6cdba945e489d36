"""The module proxy beside its peers, in one interleaved run: ``bench/proxy.py [--tree DIR] [--peer NAME=COMMAND …]``. Needs nginx and wrk.

DIR is a tree in the layout of GOPROXY=file:// (a module cache's ``cache/download``; default: the modules that ``bench/cache.py`` fetched); it is the
upstream, and what is served. A peer's COMMAND is
started for each round with {port}, {store} (an empty folder), {tree} and {upstream} filled in, for example
``--peer 'athens=env ATHENS_PORT=:{port} ATHENS_STORAGE_TYPE=disk ATHENS_DISK_STORAGE_ROOT={store} GOPROXY={upstream} athens-proxy'``.
``--peer nginx`` is nginx serving the tree as static files: a floor, not a proxy. CPU is that of the server's whole process tree; wrk asks.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
NGINX = """daemon off; worker_processes 2; pid {store}/pid; error_log {store}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log {store}/access.log; sendfile on; tcp_nopush on; keepalive_requests 1000000; client_body_temp_path {store}/b; proxy_temp_path {store}/p;
fastcgi_temp_path {store}/f; uwsgi_temp_path {store}/u; scgi_temp_path {store}/s;
server {{ listen 127.0.0.1:{port}; root {tree}; }} }}
"""


def tree_of(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                found += [int(p) for p in Path(f"/proc/{one}/task/{task}/children").read_text().split()]
        except OSError:
            continue
    return found


def cpu(pid: int) -> float:
    """CPU seconds of a process tree so far."""
    total = 0.0
    for one in tree_of(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def pss(pids: list[int]) -> float:
    """Megabytes."""
    total = 0
    for one in pids:
        text = Path(f"/proc/{one}/smaps_rollup").read_text()
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1])  # type: ignore[index]
    return round(total / 1024, 1)


class Server:
    """A proxy, ours or a peer's, started on a free port over an empty store."""

    def __init__(self, name: str, command: str, tree: Path, upstream: str, fill: Path | None = None) -> None:
        self.name = name
        self.store = Path(tempfile.mkdtemp(prefix="bench-proxy-", dir=os.environ.get("BENCH_STORE")))
        if fill is not None and name == "gomend":
            shutil.copytree(fill, self.store, dirs_exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        values = {"port": self.port, "store": self.store, "tree": tree, "upstream": upstream}
        if command == "nginx":
            (self.store / "conf").write_text(NGINX.format(**values))
            argv = ["nginx", "-c", f"{self.store}/conf", "-e", f"{self.store}/error.log"]
        else:
            argv = [word.format(**values) for word in command.split()]
        environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        self.process = subprocess.Popen(
            argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ, start_new_session=True
        )
        self.url = f"http://127.0.0.1:{self.port}"
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            self.stop()
            raise SystemExit(f"{name} did not start: {' '.join(argv)}")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        shutil.rmtree(self.store, ignore_errors=True)


def load(server: Server, path: str, connections: int, seconds: int) -> dict[str, float]:
    """One turn of wrk: requests a second, and the server's CPU a request in microseconds."""
    url = f"{server.url}/{path}"
    urllib.request.urlopen(url).read()
    before = cpu(server.process.pid)
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{server.name}: {said}")
    count = int(re.search(r"(\d+) requests in", said)[1])  # type: ignore[index]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
    return {"per_second": rate, "cpu_us": (cpu(server.process.pid) - before) / max(count, 1) * 1e6}


def hot(servers: list[Server], paths: dict[str, str], rounds: int, seconds: int) -> list[dict[str, object]]:
    """Cached answers: every server in turn, round after round; medians."""
    rows: list[dict[str, object]] = []
    for name, path in paths.items():
        for connections in (16, 64):
            turns = [[load(server, path, connections, seconds) for server in servers] for _ in range(rounds)]
            row: dict[str, object] = {"what": name, "connections": connections}
            for i, server in enumerate(servers):
                for key in ("per_second", "cpu_us"):
                    row[f"{server.name}_{key}"] = round(statistics.median(turn[i][key] for turn in turns), 1)
            for server in servers[1:]:
                row[f"cpu_ratio_{server.name}"] = round(
                    float(str(row[f"{server.name}_cpu_us"])) / float(str(row["gomend_cpu_us"])), 2
                )
                row[f"rate_ratio_{server.name}"] = round(
                    float(str(row["gomend_per_second"])) / float(str(row[f"{server.name}_per_second"])), 2
                )
            rows.append(row)
            print(json.dumps(row), flush=True)
    return rows


def download(goproxy: str, modules: list[str], scratch: Path) -> float:
    """Seconds of ``go mod download`` of all modules into an empty cache."""
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "empty").mkdir(parents=True)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(scratch),
        "GOPROXY": goproxy,
        "GOSUMDB": "off",
        "GONOSUMDB": "*",
        "GOFLAGS": "-modcacherw",
    }
    environ |= {"GOMODCACHE": str(scratch / "mod"), "GOTOOLCHAIN": "local"}
    started = time.perf_counter()
    subprocess.run(["go", "mod", "download", *modules], cwd=scratch / "empty", env=environ, check=True, capture_output=True)
    seconds = time.perf_counter() - started
    shutil.rmtree(scratch, ignore_errors=True)
    return seconds


def fills(
    command: dict[str, str], tree: Path, upstream: str, modules: list[str], scratch: Path, rounds: int
) -> list[dict[str, object]]:
    """Cold and warm: the upstream alone, then each proxy before it, in turn."""
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        found.setdefault("upstream alone", []).append(download(upstream, modules, scratch))
        found.setdefault("file://", []).append(download(f"file://{tree}", modules, scratch))
        for name, words in command.items():
            if words == "nginx":
                continue
            server = Server(name, words, tree, upstream)
            try:
                found.setdefault(f"{name} cold", []).append(download(server.url, modules, scratch))
                found.setdefault(f"{name} warm", []).append(download(server.url, modules, scratch))
            finally:
                server.stop()
    base = statistics.median(found["upstream alone"]), statistics.median(found["file://"])
    rows: list[dict[str, object]] = []
    for name, seconds in found.items():
        middle = statistics.median(seconds)
        rows.append(
            {
                "what": name,
                "seconds": round(middle, 2),
                "to_upstream": round(middle / base[0], 2),
                "to_file": round(middle / base[1], 2),
            }
        )
        print(json.dumps(rows[-1]), flush=True)
    return rows


def versions(tree: Path) -> list[str]:
    """All zips of the tree as module@version."""

    def plain(text: str) -> str:
        return re.sub(r"!([a-z])", lambda m: m[1].upper(), text)

    return sorted(f"{plain(str(z.parent.parent.relative_to(tree)))}@{plain(z.stem)}" for z in tree.rglob("@v/*.zip"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, default=ROOT / ".cache/bench/mod/cache/download")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--scratch", type=Path, default=Path("/dev/shm/bench-proxy"))
    parser.add_argument("--no-fill", action="store_true")
    parser.add_argument("--no-hot", action="store_true")
    given = parser.parse_args()
    tree: Path = given.tree.resolve()
    if lacking := [name for name in ("nginx", "wrk", "go") if shutil.which(name) is None]:
        raise SystemExit(f"bench/proxy.py needs {', '.join(lacking)} on PATH (Debian: nginx-light, wrk)")
    if not tree.is_dir():
        raise SystemExit(f"{tree} is not there: name a module cache's cache/download with --tree, or run bench/cache.py first")
    ours = f"{sys.executable} -m gomend proxy serve --listen 127.0.0.1:{{port}} --store {{store}} --upstream {{upstream}} --sumdb off --access-log {{store}}/access.log"
    commands = {"gomend": ours} | {p.partition("=")[0]: p.partition("=")[2] or p for p in given.peer}
    everything = versions(tree)
    print(json.dumps({"modules": len(everything), "cores": os.cpu_count(), "load": os.getloadavg()[0]}), flush=True)
    answer: dict[str, object] = {}
    if not given.no_hot:
        answer["hot"] = measure_hot(commands, tree, everything, given.rounds, given.seconds)
    if not given.no_fill:
        lone = Server("upstream", "nginx", tree, "")
        try:
            answer["fill"] = fills(commands, tree, lone.url, everything, given.scratch, given.rounds)
        finally:
            lone.stop()
    print(json.dumps(answer))
    return 0


def measure_hot(commands: dict[str, str], tree: Path, modules: list[str], rounds: int, seconds: int) -> dict[str, object]:
    """Servers that run at once, asked in turn."""
    sized = {m: next(tree.glob(escaped(m) + ".zip")).stat().st_size for m in modules}
    small = escaped(min(sized, key=lambda m: sized[m]))
    middle = escaped(min(sized, key=lambda m: abs(sized[m] - 2_400_000)))
    paths = {
        ".info": f"{small}.info",
        ".mod": f"{small}.mod",
        "list": f"{small.rpartition('/')[0]}/list",
        "zip 2.4 MB": f"{middle}.zip",
    }
    servers = [Server(name, command, tree, f"file://{tree}") for name, command in commands.items()]
    try:
        rows = hot(servers, paths, rounds, seconds)
        memory = {server.name: pss(tree_of(server.process.pid)) for server in servers}
        memory["gomend hot path"] = pss(tree_of(servers[0].process.pid)[1:])
        print(json.dumps({"pss_mb": memory}), flush=True)
    finally:
        for server in servers:
            server.stop()
    return {"rows": rows, "pss_mb": memory}


def escaped(module: str) -> str:
    path, _, version = module.partition("@")
    return re.sub(r"[A-Z]", lambda m: "!" + m[0].lower(), f"{path}/@v/{version}")


if __name__ == "__main__":
    raise SystemExit(main())
