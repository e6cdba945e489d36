"""A configuration attaches to a port of this machine that nothing listens on now.

What it finds     ``"request": "attach"`` with mode remote and a host of this machine, while the kernel knows no listener on the port.
Why it hurts      The editor says "connection refused" until the debug server runs. That is no mistake of the configuration, only a step that is missing; so this is a note.
Example           ``"port": 2345`` and no ``dlv --headless --listen=127.0.0.1:2345`` running.
After the fix     dlv listens on the port.
Fix safety        A person starts it.
How it is proved  /proc/net/tcp is read again. Nothing is connected to: a dlv without ``--accept-multiclient`` would end with its first client.
References        proc_net(5); Delve dlv help headless.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.debug.facts.launch import LaunchConfigs
from gomend.debug.facts.servers import ListeningPorts
from gomend.debug.listening import LOOPBACK
from gomend.model.base import Safety, Severity
from gomend.model.evidence import Evidence
from gomend.model.facts import Unknown
from gomend.model.finding import Finding
from gomend.model.rule import Mend, Rule

rule = Rule(
    "GM328",
    "dlv-port-closed",
    severity=Severity.INFO,
    since="0.1",
    title="Nothing listens on port {port}, where {config} attaches",
    message="{config} attaches to {host}:{port}; no program of this machine listens there now.",
    doc=__doc__,
)


@rule.check
def check(configs: LaunchConfigs, listening: ListeningPorts) -> Iterator[Finding]:
    for config in configs.configs:
        host, port = str(config.data.get("host") or "127.0.0.1"), config.data.get("port")
        if config.is_remote and host in LOOPBACK and isinstance(port, int) and port not in listening.ports:
            yield rule.finding(
                config.subject(),
                evidence=[config.evidence("port"), Evidence(source="/proc/net/tcp", quote=f"no listener on port {port}")],
                config=config.name,
                host=host,
                port=port,
            )


@rule.fix("Start dlv on port {port}", safety=Safety.MANUAL)
def start(finding: Finding, configs: LaunchConfigs) -> Mend | None:
    for config in configs.configs:
        if config.subject() == finding.subject:
            port = config.data.get("port")
            hint = f"dlv debug --headless --listen=127.0.0.1:{port} --accept-multiclient PACKAGE"
            return Mend(hints=(hint,), parameters={"port": str(port)})
    return None


_LAUNCH = """{"configurations": [
  {"name": "far", "type": "go", "request": "attach", "mode": "remote", "host": "%s", "port": 2345}
]}
"""
_HEAD = "  sl  local_address rem_address   st\n"
_OPEN = f"{_HEAD}   0: 0100007F:0929 00000000:0000 0A 00000000:00000000\n"
_BUSY = f"{_HEAD}   0: 0100007F:0929 0100007F:C350 01 00000000:00000000\n"

rule.catches("nobody", subject="far", files={".vscode/launch.json": _LAUNCH % "127.0.0.1", "/proc/net/tcp": _HEAD})
rule.catches("a connection only", files={".vscode/launch.json": _LAUNCH % "localhost", "/proc/net/tcp": _BUSY})
rule.passes("dlv listens", files={".vscode/launch.json": _LAUNCH % "127.0.0.1", "/proc/net/tcp": _OPEN})
rule.passes("another machine", files={".vscode/launch.json": _LAUNCH % "dev.example.com", "/proc/net/tcp": _HEAD})
rule.not_applicable("no launch configuration", files={"/proc/net/tcp": _HEAD})
rule.undetermined(
    "another system",
    files={".vscode/launch.json": _LAUNCH % "127.0.0.1"},
    without={"ListeningPorts": Unknown(reason="/proc/net/tcp is not there: which ports are listened on cannot be seen")},
)
