"""Which HTTP proxy go's own requests pass through: HTTPS_PROXY, HTTP_PROXY and NO_PROXY as Go reads them.

Source: golang.org/x/net/http/httpproxy (FromEnvironment, useProxy).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit


def proxy_for(url: str, variables: Mapping[str, str]) -> str:
    """The proxy's URL for a request; empty if the server is asked straight."""
    parts = urlsplit(url)
    host, port = (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)
    name = "HTTPS_PROXY" if parts.scheme == "https" else "HTTP_PROXY"
    value = variables.get(name) or variables.get(name.lower(), "")
    if not value or (name == "HTTP_PROXY" and variables.get("REQUEST_METHOD")):
        return ""
    if (
        host == "localhost"
        or _loopback(host)
        or _spared(host, port, variables.get("NO_PROXY") or variables.get("no_proxy", ""))
    ):
        return ""
    return value if "://" in value else f"http://{value}"


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _spared(host: str, port: int, rules: str) -> bool:
    """Whether NO_PROXY names the host: ``*``, a domain with all below it, ``.domain`` for those below, an address, a net."""
    for rule in (word.strip().lower() for word in rules.split(",")):
        if rule == "*":
            return True
        name, wanted = _with_port(rule)
        if not name or (wanted and wanted != str(port)):
            continue
        if _in_net(host, name):
            return True
        bare = name.removeprefix("*").removeprefix(".")
        if host.endswith(f".{bare}") or (host == bare and not name.startswith((".", "*."))):
            return True
    return False


def _with_port(rule: str) -> tuple[str, str]:
    name, colon, port = rule.rpartition(":")
    return (name.strip("[]"), port) if colon and port.isdigit() and ":" not in name.strip("[]") else (rule.strip("[]"), "")


def _in_net(host: str, rule: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(rule, strict=False)
    except ValueError:
        return False
