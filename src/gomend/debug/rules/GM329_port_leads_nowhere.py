"""A configuration attaches to a port that no file of the project opens.

What it finds     A remote configuration for this machine whose port is neither listened on by a dlv that the project starts nor published for one, while the project does start dlv on another port.
Why it hurts      "connection refused", although the debug server runs: on another port, or on this one inside a container that does not publish it.
Example           ``"port": 2346`` in launch.json, ``--listen=:2345`` in the Dockerfile and ``127.0.0.1:2345:2345`` in compose.yaml; or a Compose service without ``ports``.
After the fix     The configuration names the port that is open; where no port is, a person publishes it.
Fix safety        Safe: one number of launch.json changes, if exactly one port leads to a dlv.
How it is proved  The files are read again.
References        Compose specification (ports); Delve dlv help headless.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.launch import LaunchConfig, LaunchConfigs
from gomend.debug.facts.servers import DebugServers
from gomend.debug.listening import LOOPBACK
from gomend.model.base import Safety, Severity
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM329",
    "dlv-port-closed",
    severity=Severity.WARNING,
    since="0.1",
    title="{config} attaches to port {port}, which no file of the project opens",
    message="Debug servers of the project listen on {ports}; port {port} of this machine leads to none of them.",
    doc=__doc__,
    explains=("GM328",),
)


def _lost(config: LaunchConfig, servers: DebugServers) -> int:
    """The port that leads nowhere, 0 if it may lead somewhere: a container may also be started by hand."""
    port = config.data.get("port")
    local = str(config.data.get("host") or "127.0.0.1") in LOOPBACK
    if not config.is_remote or not local or not isinstance(port, int) or not servers.ports or port in servers.outer:
        return 0
    composed = any(f.file.name.rpartition("/")[2].startswith(("compose.", "docker-compose.")) for f in servers.files)
    return 0 if port in servers.ports and not (composed and servers.outer) else port


@rule.check
def check(configs: LaunchConfigs, servers: DebugServers) -> Iterator[Finding]:
    for config in configs.configs:
        if port := _lost(config, servers):
            shown = [f.evidence(place.line) for f in servers.files for place in f.listeners]
            shown += [f.evidence(p.line) for f in servers.files for p in f.published if p.inner in servers.ports]
            yield rule.finding(
                config.subject(),
                evidence=[config.evidence("port"), *shown[:3]],
                config=config.name,
                port=port,
                ports=", ".join(map(str, sorted(servers.ports))),
            )


@rule.fix("Attach {config} to port {port}", safety=Safety.SAFE)
def attach(finding: Finding, configs: LaunchConfigs, servers: DebugServers) -> Mend | None:
    for config in configs.configs:
        if config.subject() == finding.subject and _lost(config, servers):
            to = servers.outer or servers.ports
            parameters = {"config": config.name, "port": str(min(to))}
            if len(to) > 1:
                return Mend(hints=tuple(f'"port": {p}' for p in sorted(to)), parameters=parameters)
            edits = config.document().set((*config.at, "port"), min(to))
            return Mend(steps=(config.edit(edits),), parameters=parameters)
    return None


_LAUNCH = """{"configurations": [
  {"name": "far", "type": "go", "request": "attach", "mode": "remote", "host": "%s", "port": %d}
]}
"""
_DOCKER = 'FROM golang\nCMD ["dlv", "exec", "/app", "--headless", "--listen=:2345"]\n'
_COMPOSE = "services:\n  app:\n    build: .\n    ports:\n      - 127.0.0.1:%d:2345\n"

rule.catches(
    "another number",
    subject="far",
    files={".vscode/launch.json": _LAUNCH % ("127.0.0.1", 2346), "Dockerfile": _DOCKER},
)
rule.catches(
    "published as another port",
    files={".vscode/launch.json": _LAUNCH % ("localhost", 2345), "Dockerfile": _DOCKER, "compose.yaml": _COMPOSE % 40000},
)
rule.catches(
    "two to choose from",
    files={
        ".vscode/launch.json": _LAUNCH % ("127.0.0.1", 9),
        "Makefile": "a:\n\tdlv exec --headless --listen=127.0.0.1:1001 a\nb:\n\tdlv exec --headless --listen=127.0.0.1:1002 b\n",
    },
)
rule.passes(
    "published", files={".vscode/launch.json": _LAUNCH % ("", 2345), "Dockerfile": _DOCKER, "compose.yaml": _COMPOSE % 2345}
)
rule.passes("started by hand", files={".vscode/launch.json": _LAUNCH % ("127.0.0.1", 2345), "Dockerfile": _DOCKER})
rule.passes("another machine", files={".vscode/launch.json": _LAUNCH % ("dev.example.com", 2346), "Dockerfile": _DOCKER})
rule.not_applicable("nothing starts dlv", files={".vscode/launch.json": _LAUNCH % ("127.0.0.1", 2345)})
rule.undetermined("launch.json is broken", files={".vscode/launch.json": "{", "Dockerfile": _DOCKER})
