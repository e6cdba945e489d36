"""The whole lab: shop, MariaDB, Collector, Prometheus, API server and gomend, on loopback."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.incidents.apiserver import ApiServer
from tests.slo.servers import free_port, mariadb, prometheus
from tools.incidents_lab import parts

SERVICES = {"payments": 128, "inventory": 64, "catalog": 128, "orders": 128, "gateway": 128}
"""Memory limits in MiB."""
_RULES = """groups:
- name: shop
  interval: 2s
  rules:
  - record: container_memory_usage_percent
    expr: 100 * process_resident_memory_bytes / container_spec_memory_limit_bytes
  - record: db_pool_usage_percent
    expr: 100 * db_pool_in_use / db_pool_max_open
"""


class Lab:
    """What runs: pods by service, gomend's store."""

    def __init__(self, pods: dict[str, parts.Pod], store: Path, folder: Path) -> None:
        self.pods, self.store, self.folder = pods, store, folder

    def records(self) -> list[dict[str, Any]]:
        """The ledger."""
        try:
            lines = (self.store / "incidents.jsonl").read_text().splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines if line.endswith("}")]

    def status(self) -> dict[str, Any]:
        """How serve goes."""
        found: dict[str, Any] = json.loads((self.store / "status.json").read_text())
        return found


@contextlib.contextmanager
def running(shop: Path, collector: Path, folder: Path, rate: float = 15) -> Iterator[Lab]:
    """All of it until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    store = folder / "store"
    http, otlp, telemetry = free_port(), free_port(), free_port()
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(mariadb(folder / "db"))
        api = stack.enter_context(ApiServer())
        (folder / "incidents.toml").write_text(
            f'store = {json.dumps(str(store))}\n[listen]\nhttp = "127.0.0.1:{http}"\ngrpc = ""\n'
            f"[[kubernetes]]\nkubeconfig = {json.dumps(str(api.config(folder / 'kubeconfig')))}\n"
        )
        serve = [sys.executable, "-m", "gomend", "incidents", "serve", "--config", str(folder / "incidents.toml")]
        stack.enter_context(parts.program(serve, folder / "serve.log", ready="listening on"))
        (folder / "collector.yaml").write_text((parts.LAB / "collector/collector.yaml").read_text())
        env = {"OTLP_LISTEN": f"127.0.0.1:{otlp}", "GOMEND_URL": f"http://127.0.0.1:{http}", "TELEMETRY_PORT": str(telemetry)}
        words = [str(collector), f"--config={folder / 'collector.yaml'}"]
        stack.enter_context(parts.program(words, folder / "collector.log", env=env, ready="Everything is ready"))
        dsn = f"root@tcp({database.rpartition('@')[2]})/mysql"
        pods = _pods(shop, stack, api, folder, {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{otlp}", "DATABASE_DSN": dsn})
        (folder / "rules.yml").write_text(_RULES)
        targets = ", ".join(f'"127.0.0.1:{pod.port}"' for pod in pods.values())
        config = (
            f"global: {{scrape_interval: 2s, evaluation_interval: 2s}}\nrule_files: ['{folder}/rules.yml']\n"
            f"scrape_configs: [{{job_name: shop, static_configs: [{{targets: [{targets}]}}]}}]\n"
            f"remote_write: [{{url: 'http://127.0.0.1:{http}/api/v1/write', queue_config: {{batch_send_deadline: 1s}}}}]\n"
        )
        stack.enter_context(prometheus(folder / "prometheus", config=config))
        load = {"GATEWAY_URL": pods["gateway"].url, "RATE": str(rate)}
        stack.enter_context(parts.program([str(shop), "load"], folder / "load.log", env=load))
        yield Lab(pods, store, folder)


def _pods(shop: Path, stack: contextlib.ExitStack, api: ApiServer, folder: Path, env: dict[str, str]) -> dict[str, parts.Pod]:
    pods: dict[str, parts.Pod] = {}
    for service, mebibytes in SERVICES.items():
        others = {f"URL_{name}": pod.url for name, pod in pods.items()}
        pods[service] = parts.Pod(shop, service, mebibytes << 20, {**env, **others}, api, folder / f"{service}.log")
        stack.callback(pods[service].end)
    return pods
