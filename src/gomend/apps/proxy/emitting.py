"""Files that run a server elsewhere: a systemd unit, Kubernetes manifests, a recipe for an image, a Grafana dashboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from gomend.proxy.settings import Setup

_PORT: Final = 8080
_DRAIN: Final = 10
"""Seconds more than the server's own, until it is killed."""


def systemd(setup: Setup, program: str, config: str) -> str:
    """A unit that may write its store and nothing else."""
    port = int(setup.listen.rpartition(":")[2])
    store = setup.store or "/var/lib/gomend-proxy"
    low = "CAP_NET_BIND_SERVICE" if port and port < 1024 else ""
    own = store.removeprefix("/var/lib/") if store.startswith("/var/lib/") and store.count("/") == 3 else ""
    where = f"StateDirectory={own}" if own else ("" if store == "memory" else f"ReadWritePaths={store}")
    user = "DynamicUser=yes" if own or store == "memory" else "User=gomend-proxy"
    lines = [
        "[Unit]",
        "Description=gomend module proxy",
        "After=network-online.target",
        "Wants=network-online.target",
        "",
        "[Service]",
        "Type=exec",
        f"ExecStart={program} proxy serve --config {config}" + (f" --store {store}" if not setup.store else ""),
        # A file without a store is only whole with the option above.
        *([f"ExecStartPre={program} proxy check-config {config}"] if setup.store else []),
        "ExecReload=/bin/kill -HUP $MAINPID",
        "Restart=on-failure",
        "RestartSec=2",
        f"TimeoutStopSec={int(setup.times.drain) + _DRAIN}",
        "LimitNOFILE=65536",
        user,
        *([where] if where else []),
        f"AmbientCapabilities={low}",
        f"CapabilityBoundingSet={low}",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "ProtectClock=yes",
        "ProtectHostname=yes",
        "ProtectKernelLogs=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes",
        "ProtectControlGroups=yes",
        "ProtectProc=invisible",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "RestrictNamespaces=yes",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        "LockPersonality=yes",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "SystemCallErrorNumber=EPERM",
        "UMask=0027",
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return "\n".join(lines) + "\n"


def kubernetes(setup: Setup, program: str, config: str) -> str:
    """Manifests, as JSON documents in YAML: the file's text as a ConfigMap, replicas with their own disks, a Service, a budget."""
    labels = {"app.kubernetes.io/name": "gomend-proxy"}
    shared = bool(setup.behind.url)
    store = setup.store if setup.store.startswith("/") else "/srv/modules"
    port = int(setup.listen.rpartition(":")[2]) or _PORT
    scheme = "HTTPS" if setup.tls.cert else "HTTP"

    def probe(path: str, **more: int) -> dict[str, Any]:
        return {"httpGet": {"path": path, "port": "modules", "scheme": scheme}, **more}

    container: dict[str, Any] = {
        "name": "proxy",
        "image": "registry.example.com/gomend-proxy:latest",
        "args": ["proxy", "serve", "--config", "/etc/gomend/proxy.toml", "--listen", f"0.0.0.0:{port}", "--store", store],
        "ports": [{"name": "modules", "containerPort": port}],
        "startupProbe": probe("/healthz", periodSeconds=2, failureThreshold=60),
        "livenessProbe": probe("/healthz", periodSeconds=10, failureThreshold=3),
        "readinessProbe": probe("/healthz", periodSeconds=5),
        "resources": {"requests": {"cpu": "200m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "store", "mountPath": store},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - in the container
            {"name": "config", "mountPath": "/etc/gomend", "readOnly": True},
        ],
    }
    if shared:
        container["envFrom"] = [{"secretRef": {"name": "gomend-proxy-store"}}]
    pod = {
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": int(setup.times.drain) + _DRAIN,
        "containers": [container],
        "volumes": [
            {"name": "config", "configMap": {"name": "gomend-proxy"}},
            {"name": "tmp", "emptyDir": {}},
            *([{"name": "store", "emptyDir": {}}] if shared else []),
        ],
    }
    template = {"metadata": {"labels": labels}, "spec": pod}
    meta = {"name": "gomend-proxy", "labels": labels}
    spec: dict[str, Any] = {"replicas": 2 if shared else 1, "selector": {"matchLabels": labels}, "template": template}
    workload: dict[str, Any] = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}
    if not shared:
        claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "100Gi"}}}
        spec |= {"serviceName": "gomend-proxy", "volumeClaimTemplates": [{"metadata": {"name": "store"}, "spec": claim}]}
        workload["kind"] = "StatefulSet"
    documents = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"proxy.toml": _text_of(config)}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta,
            "spec": {"selector": labels, "ports": [{"name": "modules", "port": port, "targetPort": "modules"}]},
        },
        workload,
    ]
    if shared:
        budget = {"minAvailable": 1, "selector": {"matchLabels": labels}}
        documents.append({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": budget})
    return "".join(f"---\n{json.dumps(document, indent=2, ensure_ascii=False)}\n" for document in documents)


def oci(setup: Setup, program: str, config: str) -> str:
    """A recipe for an image that runs as nobody in particular, with git for private modules."""
    return f"""FROM python:3.13-slim-bookworm
# git makes private modules; ca-certificates and ssh are for the hosts it asks.
# hadolint ignore=DL3008
RUN apt-get update \\
 && apt-get install -y --no-install-recommends ca-certificates git openssh-client \\
 && rm -rf /var/lib/apt/lists/*
# Pin the version that you tested: gomend[proxy]==VERSION
# hadolint ignore=DL3013
RUN pip install --no-cache-dir 'gomend[proxy]' \\
 && mkdir -p /srv/modules \\
 && chown 10001:10001 /srv/modules
USER 10001:10001
VOLUME /srv/modules
EXPOSE {int(setup.listen.rpartition(":")[2]) or _PORT}
STOPSIGNAL SIGTERM
ENTRYPOINT ["gomend"]
CMD ["proxy", "serve", "--config", "/etc/gomend/proxy.toml", "--store", "/srv/modules"]
"""


def grafana(setup: Setup, program: str, config: str) -> str:
    """A dashboard over the server's own metrics."""
    made: list[dict[str, Any]] = []

    def panel(title: str, unit: str, *queries: tuple[str, str], kind: str = "timeseries", width: int = 8) -> None:
        used = sum(p["gridPos"]["w"] for p in made)
        made.append(
            {
                "id": len(made) + 1,
                "title": title,
                "type": kind,
                "datasource": {"type": "prometheus", "uid": "${source}"},
                "gridPos": {"h": 8, "w": width, "x": used % 24, "y": used // 24 * 8},
                "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
                "options": {},
                "targets": [
                    {"refId": chr(65 + i), "expr": expr, "legendFormat": legend} for i, (expr, legend) in enumerate(queries)
                ],
            }
        )

    rate = "[$__rate_interval]"
    answers = "gomend_proxy_answers_total"
    panel("Answers", "reqps", (f"sum by (kind) (rate({answers}{rate}))", "{{kind}}"))
    errors = f'sum by (status) (rate({answers}{{status=~"5..|429"}}{rate}))'
    panel("Answers that are no help", "reqps", (errors, "{{status}}"))
    panel("Sent", "Bps", (f"sum(rate(gomend_proxy_sent_bytes_total{rate}))", "bytes"))
    panel("Upstreams: breaker (2 is open)", "short", ("max by (upstream) (gomend_proxy_upstream_breaker)", "{{upstream}}"))
    failures = f"sum by (upstream) (rate(gomend_proxy_upstream_failures_total{rate}))"
    panel("Upstreams: failures", "reqps", (failures, "{{upstream}}"))
    panel("Upstreams: patience", "s", ("max by (upstream) (gomend_proxy_upstream_patience_seconds)", "{{upstream}}"))
    fetched = (f"sum(rate(gomend_proxy_fetched_total{rate}))", "fetched")
    panel("Files", "reqps", fetched, (f"sum(rate(gomend_proxy_pulled_total{rate}))", "from the store behind"))
    panel("Under way", "short", ("sum(gomend_proxy_fetching)", "fetching"), ("sum(gomend_proxy_connections)", "connections"))
    panel("Given out old", "reqps", (f"sum(rate(gomend_proxy_served_stale_total{rate}))", "lists"))
    panel("Alarms", "short", ("sum(gomend_proxy_alarms_total)", "alarms"), kind="stat", width=12)
    panel("Not vouched for", "short", ("sum(gomend_proxy_unproved_total)", "files"), kind="stat", width=12)
    source = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus", "current": {}, "hide": 0}
    dashboard = {
        "title": "gomend module proxy",
        "uid": "gomend-proxy",
        "tags": ["go", "modules"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [source]},
        "annotations": {"list": []},
        "panels": made,
    }
    return json.dumps(dashboard, indent=2) + "\n"


def _text_of(config: str) -> str:
    with open(config, encoding="utf-8") as file:
        return file.read()


KINDS: Final[dict[str, Callable[[Setup, str, str], str]]] = {
    "systemd": systemd,
    "kubernetes": kubernetes,
    "oci": oci,
    "grafana": grafana,
}
"""What can be written, each from a set-up, the path of the program and of the file."""
